#include <procedura/protocol/agent_session.hpp>
