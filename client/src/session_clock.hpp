#pragma once

#include "later.hpp"

#include <procedura/protocol/deadlines.hpp>

#include <chrono>
#include <optional>

namespace procedura::detail {

/// The session's time: it stands still while reading is paused, so that no deadline runs out meanwhile for frames that have
/// come and are not read.
class SessionClock {
 public:
  using TimePoint = protocol::TimePoint;

  TimePoint at(TimePoint real) const { return (stopped_ ? *stopped_ : real) - lost_; }
  TimePoint real(TimePoint session) const { return later(session, lost_); }
  bool stopped() const noexcept { return stopped_.has_value(); }

  void stop(TimePoint real) {
    if (!stopped_) stopped_ = real;
  }
  void go_on(TimePoint real) {
    if (stopped_) lost_ += real - *stopped_;
    stopped_.reset();
  }

 private:
  std::optional<TimePoint> stopped_;
  protocol::TimePoint::duration lost_{};
};

}  // namespace procedura::detail
