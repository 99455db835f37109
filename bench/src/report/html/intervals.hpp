#pragma once

#include "judge/interval.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace procedura::bench::html {

/// The intervals of one run. A page shows some of them twice, and each is the work of a thousand draws.
class Intervals {
 public:
  /// `series` has to outlive it.
  explicit Intervals(const Series& series) : series_{series} {}

  const std::optional<Interval>& of(Metric metric, Quantile quantile) {
    const auto [found, added] = known_.try_emplace({metric, quantile.ppm()});
    if (added) found->second = quantile_interval(series_, metric, quantile);
    return found->second;
  }

 private:
  const Series& series_;
  std::map<std::pair<Metric, std::uint32_t>, std::optional<Interval>> known_;
};

}  // namespace procedura::bench::html
