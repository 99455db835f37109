#pragma once

#include <procedura/agent.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace procedura {

/// An agent to be called and waited for: owns its thread and its connection, needs no event loop, and may be used in one.
///
/// Thread-safe: any number of threads may call at once, and a loop over a stream may call `run` inside: all share the
/// connection. Only from its own callbacks (`Options::log`, `on_event`, `on_update`) it must not be called: that throws
/// `std::logic_error` where it would wait for itself for ever. What they throw ends the program, as in any thread. Destroying
/// it while another thread waits in it is an error of the caller; streams that outlive it end with `cancelled`.
class RemoteAgent : public Agent {
 public:
  /// As the published SDK has it: the saved token of the user is used, and a login saves its own. Throws `Error` with
  /// `invalid_url`. Connects on first use.
  explicit RemoteAgent(std::string_view url = default_url);
  /// As the options say. Throws `Error` with `invalid_url`.
  explicit RemoteAgent(Options options);
  ~RemoteAgent() override;
  RemoteAgent(const RemoteAgent&) = delete;
  RemoteAgent& operator=(const RemoteAgent&) = delete;

  /// Connects now, if there is no connection. Only to find out early, or to listen.
  void connect();
  /// The round-trip time of a WebSocket ping. Throws `Error` with `ack_timeout` when no pong came within `limit`.
  Duration ping(Duration limit = std::chrono::seconds{10});
  /// How the connection is now. Never connects.
  ConnectionStatus status();
  /// Sets who is told of the connection: lost, about to be tried again, ... Called on the agent's thread.
  void on_connection(ConnectionListener listener);
  /// Sets who gets the events that belong to no request of ours; called on the agent's thread.
  void on_event(std::function<void(const Event&)> listener);

 private:
  RunResult do_run(const std::string& module, const std::vector<std::string>& args, const CallOptions& options) override;
  EventStream do_stream(const std::string& module, const std::vector<std::string>& args, const CallOptions& options) override;
  LoginResult do_login(const std::string& credential, const LoginOptions& options) override;

  class Impl;
  class Events;
  std::shared_ptr<Impl> impl_;
};

}  // namespace procedura
