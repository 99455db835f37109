#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::bench {

/// Reads "2026-01-02T03:04:05Z" (RFC 3339, UTC, whole seconds), as `Surroundings::started_at` has it. Nothing for anything
/// else.
std::optional<std::chrono::sys_seconds> parse_moment(std::string_view text);

/// The reverse.
std::string moment_text(std::chrono::sys_seconds moment);

}  // namespace procedura::bench
