#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace procedura::bench {

/// What the program needs of its process.
struct Process {
  std::function<std::optional<std::string>(const std::string&)> env;
  std::ostream& out;                                                       ///< data: the report
  std::ostream& err;                                                       ///< for people
  bool err_is_terminal = false;                                            ///< and one that can draw
  std::function<std::size_t()> err_rows = [] { return std::size_t{24}; };  ///< of that terminal, at least 2
};

/// The whole program. `args` is argv without the program's name; the result is the exit code: 0 pass, 1 could not run, 2 usage,
/// 97 inconclusive, 98 invalid, 99 an SLO failed.
int run(const std::vector<std::string>& args, Process& process);

}  // namespace procedura::bench
