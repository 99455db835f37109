#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace procedura::conformance {

/// What the program needs of its process.
struct Process {
  std::function<std::optional<std::string>(const std::string&)> env;
  std::ostream& out;  ///< data: the report
  std::ostream& err;  ///< for people
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t out_columns = 0;  ///< of the terminal; 0: unknown
  /// From now on SIGINT and SIGTERM set what it returns, once; the second one ends the process as ever. Empty: they end it.
  std::function<const std::atomic<bool>*()> watch_signals{};
  /// What proves the checks: shown by `list`. Empty: nothing is known.
  std::function<std::map<std::string, std::vector<std::string>>()> proofs{};
};

/// The whole program. `args` is argv without the program's name; the result is the exit code: 0 ok, 1 something weighs, 2 bad
/// usage or profile, 3 nobody there or nothing to judge, 70 the suite itself is at fault.
int run(std::vector<std::string> args, Process process);

}  // namespace procedura::conformance
