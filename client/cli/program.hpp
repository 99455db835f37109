#pragma once

#include "process.hpp"

#include <span>
#include <string>

namespace procedura::cli {

/// The whole program but for the process it runs in. `words` is argv without the program's name.
/// @return the exit code, see `help exit-codes`
int run(std::span<const std::string> words, Process& process);

}  // namespace procedura::cli
