#pragma once

#include "measure/histogram.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace procedura::bench {

/// The histogram of few values: a second of a run, a part of a comparison. It keeps only the buckets that were hit, and they
/// are those of `Histogram`, so that adding up the seconds gives the histogram of the run. Not thread-safe.
class SparseHistogram {
 public:
  struct Bucket {
    std::uint32_t index;  ///< `Histogram::index_of`
    std::uint64_t count;
    bool operator==(const Bucket&) const = default;
  };

  void record(Nanos value);
  void merge(const SparseHistogram& other);
  void add_to(Histogram& whole) const noexcept;  ///< min and max of the whole become those of the buckets

  std::uint64_t count() const noexcept { return count_; }
  std::span<const Bucket> buckets() const noexcept { return buckets_; }  ///< ascending, none empty
  /// As `Histogram::value_at`.
  Nanos value_at(Quantile quantile) const noexcept;

  bool operator==(const SparseHistogram&) const = default;

 private:
  std::vector<Bucket> buckets_;
  std::uint64_t count_ = 0;
};

}  // namespace procedura::bench
