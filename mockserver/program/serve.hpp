#pragma once

#include "command_line.hpp"
#include "program.hpp"

#include <ostream>

namespace procedura::mock {

/// Plays a scenario until it is over, and judges the run. The exit code.
int serve(const Serve& serve, const Environment& env, std::ostream& out, std::ostream& err);

}  // namespace procedura::mock
