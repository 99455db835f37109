#pragma once

#include "engine/engine.hpp"
#include "net/clockwork.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace procedura::mock::net {

class HttpSide;
class TlsIdentity;

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8765;  ///< 0: any free one
  std::size_t max_message = protocol::Limits{}.max_message;
  std::size_t pause_at = std::size_t{1024} * 1024;         ///< bytes queued on a connection at which no more is read from it
  std::size_t give_up_at = std::size_t{16} * 1024 * 1024;  ///< bytes queued at which it is closed with 1008
  std::chrono::milliseconds upgrade_limit{10'000};         ///< for the whole upgrade request to come
  std::chrono::milliseconds close_limit{3'000};            ///< for the answer to a Close
  /// TCP connections at once. Who comes after them gets a 503 and is closed, up to 64 at a time; who comes after those is
  /// closed at once.
  std::size_t max_connections = 16'384;
  std::shared_ptr<TlsIdentity> tls;  ///< nothing: plain TCP. See `make_tls_identity`
  HttpSide* http = nullptr;          ///< answers what is asked under `/__admin`; nobody: that is 404. Outlives the server
  /// Time stands still but for `advance`: the engine's, that of the limits above, and that of faults. Once the server goes down
  /// it goes by itself.
  bool manual_clock = false;
  std::function<void()> after_input;  ///< called on the thread of `run` when an input has been worked off; default: nobody
};

/// Where the server listens.
struct Listening {
  std::string host;  ///< as it goes into a URL
  std::uint16_t port = 0;
  bool tls = false;
  std::string url() const { return (tls ? "wss://" : "ws://") + host + ":" + std::to_string(port); }
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
  /// Moves a manual clock, from any thread but that of `run`. Returns when everything that became due meanwhile has been done,
  /// in order and each at its own time; at once if `run` is over. With a clock that is not manual it does nothing.
  void advance(Duration by);
  /// How often something threw that never should. From any thread.
  std::uint64_t bugs() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// True for a host that means this machine alone, by whatever name (CON-11). Looks names up.
bool is_loopback(std::string_view host);

}  // namespace procedura::mock::net
