// A stranger's shared library, with procedura::client within.
#include "ask.hpp"

#include <procedura/remote_agent.hpp>

std::string ask(const std::string& url) {
  procedura::Options options;
  options.url = url;
  procedura::RemoteAgent agent{options};
  return std::string{agent.run("worldstate_snapshot").text()};
}
