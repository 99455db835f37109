#pragma once

#include "measure/series.hpp"

#include <optional>

namespace procedura::bench {

/// Where a quantile may lie, at 95 %.
struct Interval {
  Nanos low{0};
  Nanos high{0};
  bool operator==(const Interval&) const = default;
};

/// Draws the seconds of the run again and again, with replacement, and looks where the quantile falls: jobs of one second share
/// its stalls, so that an interval that takes each job for an independent draw is far too narrow.
///
/// Nothing where the sample cannot carry the quantile or has fewer than 10 seconds. The same series gives the same interval.
std::optional<Interval> quantile_interval(const Series& series, Metric metric, Quantile quantile);

}  // namespace procedura::bench
