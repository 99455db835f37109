#include "markup.hpp"
#include "standing.hpp"

#include <procedura/conformance/render.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace procedura::conformance {
namespace {

struct Verdict {
  std::string_view word;
  std::string_view colour;  // 4.5:1 and more against white text
};

Verdict verdict_of(const RunReport& report) {
  switch (exit_code(report)) {
    case 0:
      return {"passing", "#17713a"};
    case 1:
      return {"failing", "#b3261e"};
    default:
      return {"not judged", "#5d6778"};
  }
}

/// About as wide as sans-serif of 11 px is; `textLength` makes it so.
std::size_t width_of(std::string_view text) {
  return text.size() * 13 / 2;
}

}  // namespace

std::string render_badge(const RunReport& report) {
  const auto all = standings_of(report);
  const auto kept = std::count_if(all.begin(), all.end(), [](const Standing& each) { return each.judged && !each.broken; });
  const Verdict verdict = verdict_of(report);
  const std::string label = "procedura conformance";
  const std::string value = fmt::format("{}/{} clauses, {}", kept, report.coverage.applicable, verdict.word);
  const std::string title =
      fmt::format("{}: {} of {} applicable clauses judged and kept; {}", label, kept, report.coverage.applicable, verdict.word);
  const std::size_t left = width_of(label) + 12;
  const std::size_t right = width_of(value) + 12;
  return fmt::format(
      R"svg(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="20" viewBox="0 0 {0} 20" role="img" aria-label="{5}">
  <title>{5}</title>
  <clipPath id="edge"><rect width="{0}" height="20" rx="4"/></clipPath>
  <g clip-path="url(#edge)">
    <rect width="{1}" height="20" fill="#3b4352"/>
    <rect x="{1}" width="{2}" height="20" fill="{3}"/>
  </g>
  <g fill="#fff" font-family="Verdana,'DejaVu Sans',sans-serif" font-size="11">
    <text x="6" y="14" textLength="{6}" lengthAdjust="spacingAndGlyphs">{4}</text>
    <text x="{8}" y="14" textLength="{7}" lengthAdjust="spacingAndGlyphs">{9}</text>
  </g>
</svg>
)svg",
      left + right, left, right, verdict.colour, markup_text(label), markup_attribute(title), left - 12, right - 12, left + 6,
      markup_text(value));
}

}  // namespace procedura::conformance
