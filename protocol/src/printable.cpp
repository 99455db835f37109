#include <procedura/protocol/redaction.hpp>
