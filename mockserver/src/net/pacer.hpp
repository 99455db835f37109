#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace procedura::mock::net {

using protocol::Duration;
using protocol::TimePoint;

/// How much of a connection's output may leave by now: latency, bandwidth and dribble as arithmetic on times that it is told.
/// It knows how many bytes there are and not what they are. They leave in the order in which they were added.
class Pacer {
 public:
  /// What is added from now on is held for so long, and behind what was added before it. 0: not at all.
  void latency(Duration value) noexcept { latency_ = value; }
  /// No more than so many bytes leave in a second; 0: any number.
  void bandwidth(std::uint64_t bytes_per_second) noexcept { rate_ = bytes_per_second; }

  /// A frame, or more. With a `pause` it leaves byte by byte, so long after each other.
  void add(TimePoint now, std::size_t bytes, Duration pause = {});

  struct Leave {
    std::size_t bytes = 0;
    std::optional<TimePoint> ask_again;  ///< when more may leave; nothing: when more is added
  };
  /// Takes out what may leave together at `now`; before `stalled_until`, nothing.
  Leave leave(TimePoint now, std::optional<TimePoint> stalled_until = {});

  /// Forgets what was added and has not begun to leave. Returns how many bytes stay: the rest of what has.
  std::size_t discard() noexcept;

  /// It holds nothing and will hold nothing: output may go by it.
  bool idle() const noexcept { return frames_.empty() && latency_ == Duration{} && rate_ == 0; }

 private:
  struct Frame {
    TimePoint release;
    std::size_t bytes;
    Duration pause;
    bool begun = false;
  };
  std::size_t at_once(std::size_t bytes) const noexcept;
  Duration time_of(std::size_t bytes) const noexcept;

  Duration latency_{};
  std::uint64_t rate_ = 0;
  TimePoint last_release_ = TimePoint::min();
  TimePoint next_byte_ = TimePoint::min();  // by bandwidth and dribble
  std::deque<Frame> frames_;
};

}  // namespace procedura::mock::net
