#pragma once

#include "diag_report.hpp"
#include "ping_report.hpp"

#include <chrono>
#include <optional>
#include <string>

/// What the agent answers to the built-in commands, judged. Pure; replies are the raw JSON of the result, checked.
namespace procedura::cli {

/// `__diag_auth`. `token_sent` tells a session that ended from a stranger.
Check identity_check(const Result<std::string>& reply, bool token_sent);

/// WebSocket pings; `trouble` is the last ping that was not answered.
Check ping_check(const RoundTrips& trips, const std::optional<Failure>& trouble);

/// `__keepalive`: its round-trip times, of which the first reply is `reply`, which came at `now`.
Check keepalive_check(const Result<std::string>& reply, protocol::Duration round_trip,
                      std::chrono::system_clock::time_point now);

/// `__diag_ws_metrics`
Check metrics_check(const Result<std::string>& reply);

}  // namespace procedura::cli
