#include <procedura/protocol/request.hpp>
