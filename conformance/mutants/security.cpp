#include "sabotages.hpp"

#include <memory>

namespace procedura::conformance::mutants {
namespace {

bool is_error(const Reply& reply, std::string_view code) {
  return reply.status == Status::error && reply.text.find(code) != std::string::npos;
}

/// The token of the latest login, put into another command's result.
Sabotage token_in(std::string_view cmd) {
  auto token = std::make_shared<Json>();
  return both(on_reply("login_password",
                       [token](Reply& reply) {
                         const Json frame = Json::parse(reply.text, nullptr, false);
                         if (reply.status == Status::finished && frame.contains("result")) {
                           *token = frame["result"].value("session_token", Json{});
                         }
                       }),
              on_reply(cmd, [token](Reply& reply) {
                if (reply.status == Status::finished && token->is_string()) {
                  reply.edit([token](Json& frame) { frame["result"]["session"] = *token; });
                }
              }));
}

/// The first run of the protected module after an AUTH_EXPIRED is refused like it.
Sabotage never_forgets_an_expiry() {
  auto expired = std::make_shared<bool>(false);
  return on_reply("", [expired](Reply& reply) {
    if (is_error(reply, "AUTH_EXPIRED")) {
      *expired = true;
    } else if (*expired && reply.cmd == "whoami" && reply.status == Status::finished) {
      *expired = false;
      reply.edit([&reply](Json& frame) { frame = Json::parse(error(reply.id, "AUTH_EXPIRED", "it was over once")); });
    }
  });
}

}  // namespace

void add_security(Catalogue& all) {
  all.push_back({.name = "protects-nothing",
                 .clause = "AUT-9",
                 .checks = {"security/without-session:sync", "security/without-session:async"},
                 .breaks = "runs every module for everybody",
                 .sabotage = [] {
                   return on_reply("", [](Reply& reply) {
                     if (is_error(reply, "AUTH_REQUIRED")) {
                       reply.edit([&reply](Json& frame) {
                         frame = Json{{"id", reply.id}, {"status", "finished"}, {"result", Json::object()}};
                       });
                     }
                   });
                 }});
  all.push_back({.name = "looks-at-sessions-once",
                 .clause = "AUT-9",
                 .checks = {"security/after-expiry:refused"},
                 .breaks = "looks at a session when it begins and never again",
                 .sabotage = [] {
                   return on_reply("", [](Reply& reply) {
                     if (is_error(reply, "AUTH_EXPIRED")) {
                       reply.edit([&reply](Json& frame) {
                         frame = Json{{"id", reply.id}, {"status", "finished"}, {"result", Json::object()}};
                       });
                     }
                   });
                 }});
  all.push_back({.name = "never-forgets-an-expiry",
                 .clause = "LOG-7",
                 .checks = {"security/after-expiry:renewed"},
                 .breaks = "refuses a connection whose session was over once, whoever logs in on it",
                 .sabotage = never_forgets_an_expiry});
  all.push_back({.name = "jobs-die-with-their-session",
                 .clause = "AUT-9",
                 .checks = {"security/running-job:finishes"},
                 .breaks = "ends a job with an error when its session is over",
                 .sabotage = [] {
                   return on_reply("slow", [](Reply& reply) {
                     if (reply.status == Status::finished) {
                       reply.edit([&reply](Json& frame) {
                         frame = Json::parse(error(reply.id, "AUTH_EXPIRED", "your session is over"));
                       });
                     }
                   });
                 }});
  all.push_back({.name = "token-in-the-url",
                 .clause = "AUT-7",
                 .checks = {"security/query-token:grants-nothing"},
                 .breaks = "takes a token from the URL's query",
                 .overlay = auth_break(R"("query-token")")});
  all.push_back({.name = "tells-the-token",
                 .clause = "AUT-7",
                 .checks = {"security/secrets:token"},
                 .breaks = "shows the session token among its metrics",
                 .sabotage = [] { return token_in("__diag_ws_metrics"); }});
  all.push_back({.name = "repeats-the-credential",
                 .clause = "AUT-7",
                 .checks = {"security/secrets:password"},
                 .breaks = "repeats the arguments of a login that it refuses",
                 .sabotage = [] {
                   return on_reply("login_password", [](Reply& reply) {
                     if (reply.status == Status::error && reply.args.size() > 1) {
                       reply.edit(
                           [&reply](Json& frame) { frame["message"] = "cannot log in with " + Json(reply.args).dump(); });
                     }
                   });
                 }});
  all.push_back({.name = "repeats-the-arguments",
                 .clause = "AUT-7",
                 .checks = {"security/secrets:password"},
                 .breaks = "repeats the arguments for a module that it does not know",
                 .sabotage = [] {
                   return on_reply("", [](Reply& reply) {
                     if (is_error(reply, "UNKNOWN_MODULE") && !reply.args.empty()) {
                       reply.edit([&reply](Json& frame) { frame["message"] = "no module for " + Json(reply.args).dump(); });
                     }
                   });
                 }});
  all.push_back({.name = "forgets-bare-sessions",
                 .clause = "AUT-9",
                 .checks = {"security/without-session:styles"},
                 .breaks = "looks at the session only where args begin with the module's name",
                 .sabotage = [] {
                   return on_reply("whoami", [](Reply& reply) {
                     if (is_error(reply, "AUTH_REQUIRED") && (reply.args.empty() || reply.args.front() != reply.cmd)) {
                       reply.edit([&reply](Json& frame) {
                         frame = Json{{"id", reply.id}, {"status", "finished"}, {"result", Json::object()}};
                       });
                     }
                   });
                 }});
  all.push_back(
      {.name = "built-ins-for-members",
       .clause = "AUT-9",
       .checks = {"security/needs-no-session:keepalive", "security/needs-no-session:metrics", "security/needs-no-session:auth"},
       .breaks = "wants a session for its built-in commands",
       .sabotage = [] {
         return on_request("", [](Asked& asked) {
           if (asked.request.cmd.rfind("__", 0) == 0) {
             asked.answer({error(asked.request.id, "AUTH_REQUIRED", "log in first")});
           }
         });
       }});
  all.push_back({.name = "public-for-members",
                 .clause = "AUT-9",
                 .checks = {"security/public-modules:admitted"},
                 .breaks = "wants a session for a module that it calls public",
                 .sabotage =
                     [] {
                       return on_reply("echo", [](Reply& reply) {
                         if (is_error(reply, "AUTH_REQUIRED")) {
                           reply.edit([](Json& frame) { frame["message"] = "members only"; });
                         }
                       });
                     },
                 .profile = [](Profile& profile) { profile.public_modules = {"echo"}; }});
}

}  // namespace procedura::conformance::mutants
