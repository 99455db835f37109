#pragma once

#include <procedura/conformance/registry.hpp>

/// The cases of the server direction, by area. An id that was published is never given to another case.
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

// Prerequisites that many cases share.
inline constexpr std::string_view upgraded = "handshake/upgrade:accepted";
inline constexpr std::string_view finishes = "sync/lifecycle:finished";

}  // namespace procedura::conformance::cases
