#include "keep_alive_requests.hpp"

#include "later.hpp"

#include <algorithm>

namespace procedura::detail {

void KeepAliveRequests::answered(bool known) {
  asked_.reset();
  if (!known) interval_.reset();
}

KeepAliveRequests::Action KeepAliveRequests::timer(TimePoint now) {
  const auto due = next();
  if (!due || now < *due) return Action::none;
  if (asked_) return Action::give_up;
  asked_ = now;
  return Action::ask;
}

std::optional<KeepAliveRequests::TimePoint> KeepAliveRequests::next() const {
  if (!interval_ || !last_) return std::nullopt;
  return asked_ ? later(std::max(*asked_, *last_), timeout_) : later(*last_, *interval_);
}

}  // namespace procedura::detail
