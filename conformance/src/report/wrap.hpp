#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace procedura::conformance {

/// `text` (one line) broken at spaces, so that no line has more than `columns` characters, as far as its words allow; the lines
/// after the first are moved in by `hang`. 0 columns: not at all. Narrower than 40, only the terminal itself can do better.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t hang);

}  // namespace procedura::conformance
