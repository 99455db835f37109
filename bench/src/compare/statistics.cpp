#include "compare/statistics.hpp"

#include <procedura/protocol/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <numeric>

namespace procedura::bench {
namespace {

// Enough that the interval's ends stay within a few hundredths of its width from seed to seed.
constexpr std::size_t rounds = 4000;

/// Indexes below a bound, one after the other.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : seed_{seed} {}
  std::uint64_t next() noexcept { return protocol::mix(seed_, count_++); }
  std::size_t below(std::size_t bound) noexcept {
    return static_cast<std::size_t>(protocol::unit(next()) * static_cast<double>(bound));
  }

 private:
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
};

// Reorders the values.
double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// The medians of many samples, sorted. `draw(values)` fills one.
template <class Draw>
std::vector<double> medians(std::size_t count, Draw draw) {
  std::vector<double> all(rounds);
  std::vector<double> sample(count);
  for (double& one : all) {
    std::generate(sample.begin(), sample.end(), draw);
    one = median_of(sample);
  }
  std::sort(all.begin(), all.end());
  return all;
}

bool all_equal(std::span<const double> values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>{}) == values.end();
}

/// Ranks by size, doubled: equal ones share the middle of their ranks, and its double is whole.
std::vector<std::size_t> doubled_ranks(const std::vector<double>& sorted) {
  std::vector<std::size_t> ranks(sorted.size());
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    while (end < sorted.size() && std::abs(sorted[end]) == std::abs(sorted[begin])) ++end;
    std::fill(ranks.begin() + static_cast<std::ptrdiff_t>(begin), ranks.begin() + static_cast<std::ptrdiff_t>(end),
              begin + 1 + end);
    begin = end;
  }
  return ranks;
}

}  // namespace

double median(std::vector<double> values) {
  return values.empty() ? 0 : median_of(values);
}

double wilcoxon_p(std::span<const double> differences) {
  std::vector<double> sorted;
  std::copy_if(differences.begin(), differences.end(), std::back_inserter(sorted), [](double d) { return d != 0; });
  if (sorted.empty()) return 1;
  std::sort(sorted.begin(), sorted.end(), [](double x, double y) { return std::abs(x) < std::abs(y); });
  const std::vector<std::size_t> ranks = doubled_ranks(sorted);

  std::size_t positive = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) positive += sorted[i] > 0 ? ranks[i] : 0;
  const std::size_t total = std::accumulate(ranks.begin(), ranks.end(), std::size_t{0});
  const std::size_t found = std::min(positive, total - positive);

  // chance[s]: that the ranks with a sign by chance add up to s. No sum above `found` is asked for.
  std::vector<double> chance(found + 1, 0.0);
  chance[0] = 1;
  for (const std::size_t rank : ranks) {
    for (std::size_t sum = found + 1; sum-- > 0;) {
      chance[sum] = 0.5 * (chance[sum] + (sum >= rank ? chance[sum - rank] : 0.0));
    }
  }
  return std::min(1.0, 2 * std::accumulate(chance.begin(), chance.end(), 0.0));
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return p[x] < p[y]; });
  std::vector<double> corrected(p.size());
  double greatest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    greatest = std::max(greatest, std::min(1.0, static_cast<double>(p.size() - i) * p[order[i]]));
    corrected[order[i]] = greatest;
  }
  return corrected;
}

Range bootstrap_median(std::span<const double> values, double confidence, std::uint64_t seed) {
  if (values.empty()) return {};
  if (all_equal(values)) return {values.front(), values.front()};
  Draws draws{seed};
  const auto all = medians(values.size(), [&] { return values[draws.below(values.size())]; });
  const auto outside = static_cast<std::size_t>((1 - confidence) / 2 * static_cast<double>(rounds));
  return {all[outside], all[rounds - 1 - outside]};
}

double median_by_chance(std::span<const double> differences, std::size_t count, double share, std::uint64_t seed) {
  if (differences.empty() || count == 0) return 0;
  if (all_equal(differences) && differences.front() == 0) return 0;
  Draws draws{seed};
  const auto all = medians(count, [&] {
    const double size = differences[draws.below(differences.size())];
    return draws.next() % 2 == 0 ? size : -size;
  });
  std::vector<double> distances(all.size());
  std::transform(all.begin(), all.end(), distances.begin(), [](double value) { return std::abs(value); });
  std::sort(distances.begin(), distances.end());
  return distances[std::min(rounds - 1, static_cast<std::size_t>(share * static_cast<double>(rounds)))];
}

}  // namespace procedura::bench
