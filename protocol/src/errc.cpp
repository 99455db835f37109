#include <procedura/protocol/errc.hpp>
