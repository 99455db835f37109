#pragma once

#include "load/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace procedura::bench {

/// The command that repeats the run, quoted for a shell. Credentials in the module's arguments and in the URL show as
/// `<redacted>`.
std::string command_line(const Plan& plan);

/// What stands in that behind the URL, with a blank before it: for other commands that make runs.
std::string plan_words(const Plan& plan);

/// One word of a shell's, in quotes where it needs them.
std::string shell_quoted(std::string_view word);

/// The module's arguments as a report may show them: those of `login_password` that are secret are redacted.
std::vector<std::string> shown_arguments(const Plan& plan);

}  // namespace procedura::bench
