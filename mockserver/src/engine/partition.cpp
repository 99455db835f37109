// What a partition does with the requests that come to it.
#include "engine/partition.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace procedura::mock::engine {
namespace {

// Of a login that names no `--ttl`.
constexpr std::chrono::seconds default_ttl{3600};

Accounts make_accounts(const Auth& auth, std::uint64_t seed, TimePoint start) {
  Accounts accounts{seed};
  for (const auto& user : auth.users) accounts.add_user(user.name, user.password);
  for (const auto& token : auth.tokens) {
    if (token.revoked) continue;
    accounts.add_session(
        {token.token, token.user, token.device, token.ttl ? std::optional{start + *token.ttl} : std::optional<TimePoint>{}});
  }
  return accounts;
}

}  // namespace

Partition::Partition(Common& common, std::string name, std::uint64_t ordinal, std::shared_ptr<const Ruleset> rules)
    : common_{common},
      name_{std::move(name)},
      kept_name_{common.names.keep(name_)},
      ordinal_{ordinal},
      rules_{std::move(rules)},
      accounts_{make_accounts(rules_->settings().auth, instance_draw(common.seed, name_, 0, "sessions", 0), common.start)},
      judge_{rules_->scenario(), common.secrets},
      player_{common.options.time_scale} {}

// After a reset, instances that ran on without their connection end here.
Partition::~Partition() {
  for (const auto& [ordinal, instance] : instances_) common_.timers.erase({*instance.due, ordinal_, ordinal, this});
}

void Partition::opened(Turn& turn, Connection& connection) {
  connection.ordinal = ++connections_made_;
  connections_.emplace(connection.ordinal, &connection);
  ++metrics_.connections_open;
  ++metrics_.connections_total;
  judge_.opened(turn.moment.now);
  common_.journal.record_opened(turn.moment.now, connection.id, to_string(connection.via), {{}, 0, 0, 0, kept_name_});
  if (common_.down) close(turn, connection, 1001, "the agent is going down");
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
  request(turn, from, std::get<protocol::Request>(std::move(taken)));
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
  drop_instances(connection);
  connections_.erase(connection.ordinal);
  --metrics_.connections_open;
  if (!common_.down) judge_.closed(connection.ordinal, code);
}

void Partition::emit(Turn& turn, Connection& to, std::string_view frame) {
  if (to.closing) return;
  const std::size_t offset = turn.out.buffer().size();
  turn.out.buffer() += frame;
  send(turn, to, offset);
}

void Partition::adopt(std::shared_ptr<const Ruleset> rules) {
  judge_.adopt(rules->scenario());  // it compares with the old one, which may end with the next line
  rules_ = std::move(rules);
  for (const auto& user : rules_->settings().auth.users) accounts_.add_user(user.name, user.password);
}

// REQ-8: the frame and the live ids were looked at by the session; now its arguments' style, who asks, and for what.
void Partition::request(Turn& turn, Connection& from, protocol::Request request) {
  const auto& settings = rules_->settings();
  const bool stripped = settings.args_style != ArgsRule::bare && protocol::strip_module_name(request);

  Sender sender;
  sender.connection = from.ordinal;
  const Session* session = session_of(from);
  const bool live = session && session->live(turn.moment.now);
  if (live) {
    sender.user = session->user;
    sender.device = session->device;
    common_.journal.asked_by(common_.names.keep(session->user));
  }
  ReceivedRequest received =
      receive(std::move(request.id), std::move(request.cmd), request.mode, std::move(request.args), std::move(sender));
  judge_.request(turn.moment.now, received);

  if (from.session.live_count() > common_.options.max_live) {
    return refuse(turn, from, received.id, "TOO_MANY_REQUESTS", "too many requests of this connection have not ended");
  }
  if (settings.args_style == ArgsRule::module_first && !stripped) {
    judge_.broke(from.ordinal, fmt::format("request {}: args do not begin with the module's name", received.id));
    return refuse(turn, from, received.id, "BAD_REQUEST", "args must begin with the module's name");
  }
  const auto builtin = builtin_from(received.cmd);
  if (settings.auth.required && !live && !builtin) {
    return session ? refuse(turn, from, received.id, "AUTH_EXPIRED", "the session has expired: log in again")
                   : refuse(turn, from, received.id, "AUTH_REQUIRED", "this module needs a session: log in first");
  }
  if (const Stub* stub = rules_->stubs().find(received)) return start(turn, from, *stub, std::move(received));
  if (builtin) return built_in(turn, *builtin, from, received);
  unmatched(turn, from, received);
}

void Partition::unmatched(Turn& turn, Connection& from, const ReceivedRequest& request) {
  const Unmatched rule = rules_->settings().unmatched;
  const bool known = rules_->stubs().knows(request.cmd);
  std::string message = known ? fmt::format("no stub for {} matches this request", request.cmd)
                              : fmt::format("there is no module {}", request.cmd);
  if (known || rule == Unmatched::fail) {
    if (const auto miss = rules_->stubs().nearest_miss(request))
      message += "\nnearest: " + to_string(*miss, rules_->scenario());
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
      const Session* session = session_of(from);
      const bool live = session && session->live(turn.moment.now);
      return finish(turn, from, request, auth_result(live ? session : nullptr, from.via, turn.moment.now));
    }
  }
}

void Partition::login(Turn& turn, Connection& from, const ReceivedRequest& request) {
  const auto outcome = login_password(accounts_, turn.moment.now, request.raw_args, default_ttl);
  if (const auto* refusal = std::get_if<LoginRefusal>(&outcome)) {
    return refuse(turn, from, request.id, refusal->code, refusal->message);
  }
  const auto& login = std::get<LoginSuccess>(outcome);
  from.token = login.session->token;  // LOG-7
  from.via = Via::login;
  finish(turn, from, request, login_result(login));
  if (!login.replace || !rules_->settings().auth.replace_closes) return;
  for (const auto& [ordinal, other] : connections_) {
    if (other != &from && other->token == from.token) close(turn, *other, 4001, "the session was taken over");
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

  const std::size_t end = buffer.size();
  protocol::append_finished(buffer, address, target, result);
  to.session.reply(request.id, protocol::Status::finished);
  ++metrics_.jobs_finished;
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

void Partition::send(Turn& turn, Connection& to, std::size_t offset, const Origin& origin) {
  const auto frame = std::string_view{turn.out.buffer()}.substr(offset);
  ++metrics_.frames_out;
  metrics_.bytes_out += frame.size();
  Origin from = origin;
  from.caused_by = turn.caused_by;
  from.partition = kept_name_;
  const auto seq =
      common_.journal.record_sent(turn.moment.now, to.id, frame, from, turn.intended, turn.scheduled && !to.slowed);
  turn.out.text(to.id, offset, seq, turn.intended);
}

void Partition::close(Turn& turn, Connection& connection, std::uint16_t code, std::string_view reason) {
  if (connection.closing) return;
  connection.closing = true;
  drop_instances(connection);
  turn.out.close(connection.id, code, reason);
}

const Session* Partition::session_of(const Connection& connection) const {
  return connection.via == Via::none ? nullptr : accounts_.find(connection.token);
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
