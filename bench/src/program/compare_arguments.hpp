#pragma once

#include "compare/record.hpp"
#include "program/arguments.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace procedura::bench {

extern const std::string_view compare_help;

/// Reads what stands behind `compare`: `--a SIDE --b SIDE --module M ... -- ARGS`. Opens no file and reads no environment.
std::variant<ComparePlan, UsageError> parse_compare(std::span<const std::string> arguments);

}  // namespace procedura::bench
