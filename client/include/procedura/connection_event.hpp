#pragma once

#include <procedura/error.hpp>
#include <procedura/protocol/client_session.hpp>
#include <procedura/protocol/deadlines.hpp>
#include <procedura/transport.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace procedura {

/// To be connected again after a connection was lost: exponential back-off with full jitter. Nothing is sent again: requests
/// that were live have ended with `connection_lost`, new ones wait for the connection, up to the connect timeout.
///
/// Never after a first connect that failed, nor when the agent does not want us: Close codes 4001, 4401, 1002, 1003, 1007,
/// 1008 and 1009, an HTTP 4xx, or a TLS failure.
struct ReconnectOptions {
  protocol::Duration first = std::chrono::milliseconds{250};  ///< the first wait is a random part of this, the next of twice it
  protocol::Duration longest = std::chrono::seconds{30};      ///< no wait is longer
  protocol::Duration calm = std::chrono::seconds{30};  ///< after a connection that lasted so long, the waits start afresh
  std::optional<std::uint32_t> attempts = {};          ///< in a row; nothing: without end
  std::optional<std::uint64_t> seed = {};              ///< of the jitter, for tests; nothing: random
};

/// What happened to the agent's connection.
struct ConnectionEvent {
  /// What happened.
  enum class Kind {
    connected,  ///< `handshake` is set; a login's connection takes the place of the one before
    lost,       ///< `failure` says how; requests that were live have ended
    retrying,   ///< the next attempt begins in `delay`; `failure` is that of the last one
    gave_up,    ///< no further attempt, and `failure` says why; the next request connects anew
    closed,     ///< by this side, or the attempts to make it again were
  };
  Kind kind = Kind::connected;                  ///< what happened
  std::optional<HandshakeInfo> handshake = {};  ///< of `connected`
  std::optional<Failure> failure = {};          ///< of `lost`, `retrying` and `gave_up`
  protocol::Duration delay{};                   ///< of `retrying`: until the attempt
  std::uint32_t attempt = 0;                    ///< of `retrying`: counts from 1, and starts afresh after a calm connection
  std::size_t ended_requests = 0;               ///< of `lost`: how many were live
};
std::string_view to_string(ConnectionEvent::Kind kind) noexcept;  ///< "connected", "lost", ...

/// Called on the agent's own strand: return soon, do not wait for the agent. What it throws leaves through the agent's
/// executor.
using ConnectionListener = std::function<void(const ConnectionEvent&)>;

/// How an agent's connection is now.
struct ConnectionStatus {
  bool open = false;                            ///< the handshake is done, and nobody has hung up
  std::optional<HandshakeInfo> handshake = {};  ///< of the open connection, or of the last try, as far as it came
  std::size_t live = 0;                         ///< requests
  protocol::ClientCounters counters = {};       ///< of all its connections so far
  std::uint64_t connections = 0;                ///< that were opened
};

}  // namespace procedura
