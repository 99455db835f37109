#include "scenario/suggest.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace procedura::mock {
namespace {

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// Edits from one word to the other; a swap of neighbours is one, case is free.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> last(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = std::move(last);
    last = std::move(row);
  }
  return last.back();
}

}  // namespace

std::string did_you_mean(std::string_view written, std::span<const std::string_view> names) {
  constexpr std::size_t longest = 64;  // nothing that long is a slip of the finger
  if (written.size() > longest) return {};
  std::size_t nearest = (written.size() + 1) / 3 + 1;
  std::string_view found;
  for (const std::string_view name : names) {
    if (const std::size_t edits = distance(written, name); edits < nearest) {
      nearest = edits;
      found = name;
    }
  }
  return found.empty() ? std::string{} : "; did you mean " + quote(found) + "?";
}

std::string one_of(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += quote(names[i]);
  }
  return text;
}

std::string quote(std::string_view text) {
  constexpr std::size_t shown = 60;
  const bool cut = text.size() > shown;
  std::size_t size = std::min(text.size(), shown);
  while (cut && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;  // whole characters only
  const std::string printable = protocol::printable(text.substr(0, size));
  return "\"" + printable + (cut ? "…\"" : "\"");
}

}  // namespace procedura::mock
