#include "net/pacer.hpp"

#include <algorithm>

namespace procedura::mock::net {
namespace {

// A limited connection sends a hundred times a second, or byte by byte if it is slower than that.
constexpr std::uint64_t turns_per_second = 100;
constexpr std::size_t most_at_once = std::size_t{64} * 1024;
constexpr Duration turn = std::chrono::duration_cast<Duration>(std::chrono::seconds{1}) / turns_per_second;

}  // namespace

void Pacer::add(TimePoint now, std::size_t bytes, Duration pause) {
  if (bytes == 0) return;
  last_release_ = std::max(last_release_, now + latency_);
  frames_.push_back({last_release_, bytes, pause});
}

std::size_t Pacer::at_once(std::size_t bytes) const noexcept {
  if (rate_ == 0) return bytes;
  return std::min(bytes, std::clamp(static_cast<std::size_t>(rate_ / turns_per_second), std::size_t{1}, most_at_once));
}

Duration Pacer::time_of(std::size_t bytes) const noexcept {
  if (rate_ == 0) return {};
  constexpr auto second = static_cast<std::uint64_t>(std::chrono::nanoseconds{std::chrono::seconds{1}}.count());
  const std::uint64_t ns = (bytes * second + rate_ - 1) / rate_;  // `most_at_once` seconds in nanoseconds do not overflow
  return std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{static_cast<std::int64_t>(ns)});
}

Pacer::Leave Pacer::leave(TimePoint now, std::optional<TimePoint> stalled_until) {
  if (frames_.empty()) return {};
  if (stalled_until && now < *stalled_until) return {0, stalled_until};
  Leave leave;
  while (!frames_.empty()) {
    Frame& frame = frames_.front();
    // Who asks late is made up for it, by one turn at most: a stall must not be followed by a flood.
    const TimePoint due = std::max({frame.release, next_byte_, rate_ == 0 ? TimePoint::min() : now - turn});
    const bool dribbled = frame.pause > Duration{};
    if (now < due || (dribbled && leave.bytes > 0)) {
      leave.ask_again = std::max(due, now);
      return leave;
    }
    const std::size_t bytes = dribbled ? 1 : at_once(frame.bytes);
    next_byte_ = dribbled ? now + std::max(frame.pause, time_of(bytes)) : due + time_of(bytes);
    leave.bytes += bytes;
    frame.bytes -= bytes;
    frame.begun = true;
    if (frame.bytes == 0) frames_.pop_front();
    if (dribbled) {
      if (!frames_.empty()) leave.ask_again = next_byte_;
      return leave;
    }
  }
  return leave;
}

std::size_t Pacer::discard() noexcept {
  if (frames_.empty() || !frames_.front().begun) {
    frames_.clear();
    return 0;
  }
  frames_.erase(frames_.begin() + 1, frames_.end());
  return frames_.front().bytes;
}

}  // namespace procedura::mock::net
