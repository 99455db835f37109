#include "stream_state.hpp"

#include <utility>

namespace procedura::detail {

void StreamState::started(const std::shared_ptr<Connection>& connection, Connection::Key key) {
  connection_ = connection;
  key_ = key;
}

bool StreamState::on_event(Event event) {
  learn_job(event.job_id());
  if (const auto connection = connection_.lock()) {
    const Admission admission = connection->admit(held_, event.text().size());
    if (admission == Admission::give_up) return false;
    if (admission == Admission::keep_and_pause) connection->pause_for(key_);
  }
  take(std::move(event));
  return true;
}

void StreamState::on_finish(Result<RunResult> result) {
  if (ended_) return;
  if (result) {
    learn_job(result->job_id());
    ended_ = Failure::of(errc::end_of_stream, "the stream has ended");
    take(result->event());
    return;
  }
  learn_job(result.error().job_id);
  ended_ = std::move(result).error();
  {
    const std::lock_guard lock{mutex_};
    failure_ = ended_;
  }
  if (begun_) {
    begun_(*ended_);
  } else {
    serve();
  }
}

void StreamState::forget() {
  const auto self = shared_from_this();
  const Completer<Event> gone{std::move(waiter_)};
}

void StreamState::take(Event event) {
  held_.frames += 1;
  held_.bytes += event.text().size();
  if (const auto connection = connection_.lock()) connection->hold(event.text().size());
  events_.push_back(std::move(event));
  if (begun_) begun_(make_(shared_from_this()));
  serve();
}

void StreamState::serve() {
  if (!waiter_) return;
  if (events_.empty()) {
    if (ended_) waiter_(*ended_);
    return;
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  held_.frames -= 1;
  held_.bytes -= event.text().size();
  if (const auto connection = connection_.lock()) {
    connection->let_go(event.text().size());
    connection->caught_up(key_, held_);
  }
  waiter_(std::move(event));
}

void StreamState::next(Completer<Event> waiter, std::uint64_t number) {
  if (waiter_) return waiter(Failure::of(errc::invalid_request, "async_next was called while another one is waiting"));
  waiter_ = std::move(waiter);
  waiting_ = number;
  serve();
}

void StreamState::cancel_wait(std::uint64_t number) {
  if (number != waiting_) return;
  waiter_(Failure::of(errc::cancelled, "gave up waiting for the next event; the stream goes on"));
}

void StreamState::cancel_start() {
  if (begun_) cancel();
}

void StreamState::cancel() {
  if (ended_) return;
  if (const auto connection = connection_.lock()) {
    connection->cancel(key_);
  } else {
    on_finish(Failure::of(errc::cancelled, "gave up before the request was sent"));
  }
}

void StreamState::abandon() {
  cancel();
  if (const auto connection = connection_.lock()) {
    for (const Event& event : events_) connection->let_go(event.text().size());
    connection->caught_up(key_, {});
  }
  events_.clear();
  held_ = {};
}

void StreamState::learn_job(const std::optional<std::string>& job_id) {
  if (!job_id) return;
  const std::lock_guard lock{mutex_};
  if (!job_id_) job_id_ = job_id;
}

std::optional<Failure> StreamState::failure() const {
  const std::lock_guard lock{mutex_};
  return failure_;
}

std::optional<std::string> StreamState::job_id() const {
  const std::lock_guard lock{mutex_};
  return job_id_;
}

}  // namespace procedura::detail
