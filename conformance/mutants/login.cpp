#include "sabotages.hpp"

#include <algorithm>

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

}  // namespace

void add_login(Catalogue& all) {
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
                 .checks = {"login/wrong-password:alike"},
                 .breaks = "has another error for an unknown user than for a wrong password",
                 .overlay = auth_break(R"("unknown-user")")});
}

}  // namespace procedura::conformance::mutants
