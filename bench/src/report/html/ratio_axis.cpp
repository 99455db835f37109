#include "ratio_axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace procedura::bench::html {

RatioAxis::RatioAxis(double most, double from, double to)
    : most_{1.08 * std::log(std::clamp(most, 1.01, 100.0))}, from_{from}, to_{to} {}

double RatioAxis::operator()(double ratio) const {
  const double log = ratio > 0 ? std::log(ratio) : -most_;
  return from_ + (to_ - from_) * (std::clamp(log / most_, -1.0, 1.0) + 1) / 2;
}

std::vector<Tick> RatioAxis::ticks() const {
  std::vector<Tick> ticks{{(*this)(1), most_ > std::log(2.0) ? "×1" : "0 %"}};
  if (most_ > std::log(2.0)) {
    // Few, because those near 1 lie close to each other where the others are far.
    const std::array factors = most_ < std::log(6.0)    ? std::array{2.0, 5.0}
                               : most_ < std::log(30.0) ? std::array{5.0, 20.0}
                                                        : std::array{10.0, 100.0};
    for (const double factor : factors) {
      if (std::log(factor) > most_) break;
      ticks.push_back({(*this)(factor), fmt::format("×{:g}", factor)});
      ticks.push_back({(*this)(1 / factor), fmt::format("×{:g}", 1 / factor)});
    }
    return ticks;
  }
  const double step = round_up((std::exp(most_) - 1) / 4);
  for (int i = 1; i <= 4; ++i) {
    const double more = 1 + i * step;
    const double less = 1 - i * step;
    if (std::log(more) <= most_) ticks.push_back({(*this)(more), fmt::format("+{:.3g} %", 100 * i * step)});
    if (less > 0 && -std::log(less) <= most_) ticks.push_back({(*this)(less), fmt::format("−{:.3g} %", 100 * i * step)});
  }
  return ticks;
}

}  // namespace procedura::bench::html
