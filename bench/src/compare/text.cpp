#include "compare/record.hpp"
#include "compare/statistics.hpp"
#include "report/lines.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace procedura::bench {
namespace {

std::string of_load(const LoadPlan& load) {
  const std::string kind = std::holds_alternative<OpenLoop>(load.load)
                               ? fmt::format("open loop, {} jobs/s", std::get<OpenLoop>(load.load).rate)
                               : fmt::format("closed loop, {} at a time", std::get<ClosedLoop>(load.load).concurrency);
  return fmt::format("{}, {} connection{}", kind, load.connections, load.connections == 1 ? "" : "s");
}

std::string value(const PairedMetric& metric, const std::vector<double>& runs) {
  if (runs.empty()) return "-";
  const double middle = median(runs);
  if (metric.unit == "ns") return format_duration(Nanos{std::llround(middle)});
  return fmt::format("{:.1f} {}", middle, metric.unit);
}

// 0.0009 is what most tables stop at; what is smaller is no more certain for it.
std::string chance(double p) {
  return p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", p);
}

void add_metric(Lines& page, const ComparedMetric& metric) {
  const std::string verdict = metric.samples.gated ? std::string{to_string(metric.verdict)} : "not gated";
  if (!known(metric)) {
    page.line("  {:<16}{:>12}{:>12}{:>9}{:>9}{:<10}{:>9}{:>11}{:>9}  {}", metric.samples.name,
              value(metric.samples, metric.samples.a), value(metric.samples, metric.samples.b), "-", "-", "", "-", "-", "-",
              verdict);
    return;
  }
  page.line("  {:<16}{:>12}{:>12}{:>9.3f}{:>9.3f} to {:<6.3f}{:>9}{:>9.1f} %{:>7.1f} %  {}", metric.samples.name,
            value(metric.samples, metric.samples.a), value(metric.samples, metric.samples.b), metric.ratio, metric.low,
            metric.high, chance(metric.p), 100 * metric.noise, 100 * metric.margin, verdict);
}

void add_verdict(Lines& page, const ComparisonVerdict& verdict) {
  for (const std::string& note : verdict.notes) page.line("note      {}", note);
  if (!verdict.valid()) {
    page.line("verdict   INVALID: no figure above stands");
    for (const std::string& reason : verdict.reasons) page.line("          - {}", reason);
    return;
  }
  switch (verdict.difference) {
    case Difference::equivalent:
      page.line("verdict   EQUIVALENT: in all gated metrics B is within the margin of A");
      break;
    case Difference::faster:
      page.line("verdict   FASTER: B is better than A in a gated metric, and worse in none");
      break;
    case Difference::slower:
      page.line("verdict   SLOWER: B is worse than A in a gated metric");
      break;
    case Difference::inconclusive:
      page.line("verdict   INCONCLUSIVE: these pairs cannot tell");
      break;
  }
}

}  // namespace

std::string text_report(const ComparisonRecord& comparison, const ComparisonVerdict& verdict) {
  const ComparePlan& plan = comparison.plan;
  const auto b_first = std::count(comparison.b_first.begin(), comparison.b_first.end(), true);
  Lines page;
  page.line("{} ({}), B against A", protocol::printable(plan.run.module), protocol::to_string(plan.run.mode));
  page.line("A         {}", protocol::printable(shown_side(plan.a)));
  page.line("B         {}", protocol::printable(shown_side(plan.b)));
  page.line("load      {}; each run {} after {} of warm-up", of_load(plan.run.load), format_duration(plan.run.load.duration),
            format_duration(plan.run.load.warm_up));
  page.line("pairs     {}{}, B first in {}, seed {}; {}, {} cores", comparison.b_first.size(),
            comparison.interrupted ? fmt::format(" of {}, INTERRUPTED", plan.pairs) : "", b_first, plan.options.seed,
            comparison.surroundings.started_at, comparison.surroundings.cpus);
  page.line("jobs      A {} due, {} finished; B {} due, {} finished", comparison.a.metrics.jobs().due,
            comparison.a.metrics.jobs().finished, comparison.b.metrics.jobs().due, comparison.b.metrics.jobs().finished);
  page.line("");
  page.line("{:<18}{:>12}{:>12}{:>9}{:>19}{:>9}{:>11}{:>9}", "median of the runs", "A", "B", "B/A",
            fmt::format("{:g} % interval", 100 * (1 - plan.options.alpha)), "p", "noise", "margin");
  for (const ComparedMetric& metric : comparison.metrics) add_metric(page, metric);
  page.line("  B/A: median of the pairs' ratios. noise: how far from 1 A/A would come, in 95 of 100 such comparisons.");
  page.line("");
  add_verdict(page, verdict);
  page.line("again     {}", protocol::printable(command_line(plan)));
  return page.take();
}

}  // namespace procedura::bench
