#pragma once

#include "command.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The one table of what can be set: the command line, the environment, the profile, the help, the completions and the man
/// pages are all read from it.
namespace procedura::cli {

/// What a value is, for who checks it and who completes it.
enum class ValueKind : unsigned char {
  flag,     ///< none: it is there or not, on the command line alone
  toggle,   ///< `--x` or `--no-x`; elsewhere true or false
  text,     ///< any
  choice,   ///< one of `choices`
  seconds,  ///< with a fraction if need be
  whole,    ///< a whole number
  file,     ///< a path
  list,     ///< of texts: may be given again; elsewhere separated by commas, in a profile an array too
};

struct Option {
  std::string_view name;               ///< without the dashes; in a profile with `_` for `-`
  std::string_view value = {};         ///< what stands for its value in the help
  std::string_view environment = {};   ///< empty: none
  std::string_view default_text = {};  ///< empty: none
  std::string_view help = {};
  ValueKind kind = ValueKind::text;
  CommandSet commands = {};       ///< that it means something to; empty: all
  bool shared = false;            ///< may also stand before the command, and with every command
  char letter = 0;                ///< of the short form, if there is one
  bool in_profile = true;         ///< false for what makes no sense there, or must not lie in a file (a token)
  bool secret = false;            ///< never shown
  std::string_view choices = {};  ///< separated by spaces

  /// Whether the word after it is its value.
  bool takes_value() const noexcept { return kind != ValueKind::flag && kind != ValueKind::toggle; }
};

std::span<const Option> all_options() noexcept;
/// The option that is written so after the two dashes, if it may stand with `command`; nothing for `command`: before one. A
/// toggle is found by `no-` and its name too.
const Option* find_option(std::string_view name, std::optional<Command> command) noexcept;
/// Whether the option means something to the command.
bool belongs_to(const Option& option, Command command) noexcept;
/// "login, run or stream"
std::string commands_of(const Option& option);
std::vector<std::string_view> choices_of(const Option& option);

}  // namespace procedura::cli
