#include <procedura/protocol/reply.hpp>
