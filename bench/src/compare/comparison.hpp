#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::bench {

/// What a comparison says of one metric of B against A.
enum class Difference : std::uint8_t { equivalent, faster, slower, inconclusive };

std::string_view to_string(Difference difference) noexcept;

/// One metric, measured once on either side in each pair. Smaller is better.
struct PairedMetric {
  std::string name;   ///< "response.p50", "cpu_per_job"
  std::string unit;   ///< "ns", "bytes": for people
  bool gated = true;  ///< false: shown alone; its noise is too great to decide by
  std::vector<double> a;
  std::vector<double> b;  ///< b[i] was measured next to a[i]; as many
};

/// A metric with what its pairs say. Ratios are B to A: 1.1 is ten percent more.
struct ComparedMetric {
  PairedMetric samples;
  double ratio = 1;  ///< exp of the median of the pairs' log-ratios
  double low = 1;    ///< of the ratio's interval at 1 - alpha, by bootstrap over the pairs
  double high = 1;
  double p = 1;      ///< Wilcoxon's signed-rank test on the log-ratios, exact; of gated metrics after Holm's correction
  double noise = 0;  ///< how far from 1 the ratio of an agent to itself would come, in 95 of 100 comparisons like this one
  double margin =
      0;  ///< what counts as nothing: 0.02 is two percent either way; the greater of what was asked for and the noise
  Difference verdict = Difference::inconclusive;
};

/// Whether any pair says something of it. If none does, its ratio is no figure.
bool known(const ComparedMetric& metric);

struct CompareOptions {
  double alpha = 0.01;
  double margin = 0.05;  ///< what is no more than this, either way, counts as nothing
  std::uint64_t seed = 1;
};

/// Judges all metrics together. Pure: the same samples and seed, the same verdicts.
///
/// `slower`, `faster`: the test finds a difference at alpha over all gated metrics together, and the whole interval lies beyond
/// the margin and beyond the metric's own noise. `equivalent`: the whole interval lies within the margin. Anything else is
/// `inconclusive`: the pairs were too few or too noisy, or the difference is about as great as the margin. A pair with a value
/// that is not above 0 says nothing.
std::vector<ComparedMetric> compare(std::vector<PairedMetric> metrics, const CompareOptions& options);

/// What all gated metrics say together: `slower` if one is, else `inconclusive` if one is or there is none, else `faster` if
/// one is, else `equivalent`.
Difference overall(const std::vector<ComparedMetric>& metrics) noexcept;

}  // namespace procedura::bench
