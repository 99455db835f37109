#pragma once

#include <span>
#include <string>
#include <string_view>

namespace procedura::mock {

/// `; did you mean "mode"?` when one of the names is near to what was written, else nothing.
std::string did_you_mean(std::string_view written, std::span<const std::string_view> names);

/// `a, b or c`, each quoted.
std::string one_of(std::span<const std::string_view> names);

/// A text from a file or a peer for a message: a JSON string, cut to about 60 bytes, safe on a terminal.
std::string quote(std::string_view text);

}  // namespace procedura::mock
