#pragma once

#include "measure/series.hpp"

#include <cstddef>
#include <optional>

namespace procedura::bench {

/// Where a quantile may lie, at 95 %.
struct Interval {
  Nanos low{0};
  Nanos high{0};
  bool operator==(const Interval&) const = default;
};

inline constexpr std::size_t least_seconds_for_interval = 10;

/// How many seconds of the series the metric was measured in: up to the last one with a sample or with a job that was due.
std::size_t seconds_with_jobs(const Series& series, Metric metric) noexcept;

/// Draws the seconds of the run again and again, with replacement, and looks where the quantile falls: jobs of one second share
/// its stalls, so that an interval that takes each job for an independent draw is far too narrow.
///
/// Nothing where the sample cannot carry the quantile or has fewer than 10 seconds. The same series gives the same interval.
/// What comes less often than in every tenth second, or only in some runs, it cannot know.
std::optional<Interval> quantile_interval(const Series& series, Metric metric, Quantile quantile);

}  // namespace procedura::bench
