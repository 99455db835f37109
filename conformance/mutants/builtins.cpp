#include "sabotages.hpp"

#include <memory>

namespace procedura::conformance::mutants {
namespace {

Sabotage in_result_of(std::string_view cmd, std::function<void(Json& result)> change) {
  return on_reply(cmd, [change = std::move(change)](Reply& reply) {
    if (reply.status == Status::finished) {
      reply.edit([&change](Json& frame) { change(frame["result"]); });
    }
  });
}

/// Each result is the first one.
Sabotage stands_still(std::string_view cmd) {
  auto first = std::make_shared<Json>();
  return in_result_of(cmd, [first](Json& result) {
    if (first->is_null()) {
      *first = result;
    }
    result = *first;
  });
}

Sabotage backwards(std::string_view cmd, std::string_view member) {
  auto last = std::make_shared<std::int64_t>(1'000'000);
  return in_result_of(cmd, [last, member = std::string{member}](Json& result) { result[member] = --*last; });
}

/// The token of the latest login in what `__diag_auth` tells.
Sabotage tells_the_token() {
  auto token = std::make_shared<Json>();
  return both(in_result_of("login_password", [token](Json& result) { *token = result.value("session_token", Json{}); }),
              in_result_of("__diag_auth", [token](Json& result) { result["session"] = *token; }));
}

}  // namespace

void add_builtins(Catalogue& all) {
  all.push_back({.name = "keepalive-not-ok",
                 .clause = "BLT-1",
                 .checks = {"built-ins/keepalive:ok", "built-ins/keepalive:time"},
                 .breaks = "answers __keepalive with words of its own",
                 .sabotage = [] {
                   return in_result_of("__keepalive", [](Json& result) { result = Json{{"alive", "yes"}}; });
                 }});
  all.push_back({.name = "clock-runs-backwards",
                 .clause = "BLT-1",
                 .checks = {"built-ins/keepalive:forward"},
                 .breaks = "has a clock that runs backwards",
                 .sabotage = [] { return backwards("__keepalive", "server_time_ms"); }});
  all.push_back(
      {.name = "metrics-in-words",
       .clause = "BLT-2",
       .checks = {"built-ins/metrics:shape"},
       .breaks = "tells its counts as texts",
       .sabotage = [] { return in_result_of("__diag_ws_metrics", [](Json& result) { result["frames"]["in"] = "many"; }); }});
  all.push_back({.name = "metrics-stand-still",
                 .clause = "BLT-2",
                 .checks = {"built-ins/metrics:connections", "built-ins/metrics:traffic", "built-ins/metrics:jobs",
                            "built-ins/metrics:errors"},
                 .breaks = "tells the same metrics for ever",
                 .sabotage = [] { return stands_still("__diag_ws_metrics"); }});
  all.push_back({.name = "younger-each-time",
                 .clause = "BLT-2",
                 .checks = {"built-ins/metrics:uptime"},
                 .breaks = "has been up for less time each time it is asked",
                 .sabotage = [] { return backwards("__diag_ws_metrics", "uptime_s"); }});
  all.push_back(
      {.name = "counts-no-live-jobs",
       .clause = "BLT-2",
       .checks = {"built-ins/live-jobs:live"},
       .breaks = "counts jobs when they are over only",
       .sabotage = [] { return in_result_of("__diag_ws_metrics", [](Json& result) { result["jobs"]["live"] = 0; }); }});
  all.push_back({.name = "everybody-is-somebody",
                 .clause = "BLT-3",
                 .checks = {"built-ins/auth:anonymous"},
                 .breaks = "calls everybody authenticated",
                 .sabotage = [] { return in_result_of("__diag_auth", [](Json& result) { result["authenticated"] = true; }); }});
  all.push_back(
      {.name = "via-somewhere",
       .clause = "BLT-3",
       .checks = {"built-ins/auth:login", "built-ins/auth:subprotocol", "built-ins/auth:bearer", "built-ins/auth:both"},
       .breaks = "does not tell how somebody authenticated",
       .sabotage = [] { return in_result_of("__diag_auth", [](Json& result) { result["via"] = "token"; }); }});
  all.push_back({.name = "a-second-to-live",
                 .clause = "BLT-3",
                 .checks = {"built-ins/auth:expires-in"},
                 .breaks = "tells any session that it has a second to live",
                 .sabotage = [] { return in_result_of("__diag_auth", [](Json& result) { result["expires_in"] = 1; }); }});
  all.push_back({.name = "diag-auth-tells-the-token",
                 .clause = "BLT-3",
                 .checks = {"built-ins/auth:no-token"},
                 .breaks = "shows the token in __diag_auth",
                 .sabotage = tells_the_token});
}

}  // namespace procedura::conformance::mutants
