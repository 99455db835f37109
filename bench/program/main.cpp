#include "program/program.hpp"

#include <cstdlib>
#include <iostream>
#include <unistd.h>

int main(int argc, char** argv) {
  const auto env = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
  procedura::bench::Process process{env, std::cout, std::cerr, isatty(STDERR_FILENO) == 1};
  return procedura::bench::run({argv + (argc > 0 ? 1 : 0), argv + argc}, process);
}
