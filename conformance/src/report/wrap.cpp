#include "wrap.hpp"

#include <algorithm>

namespace procedura::conformance {
namespace {

/// Code points: wide and combining ones are miscounted, which costs a ragged edge and no more.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t columns, std::size_t hang) {
  constexpr std::size_t narrowest = 40;
  if (columns < narrowest || width(text) <= columns) {
    return std::string{text};
  }
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    // A word, with the spaces before it: those at the beginning of the text are its own indentation.
    const auto letters = std::min(text.find_first_not_of(' '), text.size());
    const auto end = std::min(text.find(' ', letters), text.size());
    const std::string_view word = text.substr(letters, end - letters);
    const std::size_t needed = letters + width(word);
    if (used != 0 && used > hang && used + needed > columns) {
      out += "\n" + std::string(hang, ' ');
      used = hang;
    } else {
      out.append(letters, ' ');
      used += letters;
    }
    out.append(word);
    used += width(word);
    text.remove_prefix(end);
  }
  return out;
}

}  // namespace procedura::conformance
