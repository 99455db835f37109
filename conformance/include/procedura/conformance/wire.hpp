#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a case needs of a connection, so that cases can be told to agents in memory as well as to real ones.
namespace procedura::conformance {

using protocol::Duration;
using protocol::TimePoint;

/// What is asked for in a handshake.
struct Offer {
  std::optional<std::string> subprotocol;
  std::vector<std::pair<std::string, std::string>> headers;

  /// The token in both of its places (AUT-1); as subprotocol only where it can be one.
  static Offer both(const std::string& token);
  static Offer subprotocol_only(const std::string& token);
  static Offer bearer_only(const std::string& token);
};

/// What comes from the peer, or does not.
struct Arrival {
  enum class Kind : std::uint8_t {
    nothing,  ///< the time was over first
    text,
    binary,
    pong,
    closed,  ///< the last one
  } kind = Kind::nothing;
  std::string bytes;  ///< the message, the payload, or why the connection ended (untrusted)
  std::uint16_t close_code = 0;
  bool clean = false;  ///< closed: the peer answered the Close that we sent
};

/// One open connection. Used by one thread. Nothing throws; sending on a closed one does nothing.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual void send_text(std::string message) = 0;
  virtual void send_binary(std::string message) = 0;
  virtual void send_fragments(std::vector<std::string> parts) = 0;
  virtual void ping(std::string payload) = 0;
  virtual void close(std::uint16_t code) = 0;
  /// The next thing that comes, waited for until `until`.
  virtual Arrival receive(TimePoint until) = 0;
};

/// What a handshake came to. Without a `wire` it failed.
struct Dialed {
  std::unique_ptr<Wire> wire;
  unsigned status = 0;      ///< of the HTTP response; 0: there was none
  std::string subprotocol;  ///< selected by the peer; empty: none
  std::string detail;       ///< why it failed, for people (untrusted)
};

/// Makes connections to the agent that is judged, and has the clock that goes with them.
class Dialer {
 public:
  virtual ~Dialer() = default;
  virtual Dialed dial(const Offer& offer, TimePoint until) = 0;
  /// Makes a bare connection and drops it. Nothing if there was one; else why not, for people.
  virtual std::optional<std::string> unreachable(TimePoint until) = 0;
  virtual TimePoint now() = 0;
};

}  // namespace procedura::conformance
