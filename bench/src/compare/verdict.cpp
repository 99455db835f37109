#include "compare/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace procedura::bench {
namespace {

using Reason = std::optional<std::string>;

Reason cut_short(const ComparisonRecord& comparison) {
  if (!comparison.interrupted) return std::nullopt;
  return fmt::format("interrupted after {} of {} pairs", comparison.b_first.size(), comparison.plan.pairs);
}

// What the others took says nothing of these, and an agent that fails fast is fast.
Reason without_result(std::string_view name, const ComparedSide& side) {
  const JobCounts& jobs = side.metrics.jobs();
  const std::uint64_t without = jobs.due - jobs.finished;
  if (without * 1000 <= jobs.due) return std::nullopt;
  const auto& errors = side.metrics.errors();
  const auto most = std::max_element(errors.begin(), errors.end(), [](auto& x, auto& y) { return x.second < y.second; });
  return fmt::format("{}: {} of {} jobs did not finish{}", name, without, jobs.due,
                     most == errors.end() ? "" : fmt::format("; most failed with {}", most->first));
}

// A bad moment of this machine is what pairs are for; that there is hardly a good one is not.
Reason mostly_invalid(std::string_view name, const ComparedSide& side, std::size_t runs) {
  if (2 * side.invalid_runs <= runs) return std::nullopt;
  return fmt::format("{}: {} of {} runs would be invalid alone, the first because {}", name, side.invalid_runs, runs,
                     side.first_reason);
}

void note_invalid(std::vector<std::string>& notes, std::string_view name, const ComparedSide& side, std::size_t runs) {
  if (side.invalid_runs == 0 || 2 * side.invalid_runs > runs) return;
  notes.push_back(fmt::format("{}: {} of {} runs would be invalid alone, the first because {}", name, side.invalid_runs, runs,
                              side.first_reason));
}

void note_what_is_missing(std::vector<std::string>& notes, const ComparisonRecord& comparison) {
  const bool both = is_command(comparison.plan.a) && is_command(comparison.plan.b);
  if (!both) notes.emplace_back("CPU per job is not compared: it is known of agents that are started here, by a command");
  for (const ComparedMetric& metric : comparison.metrics) {
    if (!metric.samples.gated || metric.verdict != Difference::inconclusive) continue;
    if (metric.samples.a.size() < comparison.b_first.size() && metric.samples.name == "cpu_per_job") {
      notes.push_back(
          fmt::format("cpu_per_job: known of {} of {} pairs; the process that works has to live as long as its agent",
                      metric.samples.a.size(), comparison.b_first.size()));
      continue;
    }
    if (metric.samples.a.size() < comparison.b_first.size()) {
      notes.push_back(fmt::format(
          "{}: known of {} of {} pairs; a median needs {} jobs in each run, a longer --duration has them", metric.samples.name,
          metric.samples.a.size(), comparison.b_first.size(), Quantile{500'000}.needed_samples()));
      continue;
    }
    notes.push_back(
        fmt::format("{}: too near to the margin of {:.1f} %, or too noisy, to tell; more --pairs "
                    "narrow the interval, many short runs more than a few long ones",
                    metric.samples.name, 100 * metric.margin));
  }
}

}  // namespace

ComparisonVerdict judge(const ComparisonRecord& comparison) {
  ComparisonVerdict verdict;
  verdict.difference = overall(comparison.metrics);
  const std::size_t runs = comparison.b_first.size();
  for (Reason reason : {cut_short(comparison), without_result("A", comparison.a), without_result("B", comparison.b),
                        mostly_invalid("A", comparison.a, runs), mostly_invalid("B", comparison.b, runs)}) {
    if (reason) verdict.reasons.push_back(std::move(*reason));
  }
  note_invalid(verdict.notes, "A", comparison.a, runs);
  note_invalid(verdict.notes, "B", comparison.b, runs);
  note_what_is_missing(verdict.notes, comparison);
  return verdict;
}

int exit_code(const ComparisonVerdict& verdict) noexcept {
  if (!verdict.valid()) return 98;
  switch (verdict.difference) {
    case Difference::equivalent:
    case Difference::faster:
      return 0;
    case Difference::slower:
      return 99;
    case Difference::inconclusive:
      return 97;
  }
  return 1;
}

}  // namespace procedura::bench
