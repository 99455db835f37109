#include "compare/statistics.hpp"
#include "comparison_parts.hpp"
#include "markup.hpp"

#include <fmt/format.h>

#include <cmath>

namespace procedura::bench::html {
namespace {

std::string value(const PairedMetric& metric, const std::vector<double>& runs) {
  if (runs.empty()) return "–";
  const double middle = median(runs);
  if (metric.unit == "ns") return format_duration(Nanos{std::llround(middle)});
  return fmt::format("{:.1f} {}", middle, text(metric.unit));
}

// What is smaller is no more certain for it.
std::string chance(double p) {
  return p < 0.0001 ? "&lt;0.0001" : fmt::format("{:.4f}", p);
}

std::string tag_of(const ComparedMetric& metric) {
  if (!metric.samples.gated) return tag(plain, "not gated");
  switch (metric.verdict) {
    case Difference::equivalent:
    case Difference::faster:
      return tag(good, to_string(metric.verdict));
    case Difference::slower:
      return tag(bad, to_string(metric.verdict));
    case Difference::inconclusive:
      break;
  }
  return tag(doubtful, to_string(metric.verdict));
}

std::string row(const ComparedMetric& metric) {
  const PairedMetric& samples = metric.samples;
  std::string out = fmt::format("<tr><th scope=row><code class=foreign>{}</code><td>{}<td>{}", text(samples.name),
                                value(samples, samples.a), value(samples, samples.b));
  out += known(metric)
             ? fmt::format("<td>{}<small>{} to {}</small><td>{}<td>{}<td>{}", change(metric.ratio), change(metric.low),
                           change(metric.high), chance(metric.p), share(metric.noise), share(metric.margin))
             : "<td>–<td>–<td>–<td>–";
  return out + fmt::format("<td>{}\n", tag_of(metric));
}

std::string side(std::string_view name, std::string_view given, const ComparedSide& side, std::size_t runs) {
  const JobCounts& jobs = side.metrics.jobs();
  std::string out = fmt::format(
      "<div class=tile><dt>{}</dt><dd><code class=foreign>{}</code></dd><dd class=dim>{} due, {} finished, {} failed; {}</dd>",
      name, text(shown_side(given)), counted(jobs.due, "job"), grouped(jobs.finished), grouped(jobs.failed),
      counted(runs, "run"));
  if (side.invalid_runs > 0) {
    out += fmt::format("<dd class=\"dim foreign\">{} would be invalid alone, the first because {}</dd>",
                       counted(side.invalid_runs, "run"), text(side.first_reason));
  }
  return out + "</div>\n";
}

}  // namespace

std::string sides_of(const ComparisonRecord& comparison) {
  const std::size_t runs = comparison.b_first.size();
  return "<dl class=\"tiles sides\">\n" + side("A", comparison.plan.a, comparison.a, runs) +
         side("B", comparison.plan.b, comparison.b, runs) + "</dl>\n";
}

std::string compared_of(const ComparisonRecord& comparison) {
  if (comparison.metrics.empty()) return {};
  std::string rows;
  for (const ComparedMetric& metric : comparison.metrics) rows += row(metric);
  return section(
      "compared", "The figures",
      "Medians of the runs of either side; the ratio is the median of the pairs' ratios, not that of the medians. "
      "<strong>p</strong>: how probable such pairs were if nothing differed, by Wilcoxon's signed-rank test, corrected for the "
      "number of metrics "
      "that decide. <strong>Noise</strong>: how far an agent differs from itself, in 95 of 100 comparisons like this one.",
      "<div class=\"scroll card\" tabindex=0 role=group aria-label=\"The figures\"><table class=figures><thead><tr><th "
      "scope=col>metric<th "
      "scope=col>A<th scope=col>B<th scope=col>B against A<th scope=col>p<th scope=col>noise<th scope=col>margin<th "
      "scope=col>verdict</thead><tbody>\n" +
          rows + "</tbody></table></div>\n");
}

}  // namespace procedura::bench::html
