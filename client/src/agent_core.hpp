#pragma once

#include "completer.hpp"
#include "connection.hpp"
#include "login_attempt.hpp"
#include "reconnect.hpp"
#include "run_op.hpp"
#include "stream_state.hpp"

#include <procedura/async_agent.hpp>
#include <procedura/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace procedura::detail {

class LoginOp;

/// What is behind an `AsyncAgent`: its connections, its token, and how calls find their way to them. Everything but the
/// constructor and the executors happens on the strand.
class AgentCore final : public ConnectionOwner, public std::enable_shared_from_this<AgentCore> {
 public:
  AgentCore(boost::asio::any_io_executor executor, Options options);

  const boost::asio::any_io_executor& executor() const { return executor_; }
  const boost::asio::any_io_executor& strand() const { return strand_; }

  void run(const std::string& module, std::vector<std::string> args, const CallOptions& call, std::shared_ptr<RunOp> op);
  void stream(const std::string& module, std::vector<std::string> args, const CallOptions& call,
              std::shared_ptr<StreamState> state);
  void login(std::shared_ptr<LoginOp> op);
  void connect(const std::shared_ptr<OpenWaiter>& op);
  ConnectionStatus status() const;
  void listen(std::function<void(const Event&)> listener) { on_event_ = std::move(listener); }
  void watch(ConnectionListener listener) { on_connection_ = std::move(listener); }
  void close();
  /// From any thread, once the agent is destroyed: the listeners are not called any more, and what begins now ends at once.
  void silence() { silent_ = true; }

  static Stream make_stream(std::shared_ptr<StreamState> state) { return Stream{std::move(state)}; }

  // For `LoginOp`.
  Result<std::shared_ptr<Connection>> dial_without_token();
  /// `sink`, told of to `Options::on_request_end` if that is set. `sink` may be null then.
  std::shared_ptr<ExchangeSink> observed(protocol::Mode mode, const std::string& module, const std::vector<std::string>& args,
                                         std::shared_ptr<ExchangeSink> sink) const;
  protocol::Submission submission(protocol::Mode mode, const std::string& module, std::vector<std::string> args,
                                  const std::optional<Deadlines>& deadlines) const;
  LoginAttempt attempt();
  /// The connection that `granted` came on bears the identity (LOG-7) and is the one from now on.
  LoginResult logged_in(const std::shared_ptr<Connection>& connection, RunResult result, Granted granted,
                        protocol::ArgsStyle style);

 private:
  /// The connection for a new request, which may have to wait for it.
  struct Way {
    std::shared_ptr<Connection> connection;
    std::optional<Reconnect::Waiter> waiter;  // its wait is limited: see `limit`
  };
  Result<Way> way();
  template <class Refuse>
  void limit(const Way& way, Refuse refuse);
  std::shared_ptr<Connection> make_connection();
  Result<void> dial(Connection& connection, Result<std::optional<std::string>> token);
  Result<void> secure(TransportOptions& transport);
  Result<std::optional<std::string>> token();
  Result<std::optional<SavedToken>> saved_token();
  std::optional<protocol::ArgsStyle> known_style();

  void take_over(const std::shared_ptr<Connection>& connection);

  void perform(Reconnect::Actions actions);
  void dial_main();
  void look_after_reconnect();

  void on_untargeted(const Event& event) override;
  void on_connection_open(Connection& connection) override;
  void on_connection_failed(Connection& connection, Failure failure, HandshakeInfo reached) override;
  void on_connection_end(Connection& connection, const TransportEnd& end, std::size_t ended) override;
  protocol::Submission keep_alive_request() const override;
  void tell(const ConnectionEvent& event) const;
  void log(LogLevel level, const std::string& text);

  boost::asio::any_io_executor executor_;
  boost::asio::any_io_executor strand_;
  Options options_;
  Result<Endpoint> endpoint_;
  std::shared_ptr<TlsContext> tls_;     // none before the first `wss://` connection
  std::optional<std::string> adopted_;  // by a login of this agent
  bool adopted_is_saved_ = false;
  std::optional<protocol::ArgsStyle> learned_style_;  // ditto
  std::shared_ptr<Connection> main_;                  // for new requests, which may wait in it; none while nobody needs one
  std::vector<std::shared_ptr<Connection>> others_;   // logging in, or retired
  Reconnect reconnect_;
  boost::asio::steady_timer reconnect_timer_;
  std::optional<protocol::TimePoint> armed_;  // for when
  std::map<Reconnect::Waiter, std::function<void(const Failure&)>> refuse_;
  std::vector<std::string> said_;  // notes are logged once
  std::function<void(const Event&)> on_event_;
  ConnectionListener on_connection_;
  std::atomic<bool> silent_ = false;
  std::optional<HandshakeInfo> handshake_;  // the last one
  protocol::ClientCounters past_;           // of connections that are over
  std::uint64_t opened_ = 0;
};

}  // namespace procedura::detail
