#pragma once

#include "picture.hpp"

#include <vector>

namespace procedura::bench::html {

/// Ratios around 1, as far to one side as to the other: twice as much lies where half as much lies opposite.
class RatioAxis {
 public:
  /// Reaches `most`, a ratio above 1, and the inverse of it; at least 1 % either way, at most 100 times.
  RatioAxis(double most, double from, double to);

  double operator()(double ratio) const;
  /// "+5 %", "0 %", "−5 %"; where they reach far, "×2", "×1", "×0.5"
  std::vector<Tick> ticks() const;

 private:
  double most_;  // its logarithm
  double from_;
  double to_;
};

}  // namespace procedura::bench::html
