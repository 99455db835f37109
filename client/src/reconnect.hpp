#pragma once

#include <procedura/connection_event.hpp>
#include <procedura/protocol/backoff.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

namespace procedura::detail {

/// When the agent's connection is dialled, how long requests wait for it, and what is told of it. Pure: what happened goes in,
/// each with `now`, and what to do is appended to `out`, in the order in which it is to be done; `next` says when to call
/// `timer`.
///
/// A dial that somebody asked for is tried once. A connection that was open and is lost is dialled again after a back-off, if
/// that is wished and may help, until it is open again; what is asked meanwhile waits for it, up to the connect timeout.
class Reconnect {
 public:
  using TimePoint = protocol::TimePoint;
  using Duration = protocol::Duration;
  /// Names one who waits for the connection. Never reused.
  using Waiter = std::uint64_t;

  struct Dial {};  ///< Begin one attempt; `opened` or `failed` follows.
  struct Tell {
    ConnectionEvent event;
  };
  struct Refuse {  ///< This one has waited long enough.
    Waiter waiter;
    Failure failure;
  };
  struct RefuseAll {  ///< There will be no connection: all who wait for it end, and no further `Refuse` follows for them.
    Failure failure;
  };
  using Action = std::variant<Dial, Tell, Refuse, RefuseAll>;
  using Actions = std::vector<Action>;

  Reconnect(std::optional<ReconnectOptions> options, Duration connect_timeout, std::uint64_t seed);

  /// Somebody needs the connection, and it is not open. Nothing: the attempt under way has the same deadline.
  std::optional<Waiter> wanted(TimePoint now, Actions& out);
  void opened(TimePoint now, HandshakeInfo handshake, Actions& out);
  void failed(TimePoint now, Failure failure, Actions& out);  ///< the attempt
  /// `ended`: how many requests were live.
  void lost(TimePoint now, Failure failure, std::size_t ended, Actions& out);
  /// Another connection, a login's, is the agent's from now on. The attempt under way, if any, is no business of ours any more.
  void replaced(TimePoint now, HandshakeInfo handshake, Actions& out);
  void closed(Actions& out);  ///< by the user, who has ended all that waited
  void timer(TimePoint now, Actions& out);
  std::optional<TimePoint> next() const;

  /// No attempt is under way, but one will be.
  bool backing_off() const noexcept { return phase_ == Phase::backing_off; }

 private:
  enum class Phase {
    idle,
    dialling,  // because somebody asked
    open,
    backing_off,
    dialling_again,  // because it was lost
  };
  struct Waiting {
    Waiter waiter;
    TimePoint until;
  };

  void go_on(TimePoint now, Failure failure, Actions& out);

  std::optional<ReconnectOptions> options_;
  Duration connect_timeout_;
  protocol::Backoff backoff_;
  Phase phase_ = Phase::idle;
  TimePoint since_;              // open: when it opened; backing off: when it is to be dialled
  std::optional<Failure> last_;  // of the connection or the attempt before
  std::deque<Waiting> waiting_;  // all wait equally long, so they are in order
  Waiter last_waiter_ = 0;
};

/// Whether another attempt may end otherwise: not if the agent does not want us, or we do not want it, or nothing can be sent.
bool worth_another_attempt(const Failure& failure) noexcept;

}  // namespace procedura::detail
