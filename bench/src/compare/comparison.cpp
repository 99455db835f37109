#include "compare/comparison.hpp"

#include "compare/statistics.hpp"

#include <procedura/protocol/random.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace procedura::bench {
namespace {

constexpr double noise_share = 0.95;

bool usable(double value) noexcept {
  return value > 0 && std::isfinite(value);
}

std::vector<double> log_ratios(const PairedMetric& metric) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(metric.a.size(), metric.b.size()); ++i) {
    if (usable(metric.a[i]) && usable(metric.b[i])) ratios.push_back(std::log(metric.b[i] / metric.a[i]));
  }
  return ratios;
}

// What is left of the pairs when the difference is taken out of them: pairs of an agent with itself, on this machine, today.
std::vector<double> without_difference(std::vector<double> ratios) {
  const double middle = median(ratios);
  for (double& ratio : ratios) ratio -= middle;
  return ratios;
}

ComparedMetric look_at(PairedMetric samples, const CompareOptions& options, std::uint64_t seed) {
  ComparedMetric metric;
  const std::vector<double> ratios = log_ratios(samples);
  const Range range = bootstrap_median(ratios, 1 - options.alpha, protocol::mix(seed, 1));
  metric.ratio = std::exp(median(ratios));
  metric.low = std::exp(range.low);
  metric.high = std::exp(range.high);
  metric.p = wilcoxon_p(ratios);
  metric.noise = std::expm1(median_by_chance(without_difference(ratios), ratios.size(), noise_share, protocol::mix(seed, 2)));
  metric.margin = std::max(options.margin, metric.noise);
  metric.samples = std::move(samples);
  return metric;
}

Difference judge(const ComparedMetric& metric, const CompareOptions& options) {
  const double above = 1 + metric.margin;
  const double below = 1 / above;
  if (metric.p < options.alpha && metric.low > above) return Difference::slower;
  if (metric.p < options.alpha && metric.high < below) return Difference::faster;
  // The bootstrap knows no values but those that were seen. That n of n lie on one side of the median is chance in 2 of 2^n.
  const bool enough = 2 * std::exp2(-static_cast<double>(log_ratios(metric.samples).size())) <= options.alpha;
  const double asked = 1 + options.margin;
  if (enough && metric.low > 1 / asked && metric.high < asked) return Difference::equivalent;
  return Difference::inconclusive;
}

}  // namespace

bool known(const ComparedMetric& metric) {
  return !log_ratios(metric.samples).empty();
}

std::string_view to_string(Difference difference) noexcept {
  switch (difference) {
    case Difference::equivalent:
      return "equivalent";
    case Difference::faster:
      return "faster";
    case Difference::slower:
      return "slower";
    case Difference::inconclusive:
      return "inconclusive";
  }
  return "";
}

std::vector<ComparedMetric> compare(std::vector<PairedMetric> metrics, const CompareOptions& options) {
  std::vector<ComparedMetric> compared;
  std::vector<double> gated;
  for (PairedMetric& metric : metrics) {
    compared.push_back(look_at(std::move(metric), options, protocol::mix(options.seed, compared.size())));
    if (compared.back().samples.gated) gated.push_back(compared.back().p);
  }
  const std::vector<double> corrected = holm(gated);
  auto p = corrected.begin();
  for (ComparedMetric& metric : compared) {
    if (metric.samples.gated) metric.p = *p++;
    metric.verdict = judge(metric, options);
  }
  return compared;
}

Difference overall(const std::vector<ComparedMetric>& metrics) noexcept {
  const auto any = [&](Difference verdict) {
    return std::any_of(metrics.begin(), metrics.end(),
                       [&](const ComparedMetric& metric) { return metric.samples.gated && metric.verdict == verdict; });
  };
  for (const Difference verdict : {Difference::slower, Difference::inconclusive, Difference::faster, Difference::equivalent}) {
    if (any(verdict)) return verdict;
  }
  return Difference::inconclusive;
}

}  // namespace procedura::bench
