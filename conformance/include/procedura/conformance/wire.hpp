#pragma once

#include <procedura/conformance/offering.hpp>
#include <procedura/protocol/deadlines.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
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
  std::vector<std::string> subprotocols;  ///< in this order, in one header; none: no header
  std::vector<std::pair<std::string, std::string>> headers;
  std::string query;  ///< put behind the URL's own; empty: nothing is

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
  virtual void close(std::uint16_t code, std::string reason) = 0;
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

/// What the agent's TLS showed of itself, whether it is to be trusted or not.
struct TlsSight {
  std::string version;     ///< "TLSv1.3"
  std::string distrust;    ///< why the chain does not lead to the profile's authorities; empty: it does
  bool name_fits = false;  ///< the certificate is for the URL's host
  std::string names;       ///< that it is for, for people (untrusted)
};

/// Bytes to and from the agent, below WebSocket. Used by one thread. Nothing throws.
class RawWire {
 public:
  virtual ~RawWire() = default;
  virtual void write(std::string bytes) = 0;
  /// Whatever comes next, waited for until `until`. Nothing at all: the time was over, or the connection is.
  virtual std::string read(TimePoint until) = 0;
  virtual bool ended() const = 0;
  /// Ends the connection with a RST.
  virtual void reset() = 0;
};

/// How far down a raw connection goes.
enum class Depth : std::uint8_t {
  below_websocket,  ///< TLS is spoken where the URL says so
  below_tls,        ///< TCP, whatever the URL says
  old_tls,          ///< TLS 1.1 and nothing newer
};

struct RawDialed {
  std::unique_ptr<RawWire> wire;
  std::string detail;  ///< why there is none, for people (untrusted)
  std::optional<TlsSight> tls;
};

/// What an upgrade request names the agent by.
struct Address {
  std::string authority = "127.0.0.1:8765";      ///< the value of `Host`
  std::string target = "/";                      ///< of the request line
  std::string origin = "http://127.0.0.1:8765";  ///< that a page of the agent's own would have
};

/// Makes connections to the agent that is judged, and has the clock that goes with them.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// What the agent's address brings along for cases that need it.
  virtual std::set<Need> brings() const { return {}; }
  virtual Address address() const { return {}; }
  /// By default there is nothing below WebSocket.
  virtual RawDialed dial_raw(Depth, TimePoint) { return {nullptr, "there are no bytes below WebSocket here", {}}; }
  virtual Dialed dial(const Offer& offer, TimePoint until) = 0;
  /// Makes a bare connection and drops it. Nothing if there was one; else why not, for people.
  virtual std::optional<std::string> unreachable(TimePoint until) = 0;
  virtual TimePoint now() = 0;
  /// What the last handshake that was taken called the agent's software (`Server`); empty: nothing (untrusted).
  virtual std::string server() const { return {}; }
};

}  // namespace procedura::conformance
