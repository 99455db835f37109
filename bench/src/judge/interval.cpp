#include "judge/interval.hpp"

#include <procedura/protocol/random.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace procedura::bench {
namespace {

constexpr std::size_t most_blocks = 200;  // neighbours are drawn together where there are more seconds
constexpr std::size_t resamples = 1000;
constexpr std::uint64_t seed = 1;

using Count = std::uint64_t;

/// A second, or some neighbours of a long run.
std::vector<SparseHistogram> blocks_of(const Series& series, Metric metric, std::size_t seconds) {
  const std::size_t together = (seconds + most_blocks - 1) / most_blocks;
  std::vector<SparseHistogram> blocks((seconds + together - 1) / together);
  for (std::size_t i = 0; i < seconds; ++i) blocks[i / together].merge(series.seconds[i].of(metric));
  return blocks;
}

/// For each bucket that any block has, and each block: how many of its samples lie in that bucket or below. A resample is then
/// a weight per block, and its quantile is found by halving the buckets instead of by merging histograms.
class Ranks {
 public:
  explicit Ranks(const std::vector<SparseHistogram>& blocks) : blocks_{blocks.size()} {
    SparseHistogram whole;
    for (const SparseHistogram& block : blocks) whole.merge(block);
    buckets_.assign(whole.buckets().begin(), whole.buckets().end());
    counts_.resize(buckets_.size() * blocks_);
    for (std::size_t block = 0; block < blocks_; ++block) fill(block, blocks[block].buckets());
  }

  /// Nothing of a resample without samples.
  std::optional<Nanos> value_at(Quantile quantile, std::span<const Count> weights) const {
    const Count samples = below(buckets_.size() - 1, weights);
    if (samples == 0) return std::nullopt;
    const Count rank = quantile.rank_in(samples);
    std::size_t low = 0;
    for (std::size_t high = buckets_.size() - 1; low < high;) {
      const std::size_t middle = (low + high) / 2;
      if (below(middle, weights) >= rank) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return Nanos{Histogram::highest_equivalent(Histogram::value_from_index(buckets_[low].index))};
  }

 private:
  void fill(std::size_t block, std::span<const SparseHistogram::Bucket> from) {
    Count sum = 0;
    auto next = from.begin();
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      if (next != from.end() && next->index == buckets_[bucket].index) sum += (next++)->count;
      counts_[bucket * blocks_ + block] = sum;
    }
  }

  Count below(std::size_t bucket, std::span<const Count> weights) const {
    Count sum = 0;
    for (std::size_t block = 0; block < blocks_; ++block) sum += weights[block] * counts_[bucket * blocks_ + block];
    return sum;
  }

  std::size_t blocks_;
  std::vector<SparseHistogram::Bucket> buckets_;
  std::vector<Count> counts_;
};

}  // namespace

std::size_t seconds_with_jobs(const Series& series, Metric metric) noexcept {
  std::size_t seconds = series.seconds.size();
  while (seconds > 0 && series.seconds[seconds - 1].due == 0 && series.seconds[seconds - 1].of(metric).count() == 0) --seconds;
  return seconds;
}

std::optional<Interval> quantile_interval(const Series& series, Metric metric, Quantile quantile) {
  const std::size_t seconds = seconds_with_jobs(series, metric);
  if (seconds < least_seconds_for_interval) return std::nullopt;
  const auto blocks = blocks_of(series, metric, seconds);
  Count samples = 0;
  for (const SparseHistogram& block : blocks) samples += block.count();
  if (!quantile.carried_by(samples)) return std::nullopt;

  const Ranks ranks{blocks};
  std::vector<Nanos> found;
  found.reserve(resamples);
  std::vector<Count> weights(blocks.size());
  for (std::uint64_t drawn = 0; drawn < resamples; ++drawn) {
    std::fill(weights.begin(), weights.end(), 0);
    const std::uint64_t stream = protocol::mix(seed, drawn);
    for (std::uint64_t i = 0; i < blocks.size(); ++i) ++weights[protocol::mix(stream, i) % blocks.size()];
    if (const auto value = ranks.value_at(quantile, weights)) found.push_back(*value);
  }
  if (found.empty()) return std::nullopt;
  std::sort(found.begin(), found.end());
  return Interval{found[found.size() / 40], found[found.size() - 1 - found.size() / 40]};
}

}  // namespace procedura::bench
