#pragma once

#include "load/plan.hpp"
#include "program/arguments.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace procedura::bench {

extern const std::string_view run_help;

/// Reads what stands behind `run`: `--url URL --module M ... -- ARGS`. Opens no file and reads no environment.
std::variant<Plan, UsageError> parse_run(std::span<const std::string> arguments);

}  // namespace procedura::bench
