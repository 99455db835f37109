#include "connection.hpp"

#include "peer_answer.hpp"
#include "ping_op.hpp"

#include <chrono>
#include <type_traits>
#include <utility>
#include <variant>

namespace procedura::detail {

namespace action = protocol::action;

Failure failure_of(const TransportEnd& end) {
  Failure failure = Failure::of(end.cause, end.detail.empty() ? std::string{describe(end.cause)} : end.detail);
  failure.close_code = end.close_code;
  failure.http_status = end.http_status;
  return failure;
}

namespace {

/// The error object of a request that this side has ended, as the session makes them.
std::string error_frame(std::string_view id, const Failure& failure) {
  std::string frame;
  protocol::append_error(frame, {id, {}}, {}, failure.agent_code, failure.message);
  return frame;
}

}  // namespace

/// Takes the answer to `__keepalive`.
class Connection::KeepAliveSink final : public ExchangeSink {
 public:
  explicit KeepAliveSink(std::weak_ptr<Connection> connection) : connection_{std::move(connection)} {}
  bool on_event(Event /*event*/) override { return true; }
  void on_finish(Result<RunResult> result) override {
    if (const auto connection = connection_.lock()) connection->answered_keep_alive(result);
  }

 private:
  std::weak_ptr<Connection> connection_;
};

Connection::Connection(boost::asio::any_io_executor strand, const Options& options, std::uint32_t first_id,
                       std::weak_ptr<ConnectionOwner> owner)
    : strand_{std::move(strand)},
      bounds_{options.stream_bounds},
      session_{{.limits = options.limits, .first_id = first_id, .max_waiting = options.send_bound}},
      owner_{std::move(owner)},
      transport_{strand_},
      timer_{strand_},
      pause_timer_{strand_},
      keep_alive_timer_{strand_},
      loop_end_{strand_},
      keep_alive_{options.keepalive_interval, options.pong_timeout},
      pong_timeout_{options.pong_timeout},
      observed_{options.on_request_end != nullptr} {}

void Connection::open(TransportOptions options) {
  transport_.open(std::move(options), *this);
}

void Connection::fail(Failure failure) {
  TransportEnd end;
  end.cause = failure.code;
  end.close_code = failure.close_code;
  end.http_status = failure.http_status;
  if (failure.message != describe(failure.code)) end.detail = std::move(failure.message);
  closed(std::move(end));
}

Failure Connection::failure() const {
  return failure_of(*end_);
}

// Those who wait no more are let go of here: an agent may be away for days, and be asked for all the while.
void Connection::when_open(std::shared_ptr<OpenWaiter> waiter) {
  std::erase_if(waiting_, [](const auto& other) { return other->over(); });
  waiting_.push_back(std::move(waiter));
  if (is_open_ || end_) tell_waiting();
}

void Connection::tell_waiting() {
  for (const auto& waiter : std::exchange(waiting_, {})) {
    if (waiter->over()) continue;
    end_ ? waiter->fail(failure_of(*end_)) : waiter->on_open(*this);
  }
}

Connection::Key Connection::submit(protocol::Submission submission, std::shared_ptr<ExchangeSink> sink) {
  resume();  // somebody else waits for frames now
  protocol::ClientActions actions;
  const Key key = session_.submit(now(), std::move(submission), actions, transport_.queued());
  sinks_.emplace(key, std::move(sink));
  perform(std::move(actions));
  return key;
}

void Connection::cancel(Key key, errc why) {
  protocol::ClientActions actions;
  session_.cancel(now(), key, actions, why);
  perform(std::move(actions));
}

void Connection::refuse(Key key, Failure failure) {
  if (is_open_ || end_) return;
  const auto node = sinks_.extract(key);
  failure.frame = error_frame(session_.id_of(key), failure);
  cancel(key);
  if (!node.empty()) node.mapped()->on_finish(std::move(failure));
}

void Connection::retire() {
  retired_ = true;
  close_if_done();
}

// Nobody will ask anything more of a retired connection; but somebody may still wait for its opening.
void Connection::close_if_done() {
  if (retired_ && live() == 0 && waiting_.empty()) close();
}

void Connection::close() {
  if (end_) return;
  transport_.close(1000);
  TransportEnd end;
  end.cause = errc::cancelled;
  end.detail = "the agent was closed by its user";
  closed(std::move(end));
}

// --- the session's actions ------------------------------------------------------------------------------------------------

void Connection::perform(protocol::ClientActions actions) {
  const auto self = shared_from_this();
  for (auto& next : actions) {
    std::visit(
        [this](auto& todo) {
          using Action = std::decay_t<decltype(todo)>;
          if constexpr (std::is_same_v<Action, action::Send>) {
            if (observed_) announce(todo);
            transport_.send_text(std::move(todo.text));
          } else if constexpr (std::is_same_v<Action, action::Deliver>) {
            const auto sink = sinks_.find(todo.key);
            if (sink == sinks_.end()) return;
            const auto kept = sink->second;
            if (!kept->on_event(Event{std::move(todo.reply)})) cancel(todo.key, errc::slow_consumer);
          } else if constexpr (std::is_same_v<Action, action::Finish>) {
            finish(todo.key, std::move(todo.outcome));
          } else if constexpr (std::is_same_v<Action, action::Untargeted>) {
            if (const auto owner = owner_.lock()) owner->on_untargeted(Event{std::move(todo.reply)});
          } else {
            static_assert(std::is_same_v<Action, action::ArmTimer>);
            arm(todo.at);
          }
        },
        next);
  }
}

void Connection::announce(const action::Send& send) {
  const auto sink = sinks_.find(send.key);
  if (sink != sinks_.end()) sink->second->on_sent(shared_from_this(), session_.id_of(send.key), send.text.size());
}

void Connection::finish(Key key, protocol::Outcome outcome) {
  if (key == paused_for_) resume();  // it was given up: nobody is waited for
  auto node = sinks_.extract(key);
  if (!node.empty()) {
    if (outcome.code == errc::ok) {
      node.mapped()->on_finish(RunResult{Event{std::move(outcome.reply)}, std::move(outcome.job_id)});
    } else {
      Failure failure = Failure::from(std::move(outcome));
      failure.message = redact_(failure.message);
      failure.agent_code = redact_(failure.agent_code);
      failure.frame = redact_.json(failure.frame);
      if (end_) {
        failure.close_code = end_->close_code;
        failure.http_status = end_->http_status;
      }
      node.mapped()->on_finish(std::move(failure));
    }
  }
  close_if_done();
}

protocol::TimePoint Connection::now() const {
  return clock_.at(std::chrono::steady_clock::now());
}

void Connection::arm(protocol::TimePoint at) {
  armed_ = at;
  if (clock_.stopped()) return;
  timer_.expires_at(clock_.real(at));
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (ec || !self || self->clock_.stopped() || self->end_) return;
    protocol::ClientActions actions;
    self->session_.timer(self->now(), actions);
    self->perform(std::move(actions));
  });
}

// --- what the transport says ----------------------------------------------------------------------------------------------

void Connection::on_open(HandshakeInfo info) {
  const auto self = shared_from_this();
  is_open_ = true;
  handshake_ = std::move(info);
  if (const auto owner = owner_.lock()) owner->on_connection_open(*this);
  if (end_) return;
  keep_alive_.opened(now());
  look_after_keep_alive();
  protocol::ClientActions actions;
  session_.opened(now(), actions);
  perform(std::move(actions));
  tell_waiting();
  close_if_done();
}

void Connection::on_text(std::string message) {
  protocol::ClientActions actions;
  const protocol::TimePoint time = now();
  keep_alive_.frame(time);
  session_.text(time, std::move(message), actions);
  perform(std::move(actions));
}

void Connection::on_binary(std::string /*message*/) {
  protocol::ClientActions actions;
  keep_alive_.frame(now());
  session_.binary(now(), actions);
  perform(std::move(actions));
}

void Connection::on_written() {
  protocol::ClientActions actions;
  session_.written(now(), actions);
  perform(std::move(actions));
}

void Connection::on_end(TransportEnd end) {
  const auto owner = owner_.lock();
  if (end_ || handshake_ || !owner) return closed(std::move(end));
  end.detail = redact_(end.detail);
  owner->on_connection_failed(*this, failure_of(end), std::move(end.reached));
}

void Connection::closed(TransportEnd end) {
  if (end_) return;
  const auto self = shared_from_this();
  end_ = std::move(end);
  end_->detail = redact_(end_->detail);
  is_open_ = false;
  const std::size_t ended = live();
  timer_.cancel();
  pause_timer_.cancel();
  keep_alive_timer_.cancel();
  loop_end_.cancel();
  protocol::ClientActions actions;
  session_.closed(now(), *end_, actions);
  perform(std::move(actions));
  for (auto& [payload, op] : std::exchange(pings_, {})) op->fail(failure_of(*end_));
  tell_waiting();
  if (const auto owner = owner_.lock()) owner->on_connection_end(*this, *end_, ended);
}

// Each of these may own the agent, and so this.
void Connection::loop_ended() {
  if (end_) return;
  const auto self = shared_from_this();
  end_.emplace();
  for (const auto& [key, sink] : std::exchange(sinks_, {})) sink->forget();
  std::exchange(waiting_, {});
  std::exchange(pings_, {});
}

// --- pings ----------------------------------------------------------------------------------------------------------------

void Connection::ping(std::shared_ptr<PingOp> op) {
  if (end_) return op->fail(failure_of(*end_));
  std::erase_if(pings_, [](const auto& entry) { return entry.second->over(); });
  std::string payload = std::to_string(++pinged_);
  op->sent();
  pings_.emplace(payload, std::move(op));
  transport_.ping(std::move(payload));
}

void Connection::on_pong(std::string_view payload) {
  const auto answered = pings_.extract(std::string{payload});
  if (!answered.empty()) answered.mapped()->pong();
}

// --- __keepalive ----------------------------------------------------------------------------------------------------------

void Connection::look_after_keep_alive() {
  const auto at = keep_alive_.next();
  if (!at || clock_.stopped() || end_) return;
  keep_alive_timer_.expires_at(clock_.real(*at));
  keep_alive_timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (ec || !self || self->clock_.stopped() || self->end_) return;
    switch (self->keep_alive_.timer(self->now())) {
      case KeepAliveRequests::Action::ask:
        self->ask_keep_alive();
        break;
      case KeepAliveRequests::Action::give_up:
        self->transport_.close(1000);
        return self->fail(Failure::of(errc::connection_lost, "the agent has not answered `__keepalive` for " +
                                                                 seconds(self->pong_timeout_) + ": it is gone, or hangs"));
      case KeepAliveRequests::Action::none:
        break;
    }
    self->look_after_keep_alive();
  });
}

// Past `submit`: it is nobody's request, and reading stays as it is.
void Connection::ask_keep_alive() {
  const auto owner = owner_.lock();
  if (!owner) return;
  protocol::ClientActions actions;
  keeping_alive_ = session_.submit(now(), owner->keep_alive_request(), actions);
  sinks_.emplace(*keeping_alive_, std::make_shared<KeepAliveSink>(weak_from_this()));
  perform(std::move(actions));
}

void Connection::answered_keep_alive(const Result<RunResult>& result) {
  keeping_alive_.reset();
  keep_alive_.answered(result || result.error().agent_code != "UNKNOWN_MODULE");
  look_after_keep_alive();
}

// --- back-pressure --------------------------------------------------------------------------------------------------------

Admission Connection::admit(const Held& stream, std::size_t frame_bytes) const {
  return detail::admit(bounds_, stream, held_, frame_bytes, live() == 1);
}

void Connection::hold(std::size_t bytes) {
  ++held_.frames;
  held_.bytes += bytes;
}

void Connection::let_go(std::size_t bytes) {
  --held_.frames;
  held_.bytes -= bytes;
}

void Connection::pause_for(Key key) {
  if (clock_.stopped() || end_) return;
  clock_.stop(std::chrono::steady_clock::now());
  paused_for_ = key;
  transport_.pause_reading();
  pause_timer_.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(bounds_.longest_pause));
  pause_timer_.async_wait([weak = weak_from_this(), key](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (ec || !self || !self->clock_.stopped() || self->paused_for_ != key) return;
    self->resume();
    self->cancel(key, errc::slow_consumer);
  });
}

void Connection::caught_up(Key key, const Held& stream) {
  if (clock_.stopped() && key == paused_for_ && detail::caught_up(bounds_, stream)) resume();
}

void Connection::resume() {
  if (!clock_.stopped()) return;
  pause_timer_.cancel();
  clock_.go_on(std::chrono::steady_clock::now());
  if (armed_) arm(*armed_);
  look_after_keep_alive();
  transport_.resume_reading();
}

}  // namespace procedura::detail
