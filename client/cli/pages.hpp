#pragma once

#include "command.hpp"

#include <span>
#include <string_view>

/// The texts of the help, examples first. Lists of options, commands and variables are not among them: `help` makes those from
/// the tables.
namespace procedura::cli {

/// Of the program as a whole.
std::string_view overview_text() noexcept;
/// Of a command, up to its options.
std::string_view command_text(Command command) noexcept;

/// What the commands of a group are for.
std::string_view group_text(std::string_view group) noexcept;

struct Topic {
  std::string_view name;  ///< "exit-codes"
  std::string_view summary;
  std::string_view text;
};
std::span<const Topic> all_topics() noexcept;

}  // namespace procedura::cli
