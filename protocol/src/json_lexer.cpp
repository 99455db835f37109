#include "json_lexer.hpp"

#include <array>
#include <bitset>
#include <cstdint>

namespace procedura::protocol::lexer {
namespace {

// What the text may hold at most; deeper limits than this are not offered, so that the kinds of the open containers fit in a
// word or sixteen and no peer can make us allocate.
constexpr std::size_t deepest = 1024;

/// Bytes that end the quick run through a string: the quote, the backslash and control characters.
constexpr auto make_stops() {
  std::array<bool, 256> stops{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) stops[byte] = true;
  stops['"'] = true;
  stops['\\'] = true;
  return stops;
}
constexpr std::array<bool, 256> stops = make_stops();

bool is_digit(std::string_view text, std::size_t at) noexcept {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

bool skip_digits(std::string_view text, std::size_t& at) noexcept {
  if (!is_digit(text, at)) return false;
  while (is_digit(text, at)) ++at;
  return true;
}

bool skip_number(std::string_view text, std::size_t& at) noexcept {
  take(text, at, '-');
  if (!take(text, at, '0') && !skip_digits(text, at)) return false;
  if (take(text, at, '.') && !skip_digits(text, at)) return false;
  if (take(text, at, 'e') || take(text, at, 'E')) {
    if (!take(text, at, '+')) take(text, at, '-');
    return skip_digits(text, at);
  }
  return true;
}

bool skip_word(std::string_view text, std::size_t& at, std::string_view word) noexcept {
  if (text.substr(at, word.size()) != word) return false;
  at += word.size();
  return true;
}

/// The four hex digits of a `\u` escape, `at` behind the `u`.
bool hex4(std::string_view text, std::size_t& at, std::uint32_t& unit) noexcept {
  unit = 0;
  for (int digit = 0; digit < 4; ++digit, ++at) {
    if (at >= text.size()) return false;
    const char c = text[at];
    std::uint32_t value = 0;
    if (c >= '0' && c <= '9') {
      value = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = static_cast<std::uint32_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      value = static_cast<std::uint32_t>(c - 'A') + 10;
    } else {
      return false;
    }
    unit = unit * 16 + value;
  }
  return true;
}

/// `at` stands behind a backslash.
bool skip_escape(std::string_view text, std::size_t& at) noexcept {
  if (at >= text.size()) return false;
  const char kind = text[at];
  if (kind != 'u') {
    if (std::string_view{"\"\\/bfnrt"}.find(kind) == std::string_view::npos) return false;
    ++at;
    return true;
  }
  ++at;
  std::uint32_t unit = 0;
  if (!hex4(text, at, unit)) return false;
  if (unit >= 0xDC00 && unit <= 0xDFFF) return false;
  if (unit < 0xD800 || unit > 0xDBFF) return true;
  std::uint32_t low = 0;
  return skip_word(text, at, "\\u") && hex4(text, at, low) && low >= 0xDC00 && low <= 0xDFFF;
}

/// A value that holds no other: true if there is one at `at`.
bool skip_scalar(std::string_view text, std::size_t& at) noexcept {
  if (at >= text.size()) return false;
  switch (text[at]) {
    case '"':
      return skip_string(text, at);
    case 't':
      return skip_word(text, at, "true");
    case 'f':
      return skip_word(text, at, "false");
    case 'n':
      return skip_word(text, at, "null");
    default:
      return skip_number(text, at);
  }
}

/// A member's name and its colon.
bool skip_key(std::string_view text, std::size_t& at) noexcept {
  skip_space(text, at);
  if (!skip_string(text, at)) return false;
  skip_space(text, at);
  return take(text, at, ':');
}

}  // namespace

bool skip_string(std::string_view text, std::size_t& at) noexcept {
  if (!take(text, at, '"')) return false;
  while (at < text.size()) {
    if (!stops[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    if (take(text, at, '"')) return true;
    if (!take(text, at, '\\') || !skip_escape(text, at)) return false;
  }
  return false;
}

JsonFault skip_value(std::string_view text, std::size_t& at, std::size_t max_depth) noexcept {
  if (max_depth > deepest) max_depth = deepest;
  std::bitset<deepest> in_object;  // one bit for each open container
  std::size_t depth = 0;
  while (true) {
    // A value is due.
    skip_space(text, at);
    const bool object = take(text, at, '{');
    if (object || take(text, at, '[')) {
      if (depth == max_depth) return JsonFault::too_deep;
      in_object[depth++] = object;
      skip_space(text, at);
      if (!take(text, at, object ? '}' : ']')) {
        if (object && !skip_key(text, at)) return JsonFault::syntax;
        continue;
      }
      --depth;
    } else if (!skip_scalar(text, at)) {
      return JsonFault::syntax;
    }
    // A value is done: close what ends here, up to the next comma.
    while (true) {
      if (depth == 0) return JsonFault::none;
      skip_space(text, at);
      const bool inner_object = in_object[depth - 1];
      if (take(text, at, ',')) {
        if (inner_object && !skip_key(text, at)) return JsonFault::syntax;
        break;
      }
      if (!take(text, at, inner_object ? '}' : ']')) return JsonFault::syntax;
      --depth;
    }
  }
}

}  // namespace procedura::protocol::lexer
