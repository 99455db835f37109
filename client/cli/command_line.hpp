#pragma once

#include "options.hpp"

#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::cli {

/// The command line (or a setting beside it) is wrong: exit 2, and this one line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the user typed, checked for form; values are still text, because those of the environment and the profile are too.
struct CommandLine {
  std::optional<Command> command;
  std::string group;  ///< of a command of two words; alone, with no command, if its help was asked for
  /// By long name. A flag that was given has an empty value, a toggle `true` or `false`, a list its texts with commas between.
  std::map<std::string, std::string, std::less<>> values;
  std::vector<std::string> operands;  ///< as many as the command takes: login's credential, help's topic
  std::string module;
  std::vector<std::string> module_args;

  bool has(std::string_view name) const { return values.find(name) != values.end(); }
};

/// `words` is argv without the program's name.
/// @throws UsageError with one line that says what to do
CommandLine parse_command_line(std::span<const std::string> words);

}  // namespace procedura::cli
