#include <procedura/protocol/token.hpp>
