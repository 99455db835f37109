#pragma once

#include <span>
#include <string>
#include <string_view>

namespace procedura::cli {

/// `; did you mean 'X'?`, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates, std::string_view prefix = {});

}  // namespace procedura::cli
