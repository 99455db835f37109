#include "compare/pairs.hpp"

#include <procedura/protocol/random.hpp>

#include <array>
#include <utility>

namespace procedura::bench {
namespace {

using Value = std::optional<double>;

struct Definition {
  const char* name;
  const char* unit;
  bool gated;
  Value (*of)(const SideRun&);
};

template <Metric metric, std::uint32_t ppm>
Value quantile(const SideRun& run) {
  const Histogram& histogram = run.result.metrics.of(metric);
  if (!Quantile{ppm}.carried_by(histogram.count())) return std::nullopt;
  return static_cast<double>(histogram.value_at(Quantile{ppm}).count());
}

Value per_job(std::uint64_t amount, const SideRun& run) {
  const std::uint64_t jobs = run.result.metrics.jobs().sent;
  if (jobs == 0) return std::nullopt;
  return static_cast<double>(amount) / static_cast<double>(jobs);
}

Value cpu_per_job(const SideRun& run) {
  return run.cpu ? per_job(static_cast<std::uint64_t>(run.cpu->count()), run) : std::nullopt;
}

Value bytes_per_job(const SideRun& run) {
  return per_job(run.result.traffic.bytes_in + run.result.traffic.bytes_out, run);
}

// Medians of a run, CPU and bytes are steady enough to decide by on a machine that does other things too; its tail is not.
constexpr std::array definitions{
    Definition{"response.p50", "ns", true, quantile<Metric::response, 500'000>},
    Definition{"cpu_per_job", "ns", true, cpu_per_job},
    Definition{"bytes_per_job", "bytes", true, bytes_per_job},
    Definition{"ack.p50", "ns", false, quantile<Metric::ack, 500'000>},
    Definition{"first_event.p50", "ns", false, quantile<Metric::first_event, 500'000>},
    Definition{"gap.p50", "ns", false, quantile<Metric::gap, 500'000>},
    Definition{"response.p90", "ns", false, quantile<Metric::response, 900'000>},
    Definition{"response.p99", "ns", false, quantile<Metric::response, 990'000>},
    Definition{"response.p99.9", "ns", false, quantile<Metric::response, 999'000>},
};

void add_run(ComparedSide& side, const Metrics& metrics, const std::string& reason) {
  side.metrics.merge(metrics);
  if (reason.empty()) return;
  if (side.invalid_runs++ == 0) side.first_reason = reason;
}

}  // namespace

Pairs::Pairs(ComparePlan plan) : plan_{std::move(plan)} {
  for (const Definition& metric : definitions) samples_.push_back({metric.name, metric.unit, metric.gated, {}, {}});
}

std::optional<Pairs::Turn> Pairs::next() const {
  const std::size_t pair = b_first_.size();
  if (interrupted_ || pair == plan_.pairs) return std::nullopt;
  const bool b_first = protocol::mix(plan_.options.seed, pair) % 2 == 1;
  return Turn{pair, b_first == first_.has_value() ? Side::a : Side::b};
}

void Pairs::add(SideRun run) {
  const auto turn = next();
  if (!turn) return;
  Figures figures = figures_of(std::move(run));
  if (!first_) {
    first_ = std::move(figures);
    return;
  }
  const bool b_first = turn->side == Side::a;
  add_pair(b_first ? figures : *first_, b_first ? *first_ : figures);
  b_first_.push_back(b_first);
  first_.reset();
}

Pairs::Figures Pairs::figures_of(SideRun run) const {
  Figures figures;
  for (const Definition& metric : definitions) figures.values.push_back(metric.of(run));
  const Verdict alone = judge(plan_.run, run.result);
  if (!alone.reasons.empty()) figures.reason = alone.reasons.front();
  figures.metrics = std::move(run.result.metrics);
  return figures;
}

void Pairs::add_pair(const Figures& a, const Figures& b) {
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    if (!a.values[i] || !b.values[i]) continue;
    samples_[i].a.push_back(*a.values[i]);
    samples_[i].b.push_back(*b.values[i]);
  }
  add_run(a_, a.metrics, a.reason);
  add_run(b_, b.metrics, b.reason);
}

ComparisonRecord Pairs::record(Surroundings surroundings) const {
  std::vector<PairedMetric> metrics;
  const bool cpu_known = is_command(plan_.a) && is_command(plan_.b);
  for (const PairedMetric& metric : samples_) {
    // A gated one stays when no run could carry it: what is to be decided by and was not seen is inconclusive.
    const bool asked = metric.gated && (cpu_known || metric.name != "cpu_per_job");
    if (asked || !metric.a.empty()) metrics.push_back(metric);
  }
  return {plan_, a_, b_, b_first_, interrupted_, compare(std::move(metrics), plan_.options), std::move(surroundings)};
}

}  // namespace procedura::bench
