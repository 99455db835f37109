#pragma once

#include "measure/histogram.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
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

  SparseHistogram() = default;
  /// One that was read back: ascending, none empty, indexes below those of `Histogram`.
  explicit SparseHistogram(std::vector<Bucket> buckets) : buckets_{std::move(buckets)} {
    for (const Bucket& bucket : buckets_) count_ += bucket.count;
  }

  /// Allocates only when a bucket is new and there is no room for it. Clamps as `Histogram::record`.
  void record(Nanos value);
  /// `times` values in one bucket, whose index is below `Histogram::bucket_count`.
  void add(std::size_t index, std::uint64_t times);
  void merge(const SparseHistogram& other);
  void add_to(Histogram& whole) const noexcept;  ///< min and max of the whole become those of the buckets
  void reserve(std::size_t buckets) { buckets_.reserve(buckets); }

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
