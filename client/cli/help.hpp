#pragma once

#include "options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::cli {

/// The page of a command, or of the program: examples first.
std::string help_page(std::optional<Command> command);
/// The pages of a group's commands, one after the other.
std::string group_page(std::string_view group);

/// A command, a group, one of `help_topics()`, or `all`: the program's page and every topic; nothing for other words.
std::optional<std::string> help_topic(std::string_view topic);
std::vector<std::string_view> help_topics();

}  // namespace procedura::cli
