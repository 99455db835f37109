#include "engine/lateness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace procedura::mock::engine {

Lateness::Lateness() : counts_(index_of(highest) + 1) {}

void Lateness::record(std::int64_t nanoseconds) noexcept {
  const std::int64_t late = std::max<std::int64_t>(nanoseconds, 0);
  ++counts_[index_of(std::min(late, highest))];
  ++count_;
  sum_ += std::min(late, std::numeric_limits<std::int64_t>::max() - sum_);
  max_ = std::max(max_, late);
}

std::uint64_t Lateness::count_up_to(std::int64_t nanoseconds) const noexcept {
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size() && highest_in(i) <= nanoseconds; ++i) seen += counts_[i];
  return seen;
}

std::int64_t Lateness::quantile(double share) const noexcept {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  const std::uint64_t rank = std::clamp<std::uint64_t>(wanted, 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::min(highest_in(i), max_);
  }
  return max_;
}

LatenessSummary Lateness::summary() const noexcept {
  return {count_, quantile(0.5), quantile(0.9), quantile(0.99), quantile(0.999), max_, lost_};
}

}  // namespace procedura::mock::engine
