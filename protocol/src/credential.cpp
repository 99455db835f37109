#include <procedura/protocol/credential.hpp>
