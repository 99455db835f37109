#include "engine/engine.hpp"

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
    accounts.add_session(
        {token.token, token.user, token.device, token.ttl ? std::optional{start + *token.ttl} : std::optional<TimePoint>{}});
  }
  return accounts;
}

protocol::Redactor make_redactor(const Scenario& scenario) {
  protocol::Redactor redactor;
  for (const auto& secret : scenario.secrets) redactor.add(secret);
  return redactor;
}

}  // namespace

Engine::Engine(std::shared_ptr<const Scenario> scenario, EngineOptions options, const Moment& start)
    : scenario_{std::move(scenario)},
      options_{std::move(options)},
      seed_{options_.seed.value_or(scenario_->settings.seed)},
      start_{start.now},
      secrets_{make_redactor(*scenario_)},
      accounts_{make_accounts(scenario_->settings.auth, seed_, start.now)},
      stubs_{scenario_->stubs},
      judge_{*scenario_, secrets_},
      journal_{start.now, options_.journal},
      player_{scenario_->settings, options_.time_scale} {}

DoorDecision Engine::upgrade(const Moment& moment, const Upgrade& upgrade) const {
  return at_the_door(scenario_->settings.auth, options_.origins, accounts_, moment.now, upgrade);
}

ConnectionId Engine::opened(const Moment& moment, const door::Accept& accepted, Outputs& out) {
  const ConnectionId id = ++connections_made_;
  Connection& connection = connections_.try_emplace(id, id, options_.limits).first->second;
  connection.token = accepted.token;
  connection.via = accepted.via;
  ++metrics_.connections_open;
  ++metrics_.connections_total;
  judge_.opened();
  Turn turn{moment, out, 0};
  if (accepted.close_code != 0) close(turn, connection, accepted.close_code, "the session token is unknown or has expired");
  if (down_) close(turn, connection, 1001, "the agent is going down");
  return id;
}

void Engine::text(const Moment& moment, ConnectionId from, std::string_view message, Outputs& out) {
  Connection* connection = find(from);
  if (!connection || connection->closing) return;
  ++metrics_.frames_in;
  metrics_.bytes_in += message.size();
  journal_.record(moment.now, JournalEntry::Direction::in, from, message);

  Turn turn{moment, out, options_.steps_per_turn};
  auto taken = connection->session.text(message);
  if (const auto* refusal = std::get_if<protocol::Refusal>(&taken)) {
    metrics_.count_error(refusal->code);
    const std::size_t offset = out.buffer().size();
    out.buffer() += refusal->frame;
    return send(turn, *connection, offset);
  }
  request(turn, *connection, std::get<protocol::Request>(std::move(taken)));
}

void Engine::binary(const Moment& moment, ConnectionId from, std::size_t size, Outputs& out) {
  Connection* connection = find(from);
  if (!connection || connection->closing) return;
  ++metrics_.frames_in;
  metrics_.bytes_in += size;
  journal_.record(moment.now, JournalEntry::Direction::note, from, fmt::format("binary message of {} bytes", size));
  const auto refusal = connection->session.binary();
  metrics_.count_error(refusal.code);
  Turn turn{moment, out, 0};
  const std::size_t offset = out.buffer().size();
  out.buffer() += refusal.frame;
  send(turn, *connection, offset);
}

void Engine::closed(const Moment& moment, ConnectionId id, std::uint16_t code) {
  Connection* connection = find(id);
  if (!connection) return;
  journal_.record(moment.now, JournalEntry::Direction::note, id, fmt::format("closed with {}", code));
  drop_instances(*connection);
  connections_.erase(id);
  --metrics_.connections_open;
  if (!down_) judge_.closed(code);
}

void Engine::going_down(const Moment& moment, Outputs& out) {
  down_ = true;
  Turn turn{moment, out, 0};
  for (auto& [id, connection] : connections_) close(turn, connection, 1001, "the agent is going down");
}

// REQ-8: the frame and the live ids were looked at by the session; now its arguments' style, who asks, and for what.
void Engine::request(Turn& turn, Connection& from, protocol::Request request) {
  const auto& settings = scenario_->settings;
  const bool stripped = settings.args_style != ArgsRule::bare && protocol::strip_module_name(request);

  Sender sender;
  sender.connection = from.id;
  const Session* session = session_of(from);
  const bool live = session && session->live(turn.moment.now);
  if (live) {
    sender.user = session->user;
    sender.device = session->device;
  }
  ReceivedRequest received =
      receive(std::move(request.id), std::move(request.cmd), request.mode, std::move(request.args), std::move(sender));
  judge_.request(received);

  if (from.session.live_count() > options_.max_live) {
    return refuse(turn, from, received.id, "TOO_MANY_REQUESTS", "too many requests of this connection have not ended");
  }
  if (settings.args_style == ArgsRule::module_first && !stripped) {
    return refuse(turn, from, received.id, "BAD_REQUEST", "args must begin with the module's name");
  }
  const auto builtin = builtin_from(received.cmd);
  if (settings.auth.required && !live && !builtin) {
    return session ? refuse(turn, from, received.id, "AUTH_EXPIRED", "the session has expired: log in again")
                   : refuse(turn, from, received.id, "AUTH_REQUIRED", "this module needs a session: log in first");
  }
  if (const Stub* stub = stubs_.find(received)) return start(turn, from, *stub, std::move(received));
  if (builtin) return built_in(turn, *builtin, from, received);
  unmatched(turn, from, received);
}

void Engine::unmatched(Turn& turn, Connection& from, const ReceivedRequest& request) {
  const Unmatched rule = scenario_->settings.unmatched;
  const bool known = stubs_.knows(request.cmd);
  std::string message = known ? fmt::format("no stub for {} matches this request", request.cmd)
                              : fmt::format("there is no module {}", request.cmd);
  if (known || rule == Unmatched::fail) {
    if (const auto miss = stubs_.nearest_miss(request)) message += "\nnearest: " + to_string(*miss, *scenario_);
  }
  if (rule == Unmatched::fail) {
    judge_.failure(fmt::format("unexpected request {} on connection {}: {}", request.id, from.id, message));
  }
  if (rule != Unmatched::ignore) refuse(turn, from, request.id, known ? "NO_STUB_MATCH" : "UNKNOWN_MODULE", message);
}

void Engine::built_in(Turn& turn, Builtin builtin, Connection& from, const ReceivedRequest& request) {
  switch (builtin) {
    case Builtin::login_password:
      return login(turn, from, request);
    case Builtin::keepalive:
      return finish(turn, from, request, keepalive_result(turn.moment));
    case Builtin::diag_ws_metrics:
      return finish(turn, from, request, metrics_result(metrics_, live_jobs() - 1, turn.moment.now - start_));
    case Builtin::diag_auth: {
      const Session* session = session_of(from);
      const bool live = session && session->live(turn.moment.now);
      return finish(turn, from, request, auth_result(live ? session : nullptr, from.via, turn.moment.now));
    }
  }
}

void Engine::login(Turn& turn, Connection& from, const ReceivedRequest& request) {
  const auto outcome = login_password(accounts_, turn.moment.now, request.raw_args, default_ttl);
  if (const auto* refusal = std::get_if<LoginRefusal>(&outcome)) {
    return refuse(turn, from, request.id, refusal->code, refusal->message);
  }
  const auto& login = std::get<LoginSuccess>(outcome);
  from.token = login.session->token;  // LOG-7
  from.via = Via::login;
  finish(turn, from, request, login_result(login));
  if (!login.replace || !scenario_->settings.auth.replace_closes) return;
  for (auto& [id, other] : connections_) {
    if (id != from.id && other.token == from.token) close(turn, other, 4001, "the session was taken over");
  }
}

// Accepts and finishes in one go.
void Engine::finish(Turn& turn, Connection& to, const ReceivedRequest& request, std::string_view result) {
  const bool sync = request.mode == protocol::Mode::sync;
  const protocol::Target target = scenario_->settings.target;
  const std::string job = new_job();
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

void Engine::refuse(Turn& turn, Connection& to, std::string_view id, std::string_view code, std::string_view message) {
  const std::size_t offset = turn.out.buffer().size();
  protocol::append_error(turn.out.buffer(), {id, {}}, {true, false}, code, message);
  to.session.reply(id, protocol::Status::error);
  ++metrics_.jobs_failed;
  metrics_.count_error(code);
  send(turn, to, offset);
}

void Engine::send(Turn& turn, Connection& to, std::size_t offset, const Origin& origin) {
  const auto frame = std::string_view{turn.out.buffer()}.substr(offset);
  ++metrics_.frames_out;
  metrics_.bytes_out += frame.size();
  journal_.record(turn.moment.now, JournalEntry::Direction::out, to.id, frame, origin);
  turn.out.text(to.id, offset);
}

void Engine::close(Turn& turn, Connection& connection, std::uint16_t code, std::string_view reason) {
  if (connection.closing) return;
  connection.closing = true;
  drop_instances(connection);
  turn.out.close(connection.id, code, reason);
}

Engine::Connection* Engine::find(ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

const Session* Engine::session_of(const Connection& connection) const {
  return connection.via == Via::none ? nullptr : accounts_.find(connection.token);
}

std::uint64_t Engine::live_jobs() const {
  std::uint64_t live = 0;
  for (const auto& [id, connection] : connections_) live += connection.session.live_count();
  return live;
}

}  // namespace procedura::mock::engine
