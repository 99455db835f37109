#include "keep_alive.hpp"

#include "later.hpp"

#include <algorithm>

namespace procedura {

using detail::later;

void KeepAlive::opened(TimePoint now) {
  if (interval_) ping_at_ = later(now, *interval_);
}

void KeepAlive::pong() {
  unanswered_since_.reset();
}

void KeepAlive::paused() {
  ping_at_.reset();
  unanswered_since_.reset();
}

void KeepAlive::resumed(TimePoint now) {
  opened(now);
}

KeepAlive::Action KeepAlive::timer(TimePoint now) {
  if (unanswered_since_ && now >= later(*unanswered_since_, timeout_)) return Action::give_up;
  if (!ping_at_ || now < *ping_at_) return Action::none;
  ping_at_ = later(now, *interval_);
  if (!unanswered_since_) unanswered_since_ = now;
  return Action::ping;
}

std::optional<KeepAlive::TimePoint> KeepAlive::next() const {
  if (!unanswered_since_) return ping_at_;
  const TimePoint end = later(*unanswered_since_, timeout_);
  return ping_at_ ? std::min(*ping_at_, end) : end;
}

}  // namespace procedura
