#include <procedura/conformance/mutants.hpp>
#include <procedura/conformance/program.hpp>

#include <sys/ioctl.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

const std::atomic<bool>* watch_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return &interrupted;
}

std::size_t columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::optional<std::string> env(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

std::map<std::string, std::vector<std::string>> proofs() {
  std::map<std::string, std::vector<std::string>> by_check;
  for (const procedura::conformance::BrokenAgent& agent : procedura::conformance::broken_agents()) {
    for (const std::string_view check : agent.checks) {
      by_check[std::string{check}].emplace_back(agent.name);
    }
  }
  for (const procedura::conformance::BrokenClient& client : procedura::conformance::broken_clients()) {
    for (const std::string_view check : client.checks) {
      by_check[std::string{check}].emplace_back(client.name);
    }
  }
  for (const procedura::conformance::BrokenClient& client : procedura::conformance::broken_clients()) {
    for (const std::string_view check : client.checks) {
      by_check[std::string{check}].emplace_back(client.name);
    }
  }
  return by_check;
}

}  // namespace

int main(int argc, char** argv) {
  return procedura::conformance::run({argv + 1, argv + argc}, {env, std::cout, std::cerr, isatty(STDOUT_FILENO) == 1,
                                                               isatty(STDERR_FILENO) == 1, columns(), watch_signals, proofs});
}
