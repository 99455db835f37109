#pragma once

#include <string_view>

namespace procedura::conformance::html {

/// The page of a report without a run in it, made by CMake from page/: its `<!-- title -->` and `<!-- body -->` are to be
/// replaced.
std::string_view page() noexcept;

}  // namespace procedura::conformance::html
