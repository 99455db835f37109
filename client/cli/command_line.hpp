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
  std::map<std::string, std::string, std::less<>> values;  ///< by long name; a flag that was given has an empty value
  std::optional<std::string> operand;                      ///< login's credential, help's topic
  std::string module;
  std::vector<std::string> module_args;

  bool has(std::string_view flag) const { return values.find(flag) != values.end(); }
};

/// `words` is argv without the program's name.
/// @throws UsageError with one line that says what to do
CommandLine parse_command_line(std::span<const std::string> words);

}  // namespace procedura::cli
