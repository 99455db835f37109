#pragma once

#include "measure/units.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace procedura::bench {

/// What a comparison says of one metric of B against A.
enum class Difference : std::uint8_t { equivalent, faster, slower, inconclusive };

std::string_view to_string(Difference difference) noexcept;

/// One metric, measured once on either side in each pair. Smaller is better.
struct PairedMetric {
  std::string name;   ///< "response.p50", "cpu_per_job"
  std::string unit;   ///< "ns", "bytes", "": for people
  bool gated = true;  ///< false: shown alone; its noise is too great to decide by
  std::vector<double> a;
  std::vector<double> b;  ///< b[i] was measured next to a[i]
};

/// A metric with what its pairs say. Ratios are B to A: 1.1 is ten percent more.
struct ComparedMetric {
  PairedMetric samples;
  double ratio = 1;  ///< exp of the median of the pairs' log-ratios
  double low = 1;    ///< of its interval, by bootstrap over the pairs, at 1 - alpha corrected for the number of gated metrics
  double high = 1;
  double p = 1;       ///< Wilcoxon's signed-rank test on the log-ratios, after Holm's correction over the gated metrics
  double margin = 0;  ///< the ratio that counts as nothing: 0.02 is two percent either way
  Difference verdict = Difference::inconclusive;
};

struct CompareOptions {
  double alpha = 0.01;
  double margin = 0.02;  ///< at the least; a metric's own A/A noise may ask for more
  std::uint64_t seed = 1;
};

/// Judges all metrics together. Pure: the same samples and seed, the same verdicts.
std::vector<ComparedMetric> compare(std::vector<PairedMetric> metrics, const CompareOptions& options);

}  // namespace procedura::bench
