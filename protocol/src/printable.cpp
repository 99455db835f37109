#include <procedura/protocol/redaction.hpp>

#include <boost/locale/utf.hpp>

#include <cstdint>

namespace procedura::protocol {
namespace {

using Utf8 = boost::locale::utf::utf_traits<char>;

/// Characters that move the cursor, change what was shown, or turn the direction of text.
bool is_harmful(std::uint32_t point) {
  if (point < 0x20 || (point >= 0x7F && point <= 0x9F)) return true;       // C0, DEL, C1
  if (point == 0x061C || point == 0x200E || point == 0x200F) return true;  // direction marks
  if (point >= 0x2028 && point <= 0x202E) return true;                     // separators, embeddings, overrides
  if (point >= 0x2066 && point <= 0x2069) return true;                     // isolates
  return point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB);          // byte order mark, annotations
}

void append_hex(std::string& out, std::uint32_t value, unsigned digits) {
  for (unsigned shift = digits * 4; shift > 0; shift -= 4) out += "0123456789abcdef"[(value >> (shift - 4)) & 0xFU];
}

}  // namespace

std::string printable(std::string_view text, bool multi_line) {
  std::string out;
  out.reserve(text.size());
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const begin = at;
    const boost::locale::utf::code_point point = Utf8::decode(at, end);
    if (point == boost::locale::utf::illegal || point == boost::locale::utf::incomplete) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(*begin), 2);
      at = begin + 1;  // one byte at a time: what follows may be fine
    } else if (!is_harmful(point) || (multi_line && (point == '\n' || point == '\t'))) {
      out.append(begin, at);
    } else if (point < 0x100) {
      out += "\\x";
      append_hex(out, point, 2);
    } else {
      out += "\\u";
      append_hex(out, point, 4);
    }
  }
  return out;
}

std::string excerpt(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string{text};
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // inside a character
  return std::string{text.substr(0, end)} + "...";
}

}  // namespace procedura::protocol
