#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <optional>

namespace procedura::detail {

/// When to ask `__keepalive` on a connection on which no frame comes, and when the agent is gone. Pure; in the session's time,
/// which stands still while nothing is read. Any frame is a sign of life, not only the answer: an agent that is busy with a job
/// tells of the job first.
class KeepAliveRequests {
 public:
  using TimePoint = protocol::TimePoint;
  using Duration = protocol::Duration;
  enum class Action { none, ask, give_up };

  /// Without an interval, or with one of 0, it never asks for anything.
  KeepAliveRequests(std::optional<Duration> interval, Duration timeout) : timeout_{timeout} {
    if (interval && *interval > Duration::zero()) interval_ = interval;
  }

  void opened(TimePoint now) { last_ = now; }
  /// The due time may be later for it: look at `next` when it is due, not at each frame.
  void frame(TimePoint now) { last_ = now; }
  /// `known`: false for an agent that has no such module. It is not asked again.
  void answered(bool known);

  /// What is due now; the question counts as asked.
  Action timer(TimePoint now);
  /// When to look again.
  std::optional<TimePoint> next() const;

 private:
  std::optional<Duration> interval_;
  Duration timeout_;
  std::optional<TimePoint> last_;   // a sign of life; none before it is open
  std::optional<TimePoint> asked_;  // and not answered
};

}  // namespace procedura::detail
