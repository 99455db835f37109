#pragma once

#include "judge/slo.hpp"
#include "measure/histogram.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::bench::html {

/// How far a quantile is along an axis on which p90, p99 and p99.9 are one step apart: 1, 2, 3.
double nines(Quantile quantile);

/// Reads a histogram's quantiles in ascending order, going through its buckets once.
class Walk {
 public:
  explicit Walk(const Histogram& histogram) : histogram_{&histogram} {}

  /// The value at this many nines, not fewer than the last time. Of an empty histogram 0.
  Nanos at(double nines);

 private:
  const Histogram* histogram_;
  std::size_t index_ = 0;
  std::uint64_t seen_ = 0;
};

/// One line of a percentile curve.
struct CurveLine {
  std::string_view name;  ///< of its series, one word: "response"
  std::string_view css;   ///< "corrected", "service", "floor"
  const Histogram* histogram = nullptr;
};

/// The percentile curve of what is in `lines`; they fade where fewer than 100 samples lie beyond. `marks`: bounds of the first
/// one's quantiles, with how they were kept.
std::string percentile_curve(std::string_view id, std::string_view label, std::span<const CurveLine> lines,
                             std::span<const SloResult> marks);

}  // namespace procedura::bench::html
