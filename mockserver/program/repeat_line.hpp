#pragma once

#include "command_line.hpp"

#include <cstdint>
#include <string>

namespace procedura::mock {

/// The command that plays a run again: its scenarios, everything that decides what the mock does, and the seed that was used,
/// wherever it came from. For a POSIX shell.
std::string repeat_line(const Serve& serve, std::uint64_t seed);

}  // namespace procedura::mock
