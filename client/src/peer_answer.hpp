#pragma once

#include "http_head.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/transport.hpp>

#include <optional>
#include <string>
#include <string_view>

/// What people are told about a peer that did not do as asked. Pure; all server text comes out escaped and cut short.
namespace procedura::detail {

/// What of a request is nobody's business (AUT-7). A peer may repeat it in its answer; it goes before that is cut short, for
/// half a token would be known to nobody as one.
protocol::Redactor secrets_of(const TransportOptions& options);

/// The upgrade was refused with this response; `body` is as much of it as came.
TransportEnd refusal(HttpHead head, std::string_view body, const protocol::Redactor& secrets = {});

/// The same from the response's first bytes, where no more of it could be read; nothing if they are no refusal.
std::optional<TransportEnd> refusal_heard(std::string_view heard, const protocol::Redactor& secrets = {});

/// The peer at `endpoint` sent `heard` where the answer to an upgrade was expected; `why` is the parser's word on it.
std::string no_websocket(const Endpoint& endpoint, std::string_view heard, std::string_view why,
                         const protocol::Redactor& secrets = {});

/// "0.15 s".
std::string seconds(protocol::Duration time);

/// Why the request cannot be sent: `cause` is `ok` if it can.
TransportEnd check(const TransportOptions& options);

}  // namespace procedura::detail
