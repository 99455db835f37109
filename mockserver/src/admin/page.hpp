#pragma once

#include <string_view>

namespace procedura::mock::admin {

/// The page at /__admin/ui: one file that needs no other, made by CMake from page/.
std::string_view page_html() noexcept;
/// The Content-Security-Policy that goes with it: what is in it may run, and it may speak to where it came from.
std::string_view page_policy() noexcept;

}  // namespace procedura::mock::admin
