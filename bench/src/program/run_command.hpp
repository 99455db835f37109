#pragma once

#include "program/command.hpp"

namespace procedura::bench {

/// `run`: puts a load on an agent, and reports its latencies.
Command run_command();

}  // namespace procedura::bench
