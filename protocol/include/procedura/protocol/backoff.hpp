#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <cstdint>

namespace procedura::protocol {

/// Exponential back-off with full jitter: before attempt n (from 0) wait a random time between 0 and min(cap, base * 2^n).
/// Draws are counter-based, so a seed is a schedule.
class Backoff {
 public:
  /// The schedule.
  struct Options {
    Duration base = std::chrono::milliseconds{250};    ///< the longest first wait
    Duration cap = std::chrono::seconds{30};           ///< the longest of all
    Duration steady_after = std::chrono::seconds{30};  ///< a connection that lasted this long starts the schedule afresh
  };

  /// The same seed draws the same waits.
  Backoff(Options options, std::uint64_t seed) noexcept : options_{options}, seed_{seed} {}

  /// How long to wait before the next attempt.
  Duration next() noexcept;
  /// Tells how long the last connection was up.
  void was_up(Duration uptime) noexcept;
  /// How many waits have been drawn since the schedule began.
  std::uint32_t attempts() const noexcept { return attempt_; }

 private:
  Options options_;
  std::uint64_t seed_;
  std::uint64_t draws_ = 0;
  std::uint32_t attempt_ = 0;
};

}  // namespace procedura::protocol
