#pragma once

#include "load/plan.hpp"

#include <span>
#include <string>
#include <variant>

namespace procedura::bench {

/// The command line asks for a text and nothing else.
struct HelpWanted {
  std::string text;
};

/// The command line is wrong. One line that says what to do.
struct UsageError {
  std::string message;
};

/// Reads what stands behind the program's name: `run --url URL --module M ... -- ARGS`. What is behind `--` is the module's,
/// word for word. Opens no file and reads no environment.
std::variant<Plan, HelpWanted, UsageError> parse_arguments(std::span<const std::string> arguments);

/// The command that repeats the run, quoted for a shell. Credentials in the module's arguments and in the URL show as
/// `<redacted>`.
std::string command_line(const Plan& plan);

/// The module's arguments as a report may show them: those of `login_password` that are secret are redacted.
std::vector<std::string> shown_arguments(const Plan& plan);

}  // namespace procedura::bench
