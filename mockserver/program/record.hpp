#pragma once

#include "command_line.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace procedura::mock {

/// Reads what follows the word `record`.
Command parse_record(const std::vector<std::string>& args);

/// Records until SIGINT or SIGTERM and writes the scenario, once and whole. Returns the exit code: 0 written, 2 it cannot be
/// written, 3 it cannot listen or has no TLS.
int run_record(const Record& command, std::ostream& out, std::ostream& err);

}  // namespace procedura::mock
