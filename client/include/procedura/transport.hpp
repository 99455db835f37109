#pragma once

#include <procedura/protocol/client_session.hpp>
#include <procedura/protocol/deadlines.hpp>
#include <procedura/proxy.hpp>
#include <procedura/tls.hpp>
#include <procedura/url.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura {

namespace detail {
class TransportImpl;
}

/// Name and value, in the order in which they stand.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// How one connection is made and kept. A plain value.
struct TransportOptions {
  Endpoint endpoint = {};                      ///< where to
  std::vector<std::string> subprotocols = {};  ///< offered in this order, in one header; none: no header
  Headers headers = {};  ///< further request headers, checked: a name is a token, a value has no control characters
  std::size_t max_message = std::size_t{16} * 1024 * 1024;       ///< CON-3: a bigger one closes with 1009
  protocol::Duration connect_timeout = std::chrono::seconds{5};  ///< DNS to upgrade
  protocol::Duration close_timeout = std::chrono::seconds{1};    ///< for the close handshake that `close` begins
  std::optional<protocol::Duration> ping_interval = {};          ///< CON-6; nothing: no pings of its own
  protocol::Duration pong_timeout = std::chrono::seconds{300};   ///< a ping unanswered for so long: `connection_lost`
  bool check_subprotocol = true;                                 ///< AUT-3a: refuse one that was not offered
  std::shared_ptr<TlsContext> tls = {};  ///< for `wss://`; null: one of its own, from the default `TlsOptions`
  std::optional<Proxy> proxy = {};       ///< nothing: directly
  bool compress = false;                 ///< CON-8: offers permessage-deflate; what is inflated counts against `max_message`
};

/// What the handshake came to, or how far it came.
struct HandshakeInfo {
  unsigned status = 0;                 ///< 101
  Headers headers;                     ///< of the response, as they came (untrusted)
  std::string subprotocol;             ///< selected by the peer; empty: none
  std::vector<std::string> addresses;  ///< that the name stands for, in the order in which they are tried
  std::string remote;                  ///< address and port, of the proxy if there is one
  std::optional<std::string> proxy;    ///< its origin
  std::optional<TlsInfo> tls;          ///< of `wss://`, as far as it came
  bool compressed = false;             ///< permessage-deflate was agreed on
  // Each nothing if it did not come to that, or did not end.
  std::optional<protocol::Duration> resolve_time;  ///< DNS
  std::optional<protocol::Duration> connect_time;  ///< TCP, all attempts
  std::optional<protocol::Duration> proxy_time;    ///< CONNECT
  std::optional<protocol::Duration> tls_time;      ///< its handshake
  std::optional<protocol::Duration> upgrade_time;  ///< HTTP, from request to response
};

/// How a connection ended. `cause` is `ok` when `close` was called and the peer answered it.
struct TransportEnd : protocol::CloseInfo {
  unsigned http_status = 0;  ///< of a refused handshake; 0: there was no HTTP response
  Headers http_headers;      ///< of a refused handshake (untrusted)
  HandshakeInfo reached;     ///< if it was never open: how far it came
};

/// What a transport tells its owner, on its executor, one call at a time. It may be destroyed within any of these calls.
class TransportHandler {
 public:
  /// The handshake is done: messages may be sent.
  virtual void on_open(HandshakeInfo info) = 0;
  /// A text message, valid UTF-8, put together from its frames.
  virtual void on_text(std::string message) = 0;
  /// A binary message, put together from its frames.
  virtual void on_binary(std::string message) = 0;
  /// A pong, whoever asked for it.
  virtual void on_pong(std::string_view /*payload*/) {}
  /// All that was handed over to be sent so far has left.
  virtual void on_written() {}
  /// The last call. Always comes once after `open`, unless the transport is destroyed first.
  virtual void on_end(TransportEnd end) = 0;

 protected:
  ~TransportHandler() = default;
};

/// A WebSocket client connection, below the session: it knows messages, not frames of the protocol. One connection per object.
///
/// Not thread-safe: everything happens on the executor given, which must be a strand or run by one thread. Pings are answered
/// while messages are being read. Redirects are not followed. Destroying it drops the connection, but lets a close handshake
/// that has begun end by itself, within `close_timeout`.
///
/// Ends with: `connect_timeout`; `connect_failed` (name, refused, unreachable); `handshake_refused` (an HTTP status, no
/// WebSocket server, a subprotocol that was not offered); `tls_failed`; `invalid_token` (a subprotocol that is none),
/// `invalid_request` (a header that cannot be sent) or `invalid_url` (an endpoint made by hand), before any connection;
/// `message_too_big`; `protocol_error` (the peer broke RFC 6455: invalid UTF-8 closes with 1007); `connection_lost`.
class Transport {
 public:
  /// `executor`: a strand, or run by one thread.
  explicit Transport(boost::asio::any_io_executor executor);
  ~Transport();
  Transport(Transport&&) noexcept;
  Transport& operator=(Transport&&) noexcept;

  /// Starts to connect. `handler` must outlive the transport or its `on_end`. Never calls it before returning.
  void open(TransportOptions options, TransportHandler& handler);

  // Messages are queued and sent in order; before `on_open` and after the end they are dropped.
  /// One text message; must be valid UTF-8.
  void send_text(std::string message);
  /// One binary message.
  void send_binary(std::string message);
  /// One text message in as many WebSocket frames.
  void send_fragments(std::vector<std::string> parts);
  void ping(std::string payload = {});  ///< at most 125 bytes are sent

  /// Sends what is queued, then begins the close handshake. Before `on_open` it is `abort`.
  void close(std::uint16_t code = 1000, std::string reason = {});
  /// Drops the connection without a word. `on_end` follows with `cancelled`.
  void abort();

  /// No message is read until `resume_reading`, and no ping answered; ping and pong deadlines are suspended.
  void pause_reading();
  /// What came meanwhile is delivered now.
  void resume_reading();

  /// Bytes handed over and not yet sent.
  std::size_t queued() const noexcept;

 private:
  boost::asio::any_io_executor executor_;
  std::shared_ptr<detail::TransportImpl> impl_;
};

}  // namespace procedura
