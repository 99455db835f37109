// An agent in this process, driven over a real socket: what a user's first test would do.
#include <procedura/mock/mock_agent.hpp>
#include <procedura/remote_agent.hpp>

#include <cstdlib>
#include <iostream>

int main() {
  procedura::mock::MockAgent mock{R"({ "version": 1, "stubs": [
    { "name": "snapshot", "match": { "cmd": "worldstate_snapshot" }, "reply": [ { "finished": { "entities": { "e1": {} } } } ] } ] })"};
  {
    procedura::Options options;
    options.url = mock.url();
    procedura::RemoteAgent agent{options};
    std::cout << agent.run("worldstate_snapshot").text();
  }
  return mock.stop().met() ? EXIT_SUCCESS : EXIT_FAILURE;
}
