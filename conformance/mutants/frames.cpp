#include "sabotages.hpp"

namespace procedura::conformance::mutants {
namespace {

constexpr std::string_view quick = "worldstate_snapshot";
constexpr std::string_view streaming = "place_ooi_sprites";

/// Alters the replies of this status to `cmd`.
std::function<Sabotage()> wrong(std::string_view cmd, Status status, std::function<void(Json&)> change) {
  return [cmd, status, change = std::move(change)] {
    return on_reply(cmd, [status, change](Reply& reply) {
      if (reply.status == status) {
        reply.edit(change);
      }
    });
  };
}

/// The same for the result of a built-in or of a login.
std::function<Sabotage()> wrong_result(std::string_view cmd, std::function<void(Json&)> change) {
  return wrong(cmd, Status::finished, [change = std::move(change)](Json& frame) { change(frame["result"]); });
}

}  // namespace

void add_frames(Catalogue& all) {
  all.push_back({.name = "ack-without-id",
                 .clause = "SYN-1",
                 .checks = {"frames/sync:ack"},
                 .breaks = "sends acks that do not say whose",
                 .sabotage = wrong(quick, Status::ack, [](Json& frame) { frame.erase("id"); })});
  all.push_back({.name = "no-result",
                 .clause = "SYN-1",
                 .checks = {"frames/sync:finished", "sync/lifecycle:result"},
                 .breaks = "finishes without a result",
                 .sabotage = wrong(quick, Status::finished, [](Json& frame) { frame.erase("result"); })});
  all.push_back({.name = "started-without-job-id",
                 .clause = "ASY-1",
                 .checks = {"frames/async:started"},
                 .breaks = "starts jobs without a name",
                 .sabotage = wrong(streaming, Status::started, [](Json& frame) { frame.erase("job_id"); })});
  all.push_back({.name = "started-with-an-empty-id",
                 .clause = "ASY-2",
                 .checks = {"frames/async:started-id"},
                 .breaks = "starts jobs with an empty id",
                 .sabotage = wrong(streaming, Status::started, [](Json& frame) { frame["id"] = ""; })});
  all.push_back({.name = "numeric-job-ids",
                 .clause = "ASY-3",
                 .checks = {"frames/async:running"},
                 .breaks = "sends updates with a number for a job_id",
                 .sabotage = wrong(streaming, Status::running, [](Json& frame) { frame["job_id"] = 7; })});
  all.push_back({.name = "stream-without-result",
                 .clause = "ASY-3",
                 .checks = {"frames/async:finished"},
                 .breaks = "finishes streams without a result",
                 .sabotage = wrong(streaming, Status::finished, [](Json& frame) { frame.erase("result"); })});
  all.push_back({.name = "message-is-no-string",
                 .clause = "ERR-1",
                 .checks = {"frames/error:error"},
                 .breaks = "sends errors whose message is an object",
                 .sabotage = wrong("failing", Status::error, [](Json& frame) {
                   frame["message"] = {{"en", "none left"}};
                 })});
  all.push_back({.name = "numeric-codes",
                 .clause = "ERR-1",
                 .checks = {"frames/error:code"},
                 .breaks = "sends errors whose code is a number",
                 .sabotage = wrong("failing", Status::error, [](Json& frame) { frame["code"] = 404; })});
  all.push_back({.name = "token-is-no-string",
                 .clause = "LOG-2",
                 .checks = {"frames/login:result", "login/token:issued"},
                 .breaks = "issues a number for a token",
                 .sabotage = wrong_result("login_password", [](Json& result) { result["session_token"] = 12345678; })});
  all.push_back({.name = "lifetime-in-words",
                 .clause = "LOG-4",
                 .checks = {"frames/login:session"},
                 .breaks = "says how long a token lives in words",
                 .sabotage = wrong_result("login_password", [](Json& result) { result["expires_in"] = "an hour"; })});
  all.push_back({.name = "clock-in-words",
                 .clause = "BLT-1",
                 .checks = {"frames/built-ins:keepalive"},
                 .breaks = "answers __keepalive with a date for its clock",
                 .sabotage = wrong_result("__keepalive", [](Json& result) { result["server_time_ms"] = "2026-01-31"; })});
  all.push_back({.name = "metrics-without-jobs",
                 .clause = "BLT-2",
                 .checks = {"frames/built-ins:ws-metrics"},
                 .breaks = "answers __diag_ws_metrics without its jobs",
                 .sabotage = wrong_result("__diag_ws_metrics", [](Json& result) { result.erase("jobs"); })});
  all.push_back({.name = "auth-by-cookie",
                 .clause = "BLT-3",
                 .checks = {"frames/built-ins:auth"},
                 .breaks = "answers __diag_auth with a way in that there is not",
                 .sabotage = wrong_result("__diag_auth", [](Json& result) { result["via"] = "cookie"; })});
}

}  // namespace procedura::conformance::mutants
