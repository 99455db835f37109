#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace procedura::mock {

/// The value of a text that is a JSON number and nothing else, no white space around it; nothing if it is none, or if it is
/// beyond what a double holds.
std::optional<double> number_of(std::string_view text);

/// Appends a finite number as JSON: whole ones that a double holds exactly as integers, others with as few digits as bring
/// the same double back.
void append_number(std::string& out, double value);

}  // namespace procedura::mock
