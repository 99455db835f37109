#pragma once

#include <procedura/transport.hpp>

#include <string>
#include <string_view>

/// What people are told about a peer that did not do as asked. Pure; all server text comes out escaped and cut short.
namespace procedura::detail {

/// The status of an HTTP response that begins with `heard`; 0 if that is no HTTP/1.x response.
unsigned http_status(std::string_view heard) noexcept;

/// "HTTP 401 Unauthorized: <the body's first line>".
std::string refusal(unsigned status, std::string_view reason, std::string_view body);

/// The peer at `endpoint` sent `heard` where the answer to an upgrade was expected; `why` is the parser's word on it.
std::string no_websocket(const Endpoint& endpoint, std::string_view heard, std::string_view why);

/// "0.15 s".
std::string seconds(protocol::Duration time);

/// Why the request cannot be sent: `cause` is `ok` if it can.
TransportEnd check(const TransportOptions& options);

}  // namespace procedura::detail
