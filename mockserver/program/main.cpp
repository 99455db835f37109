#include "program.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>

int main(int argc, char** argv) {
  // Whoever reads our output may leave; that must not end the agent that others talk to.
  std::signal(SIGPIPE, SIG_IGN);
  const auto env = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string{name}.c_str());
    return value ? std::optional<std::string>{value} : std::nullopt;
  };
  return procedura::mock::run({argv + 1, argv + argc}, env, std::cout, std::cerr);
}
