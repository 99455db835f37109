#include "agent_core.hpp"

#include "connect_op.hpp"
#include "dial.hpp"
#include "login_op.hpp"
#include "ping_op.hpp"

#include <procedura/protocol/redaction.hpp>

#include <boost/asio/strand.hpp>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace procedura::detail {
namespace {

std::int64_t unix_time() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

void add(protocol::ClientCounters& sum, const protocol::ClientCounters& more) {
  sum.frames += more.frames;
  sum.late += more.late;
  sum.foreign += more.foreign;
  sum.untargeted += more.untargeted;
  sum.malformed += more.malformed;
  sum.binary += more.binary;
  sum.unknown_status += more.unknown_status;
  sum.no_result += more.no_result;
  sum.out_of_order += more.out_of_order;
}

}  // namespace

AgentCore::AgentCore(boost::asio::any_io_executor executor, Options options)
    : executor_{std::move(executor)},
      strand_{boost::asio::make_strand(executor_)},
      options_{std::move(options)},
      endpoint_{Endpoint::parse(options_.url)} {}

// --- calls ----------------------------------------------------------------------------------------------------------------

void AgentCore::run(const std::string& module, std::vector<std::string> args, const CallOptions& call,
                    std::shared_ptr<RunOp> op) {
  if (op->over()) return;
  const auto to = connection();
  if (!to) return op->on_finish(to.error());
  op->started(*to, (*to)->submit(submission(protocol::Mode::sync, module, std::move(args), call.deadlines), op));
}

void AgentCore::stream(const std::string& module, std::vector<std::string> args, const CallOptions& call,
                       std::shared_ptr<StreamState> state) {
  if (state->over()) return;
  const auto to = connection();
  if (!to) return state->on_finish(to.error());
  state->started(*to, (*to)->submit(submission(protocol::Mode::async, module, std::move(args), call.deadlines), state));
}

void AgentCore::connect(std::shared_ptr<ConnectOp> op) {
  if (op->over()) return;
  const auto to = connection();
  if (!to) return op->finish(to.error());
  (*to)->when_open([op](Result<void> result) { op->finish(std::move(result)); });
}

void AgentCore::ping(std::shared_ptr<PingOp> op) {
  if (op->over()) return;
  const auto to = connection();
  if (!to) return op->fail(to.error());
  (*to)->when_open([op, weak = std::weak_ptr{*to}](Result<void> result) {
    if (!result) return op->fail(std::move(result).error());
    if (const auto open = weak.lock(); open && !op->over()) open->ping(op);
  });
}

ConnectionStatus AgentCore::status() const {
  ConnectionStatus status;
  status.open = main_ && main_->is_open();
  status.handshake = handshake_;
  status.connections = opened_;
  status.counters = past_;
  auto count = [&](const Connection& connection) {
    status.live += connection.live();
    add(status.counters, connection.counters());
  };
  if (main_) count(*main_);
  for (const auto& connection : others_) count(*connection);
  return status;
}

void AgentCore::close() {
  if (main_) main_->close();
  for (const auto& connection : std::vector{others_}) connection->close();
}

protocol::Submission AgentCore::submission(protocol::Mode mode, const std::string& module, std::vector<std::string> args,
                                           const std::optional<Deadlines>& deadlines) const {
  protocol::Submission submission;
  submission.cmd = module;
  submission.args = std::move(args);
  submission.mode = mode;
  submission.deadlines = deadlines.value_or(mode == protocol::Mode::sync ? options_.run_deadlines : options_.stream_deadlines);
  if (options_.args_style == ArgsStyleChoice::bare) submission.style = protocol::ArgsStyle::bare;
  if (options_.args_style == ArgsStyleChoice::automatic) {
    submission.style = learned_style_.value_or(protocol::ArgsStyle::module_first);
  }
  return submission;
}

// --- connections ----------------------------------------------------------------------------------------------------------

Result<std::shared_ptr<Connection>> AgentCore::connection() {
  if (main_) return main_;
  if (!endpoint_) return endpoint_.error();
  auto secret = token();
  if (!secret) return secret.error();
  learned_style_ = known_style();
  auto made = dial(*secret);
  if (made) main_ = *made;
  return made;
}

Result<std::shared_ptr<Connection>> AgentCore::dial_without_token() {
  if (!endpoint_) return endpoint_.error();
  auto made = dial(std::nullopt);
  if (made) others_.push_back(*made);
  return made;
}

Result<std::shared_ptr<Connection>> AgentCore::dial(const std::optional<std::string>& secret) {
  auto how = detail::dial(options_, *endpoint_, secret);
  if (!how) return how.error();
  for (const auto& [level, note] : how->notes) log(level, note);
  auto made = std::make_shared<Connection>(strand_, options_, std::random_device{}(), weak_from_this());
  if (secret) made->secrets().add(*secret);
  made->open(std::move(how->transport));
  return made;
}

void AgentCore::on_untargeted(const Event& event) {
  if (on_event_ && !silent_) on_event_(event);
}

void AgentCore::on_connection_open(Connection& connection, HandshakeInfo info) {
  ++opened_;
  handshake_ = std::move(info);
  if (main_.get() == &connection) tell({ConnectionEvent::Kind::connected, handshake_});
}

void AgentCore::on_connection_end(Connection& connection, const TransportEnd& end, std::size_t ended) {
  if (end.cause != errc::cancelled) log(LogLevel::debug, "connection ended: " + describe(failure_of(end)));
  add(past_, connection.counters());
  const auto kept = main_;
  if (main_.get() == &connection) main_.reset();
  std::erase_if(others_, [&](const auto& other) { return other.get() == &connection; });
  if (kept.get() != &connection || !connection.was_open()) return;
  ConnectionEvent event;
  event.kind = end.cause == errc::cancelled ? ConnectionEvent::Kind::closed : ConnectionEvent::Kind::lost;
  if (event.kind == ConnectionEvent::Kind::lost) {
    event.failure = failure_of(end);
    event.ended_requests = ended;
  }
  tell(std::move(event));
}

void AgentCore::tell(ConnectionEvent event) const {
  if (on_connection_ && !silent_) on_connection_(event);
}

Result<std::optional<std::string>> AgentCore::token() {
  if (adopted_) return adopted_;
  if (options_.token) return options_.token;
  if (!options_.store) return std::nullopt;
  auto saved = options_.store->load();
  if (!saved) return saved.error();
  if (!*saved) return std::nullopt;
  std::vector<std::pair<LogLevel, std::string>> notes;
  if (auto allowed = check_saved(**saved, *endpoint_, unix_time(), notes); !allowed) return allowed.error();
  for (const auto& [level, note] : notes) log(level, note);
  return (*saved)->token;
}

std::optional<protocol::ArgsStyle> AgentCore::known_style() {
  if (learned_style_ || !options_.store || options_.args_style != ArgsStyleChoice::automatic) return learned_style_;
  return options_.store->args_style(endpoint_->origin());
}

// --- login ----------------------------------------------------------------------------------------------------------------

void AgentCore::login(std::shared_ptr<LoginOp> op) {
  op->start(shared_from_this());
}

LoginAttempt AgentCore::attempt() {
  return {options_.args_style, known_style()};
}

LoginResult AgentCore::logged_in(const std::shared_ptr<Connection>& connection, RunResult result, Granted granted,
                                 protocol::ArgsStyle style) {
  adopted_ = granted.token;
  connection->secrets().add(granted.token);
  learned_style_ = style;
  std::erase(others_, connection);
  if (main_) {
    const auto old = std::exchange(main_, nullptr);
    others_.push_back(old);
    old->retire();
  }
  if (!connection->over()) {
    main_ = connection;
    tell({ConnectionEvent::Kind::connected, handshake_});
  }

  LoginResult logged_in{std::move(result), granted.token, style};
  if (!options_.store) return logged_in;
  SavedToken saved{std::move(granted.token), endpoint_->origin(), std::nullopt};
  if (granted.expires_in) saved.expires = unix_time() + *granted.expires_in;
  if (auto stored = options_.store->save(saved); !stored) logged_in.not_saved = stored.error();
  if (options_.args_style == ArgsStyleChoice::automatic) {
    if (auto stored = options_.store->remember_args_style(endpoint_->origin(), style); !stored && !logged_in.not_saved) {
      logged_in.not_saved = stored.error();
    }
  }
  if (logged_in.not_saved) log(LogLevel::warning, "the token is not saved: " + describe(*logged_in.not_saved));
  return logged_in;
}

void AgentCore::log(LogLevel level, const std::string& text) {
  if (!options_.log) return;
  if (level != LogLevel::debug) {
    if (std::find(said_.begin(), said_.end(), text) != said_.end()) return;
    said_.push_back(text);
  }
  options_.log(level, protocol::printable(text));
}

}  // namespace procedura::detail
