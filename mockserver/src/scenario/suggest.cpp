#include "scenario/suggest.hpp"

#include <procedura/protocol/nearest_word.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>

namespace procedura::mock {

std::string did_you_mean(std::string_view written, std::span<const std::string_view> names) {
  const std::string_view found = protocol::nearest_word(written, names);
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
