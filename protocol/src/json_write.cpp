#include "json_lexer.hpp"

#include <procedura/protocol/json_text.hpp>

#include <boost/locale/utf.hpp>

#include <cstdint>
#include <iterator>

namespace procedura::protocol {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::uint32_t read_hex4(std::string_view raw, std::size_t at) {
  std::uint32_t unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto c = static_cast<unsigned char>(raw[at + i]);
    unit = unit * 16 + (c <= '9' ? c - std::uint32_t{'0'} : (c | 0x20U) - std::uint32_t{'a'} + 10);
  }
  return unit;
}

/// Decodes the escape behind the backslash at `at - 1`; moves `at` behind it. The string was checked.
void decode_escape(std::string_view raw, std::size_t& at, std::string& out) {
  const char kind = raw[at++];
  switch (kind) {
    case 'b':
      out += '\b';
      return;
    case 'f':
      out += '\f';
      return;
    case 'n':
      out += '\n';
      return;
    case 'r':
      out += '\r';
      return;
    case 't':
      out += '\t';
      return;
    case 'u':
      break;
    default:
      out += kind;
      return;  // quote, backslash, slash
  }
  std::uint32_t point = read_hex4(raw, at);
  at += 4;
  if (point >= 0xD800 && point <= 0xDBFF) {
    point = 0x10000 + ((point - 0xD800) << 10U) + (read_hex4(raw, at + 2) - 0xDC00);
    at += 6;
  }
  boost::locale::utf::utf_traits<char>::encode(point, std::back_inserter(out));
}

bool has_escape(std::string_view raw) {
  return raw.find('\\') != std::string_view::npos;
}

bool is_string(std::string_view raw) {
  return raw.size() >= 2 && raw.front() == '"';
}

void append_unescaped(std::string& out, std::string_view inner) {
  std::size_t at = 0;
  while (at < inner.size()) {
    const std::size_t slash = inner.find('\\', at);
    out.append(inner.substr(at, slash == std::string_view::npos ? slash : slash - at));
    if (slash == std::string_view::npos) return;
    at = slash + 1;
    decode_escape(inner, at, out);
  }
}

/// A string token, escaped anew in the one way that `append_string` has.
void append_restrung(std::string& out, std::string_view raw) {
  if (!has_escape(raw)) {
    out.append(raw);
    return;
  }
  append_string(out, *decode_string(raw));
}

/// The token that begins at `at`: a string, a run of a number or a word, or one structural character.
std::string_view token_at(std::string_view json, std::size_t at) {
  if (json[at] == '"') {
    std::size_t end = at;
    lexer::skip_string(json, end);
    return json.substr(at, end - at);
  }
  constexpr std::string_view structure = "{}[],:";
  if (structure.find(json[at]) != std::string_view::npos) return json.substr(at, 1);
  const std::size_t end = json.find_first_of("{}[],: \n\r\t", at);
  return json.substr(at, end == std::string_view::npos ? end : end - at);
}

bool opens(char c) {
  return c == '{' || c == '[';
}
bool closes(char c) {
  return c == '}' || c == ']';
}

}  // namespace

std::optional<std::string> decode_string(std::string_view raw) {
  if (!is_string(raw)) return std::nullopt;
  const std::string_view inner = raw.substr(1, raw.size() - 2);
  std::string out;
  out.reserve(inner.size());
  append_unescaped(out, inner);
  return out;
}

bool string_equals(std::string_view raw, std::string_view plain) {
  if (!is_string(raw)) return false;
  if (!has_escape(raw)) return raw.substr(1, raw.size() - 2) == plain;
  return decode_string(raw) == plain;
}

void append_string(std::string& out, std::string_view utf8) {
  out += '"';
  std::size_t plain_from = 0;
  for (std::size_t at = 0; at < utf8.size(); ++at) {
    const auto c = static_cast<unsigned char>(utf8[at]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(utf8.substr(plain_from, at - plain_from));
    plain_from = at + 1;
    out += '\\';
    switch (c) {
      case '"':
        out += '"';
        break;
      case '\\':
        out += '\\';
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out += "u00";
        out += hex_digits[c >> 4U];
        out += hex_digits[c & 0xFU];
    }
  }
  out.append(utf8.substr(plain_from));
  out += '"';
}

void append_pretty(std::string& out, std::string_view json, std::size_t indent, std::size_t base) {
  std::size_t depth = base;
  const auto new_line = [&] {
    out += '\n';
    out.append(depth * indent, ' ');
  };
  bool empty = false;  // the container just opened has nothing in it yet
  for (std::size_t at = 0; lexer::skip_space(json, at), at < json.size();) {
    const std::string_view token = token_at(json, at);
    at += token.size();
    const char c = token.front();
    if (closes(c)) {
      --depth;
      if (!empty) new_line();
      empty = false;
      out += c;
      continue;
    }
    if (empty) {
      empty = false;
      new_line();
    }
    if (opens(c)) {
      out += c;
      ++depth;
      empty = true;
    } else if (c == ',') {
      out += c;
      new_line();
    } else if (c == ':') {
      out += ": ";
    } else if (c == '"') {
      append_restrung(out, token);
    } else {
      out.append(token);
    }
  }
}

void append_compact(std::string& out, std::string_view json) {
  for (std::size_t at = 0; lexer::skip_space(json, at), at < json.size();) {
    const std::string_view token = token_at(json, at);
    at += token.size();
    if (token.front() == '"') {
      append_restrung(out, token);
    } else {
      out.append(token);
    }
  }
}

}  // namespace procedura::protocol
