#include "page.hpp"

namespace procedura::bench::html {
namespace {

/// In strings of JSON, where alone `<` can stand, it may be written so; then no `</script>` and no `<!--` is left.
std::string harmless(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 64);
  for (const char c : json) c == '<' ? out += "\\u003c" : out += c;
  return out;
}

}  // namespace

std::string page_of(const Parts& parts) {
  std::string out;
  std::string_view rest = empty_page();
  // Front to back, so that what was put in is never taken for a place to put something.
  const auto put = [&](std::string_view place, const std::string& what) {
    const std::size_t at = rest.find(place);
    out.append(rest.substr(0, at)).append(what);
    rest.remove_prefix(at + place.size());
  };
  put("<!-- title -->", parts.title);
  put("<!-- body -->", parts.body);
  put("<!-- json -->", harmless(parts.json));
  return out.append(rest);
}

}  // namespace procedura::bench::html
