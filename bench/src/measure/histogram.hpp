#pragma once

#include "measure/units.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace procedura::bench {

/// A histogram of latencies in nanoseconds, up to an hour, to three significant digits.
///
/// Its buckets lie exactly as those of an HdrHistogram made with (lowest 1, highest 3,600,000,000,000, digits 3), index for
/// index, so that its counts can be exchanged with every tool that reads those. Counts are integers: merging the histograms of
/// parts of a sample gives the histogram of the whole. Not thread-safe.
class Histogram {
  static constexpr std::size_t half_magnitude = 10;
  static constexpr std::size_t sub_bucket_half = std::size_t{1} << half_magnitude;
  static constexpr std::uint64_t sub_bucket_mask = 2 * sub_bucket_half - 1;

 public:
  static constexpr std::int64_t highest_trackable = 3'600'000'000'000;
  static constexpr int significant_digits = 3;
  /// Whole doublings of the range, as HdrHistogram counts them, so that its arrays are as long.
  static constexpr std::size_t bucket_count =
      (static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(highest_trackable))) + 1 - half_magnitude) *
      sub_bucket_half;

  Histogram();

  /// Allocates nothing. A value over the highest counts as that one and in `clamped`, one below 0 as 0.
  void record(Nanos value) noexcept;
  void merge(const Histogram& other) noexcept;

  // For those that read histograms back, or add up sparse ones.

  /// `count` samples in one bucket, below `bucket_count`; min and max grow to its bounds as far as they do not lie in it.
  void add(std::size_t index, std::uint64_t count) noexcept;
  /// What the buckets do not tell: the exact extremes, and how many samples were clamped. False, and nothing is changed, if
  /// they contradict the buckets.
  bool restore(Nanos min, Nanos max, std::uint64_t clamped) noexcept;

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t clamped() const noexcept { return clamped_; }
  Nanos min() const noexcept { return Nanos{count_ == 0 ? 0 : min_}; }  ///< exact; 0 when empty
  Nanos max() const noexcept { return Nanos{max_}; }                    ///< exact; 0 when empty
  Nanos mean() const noexcept;                                          ///< of the buckets' middles; 0 when empty
  /// The highest value that shares a bucket with the sample at this rank (`ceil(q * count)`, at least 1); 0 when empty.
  Nanos value_at(Quantile quantile) const noexcept;
  /// The same of a sample with so many more, all of them higher than these. Nothing: it is one of those.
  std::optional<Nanos> value_at(Quantile quantile, std::uint64_t higher) const noexcept;

  /// One count per bucket, in HdrHistogram's order.
  std::span<const std::uint64_t> counts() const noexcept { return counts_; }

  // The layout. 2048 sub-buckets of width 1, and then, for each doubling of the range, 1024 of twice the width.

  static constexpr std::size_t index_of(std::int64_t value) noexcept {
    const int bucket = bucket_of(value);
    const auto sub_bucket = static_cast<std::size_t>(value >> bucket);
    return ((static_cast<std::size_t>(bucket) + 1) << half_magnitude) + sub_bucket - sub_bucket_half;
  }
  static constexpr std::int64_t value_from_index(std::size_t index) noexcept {
    if (index < 2 * sub_bucket_half) return static_cast<std::int64_t>(index);
    const std::size_t bucket = (index >> half_magnitude) - 1;
    return static_cast<std::int64_t>((index & (sub_bucket_half - 1)) + sub_bucket_half) << bucket;
  }
  static constexpr std::int64_t lowest_equivalent(std::int64_t value) noexcept {
    return (value >> bucket_of(value)) << bucket_of(value);
  }
  static constexpr std::int64_t highest_equivalent(std::int64_t value) noexcept {
    return lowest_equivalent(value) + (std::int64_t{1} << bucket_of(value)) - 1;  // NOLINT(clang-analyzer-*)
  }

 private:
  static constexpr int bucket_of(std::int64_t value) noexcept {
    return 53 - std::countl_zero(static_cast<std::uint64_t>(value) | sub_bucket_mask);  // 0 at least; analyzers doubt it
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t clamped_ = 0;
  std::int64_t min_ = highest_trackable;
  std::int64_t max_ = 0;
};

}  // namespace procedura::bench
