#include "page.hpp"

namespace procedura::bench::html {
namespace {

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string out;
  out.reserve(text.size() + text.size() / 64);
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what)) {
    out.append(text.substr(0, at)).append(with);
    text.remove_prefix(at + what.size());
  }
  return out.append(text);
}

/// In markup, what stands for a secret would itself be taken for some. What was there before is escaped already.
std::string redacted_markup(const std::string& markup, const protocol::Redactor& redactor) {
  return redactor.empty() ? markup : replaced(redactor(markup), protocol::redacted, "&lt;redacted&gt;");
}

/// In strings of JSON, where alone `<` can stand, it may be written so; then no `</script>` and no `<!--` is left.
std::string harmless(std::string_view json) {
  return replaced(json, "<", "\\u003c");
}

}  // namespace

std::string page_of(const Parts& parts, const protocol::Redactor& redactor) {
  std::string out;
  std::string_view rest = empty_page();
  // Front to back, so that what was put in is never taken for a place to put something.
  const auto put = [&](std::string_view place, const std::string& what) {
    const std::size_t at = rest.find(place);
    out.append(rest.substr(0, at)).append(what);
    rest.remove_prefix(at + place.size());
  };
  put("<!-- title -->", redacted_markup(parts.title, redactor));
  put("<!-- body -->", redacted_markup(parts.body, redactor));
  put("<!-- json -->", harmless(redactor(parts.json)));
  return out.append(rest);
}

}  // namespace procedura::bench::html
