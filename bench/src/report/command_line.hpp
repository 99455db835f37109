#pragma once

#include "load/plan.hpp"

#include <string>
#include <vector>

namespace procedura::bench {

/// The command that repeats the run, quoted for a shell. Credentials in the module's arguments and in the URL show as
/// `<redacted>`.
std::string command_line(const Plan& plan);

/// The module's arguments as a report may show them: those of `login_password` that are secret are redacted.
std::vector<std::string> shown_arguments(const Plan& plan);

}  // namespace procedura::bench
