#include "cases.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/token.hpp>

#include <array>

namespace procedura::conformance::cases {
namespace {

std::optional<std::string> log_in(Case& c, const Request& request) {
  return session_token(c.connect().call(request));
}

Finding logs_in(Case& c, const Request& request) {
  const Exchange& login = c.connect().call(request);
  return session_token(login) ? Finding::kept() : Finding::broken(story(login));
}

void token(Case& c) {
  const Exchange& login = c.connect().call(c.login());
  const auto token = session_token(login);
  c.judge("issued", token ? Finding::kept()
                    : login.over() && login.terminal()->reply.status == protocol::Status::finished
                        ? Finding::broken("finished without a result.session_token that is a string")
                        : Finding::broken(story(login)));
  c.judge("subprotocol", !token ? Finding::untestable("there is no token")
                         : protocol::is_subprotocol(*token)
                             ? Finding::kept()
                             : Finding::broken("a token with characters that no Sec-WebSocket-Protocol may have"));
}

void credential_forms(Case& c) {
  const auto credential = protocol::parse_credential(c.credential());
  const std::string plain = credential->user + ":" + credential->password;
  const std::string base64 = protocol::encode_base64(plain);
  const std::vector<std::string> options = {"--replace", "--device=" + c.device()};
  c.keep_secret(base64);
  c.judge("plain", logs_in(c, c.login(options, plain)));
  c.judge("base64", logs_in(c, c.login(options, base64)));
  c.judge("prefixed", logs_in(c, c.login(options, "b64:" + base64)));
}

void options(Case& c) {
  const std::string device = "--device=" + c.device();
  c.judge("replace", logs_in(c, c.login({"--replace", device, "--ttl=600"}, c.credential())));
  c.judge("attach", logs_in(c, c.login({"--attach", device, "--ttl=600"}, c.credential())));
}

void devices(Case& c) {
  const auto with = [&c](const std::string& device) {
    return log_in(c, c.login({"--attach", "--device=" + device, "--ttl=600"}, c.credential()));
  };
  const auto first = with(c.device());
  const auto again = with(c.device());
  const bool both = first && again;
  c.judge("same", !both              ? Finding::untestable("a login failed")
                  : *first == *again ? Finding::kept()
                                     : Finding::broken("another token for the same user and device"));
  if (c.wants("other")) {
    const auto other = with(c.device() + "-other");
    c.judge("other", !first || !other   ? Finding::untestable("a login failed")
                     : *first != *other ? Finding::kept()
                                        : Finding::broken("the same token for another device"));
  }
}

void wrong_password(Case& c) {
  const auto credential = protocol::parse_credential(c.credential());
  const std::vector<std::string> options = {"--replace", "--device=" + c.device()};
  const std::array<std::string, 3> wrong = {credential->user + ":" + c.fresh_word("wrong"),
                                            c.fresh_word("nobody") + "@example.org:" + credential->password, "no credential"};
  const auto mended = [&] { return logs_in(c, c.login(options, c.credential())).kind == Finding::Kind::kept; };
  const bool before = mended();
  Finding refusal = Finding::kept();
  Finding alike = Finding::kept();
  for (const std::string& attempt : wrong) {
    c.keep_secret(attempt);
    const Exchange& login = c.connect().call(c.login(options, attempt));
    if (const Finding seen = refused(login); seen.kind != Finding::Kind::kept) {
      refusal = seen;
    }
    if (const Finding seen = has_code(login, "AUTH_FAILED"); seen.kind != Finding::Kind::kept) {
      alike = seen;
    }
  }
  const bool sound = before && mended();
  const Finding unsound = Finding::untestable("the right password is refused as well");
  c.judge("refused", sound ? refusal : unsound);
  c.judge("alike", sound ? alike : unsound);
}

}  // namespace

void add_login(Registry& all) {
  const std::vector<Need> needs = {Need::credential};
  all.push_back({.id = "login/token",
                 .title = "A login with the profile's credential",
                 .needs = needs,
                 .after = {upgraded},
                 .session = false,
                 .checks = {{"issued", "LOG-2", Source::documented, "finished, with a string result.session_token"},
                            {"subprotocol", "LOG-2", Source::documented, "a token that Sec-WebSocket-Protocol can carry"}},
                 .run = token});
  all.push_back({.id = "login/credential-forms",
                 .title = "The same credential in each of its forms",
                 .needs = needs,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"plain",
                             "LOG-1",
                             Source::documented,
                             "a token for email:password",
                             {},
                             "an agent that breaks it cannot be logged into at all, which login/token judges"},
                            {"base64", "LOG-1", Source::documented, "a token for the base64 of it"},
                            {"prefixed", "LOG-1", Source::documented, "a token for b64: and the base64 of it"}},
                 .run = credential_forms});
  all.push_back({.id = "login/options",
                 .title = "The documented options of a login",
                 .needs = needs,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"replace", "LOG-1", Source::documented, "a token for --replace --device --ttl"},
                            {"attach", "LOG-1", Source::documented, "a token for --attach --device --ttl"}},
                 .run = options});
  all.push_back(
      {.id = "login/devices",
       .title = "Logins of one user, with the same device key and with another",
       .needs = needs,
       .after = {session_check},
       .session = false,
       .checks = {{"same", "LOG-3", Source::documented, "the same token"}, {"other", "LOG-3", Source::ours, "another token"}},
       .run = devices});
  all.push_back({.id = "login/wrong-password",
                 .title = "A wrong password, an unknown user and a malformed credential",
                 .needs = needs,
                 .after = {session_check},
                 .session = false,
                 .checks = {{"refused", "LOG-6", Source::ours, "an error, and no token"},
                            {"alike", "LOG-6", Source::ours, "the error AUTH_FAILED each time"}},
                 .run = wrong_password});
}

}  // namespace procedura::conformance::cases
