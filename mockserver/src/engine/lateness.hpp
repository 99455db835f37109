#pragma once

#include <procedura/mock/verdict.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace procedura::mock::engine {

/// How late frames left that were to leave at a certain time: a histogram in 20 KB, whatever the run.
///
/// Debian has no HdrHistogram for C or C++, and that of bench/ is three digits wide and in another room. This one is laid out
/// the same way, to 1.6 %: 128 buckets of 1 ns, then 64 for each doubling, up to about an hour.
class Lateness {
 public:
  Lateness();

  /// Allocates nothing. Less than 0 counts as 0, more than an hour as an hour (`max` is exact).
  void record(std::int64_t nanoseconds) noexcept;
  /// One was late by nobody knows how much: the journal had dropped it before it left.
  void lose() noexcept { ++lost_; }

  std::uint64_t count() const noexcept { return count_; }
  /// Of all, in nanoseconds.
  std::int64_t sum() const noexcept { return sum_; }
  /// How many were no more than this late, to 1.6 %: the bucket that it lies in does not count.
  std::uint64_t count_up_to(std::int64_t nanoseconds) const noexcept;
  /// The highest value that shares a bucket with the sample of this rank (`ceil(share * count)`); 0 when empty.
  std::int64_t quantile(double share) const noexcept;
  LatenessSummary summary() const noexcept;

 private:
  static constexpr int exact_bits = 7;  // values below 2^7 have buckets of their own
  static constexpr std::size_t half = std::size_t{1} << (exact_bits - 1);
  static constexpr std::int64_t highest = (std::int64_t{1} << 42) - 1;

  static constexpr int shift_of(std::int64_t value) noexcept {
    const int bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value)));
    return bits > exact_bits ? bits - exact_bits : 0;
  }
  static constexpr std::size_t index_of(std::int64_t value) noexcept {
    const int shift = shift_of(value);
    return static_cast<std::size_t>(shift) * half + static_cast<std::size_t>(value >> shift);
  }
  static constexpr std::int64_t highest_in(std::size_t index) noexcept {
    if (index < 2 * half) return static_cast<std::int64_t>(index);
    const std::size_t shift = index / half - 1;
    return ((static_cast<std::int64_t>(index % half + half) + 1) << shift) - 1;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t lost_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace procedura::mock::engine
