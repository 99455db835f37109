#include "reconnect.hpp"

#include "later.hpp"
#include "peer_answer.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace procedura::detail {
namespace {

using Kind = ConnectionEvent::Kind;

protocol::Backoff::Options schedule(const ReconnectOptions& options) {
  return {options.first, options.longest, options.calm};
}

ConnectionEvent with_failure(Kind kind, Failure failure) {
  ConnectionEvent event;
  event.kind = kind;
  event.failure = std::move(failure);
  return event;
}

}  // namespace

bool worth_another_attempt(const Failure& failure) noexcept {
  switch (failure.close_code) {
    case 1002:  // protocol error
    case 1003:  // unsupported data
    case 1007:  // not UTF-8
    case 1008:  // policy
    case 1009:  // too big
    case 4001:  // another login took the session
    case 4401:  // the token is not taken
      return false;
    default:
      break;
  }
  if (failure.http_status >= 400 && failure.http_status < 500) return false;
  return failure.code == errc::connection_lost || failure.code == errc::connect_failed ||
         failure.code == errc::connect_timeout || failure.code == errc::handshake_refused;
}

Reconnect::Reconnect(std::optional<ReconnectOptions> options, Duration connect_timeout, std::uint64_t seed)
    : options_{options}, connect_timeout_{connect_timeout}, backoff_{schedule(options.value_or(ReconnectOptions{})), seed} {}

std::optional<Reconnect::Waiter> Reconnect::wanted(TimePoint now, Actions& out) {
  switch (phase_) {
    case Phase::idle:
      phase_ = Phase::dialling;
      backoff_.was_up(Duration::max());
      out.emplace_back(Dial{});
      return std::nullopt;
    case Phase::dialling:
    case Phase::open:
      return std::nullopt;
    case Phase::backing_off:
    case Phase::dialling_again:
      break;
  }
  waiting_.push_back({++last_waiter_, later(now, connect_timeout_)});
  return last_waiter_;
}

void Reconnect::opened(TimePoint now, HandshakeInfo handshake, Actions& out) {
  waiting_.clear();
  replaced(now, std::move(handshake), out);
}

void Reconnect::replaced(TimePoint now, HandshakeInfo handshake, Actions& out) {
  phase_ = Phase::open;
  since_ = now;
  ConnectionEvent event;
  event.handshake = std::move(handshake);
  out.emplace_back(Tell{std::move(event)});
}

void Reconnect::failed(TimePoint now, Failure failure, Actions& out) {
  if (phase_ == Phase::dialling_again) return go_on(now, std::move(failure), out);
  phase_ = Phase::idle;
  out.emplace_back(RefuseAll{std::move(failure)});
}

void Reconnect::lost(TimePoint now, Failure failure, std::size_t ended, Actions& out) {
  backoff_.was_up(now - since_);
  ConnectionEvent event = with_failure(Kind::lost, failure);
  event.ended_requests = ended;
  out.emplace_back(Tell{std::move(event)});
  phase_ = Phase::idle;
  if (options_) go_on(now, std::move(failure), out);
}

/// After a loss or an attempt that failed: another attempt, or none.
void Reconnect::go_on(TimePoint now, Failure failure, Actions& out) {
  const bool too_many = options_->attempts && backoff_.attempts() >= *options_->attempts;
  if (too_many || !worth_another_attempt(failure)) {
    if (too_many) {
      failure.message = "gave up after " + std::to_string(backoff_.attempts()) +
                        (backoff_.attempts() == 1 ? " attempt: " : " attempts: ") + failure.message;
    }
    phase_ = Phase::idle;
    waiting_.clear();
    out.emplace_back(RefuseAll{failure});
    out.emplace_back(Tell{with_failure(Kind::gave_up, std::move(failure))});
    return;
  }
  const Duration delay = backoff_.next();
  phase_ = Phase::backing_off;
  since_ = later(now, delay);
  last_ = failure;
  ConnectionEvent event = with_failure(Kind::retrying, std::move(failure));
  event.delay = delay;
  event.attempt = backoff_.attempts();
  out.emplace_back(Tell{std::move(event)});
}

void Reconnect::closed(Actions& out) {
  const bool was_told_of = phase_ != Phase::idle && phase_ != Phase::dialling;
  phase_ = Phase::idle;
  waiting_.clear();
  if (!was_told_of) return;
  ConnectionEvent event;
  event.kind = Kind::closed;
  out.emplace_back(Tell{std::move(event)});
}

void Reconnect::timer(TimePoint now, Actions& out) {
  for (; !waiting_.empty() && waiting_.front().until <= now; waiting_.pop_front()) {
    out.emplace_back(Refuse{waiting_.front().waiter,
                            Failure::of(errc::connect_timeout, "the connection was lost, and is not back within " +
                                                                   seconds(connect_timeout_) + ": " + last_->message)});
  }
  if (phase_ == Phase::backing_off && since_ <= now) {
    phase_ = Phase::dialling_again;
    out.emplace_back(Dial{});
  }
}

std::optional<Reconnect::TimePoint> Reconnect::next() const {
  std::optional<TimePoint> at;
  if (phase_ == Phase::backing_off) at = since_;
  if (!waiting_.empty()) at = at ? std::min(*at, waiting_.front().until) : waiting_.front().until;
  return at;
}

}  // namespace procedura::detail
