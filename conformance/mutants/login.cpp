#include "sabotages.hpp"

#include <procedura/protocol/credential.hpp>

#include <algorithm>
#include <map>
#include <memory>

namespace procedura::conformance::mutants {
namespace {

constexpr std::string_view right = "admin@procedura.org:secret123";

bool has_option(const Asked& asked, std::string_view option) {
  return std::any_of(asked.request.args.begin(), asked.request.args.end(),
                     [option](const std::string& arg) { return arg.rfind(option, 0) == 0; });
}

/// Logins whose credential `which` is true of are made with another one.
Sabotage other_credential(std::function<bool(std::string_view)> which, std::string_view instead) {
  return on_request("login_password", [which = std::move(which), instead = std::string{instead}](Asked& asked) {
    for (const std::string& arg : asked.request.args) {
      if (arg != asked.request.cmd && arg.rfind("--", 0) != 0 && which(arg)) {
        asked.replace(Json(arg).dump(), Json(instead).dump());
      }
    }
  });
}

bool is_prefixed(std::string_view credential) {
  return credential.rfind("b64:", 0) == 0;
}

bool is_base64(std::string_view credential) {
  return !is_prefixed(credential) && credential.find_first_of(": ") == std::string_view::npos;
}

/// Logins with this option are refused.
Sabotage unknown_option(std::string_view option, std::string_view together_with = "--") {
  return on_request("login_password", [option = std::string{option}, with = std::string{together_with}](Asked& asked) {
    if (has_option(asked, option) && has_option(asked, with)) {
      asked.answer({error(asked.request.id, "BAD_REQUEST", "what is " + option + "?")});
    }
  });
}

/// Logins come to the agent without their device key.
Sabotage without_device() {
  return on_request("login_password", [](Asked& asked) {
    asked.edit([](Json& request) {
      Json kept = Json::array();
      for (const Json& arg : request["args"]) {
        if (arg.get<std::string>().rfind("--device=", 0) != 0) {
          kept.push_back(arg);
        }
      }
      request["args"] = std::move(kept);
    });
  });
}

constexpr const char* replace_closes = R"({"version":1,"auth":{"replace":"close-4001"}})";

bool has_arg(const Reply& reply, std::string_view wanted) {
  return std::find(reply.args.begin(), reply.args.end(), wanted) != reply.args.end();
}

/// A login of one device lives for as long as its first one asked for.
Sabotage first_ttl_counts() {
  auto ttls = std::make_shared<std::map<std::string, std::string>>();
  return on_request("login_password", [ttls](Asked& asked) {
    std::string device;
    std::string ttl;
    for (const std::string& arg : asked.request.args) {
      if (arg.rfind("--device=", 0) == 0) {
        device = arg;
      } else if (arg.rfind("--ttl=", 0) == 0) {
        ttl = arg;
      }
    }
    const auto first = ttls->emplace(device, ttl).first->second;
    if (!device.empty() && first != ttl) {
      asked.replace(Json(ttl).dump(), Json(first).dump());
    }
  });
}

/// A module that runs where it was refused, once somebody has run it after logging in.
Sabotage one_login_for_all() {
  auto logins = std::make_shared<int>(0);  // 1: somebody has logged in; 2: and the module has run since
  return on_reply("", [logins](Reply& reply) {
    if (reply.cmd == "login_password" && reply.status == Status::finished) {
      *logins = 1;
    } else if (reply.cmd == "whoami" && reply.status == Status::finished && *logins == 1) {
      *logins = 2;
    } else if (reply.cmd == "whoami" && reply.status == Status::error && *logins == 2) {
      reply.edit([&reply](Json& frame) { frame = Json{{"id", reply.id}, {"status", "finished"}, {"result", Json::object()}}; });
    }
  });
}

Sabotage in_result(std::function<void(Json& result)> change) {
  return on_reply("login_password", [change = std::move(change)](Reply& reply) {
    if (reply.status == Status::finished) {
      reply.edit([&change](Json& frame) { change(frame["result"]); });
    }
  });
}

/// Of a credential as the suite sends it: its text, decoded where it is prefixed.
bool has_colon_in_password(std::string_view credential) {
  constexpr std::string_view prefix = "b64:";
  const std::string plain = credential.rfind(prefix, 0) == 0
                                ? protocol::decode_base64(credential.substr(prefix.size())).value_or("")
                                : std::string{credential};
  return std::count(plain.begin(), plain.end(), ':') > 1;
}

}  // namespace

void add_login(Catalogue& all) {
  all.push_back({.name = "splits-at-the-last-colon",
                 .clause = "LOG-1",
                 .checks = {"login/colon-password:plain", "login/colon-password:base64"},
                 .breaks = "takes what is before the last colon for the user",
                 .sabotage = [] { return other_credential(has_colon_in_password, "nobody:knows"); }});
  all.push_back({.name = "one-token-without-device",
                 .clause = "LOG-3",
                 .checks = {"login/devices:none"},
                 .breaks = "gives all logins without a device the same token",
                 .overlay = auth_break(R"("one-token")")});
  all.push_back(
      {.name = "one-token-for-all-users",
       .clause = "LOG-3",
       .checks = {"login/other-user:other"},
       .breaks = "gives all users the same token",
       .sabotage = [] { return in_result([](Json& result) { result["session_token"] = "one-for-all-0123456789"; }); }});
  all.push_back({.name = "identity-after-a-reconnect",
                 .clause = "LOG-7",
                 .checks = {"login/identity:borne"},
                 .breaks = "leaves the connection of a login anonymous",
                 .overlay = auth_break(R"("login-connection")")});
  all.push_back({.name = "one-login-for-all",
                 .clause = "AUT-9",
                 .checks = {"login/identity:not-shared"},
                 .breaks = "takes all connections for authenticated when one of them is",
                 .sabotage = one_login_for_all});
  all.push_back({.name = "joins-nothing",
                 .clause = "LOG-5",
                 .checks = {"login/attach:joined"},
                 .breaks = "starts a session of its own for each --attach",
                 .sabotage = without_device});
  all.push_back({.name = "attach-disturbs",
                 .clause = "LOG-5",
                 .checks = {"login/attach:undisturbed"},
                 .breaks = "closes the session's other connections for an --attach",
                 .overlay = replace_closes,
                 .sabotage = [] { return replace_in_requests("login_password", "\"--attach\"", "\"--replace\""); }});
  all.push_back({.name = "closes-the-newcomer",
                 .clause = "LOG-5",
                 .checks = {"login/replace:itself"},
                 .breaks = "closes the very connection that logs in with --replace",
                 .sabotage = [] {
                   return on_reply("login_password", [](Reply& reply) {
                     if (reply.status == Status::finished && has_arg(reply, "--replace")) {
                       reply.hand.send_after(Frame::close(4001));
                       reply.hand.fired("closed the connection of a login");
                     }
                   });
                 }});
  all.push_back({.name = "replaces-other-devices",
                 .clause = "LOG-5",
                 .checks = {"login/replace:other-device"},
                 .breaks = "closes the connections of other devices for a --replace",
                 .overlay = R"({"version":1,"auth":{"replace":"close-4001","break":["device"]}})"});
  all.push_back({.name = "replaces-with-another-code",
                 .clause = "LOG-5",
                 .checks = {"login/replace:session"},
                 .breaks = "closes with 1008 what a --replace has replaced",
                 .overlay = replace_closes,
                 .sabotage = [] {
                   return on_frame_from_agent(Opcode::close, [](Frame& frame, Hand& hand) {
                     if (frame.close_code() == 4001) {
                       frame.payload = Frame::close(1008).payload;
                       hand.fired("closed with 1008");
                     }
                   });
                 }});
  all.push_back({.name = "tells-nothing-of-the-session",
                 .clause = "LOG-4",
                 .checks = {"login/result:user", "login/result:device", "login/result:expires-in", "login/result:renewed",
                            "login/result:begun", "login/result:joined"},
                 .breaks = "finishes a login with the token alone",
                 .sabotage = [] {
                   return in_result([](Json& result) { result = Json{{"session_token", result["session_token"]}}; });
                 }});
  all.push_back({.name = "any-ttl",
                 .clause = "LOG-4",
                 .checks = {"login/ttl-bounds:zero", "login/ttl-bounds:negative", "login/ttl-bounds:text",
                            "login/ttl-bounds:fraction", "login/ttl-bounds:over", "login/ttl-bounds:huge"},
                 .breaks = "takes any --ttl",
                 .overlay = auth_break(R"("ttl-range")")});
  all.push_back({.name = "a-month-at-most",
                 .clause = "LOG-4",
                 .checks = {"login/ttl-bounds:longest"},
                 .breaks = "refuses a session of a year",
                 .sabotage = [] { return unknown_option("--ttl=31536000"); }});
  all.push_back({.name = "first-ttl-counts",
                 .clause = "LOG-4",
                 .checks = {"login/ttl-renewed:shortened", "login/ttl-renewed:extended"},
                 .breaks = "lets a session live as long as its first login said, whatever later ones say",
                 .sabotage = first_ttl_counts});
  all.push_back({.name = "token-for-a-wrong-password",
                 .clause = "LOG-6",
                 .checks = {"login/wrong-password:no-token"},
                 .breaks = "puts a token into the refusal of a login",
                 .sabotage = [] {
                   return on_reply("login_password", [](Reply& reply) {
                     if (reply.status == Status::error) {
                       reply.edit([](Json& frame) { frame["session_token"] = "for-nothing-0123456789"; });
                     }
                   });
                 }});
  all.push_back({.name = "token-by-another-name",
                 .clause = "LOG-2",
                 .checks = {"login/token:issued"},
                 .breaks = "calls the token of a login something else",
                 .sabotage = [] { return replace_in_replies("login_password", "\"session_token\"", "\"token\""); }});
  all.push_back({.name = "token-for-no-header",
                 .clause = "LOG-2",
                 .checks = {"login/token:subprotocol"},
                 .breaks = "makes tokens that no Sec-WebSocket-Protocol can carry",
                 .sabotage = [] {
                   return on_reply("login_password",
                                   [](Reply& reply) { reply.replace("\"session_token\":\"", "\"session_token\":\"a/b=="); });
                 }});
  all.push_back({.name = "knows-no-base64",
                 .clause = "LOG-1",
                 .checks = {"login/credential-forms:base64"},
                 .breaks = "takes no credential in base64",
                 .sabotage = [] { return other_credential(is_base64, "nobody:knows"); }});
  all.push_back({.name = "knows-no-prefix",
                 .clause = "LOG-1",
                 .checks = {"login/credential-forms:prefixed"},
                 .breaks = "takes no credential behind b64:",
                 .sabotage = [] { return other_credential(is_prefixed, "nobody:knows"); }});
  all.push_back({.name = "no-ttl-with-replace",
                 .clause = "LOG-1",
                 .checks = {"login/options:replace"},
                 .breaks = "knows no --ttl beside --replace",
                 .sabotage = [] { return unknown_option("--ttl", "--replace"); }});
  all.push_back({.name = "knows-no-attach",
                 .clause = "LOG-1",
                 .checks = {"login/options:attach"},
                 .breaks = "knows no --attach",
                 .sabotage = [] { return unknown_option("--attach"); }});
  all.push_back({.name = "a-token-each-time",
                 .clause = "LOG-3",
                 .checks = {"login/devices:same"},
                 .breaks = "gives each login a token of its own, whatever the device",
                 .sabotage = without_device});
  all.push_back({.name = "one-token-per-user",
                 .clause = "LOG-3",
                 .checks = {"login/devices:other"},
                 .breaks = "gives all devices of a user one token",
                 .overlay = auth_break(R"("device")")});
  all.push_back(
      {.name = "any-password",
       .clause = "LOG-6",
       .checks = {"login/wrong-password:refused"},
       .breaks = "lets everybody in, with any password",
       .sabotage = [] { return other_credential([](std::string_view credential) { return credential != right; }, right); }});
  all.push_back({.name = "tells-who-exists",
                 .clause = "LOG-6",
                 .checks = {"login/wrong-password:alike", "login/wrong-password:same-words"},
                 .breaks = "has another error for an unknown user than for a wrong password",
                 .overlay = auth_break(R"("unknown-user")")});
}

}  // namespace procedura::conformance::mutants
