#pragma once

#include "engine/engine.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace procedura::mock::net {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8765;  ///< 0: any free one
  std::size_t max_message = protocol::Limits{}.max_message;
  std::size_t pause_at = std::size_t{1024} * 1024;         ///< bytes queued on a connection at which no more is read from it
  std::size_t give_up_at = std::size_t{16} * 1024 * 1024;  ///< bytes queued at which it is closed with 1008
  std::chrono::milliseconds upgrade_limit{10'000};         ///< for the whole upgrade request to come
  std::chrono::milliseconds close_limit{3'000};            ///< for the answer to a Close
  std::function<void()> after_input;  ///< called on the thread of `run` when an input has been worked off; default: nobody
};

/// Where the server listens.
struct Listening {
  std::string host;  ///< as it goes into a URL
  std::uint16_t port = 0;
  std::string url() const { return "ws://" + host + ":" + std::to_string(port); }
};

/// Puts an engine on a socket. One thread, the one that calls `run`; it carries bytes and time and decides nothing about the
/// protocol.
class Server {
 public:
  using Log = std::function<void(std::string_view)>;  ///< takes lines for people, redacted

  /// `engine` must outlive it, and be used by nobody else while it runs.
  Server(engine::Engine& engine, ServerOptions options, Log log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds. Connections wait in the backlog until `run`.
  boost::system::result<Listening> listen();
  /// Serves until `stop`, and until every connection has been closed with 1001.
  void run();
  /// From any thread, more than once, before or during `run`.
  void stop();
  /// SIGINT and SIGTERM stop it from now on. For programs.
  void stop_on_signals();
  /// Runs `task` between two inputs, on the thread of `run`. From any thread. It is dropped if `run` is over.
  void post(std::function<void()> task);
  /// The same for what gives the engine an input: what that leads to is carried out.
  void post_input(std::function<void(const engine::Moment&, engine::Outputs&)> give);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The time as the engine is told it.
engine::Moment this_moment();

/// True for a host that means this machine alone, by whatever name (CON-11). Looks names up.
bool is_loopback(std::string_view host);

}  // namespace procedura::mock::net
