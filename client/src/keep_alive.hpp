#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <optional>

namespace procedura {

/// When to ping, and when to give a silent peer up (CON-6). Pure: time is an input.
class KeepAlive {
 public:
  using TimePoint = protocol::TimePoint;
  using Duration = protocol::Duration;
  enum class Action { none, ping, give_up };

  /// Without an interval, or with one of 0, it never asks for anything.
  KeepAlive(std::optional<Duration> interval, Duration timeout) : timeout_{timeout} {
    if (interval && *interval > Duration::zero()) interval_ = interval;
  }

  void opened(TimePoint now);
  void pong();
  /// While nothing is read no pong can be seen: nothing is sent and nothing expires.
  void paused();
  void resumed(TimePoint now);

  /// What is due now; a ping counts as sent.
  Action timer(TimePoint now);
  /// When to look again.
  std::optional<TimePoint> next() const;

 private:
  std::optional<Duration> interval_;
  Duration timeout_;
  std::optional<TimePoint> ping_at_;
  std::optional<TimePoint> unanswered_since_;
};

}  // namespace procedura
