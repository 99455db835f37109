#include <procedura/protocol/json_text.hpp>
