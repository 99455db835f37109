#include "markup.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

namespace procedura::bench::html {

std::string text(std::string_view raw) {
  const std::string shown = protocol::printable(raw);
  std::string out;
  out.reserve(shown.size());
  for (const char c : shown) {
    switch (c) {
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
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string grouped(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string rate(double per_second) {
  const int decimals = per_second >= 9999.5 ? 0 : per_second >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}/s", per_second, decimals);
}

std::string share(double part) {
  const double percent = 100 * part;
  const int decimals = percent >= 9.95 ? 1 : percent >= 0.095 ? 2 : percent == 0 ? 0 : 4;
  return fmt::format("{:.{}f} %", percent, decimals);
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "–" : share(static_cast<double>(part) / static_cast<double>(whole));
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", grouped(count), what, count == 1 ? "" : "s");
}

std::string tag(Look look, std::string_view word) {
  return fmt::format(R"(<span class="tag {}"><span aria-hidden=true>{}</span> {}</span>)", look.css, look.mark, text(word));
}

std::string copyable(std::string_view command) {
  return fmt::format(
      R"(<div class=command><code class=foreign>{}</code><button type=button data-do=copy hidden>Copy</button></div>)",
      text(command));
}

std::string main_begin(bool they_stand) {
  return they_stand ? "<main>\n" : "<main class=invalid>\n";
}

std::string again(std::string_view command) {
  return "<h3>The same again</h3>\n" + copyable(command) +
         "<h3>All figures, for programs</h3>\n<p>This file holds them as JSON, between <code>&lt;script "
         "type=&quot;application/json&quot;&gt;</code> and the next <code>&lt;/script&gt;</code>. <button type=button "
         "data-do=save hidden>Save the JSON</button></p>\n";
}

std::string section(std::string_view id, std::string_view title, std::string_view intro, const std::string& body) {
  return fmt::format("<section id={0} aria-labelledby={0}-title><h2 id={0}-title>{1}</h2>\n{2}{3}</section>\n", id, title,
                     intro.empty() ? std::string{} : fmt::format("<p class=dim>{}</p>\n", intro), body);
}

}  // namespace procedura::bench::html
