#include "measure/histogram.hpp"

#include <algorithm>

namespace procedura::bench {

Histogram::Histogram() : counts_(bucket_count) {}

void Histogram::record(Nanos value) noexcept {
  const std::int64_t nanos = std::clamp<std::int64_t>(value.count(), 0, highest_trackable);
  if (value.count() > highest_trackable) ++clamped_;
  ++counts_[index_of(nanos)];
  ++count_;
  min_ = std::min(min_, nanos);
  max_ = std::max(max_, nanos);
}

void Histogram::merge(const Histogram& other) noexcept {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  clamped_ += other.clamped_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::add(std::size_t index, std::uint64_t count) noexcept {
  if (count == 0) return;
  const std::int64_t low = value_from_index(index);
  const std::int64_t high = std::min(highest_equivalent(low), highest_trackable);
  if (count_ == 0 || min_ > high) min_ = low;
  if (max_ < low) max_ = high;
  counts_[index] += count;
  count_ += count;
}

bool Histogram::restore(Nanos min, Nanos max, std::uint64_t clamped) noexcept {
  if (count_ == 0) return min.count() == 0 && max.count() == 0 && clamped == 0;
  const auto in_range = [](Nanos value) { return value.count() >= 0 && value.count() <= highest_trackable; };
  if (min > max || !in_range(min) || !in_range(max)) return false;
  const auto first = std::find_if(counts_.begin(), counts_.end(), [](std::uint64_t count) { return count > 0; });
  const auto last = std::find_if(counts_.rbegin(), counts_.rend(), [](std::uint64_t count) { return count > 0; });
  if (index_of(min.count()) != static_cast<std::size_t>(first - counts_.begin())) return false;
  if (index_of(max.count()) != static_cast<std::size_t>(counts_.rend() - last) - 1) return false;
  if (clamped > 0 && (max.count() != highest_trackable || clamped > *last)) return false;
  min_ = min.count();
  max_ = max.count();
  clamped_ = clamped;
  return true;
}

Nanos Histogram::mean() const noexcept {
  if (count_ == 0) return Nanos{0};
  double sum = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const std::int64_t low = value_from_index(i);
    const std::int64_t middle = low + (highest_equivalent(low) + 1 - low) / 2;
    sum += static_cast<double>(middle) * static_cast<double>(counts_[i]);
  }
  return Nanos{static_cast<std::int64_t>(sum / static_cast<double>(count_))};
}

Nanos Histogram::value_at(Quantile quantile) const noexcept {
  return value_at(quantile, 0).value_or(Nanos{0});
}

std::optional<Nanos> Histogram::value_at(Quantile quantile, std::uint64_t higher) const noexcept {
  const std::uint64_t rank = quantile.rank_in(count_ + higher);
  if (rank > count_ || count_ == 0) return std::nullopt;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return Nanos{highest_equivalent(value_from_index(i))};
  }
  return max();
}

}  // namespace procedura::bench
