#pragma once

#include "engine/engine.hpp"
#include "net/http_side.hpp"
#include "net/server.hpp"
#include "net/wire.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>

namespace procedura::mock::net {

class Session;

/// Somebody who sends what is made while it is sent, and is woken when there may be more.
class Follower {
 public:
  virtual void on_news() = 0;

 protected:
  ~Follower() = default;
};

/// What a session asks of its server, which outlives it.
class SessionHost : public WireHost {
 public:
  virtual const ServerOptions& options() const = 0;
  virtual engine::Engine& agent() = 0;
  /// A line for people, about a client; too many of them are swallowed.
  virtual void say(std::string_view line) = 0;
  /// Something threw that never should.
  virtual void report(const std::exception& bug, std::string_view what) = 0;
  /// Runs an input to the engine and carries out what it leads to. One that throws costs its session and nobody else.
  virtual void input(Session& from, const std::function<void(const engine::Moment&, engine::Outputs&)>& give) = 0;
  virtual void opened(Session& session, engine::ConnectionId id) = 0;
  /// `next` goes on with the connection, and is started.
  virtual void replace(Session& session, std::shared_ptr<Session> next) = 0;
  /// The session is over, and can be forgotten. `id` is 0 if it was never opened.
  virtual void over(Session& session, engine::ConnectionId id) = 0;
  virtual void follow(Follower& follower) = 0;
  virtual void unfollow(Follower& follower) = 0;

 protected:
  ~SessionHost() = default;
};

/// One connection; first one that speaks HTTP, then perhaps one that speaks WebSocket. Its server keeps it until it is over.
class Session {
 public:
  virtual ~Session() = default;

  virtual void start() = 0;
  /// Does one thing that the engine wants done.
  virtual void carry_out(const engine::Outputs& outputs, const engine::Output& output) = 0;
  /// The server goes down: who is not connected yet has nothing to wait for.
  virtual void going_down() = 0;
  /// An input of its led to a bug.
  virtual void failed() = 0;
};

/// From the first byte on. `crowded`: there are too many connections, and it is only told so.
std::shared_ptr<Session> make_http_session(Socket socket, SessionHost& host, TlsIdentity* tls, bool crowded);

}  // namespace procedura::mock::net
