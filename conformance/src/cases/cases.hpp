#pragma once

#include <procedura/conformance/registry.hpp>

/// The cases, by area. An id that was published is never given to another case.
namespace procedura::conformance::cases {

void add_handshake(Registry& all);
void add_login(Registry& all);
void add_request(Registry& all);
void add_sync(Registry& all);
void add_async(Registry& all);
void add_concurrency(Registry& all);
void add_errors(Registry& all);
void add_bad_frames(Registry& all);
void add_keepalive(Registry& all);
void add_frames(Registry& all);
void add_security(Registry& all);
void add_close(Registry& all);
void add_tls(Registry& all);
void add_builtins(Registry& all);
void add_limits(Registry& all);
void add_framing(Registry& all);

// Of the client direction.
void add_client_request(Registry& all);
void add_client_frame(Registry& all);
void add_client_reply(Registry& all);
void add_client_result(Registry& all);
void add_client_wait(Registry& all);
void add_client_drop(Registry& all);
void add_client_exit(Registry& all);
void add_client_concurrency(Registry& all);
void add_client_handshake(Registry& all);
void add_client_token(Registry& all);
void add_client_login(Registry& all);
void add_client_tls(Registry& all);
void add_client_secrets(Registry& all);

// Prerequisites that many cases share.
inline constexpr std::string_view upgraded = "handshake/upgrade:accepted";
inline constexpr std::string_view sync_request_sent = "client-request/sync:asks";
inline constexpr std::string_view sync_request_result = "client-request/sync:result";
inline constexpr std::string_view stream_request_sent = "client-request/stream:asks";
inline constexpr std::string_view stream_request_result = "client-request/stream:result";
inline constexpr std::string_view finishes = "sync/lifecycle:finished";

}  // namespace procedura::conformance::cases
