#include "program/program.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>

namespace {

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

// A stream that is closed leaves its number to whatever is opened next: a report would go into the agent's connection. Opened
// the wrong way round, so that writing to it still fails.
void keep_standard_streams() {
  for (const auto& [descriptor, mode] :
       {std::pair{STDIN_FILENO, O_WRONLY}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_WRONLY}}) {
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) ::open("/dev/null", mode);
  }
}

std::size_t rows_of_stderr() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
  return known ? std::max<std::size_t>(2, size.ws_row) : 24;
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  // Who reads the output may leave, and a file may reach its limit: the other reports of the run are written all the same.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const bool can_draw = isatty(STDERR_FILENO) == 1 && variable("TERM").value_or("dumb") != "dumb";
  procedura::bench::Process process{variable, std::cout, std::cerr, can_draw, rows_of_stderr};
  return procedura::bench::run({argv + (argc > 0 ? 1 : 0), argv + argc}, process);
}
