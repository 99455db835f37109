#pragma once

#include <procedura/conformance/registry.hpp>

/// The cases of the client direction, by area. An id that was published is never given to another case.
namespace procedura::conformance::cases {

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
inline constexpr std::string_view sync_request_sent = "client-request/sync:asks";
inline constexpr std::string_view sync_request_result = "client-request/sync:result";
inline constexpr std::string_view stream_request_sent = "client-request/stream:asks";
inline constexpr std::string_view stream_request_result = "client-request/stream:result";

}  // namespace procedura::conformance::cases
