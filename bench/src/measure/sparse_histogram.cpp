#include "measure/sparse_histogram.hpp"

#include <algorithm>
#include <utility>

namespace procedura::bench {

void SparseHistogram::record(Nanos value) {
  add(Histogram::index_of(std::clamp<std::int64_t>(value.count(), 0, Histogram::highest_trackable)), 1);
}

void SparseHistogram::add(std::size_t index, std::uint64_t times) {
  if (times == 0) return;
  const auto wanted = static_cast<std::uint32_t>(index);
  const auto at = std::lower_bound(buckets_.begin(), buckets_.end(), wanted,
                                   [](const Bucket& bucket, std::uint32_t other) { return bucket.index < other; });
  if (at != buckets_.end() && at->index == wanted) {
    at->count += times;
  } else {
    buckets_.insert(at, {wanted, times});
  }
  count_ += times;
}

void SparseHistogram::merge(const SparseHistogram& other) {
  std::vector<Bucket> merged;
  merged.reserve(buckets_.size() + other.buckets_.size());
  auto mine = buckets_.begin();
  auto theirs = other.buckets_.begin();
  while (mine != buckets_.end() || theirs != other.buckets_.end()) {
    if (theirs == other.buckets_.end() || (mine != buckets_.end() && mine->index < theirs->index)) {
      merged.push_back(*mine++);
    } else if (mine == buckets_.end() || theirs->index < mine->index) {
      merged.push_back(*theirs++);
    } else {
      merged.push_back({mine->index, mine->count + theirs->count});
      ++mine;
      ++theirs;
    }
  }
  buckets_ = std::move(merged);
  count_ += other.count_;
}

void SparseHistogram::add_to(Histogram& whole) const noexcept {
  for (const Bucket& bucket : buckets_) whole.add(bucket.index, bucket.count);
}

Nanos SparseHistogram::value_at(Quantile quantile) const noexcept {
  const std::uint64_t rank = quantile.rank_in(count_);
  std::uint64_t seen = 0;
  for (const Bucket& bucket : buckets_) {
    seen += bucket.count;
    if (seen >= rank) return Nanos{Histogram::highest_equivalent(Histogram::value_from_index(bucket.index))};
  }
  return Nanos{0};
}

}  // namespace procedura::bench
