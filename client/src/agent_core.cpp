#include "agent_core.hpp"

#include "dial.hpp"
#include "login_op.hpp"
#include "request_recorder.hpp"
#include "user_callback.hpp"

#include <procedura/protocol/redaction.hpp>

#include <boost/asio/strand.hpp>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace procedura::detail {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t unix_time() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

std::uint64_t seed_of(const Options& options) {
  if (options.reconnect && options.reconnect->seed) return *options.reconnect->seed;
  std::random_device random;
  return (std::uint64_t{random()} << 32U) | random();
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

Failure agent_is_gone() {
  return Failure::of(errc::cancelled, "the agent was destroyed");
}

}  // namespace

AgentCore::AgentCore(boost::asio::any_io_executor executor, Options options)
    : executor_{std::move(executor)},
      strand_{boost::asio::make_strand(executor_)},
      options_{std::move(options)},
      endpoint_{Endpoint::parse(options_.url)},
      reconnect_{options_.reconnect, options_.connect_timeout, seed_of(options_)},
      reconnect_timer_{strand_} {}

// --- calls ----------------------------------------------------------------------------------------------------------------

void AgentCore::run(const std::string& module, std::vector<std::string> args, const CallOptions& call,
                    std::shared_ptr<RunOp> op) {
  if (op->over()) return;
  const auto sink = observed(protocol::Mode::sync, module, args, op);
  const auto to = way();
  if (!to) return sink->on_finish(to.error());
  const auto key = to->connection->submit(submission(protocol::Mode::sync, module, std::move(args), call.deadlines), sink);
  op->started(to->connection, key);
  limit(*to, [key](Connection& connection, const Failure& failure) { connection.refuse(key, failure); });
}

void AgentCore::stream(const std::string& module, std::vector<std::string> args, const CallOptions& call,
                       std::shared_ptr<StreamState> state) {
  if (state->over()) return;
  const auto sink = observed(protocol::Mode::async, module, args, state);
  const auto to = way();
  if (!to) return sink->on_finish(to.error());
  const auto key = to->connection->submit(submission(protocol::Mode::async, module, std::move(args), call.deadlines), sink);
  state->started(to->connection, key);
  limit(*to, [key](Connection& connection, const Failure& failure) { connection.refuse(key, failure); });
}

void AgentCore::connect(const std::shared_ptr<OpenWaiter>& op) {
  if (op->over()) return;
  const auto to = way();
  if (!to) return op->fail(to.error());
  to->connection->when_open(op);
  limit(*to, [weak = std::weak_ptr{op}](Connection&, const Failure& failure) {
    if (const auto waits = weak.lock()) waits->fail(failure);
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
  if (const auto kept = main_) kept->close();
  for (const auto& connection : std::vector{others_}) connection->close();
  Reconnect::Actions actions;
  reconnect_.closed(actions);
  perform(std::move(actions));
}

std::shared_ptr<ExchangeSink> AgentCore::observed(protocol::Mode mode, const std::string& module,
                                                  const std::vector<std::string>& args,
                                                  std::shared_ptr<ExchangeSink> sink) const {
  if (!options_.on_request_end) return sink;
  RequestRecord begun{std::chrono::system_clock::now()};
  begun.module = module;
  begun.mode = mode;
  begun.origin = endpoint_ ? endpoint_->origin() : std::string{};
  auto observer = [home = executor_, tell = options_.on_request_end](const RequestRecord& record) {
    call_user(home, tell, record);
  };
  return std::make_shared<RequestRecorder>(std::move(observer), std::move(begun), args, std::move(sink));
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

Result<AgentCore::Way> AgentCore::way() {
  if (silent_) return agent_is_gone();
  if (main_ && main_->is_open()) return Way{main_, std::nullopt};
  if (!endpoint_) return endpoint_.error();
  if (!main_) main_ = make_connection();
  const auto made = main_;
  Reconnect::Actions actions;
  const auto waiter = reconnect_.wanted(Clock::now(), actions);
  perform(std::move(actions));
  if (made->over()) return made->failure();
  return Way{made, waiter};
}

/// Has `refuse` called when who took this way has waited too long for the connection to be back. It must own nobody who waits:
/// those may own the agent, and are let go of with the event loop by their connection alone.
template <class Refuse>
void AgentCore::limit(const Way& way, Refuse refuse) {
  if (!way.waiter) return;
  refuse_.emplace(*way.waiter, [refuse, weak = std::weak_ptr{way.connection}](const Failure& failure) {
    if (const auto connection = weak.lock()) refuse(*connection, failure);
  });
}

Result<std::shared_ptr<Connection>> AgentCore::dial_without_token() {
  if (silent_) return agent_is_gone();
  if (!endpoint_) return endpoint_.error();
  auto made = make_connection();
  if (auto begun = dial(*made, std::nullopt); !begun) return begun.error();
  others_.push_back(made);
  return made;
}

std::shared_ptr<Connection> AgentCore::make_connection() {
  auto made = std::make_shared<Connection>(strand_, options_, std::random_device{}(), weak_from_this());
  made->watch_loop();
  return made;
}

Result<void> AgentCore::dial(Connection& connection, Result<std::optional<std::string>> secret) {
  if (!secret) return secret.error();
  auto how = detail::dial(options_, *endpoint_, *secret);
  if (!how) return how.error();
  for (const auto& [level, note] : how->notes) log(level, note);
  if (endpoint_->secure) {
    if (auto secured = secure(how->transport); !secured) return secured;
  }
  if (*secret) connection.secrets().add(**secret);
  connection.open(std::move(how->transport));
  return {};
}

// The context is made once: its files are read, and its sessions may be resumed. One that cannot be made is tried anew by the
// next call, for somebody may have mended the files.
Result<void> AgentCore::secure(TransportOptions& transport) {
  if (!tls_) {
    auto made = TlsContext::make(options_.tls);
    if (!made) return made.error();
    tls_ = *std::move(made);
  }
  transport.tls = tls_;
  if (options_.tls.insecure && options_.log) {  // at every connection
    call_user(executor_, options_.log, LogLevel::warning, insecure_warning(*endpoint_, !options_.tls.pins.empty()));
  }
  return {};
}

// --- the connection's machine ---------------------------------------------------------------------------------------------

void AgentCore::perform(Reconnect::Actions actions) {
  for (auto& next : actions) {
    if (std::holds_alternative<Reconnect::Dial>(next)) {
      dial_main();
    } else if (const auto* event = std::get_if<Reconnect::Tell>(&next)) {
      tell(event->event);
    } else if (const auto* refused = std::get_if<Reconnect::Refuse>(&next)) {
      if (const auto waiter = refuse_.extract(refused->waiter); !waiter.empty()) waiter.mapped()(refused->failure);
    } else if (const auto kept = main_; kept && !kept->is_open()) {
      kept->fail(std::get<Reconnect::RefuseAll>(next).failure);
    }
  }
  look_after_reconnect();
}

void AgentCore::dial_main() {
  if (!main_) main_ = make_connection();
  learned_style_ = known_style();
  const auto begun = dial(*main_, token());
  if (begun) return;
  Reconnect::Actions actions;
  reconnect_.failed(Clock::now(), begun.error(), actions);
  perform(std::move(actions));
}

void AgentCore::look_after_reconnect() {
  const auto at = reconnect_.next();
  if (!at) refuse_.clear();
  if (at == armed_) return;
  armed_ = at;
  if (!at) {
    reconnect_timer_.cancel();
    return;
  }
  reconnect_timer_.expires_at(*at);
  reconnect_timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (ec || !self) return;
    self->armed_.reset();
    Reconnect::Actions due;
    self->reconnect_.timer(Clock::now(), due);
    self->perform(std::move(due));
  });
}

void AgentCore::on_connection_open(Connection& connection) {
  ++opened_;
  if (main_.get() != &connection) return;
  handshake_ = connection.handshake();
  Reconnect::Actions actions;
  reconnect_.opened(Clock::now(), *handshake_, actions);
  perform(std::move(actions));
}

void AgentCore::on_connection_failed(Connection& connection, Failure failure, HandshakeInfo reached) {
  if (main_.get() != &connection) return connection.fail(std::move(failure));
  handshake_ = std::move(reached);
  log(LogLevel::debug, "the connection was not made: " + describe(failure));
  Reconnect::Actions actions;
  reconnect_.failed(Clock::now(), std::move(failure), actions);
  perform(std::move(actions));
}

void AgentCore::on_connection_end(Connection& connection, const TransportEnd& end, std::size_t ended) {
  if (end.cause != errc::cancelled) log(LogLevel::debug, "connection ended: " + describe(connection.failure()));
  add(past_, connection.counters());
  std::erase_if(others_, [&](const auto& other) { return other.get() == &connection; });
  if (main_.get() != &connection) return;
  main_.reset();
  if (!connection.handshake() || end.cause == errc::cancelled) return;
  Reconnect::Actions actions;
  reconnect_.lost(Clock::now(), connection.failure(), ended, actions);
  perform(std::move(actions));
}

void AgentCore::on_untargeted(const Event& event) {
  if (on_event_ && !silent_) call_user(executor_, on_event_, event);
}

protocol::Submission AgentCore::keep_alive_request() const {
  return submission(protocol::Mode::sync, "__keepalive", {}, Deadlines{std::nullopt, std::nullopt, std::nullopt});
}

void AgentCore::tell(const ConnectionEvent& event) const {
  if (on_connection_ && !silent_) call_user(executor_, on_connection_, event);
}

// --- the token ------------------------------------------------------------------------------------------------------------

/// Looked up for each attempt: another process may have logged in meanwhile. What a login of our own got gives way only to what
/// is known to be this agent's: not to a token of unknown origin, or of another agent on this host, though those might be sent.
Result<std::optional<std::string>> AgentCore::token() {
  if (!adopted_ && options_.token) return options_.token;
  if (adopted_ && !adopted_is_saved_) return adopted_;
  const auto saved = saved_token();
  if (adopted_) return saved && *saved && (*saved)->origin == endpoint_->origin() ? (*saved)->token : adopted_;
  if (!saved) return saved.error();
  return *saved ? std::optional{(*saved)->token} : std::nullopt;
}

Result<std::optional<SavedToken>> AgentCore::saved_token() {
  if (!options_.store) return std::nullopt;
  auto saved = options_.store->load();
  if (!saved) return saved.error();
  if (!*saved) return std::nullopt;
  std::vector<std::pair<LogLevel, std::string>> notes;
  if (auto allowed = check_saved(**saved, *endpoint_, unix_time(), notes); !allowed) return allowed.error();
  for (const auto& [level, note] : notes) log(level, note);
  return saved;
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
  adopted_is_saved_ = false;  // not yet
  connection->secrets().add(granted.token);
  learned_style_ = style;
  std::erase(others_, connection);
  if (!connection->over()) take_over(connection);

  LoginResult logged_in{std::move(result), granted.token, style};
  if (!options_.store) return logged_in;
  SavedToken saved{std::move(granted.token), endpoint_->origin(), std::nullopt};
  if (granted.expires_in) saved.expires = unix_time() + *granted.expires_in;
  if (auto stored = options_.store->save(saved); !stored) logged_in.not_saved = stored.error();
  adopted_is_saved_ = !logged_in.not_saved;
  if (options_.args_style == ArgsStyleChoice::automatic) {
    if (auto stored = options_.store->remember_args_style(endpoint_->origin(), style); !stored && !logged_in.not_saved) {
      logged_in.not_saved = stored.error();
    }
  }
  if (logged_in.not_saved) log(LogLevel::warning, "the token is not saved: " + describe(*logged_in.not_saved));
  return logged_in;
}

/// What waits in the old connection is sent on it, and needs it now; what is in flight ends on it.
void AgentCore::take_over(const std::shared_ptr<Connection>& connection) {
  const bool dial_old = reconnect_.backing_off();
  const auto old = std::exchange(main_, connection);
  handshake_ = connection->handshake();
  Reconnect::Actions actions;
  reconnect_.replaced(Clock::now(), *handshake_, actions);
  perform(std::move(actions));
  if (!old) return;
  others_.push_back(old);
  old->retire();
  if (!dial_old || old->over()) return;
  if (const auto begun = dial(*old, token()); !begun) old->fail(begun.error());
}

void AgentCore::log(LogLevel level, const std::string& text) {
  if (!options_.log) return;
  if (level != LogLevel::debug) {
    if (std::find(said_.begin(), said_.end(), text) != said_.end()) return;
    said_.push_back(text);
  }
  call_user(executor_, options_.log, level, protocol::printable(text));
}

}  // namespace procedura::detail
