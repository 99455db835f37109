#include "markup.hpp"
#include "parts.hpp"

#include <fmt/format.h>

namespace procedura::bench::html {
namespace {

Look look_of(RateFinding finding) {
  switch (finding) {
    case RateFinding::kept:
      return good;
    case RateFinding::broken:
      return bad;
    case RateFinding::unclear:
    case RateFinding::generator:
      break;
  }
  return doubtful;
}

}  // namespace

// In the words of the text report: its first line, behind the name.
std::string found(const CapacityReport& search) {
  constexpr std::string_view name = "capacity  ";
  const std::string report = text_report(search);
  return report.substr(name.size(), report.find('\n') - name.size());
}

std::string capacity_of(const RunRecord& run) {
  if (!run.capacity) return {};
  std::string rows;
  for (const CapacityStep& step : run.capacity->steps) {
    rows += fmt::format("<tr><th scope=row>{}/s<td>{}<td>{}<td class=foreign>{}\n", step.rate,
                        tag(look_of(step.finding), to_string(step.finding)), step.confirming ? "confirming" : "searching",
                        text(step.why));
  }
  return section(
      "capacity", "The highest rate",
      "One run at each rate, in this order; what is found is confirmed by runs of its own. All other figures on this page "
      "are of the last run.",
      fmt::format("<p><strong>{}</strong></p>\n<table class=\"card figures\"><thead><tr><th scope=col>Rate<th "
                  "scope=col>Found<th scope=col>Run<th scope=col>Because</thead><tbody>\n{}</tbody></table>\n",
                  text(found(*run.capacity)), rows));
}

}  // namespace procedura::bench::html
