#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

/// The JSON values in a program's output, compact: the whole of it, else each line that is one, and what begins with `{` or
/// `[` somewhere and is whole, however many lines it goes on for. Numbers keep their text.
std::vector<std::string> json_values_in(std::string_view text);

/// True if `value` is one of them or stands in one. `value` is JSON.
bool holds_json(std::string_view text, std::string_view value);

}  // namespace procedura::conformance
