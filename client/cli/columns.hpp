#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// How much room text takes on a terminal: combining characters none, East Asian wide ones and emoji two columns. A sequence
/// that a terminal may draw as one (an emoji of several, a flag) counts as its parts: a line that comes out too short is plain,
/// one that is too long wraps.
namespace procedura::cli {

/// Of printable UTF-8.
std::size_t columns(std::string_view text) noexcept;

/// The beginning of `text` that fits into `width` columns; no character is cut, and none loses what combines with it.
std::string cut(std::string_view text, std::size_t width);

}  // namespace procedura::cli
