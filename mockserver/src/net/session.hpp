#pragma once

#include "engine/engine.hpp"
#include "net/server.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace procedura::mock::net {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

class Session;

/// What a session asks of its server, which outlives it.
class SessionHost {
 public:
  virtual const ServerOptions& options() const = 0;
  virtual engine::Engine& agent() = 0;
  /// Runs an input to the engine and carries out what it leads to. One that throws costs its session and nobody else.
  virtual void input(Session& from, const std::function<void(const engine::Moment&, engine::Outputs&)>& give) = 0;
  virtual void opened(Session& session, engine::ConnectionId id) = 0;
  /// The session is being destroyed. `id` is 0 if it was never opened.
  virtual void gone(Session& session, engine::ConnectionId id) = 0;

 protected:
  ~SessionHost() = default;
};

/// One connection, from its first byte. Kept alive by the operations that are pending on it; all on the executor of its socket.
class Session {
 public:
  virtual ~Session() = default;

  virtual void start() = 0;
  /// Sends a text message, or drops it if the connection is closing.
  virtual void send(std::string_view payload) = 0;
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// The server goes down: who is not connected yet has nothing to wait for, unless it is being let in this moment.
  virtual void abort_unless_open() = 0;
};

std::shared_ptr<Session> make_plain_session(Socket socket, SessionHost& host);

}  // namespace procedura::mock::net
