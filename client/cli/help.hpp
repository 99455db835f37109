#pragma once

#include "options.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace procedura::cli {

/// The page of a command, or of the program: examples first.
std::string help_page(std::optional<Command> command);
/// The pages of a group's commands, one after the other.
std::string group_page(std::string_view group);

/// A command, a group or one of `help_topics()`; nothing for other words.
std::optional<std::string> help_topic(std::string_view topic);
std::span<const std::string_view> help_topics() noexcept;

}  // namespace procedura::cli
