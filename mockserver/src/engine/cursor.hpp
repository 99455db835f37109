#pragma once

#include "scenario/model.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace procedura::mock::engine {

/// Where one instance stands in the steps of its stub: a list, and the repeats it is in.
class Cursor {
 public:
  explicit Cursor(const Steps& steps) : levels_{Level{&steps, 0, 1}} { settle(); }

  /// The step to do now; null at the end.
  const Step* step() const noexcept { return levels_.empty() ? nullptr : &(*levels_.back().steps)[levels_.back().at]; }
  /// Goes on behind the current step.
  void next() {
    ++levels_.back().at;
    settle();
  }
  /// Goes into the current step, a repeat, `count` times.
  void enter(const Steps& steps, std::uint64_t count) {
    if (count == 0 || steps.empty()) return next();
    levels_.push_back({&steps, 0, count});
    iterations_.push_back(0);
  }
  /// Iterations, from 0, of the repeats around the current step, outermost first.
  std::span<const std::uint64_t> iterations() const noexcept { return iterations_; }

 private:
  struct Level {
    const Steps* steps;
    std::size_t at;
    std::uint64_t count;
  };

  // Leaves lists that are done: into the next iteration, or out of the repeat.
  void settle() {
    while (!levels_.empty() && levels_.back().at == levels_.back().steps->size()) {
      if (levels_.size() == 1) {
        levels_.clear();
      } else if (++iterations_.back() < levels_.back().count) {
        levels_.back().at = 0;
      } else {
        levels_.pop_back();
        iterations_.pop_back();
        ++levels_.back().at;
      }
    }
  }

  std::vector<Level> levels_;
  std::vector<std::uint64_t> iterations_;  // one per level but the first
};

}  // namespace procedura::mock::engine
