#include <procedura/protocol/backoff.hpp>
