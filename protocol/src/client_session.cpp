#include <procedura/protocol/client_session.hpp>
