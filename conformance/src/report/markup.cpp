#include "markup.hpp"

#include <procedura/protocol/redaction.hpp>

namespace procedura::conformance {
namespace {

std::string escaped(std::string_view raw, bool in_attribute) {
  const std::string text = protocol::printable(raw, in_attribute);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view three = std::string_view{text}.substr(i, 3);
    if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
      out += three.back() == '\xBE' ? "\\ufffe" : "\\uffff";
      i += 2;
      continue;
    }
    switch (text[i]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += in_attribute ? "&quot;" : "\"";  // frames are full of them
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string markup_text(std::string_view raw) {
  return escaped(raw, false);
}

std::string markup_attribute(std::string_view raw) {
  return escaped(raw, true);
}

}  // namespace procedura::conformance
