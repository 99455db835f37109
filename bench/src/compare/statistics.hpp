#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// What is needed to tell a difference from chance. All pure; what is drawn depends on the seed alone.
namespace procedura::bench {

/// The middle value, or the mean of the two; 0 of nothing.
double median(std::vector<double> values);

/// Wilcoxon's signed-rank test of whether differences lie around 0: the two-sided p, exact also where differences are equal,
/// which share their rank. Differences of 0 are left out; 1 if none is left. Takes time in proportion to the cube of their
/// number.
double wilcoxon_p(std::span<const double> differences);

/// Holm's correction: the p of each of several tests, such that the chance of one p below alpha without a cause, in any of
/// them, is at most alpha.
std::vector<double> holm(std::span<const double> p);

/// From `low` to `high`, both inside.
struct Range {
  double low = 0;
  double high = 0;
};

/// Where the median may lie, at this confidence (0.99), by drawing the values again with replacement. 0 to 0 of nothing.
Range bootstrap_median(std::span<const double> values, double confidence, std::uint64_t seed);

/// How far from 0 the median of `count` differences comes, in `share` of all draws, when each is one of these with a sign by
/// chance: what is seen where there is nothing to see. 0 of nothing.
double median_by_chance(std::span<const double> differences, std::size_t count, double share, std::uint64_t seed);

}  // namespace procedura::bench
