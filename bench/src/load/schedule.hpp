#pragma once

#include "measure/units.hpp"

#include <cstdint>

namespace procedura::bench {

enum class Arrival : std::uint8_t { constant, poisson };

/// Part `index` of `of` generators that make one load together: arrival j belongs to part j mod `of`.
struct Shard {
  std::uint64_t index = 0;
  std::uint64_t of = 1;
};

/// How much of `whole` (connections, places in a closed loop) is this part's: an even share, the remainder to the first parts.
constexpr std::uint64_t share_of(std::uint64_t whole, Shard shard) noexcept {
  return whole / shard.of + (shard.index < whole % shard.of ? 1 : 0);
}

/// When jobs are due in an open loop: known before the run, whatever the agent does.
///
/// Each draw is a hash of the seed and the arrival's number, so every shard sees the times of the whole load and keeps its own:
/// the same seed is the same schedule on any number of shards.
class Schedule {
 public:
  /// `rate` is that of all shards together, in jobs per second, above 0. In the first `ramp` it grows evenly from nothing.
  Schedule(Arrival arrival, double rate, std::uint64_t seed, Shard shard = {}, Nanos ramp = {});

  /// The arrival that is next, in the order of their times.
  Nanos at() const noexcept { return ramp_.count() == 0 ? at_ : after_ramp(at_); }
  std::uint64_t number() const noexcept { return number_; }
  void advance();

 private:
  void step();
  Nanos after_ramp(Nanos at_full_rate) const noexcept;

  Arrival arrival_;
  double interval_ns_;
  std::uint64_t seed_;
  Shard shard_;
  Nanos ramp_;
  std::uint64_t number_ = 0;
  Nanos at_{0};  // if there were no ramp
};

}  // namespace procedura::bench
