#pragma once

#include "program/command.hpp"

namespace procedura::bench {

/// `compare`: says whether two agents differ, by alternated pairs of runs.
Command compare_command();

}  // namespace procedura::bench
