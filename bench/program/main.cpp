#include "program/program.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <unistd.h>

namespace {

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

std::size_t rows_of_stderr() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
  return known ? std::max<std::size_t>(2, size.ws_row) : 24;
}

}  // namespace

int main(int argc, char** argv) {
  const bool can_draw = isatty(STDERR_FILENO) == 1 && variable("TERM").value_or("dumb") != "dumb";
  procedura::bench::Process process{variable, std::cout, std::cerr, can_draw, rows_of_stderr};
  return procedura::bench::run({argv + (argc > 0 ? 1 : 0), argv + argc}, process);
}
