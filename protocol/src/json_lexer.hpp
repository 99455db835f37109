#pragma once

#include <procedura/protocol/json_text.hpp>

#include <cstddef>
#include <string_view>

/// The grammar of RFC 8259, token by token, over text that is known to be UTF-8. Each function moves `at` behind what it takes;
/// at a fault `at` stands where the text goes wrong.
namespace procedura::protocol::lexer {

inline void skip_space(std::string_view text, std::size_t& at) noexcept {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) ++at;
}

inline bool take(std::string_view text, std::size_t& at, char wanted) noexcept {
  if (at >= text.size() || text[at] != wanted) return false;
  ++at;
  return true;
}

/// A string with its quotes; lone surrogates in `\u` escapes are refused.
bool skip_string(std::string_view text, std::size_t& at) noexcept;

/// Any value, with at most `max_depth` levels of arrays and objects in it. Does not recurse.
JsonFault skip_value(std::string_view text, std::size_t& at, std::size_t max_depth) noexcept;

}  // namespace procedura::protocol::lexer
