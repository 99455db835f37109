#include "json_in_text.hpp"

#include <procedura/protocol/json_text.hpp>

#include <algorithm>

namespace procedura::conformance {
namespace {

// Output is untrusted: looking for the end of what never ends costs all that follows it, each time.
constexpr std::size_t most_looked_at = std::size_t{128} * 1024 * 1024;

bool is_json(std::string_view text) {
  return protocol::check_json(text).fault == protocol::JsonFault::none;
}

/// Where the object or array that begins at `text` ends; npos if it does not.
std::size_t end_of(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      i += c == '\\' ? 1 : 0;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      depth += 1;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

bool is_boundary(char c) {
  return std::string_view{",:[]{}"}.find(c) != std::string_view::npos;
}

}  // namespace

std::vector<std::string> json_values_in(std::string_view text) {
  std::vector<std::string> found;
  const auto take = [&found](std::string_view value) {
    found.emplace_back();
    protocol::append_compact(found.back(), value);
  };
  if (is_json(text)) {
    take(text);
    return found;
  }
  std::size_t looked_at = 0;
  for (std::size_t line = 0; line < text.size();) {
    const std::size_t end = std::min(text.find('\n', line), text.size());
    const std::string_view whole = text.substr(line, end - line);
    const std::size_t opens = std::min(whole.find_first_of("{["), whole.size());
    if (!whole.empty() && is_json(whole)) {
      take(whole);
    } else if (opens < whole.size() && looked_at < most_looked_at) {
      const std::size_t begin = line + opens;
      const auto length = end_of(text.substr(begin));
      looked_at += std::min(length, text.size() - begin);
      if (length != std::string_view::npos && is_json(text.substr(begin, length))) {
        take(text.substr(begin, length));
        line = begin + length;
        continue;
      }
    }
    line = end + 1;
  }
  return found;
}

bool holds_json(std::string_view text, std::string_view value) {
  std::string wanted;
  protocol::append_compact(wanted, value);
  const auto stands_in = [&wanted](const std::string& found) {
    for (std::size_t at = found.find(wanted); at != std::string::npos; at = found.find(wanted, at + 1)) {
      const std::size_t end = at + wanted.size();
      if ((at == 0 || is_boundary(found[at - 1])) && (end == found.size() || is_boundary(found[end]))) {
        return true;
      }
    }
    return false;
  };
  const auto all = json_values_in(text);
  return std::any_of(all.begin(), all.end(), stands_in);
}

}  // namespace procedura::conformance
