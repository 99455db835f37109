#pragma once

#include <optional>
#include <span>
#include <string_view>

/// The one table of what can be set: the command line, the environment, the profile and the help are all read from it.
namespace procedura::cli {

enum class Command : unsigned char { login, logout, run, stream, help };

std::string_view to_string(Command command) noexcept;
std::optional<Command> command_from(std::string_view word) noexcept;
std::span<const std::string_view> command_names() noexcept;

struct Option {
  std::string_view name;          ///< without the dashes; in a profile with `_` for `-`
  std::string_view value;         ///< what stands for its value in the help; empty for a flag
  std::string_view commands;      ///< the commands it belongs to, separated by spaces; empty: all
  std::string_view environment;   ///< empty: none
  std::string_view default_text;  ///< empty: none
  std::string_view help;
  char letter = 0;         ///< of the short form, if there is one
  bool in_profile = true;  ///< false for what makes no sense there, or must not lie in a file (a token)
  bool is_flag() const noexcept { return value.empty(); }
};

std::span<const Option> all_options() noexcept;
/// The option of that long name, if `command` has it; nothing for `command`: the global ones.
const Option* find_option(std::string_view name, std::optional<Command> command) noexcept;
bool belongs_to(const Option& option, std::optional<Command> command) noexcept;

}  // namespace procedura::cli
