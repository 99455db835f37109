#pragma once

#include <chrono>
#include <optional>

namespace procedura::protocol {

/// Time is an input: the machines are told it and never ask.
using TimePoint = std::chrono::steady_clock::time_point;
/// Every span of time.
using Duration = std::chrono::nanoseconds;

/// How long a request waits for what. The defaults are those of the published SDK.
struct Deadlines {
  std::optional<Duration> ack = std::chrono::seconds{10};       ///< from the write to the first frame: `ACK_TIMEOUT`
  std::optional<Duration> silence = std::chrono::seconds{600};  ///< since the last frame: `FINAL_TIMEOUT`
  std::optional<Duration> total = {};                           ///< from the submission to the end: `DEADLINE`

  /// For runs: 10 s to the ack, 600 s of silence, no total.
  static Deadlines for_sync() { return {}; }
  /// For streams: 3600 s of silence.
  static Deadlines for_async() {
    Deadlines deadlines;
    deadlines.silence = std::chrono::seconds{3600};
    return deadlines;
  }
};

}  // namespace procedura::protocol
