// What a partition does with the requests that come to it.
#include "engine/partition.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace procedura::mock::engine {
namespace {

// Of a login that names no `--ttl`.
constexpr std::chrono::seconds default_ttl{3600};

std::size_t limit(const std::optional<std::uint64_t>& wanted, std::size_t otherwise) noexcept {
  return wanted ? static_cast<std::size_t>(*wanted) : otherwise;
}

}  // namespace

Partition::Partition(Common& common, std::string name, std::uint64_t ordinal, std::shared_ptr<const Ruleset> rules,
                     TimePoint start)
    : common_{common},
      name_{std::move(name)},
      kept_name_{common.names.keep(name_)},
      ordinal_{ordinal},
      rules_{std::move(rules)},
      accounts_{instance_draw(common.seed, name_, 0, "sessions", 0)},
      judge_{rules_->scenario(), common.secrets},
      player_{common.options.time_scale} {
  accounts_.adopt(rules_->settings().auth, start);
}

// Connections may be gone already: nothing but the timers is touched.
Partition::~Partition() {
  for (const auto& [ordinal, instance] : instances_) common_.timers.erase(timer_of(instance));
}

void Partition::opened(Turn& turn, Connection& connection) {
  connection.ordinal = ++connections_made_;
  connections_.emplace(connection.ordinal, &connection);
  ++metrics_.connections_open;
  ++metrics_.connections_total;
  judge_.opened(turn.moment.now);
  common_.journal.record_opened(turn.moment.now, connection.id, to_string(connection.via), {{}, 0, 0, 0, kept_name_});
  if (common_.down) return close(turn, connection, 1001, "the agent is going down");
  fire_at_opening(turn, connection);
}

void Partition::text(Turn& turn, Connection& from, std::string_view message) {
  ++metrics_.frames_in;
  metrics_.bytes_in += message.size();
  turn.caused_by =
      common_.journal.record(turn.moment.now, JournalEntry::Direction::in, from.id, message, {{}, 0, 0, 0, kept_name_});

  auto taken = from.session.text(message);
  if (const auto* refusal = std::get_if<protocol::Refusal>(&taken)) {
    metrics_.count_error(refusal->code);
    judge_.refused(from.ordinal, *refusal);
    const std::size_t offset = turn.out.buffer().size();
    turn.out.buffer() += refusal->frame;
    return send(turn, from, offset);
  }
  request(turn, from, std::get<protocol::Request>(std::move(taken)), message.size());
}

void Partition::binary(Turn& turn, Connection& from, std::size_t size) {
  ++metrics_.frames_in;
  metrics_.bytes_in += size;
  turn.caused_by = common_.journal.record(turn.moment.now, JournalEntry::Direction::note, from.id,
                                          fmt::format("binary message of {} bytes", size), {{}, 0, 0, 0, kept_name_});
  const auto refusal = from.session.binary();
  metrics_.count_error(refusal.code);
  judge_.refused(from.ordinal, refusal);
  const std::size_t offset = turn.out.buffer().size();
  turn.out.buffer() += refusal.frame;
  send(turn, from, offset);
}

void Partition::broke(Connection& connection, std::string_view what) {
  judge_.broke(connection.ordinal, what);
}

void Partition::closed(Turn& turn, Connection& connection, std::uint16_t code) {
  common_.journal.record_closed(turn.moment.now, connection.id, code, {{}, 0, 0, 0, kept_name_});
  drop_instances(turn, connection);
  connections_.erase(connection.ordinal);
  --metrics_.connections_open;
  if (!common_.down) judge_.closed(connection.ordinal, code);
}

void Partition::emit(Turn& turn, Connection& to, std::string_view frame) {
  if (to.closing) return;
  const std::size_t offset = turn.out.buffer().size();
  turn.out.buffer() += frame;
  post(turn, to, offset, {});
}

void Partition::adopt(TimePoint now, std::shared_ptr<const Ruleset> rules) {
  judge_.adopt(rules->scenario());  // it compares with the old one, which may end with the next line
  rules_ = std::move(rules);
  accounts_.adopt(rules_->settings().auth, now);
}

void Partition::request(Turn& turn, Connection& from, protocol::Request request, std::size_t size) {
  Looked looked;
  looked.size = size;
  looked.module_first = rules_->settings().args_style != ArgsRule::bare && protocol::strip_module_name(request);
  looked.session = from.via == Via::none ? nullptr : accounts_.find(from.token);
  looked.live = looked.session && accounts_.live(*looked.session, turn.moment.now);

  Sender sender;
  sender.connection = from.ordinal;
  if (looked.live) {
    sender.user = looked.session->user;
    sender.device = looked.session->device;
    common_.journal.asked_by(common_.names.keep(looked.session->user));
  }
  ReceivedRequest received =
      receive(std::move(request.id), std::move(request.cmd), request.mode, std::move(request.args), std::move(sender));
  judge_.request(turn.moment.now, received);
  if (awaiting_.empty()) {
    answer(turn, from, std::move(received), looked);
  } else {
    const auto woken = awaiting(received);
    answer(turn, from, std::move(received), looked);
    wake(turn, woken);
  }
  if (accounts_.any_broken()) note_broken(turn, from);
}

// REQ-8: the frame and the live ids were looked at by the session; now its arguments' style, who asks, and for what.
void Partition::answer(Turn& turn, Connection& from, ReceivedRequest request, const Looked& looked) {
  const auto& settings = rules_->settings();
  if (from.session.live_count() > limit(settings.limits.live_requests, common_.options.max_live)) {
    return refuse(turn, from, request.id, "TOO_MANY_REQUESTS", "too many requests of this connection have not ended");
  }
  if (from.charged + looked.size > limit(settings.limits.live_bytes, common_.options.max_live_bytes)) {
    return refuse(turn, from, request.id, "TOO_MANY_REQUESTS",
                  "the requests of this connection that have not ended hold too many bytes");
  }
  if (settings.args_style == ArgsRule::module_first && !looked.module_first) {
    judge_.broke(from.ordinal, fmt::format("request {}: args do not begin with the module's name", request.id));
    return refuse(turn, from, request.id, "BAD_REQUEST", "args must begin with the module's name");
  }
  const auto builtin = builtin_from(request.cmd);
  if (settings.auth.required && !looked.live && !builtin) {
    return looked.session ? refuse(turn, from, request.id, "AUTH_EXPIRED", "the session has expired: log in again")
                          : refuse(turn, from, request.id, "AUTH_REQUIRED", "this module needs a session: log in first");
  }
  if (const Stub* stub = rules_->stubs().find(request)) return start(turn, from, *stub, std::move(request));
  if (builtin) return built_in(turn, *builtin, from, request);
  unmatched(turn, from, request);
}

void Partition::unmatched(Turn& turn, Connection& from, const ReceivedRequest& request) {
  const Unmatched rule = rules_->settings().unmatched;
  const bool known = rules_->stubs().knows(request.cmd);
  std::string message = known ? fmt::format("no stub for {} matches this request", request.cmd)
                              : fmt::format("there is no module {}", request.cmd);
  if (known || rule == Unmatched::fail) {
    if (const auto miss = rules_->stubs().nearest_miss(request))
      message += "; nearest: " + to_string(*miss, rules_->scenario());
  }
  if (rule == Unmatched::fail) {
    judge_.failure(fmt::format("unexpected request {} on connection {}: {}", request.id, from.id, message));
  }
  if (rule != Unmatched::ignore) refuse(turn, from, request.id, known ? "NO_STUB_MATCH" : "UNKNOWN_MODULE", message);
}

void Partition::built_in(Turn& turn, Builtin builtin, Connection& from, const ReceivedRequest& request) {
  switch (builtin) {
    case Builtin::login_password:
      return login(turn, from, request);
    case Builtin::keepalive:
      return finish(turn, from, request, keepalive_result(turn.moment));
    case Builtin::diag_ws_metrics:
      return finish(turn, from, request, metrics_result(metrics_, live_jobs() - 1, turn.moment.now - common_.start));
    case Builtin::diag_auth: {
      const Session* session = from.via == Via::none ? nullptr : accounts_.find(from.token);
      const bool live = session && accounts_.live(*session, turn.moment.now);
      return finish(turn, from, request, auth_result(live ? session : nullptr, from.via, turn.moment.now));
    }
  }
}

void Partition::login(Turn& turn, Connection& from, const ReceivedRequest& request) {
  const std::uint64_t draw = instance_draw(common_.seed, name_, from.ordinal, "login_password", ++from.logins);
  const auto outcome = login_password(accounts_, turn.moment.now, request.raw_args, default_ttl, draw);
  if (const auto* refusal = std::get_if<LoginRefusal>(&outcome)) {
    return refuse(turn, from, request.id, refusal->code, refusal->message);
  }
  const auto& login = std::get<LoginSuccess>(outcome);
  const std::string token = login.session->token;
  if (!rules_->settings().auth.breaks.login_needs_reconnect) {  // LOG-7
    from.token = token;
    from.via = Via::login;
  } else {
    accounts_.broke("login-connection");
  }
  finish(turn, from, request, login_result(login));
  if (!login.replace || !rules_->settings().auth.replace_closes) return;
  for (const auto& [ordinal, other] : connections_) {
    if (other != &from && other->via != Via::none && other->token == token) {
      close(turn, *other, 4001, "the session was taken over");
    }
  }
}

// Accepts and finishes in one go.
void Partition::finish(Turn& turn, Connection& to, const ReceivedRequest& request, std::string_view result) {
  const bool sync = request.mode == protocol::Mode::sync;
  const protocol::Target target = rules_->settings().target;
  const std::string job = new_job(to);
  const protocol::Address address{request.id, job};
  std::string& buffer = turn.out.buffer();

  const std::size_t start = buffer.size();
  if (sync) {
    protocol::append_ack(buffer, address, {true, target.job_id});
  } else {
    protocol::append_started(buffer, address, {true, true});
  }
  to.session.reply(request.id, sync ? protocol::Status::ack : protocol::Status::started);
  send(turn, to, start);

  to.session.reply(request.id, protocol::Status::finished);
  ++metrics_.jobs_finished;
  if (to.closing) return;
  const std::size_t end = buffer.size();
  protocol::append_finished(buffer, address, target, result);
  send(turn, to, end);
}

void Partition::refuse(Turn& turn, Connection& to, std::string_view id, std::string_view code, std::string_view message) {
  const std::size_t offset = turn.out.buffer().size();
  protocol::append_error(turn.out.buffer(), {id, {}}, {true, false}, code, message);
  to.session.reply(id, protocol::Status::error);
  ++metrics_.jobs_failed;
  metrics_.count_error(code);
  send(turn, to, offset);
}

void Partition::close(Turn& turn, Connection& connection, std::uint16_t code, std::string_view reason) {
  if (connection.closing) return;
  connection.closing = true;
  drop_instances(turn, connection);
  turn.out.close(connection.id, code, reason);
}

std::string Partition::new_job(Connection& connection) const {
  return fmt::format("job-{}-{}", connection.ordinal, ++connection.jobs);
}

std::uint64_t Partition::live_jobs() const {
  std::uint64_t live = 0;
  for (const auto& [ordinal, connection] : connections_) live += connection->session.live_count();
  return live;
}

}  // namespace procedura::mock::engine
