#pragma once

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>

namespace procedura::testing {

/// Calls of operator new by this program so far.
std::uint64_t allocations() noexcept;

/// Put before the loop of a benchmark: reports the allocations per iteration as `allocs`.
class CountAllocations {
 public:
  explicit CountAllocations(benchmark::State& state) : state_{state}, before_{allocations()} {}
  ~CountAllocations() {
    // The loop itself makes one or two: rounded away.
    const double each = static_cast<double>(allocations() - before_) / static_cast<double>(state_.iterations());
    state_.counters["allocs"] = std::round(each * 1000) / 1000;
  }
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;

 private:
  benchmark::State& state_;
  std::uint64_t before_;
};

}  // namespace procedura::testing
