#include <procedura/conformance/program.hpp>

#include <cstdlib>
#include <iostream>
#include <unistd.h>

int main(int argc, char** argv) {
  const auto env = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
  return procedura::conformance::run({argv + 1, argv + argc},
                                     {env, std::cout, std::cerr, isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1});
}
