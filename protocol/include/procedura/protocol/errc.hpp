#pragma once

#include <boost/system/error_code.hpp>

#include <optional>
#include <string_view>

namespace procedura {

/// What can go wrong on the client's side of an exchange, and the one thing that can go wrong on the agent's (`agent_error`).
///
/// Each value but `agent_error` has a wire name in capitals (`code_name`), because the errors that a client makes have the same
/// shape as the agent's (protocol.md, "Errors that the client itself makes").
enum class errc {
  ok = 0,
  agent_error,        ///< The agent answered with an `error` frame; its code and message are in the frame.
  connect_timeout,    ///< No connection within the connect deadline (DNS to upgrade).
  connect_failed,     ///< The address could not be resolved or refused the connection.
  handshake_refused,  ///< The peer is there, but did not upgrade to WebSocket as asked (HTTP status, bad subprotocol).
  tls_failed,         ///< TLS could not be agreed on, or the certificate was not trusted.
  ack_timeout,        ///< The request was written, and no frame came for it in time.
  final_timeout,      ///< The request's last frame is too long ago (also the idle deadline of streams).
  deadline,           ///< The total time allowed to this request is over.
  connection_lost,    ///< The connection ended while the request was live: its job may still run.
  slow_consumer,      ///< Events were not taken in time and the bound of the stream was reached.
  send_queue_full,    ///< Too much waits to be sent to this agent already: the request was not sent.
  cancelled,          ///< The caller gave up: the job may still run.
  protocol_error,     ///< The agent sent something for this request that the protocol does not allow.
  message_too_big,    ///< A message over the agreed limit (CON-3).
  invalid_request,    ///< The caller's request cannot be put on the wire (not UTF-8, empty module name, too big).
  invalid_token,      ///< The token has bytes that no header can carry (AUT-4).
  invalid_url,        ///< Not a `ws://` or `wss://` URL.
  token_store,        ///< The token file could not be read or written.
  wrong_origin,       ///< The saved token belongs to another origin (AUT-8).
  end_of_stream,      ///< The stream has delivered its terminal event; there is nothing more.
};

/// The name that stands in the `code` member of an error of our own: `ACK_TIMEOUT`. Empty for `ok` and `agent_error`.
std::string_view code_name(errc code) noexcept;

/// The reverse of `code_name`; nothing for a name that is not ours.
std::optional<errc> errc_from_code_name(std::string_view name) noexcept;

/// One sentence for people, without a full stop.
std::string_view describe(errc code) noexcept;

/// Of `errc`; its name is "procedura".
const boost::system::error_category& error_category() noexcept;

/// So that an `errc` converts to an `error_code`.
inline boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

}  // namespace procedura

/// @cond of no use to a reader
template <>
struct boost::system::is_error_code_enum<procedura::errc> : std::true_type {};
/// @endcond
