// An agent in this process, driven over a real socket: what a user's first test would do.
#include "ask.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <cstdlib>
#include <iostream>

int main() {
  procedura::mock::MockAgent mock{R"({ "version": 1, "stubs": [
    { "name": "snapshot", "match": { "cmd": "worldstate_snapshot" }, "reply": [ { "finished": { "entities": { "e1": {} } } } ] } ] })"};
  std::cout << ask(mock.url());
  return mock.stop().met() ? EXIT_SUCCESS : EXIT_FAILURE;
}
