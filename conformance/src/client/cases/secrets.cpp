#include "cases.hpp"
#include "openings.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/conformance/client_judge.hpp>
#include <procedura/protocol/credential.hpp>

namespace procedura::conformance::cases {
namespace {

/// Neither stream has the secret, and the message around it was shown: a client that shows nothing at all proves nothing.
Finding hides(const ClientRun& run, const std::string& secret, const std::string& shown) {
  return shown.empty() || names(run, shown).kind == Finding::Kind::kept
             ? silent_about(run, secret)
             : both(silent_about(run, secret), Finding::note("the error that repeats it is not shown either"));
}

void echoed_token(ClientCase& c) {
  const std::string token = c.fresh_word("token");
  const std::string word = c.fresh_word("reason");
  ordered_json scenario = ordered_json::parse(agent_with(fresh_user(c), token, "r"));
  scenario["stubs"] = ordered_json::array({stub("m", {error("NO_LUCK", word + ": you came with " + token)})});
  Stage& stage = c.stage(scenario.dump());
  const ClientRun& run = c.run(stage, {.options = {{Need::token_option, token}}});
  c.judge("token",
          bears(run, token) ? hides(run, token, word) : Finding::untestable("the token was not sent; " + story(run.child)));
}

void login_result(ClientCase& c) {
  const User user = fresh_user(c);
  Stage& stage = c.stage(agent_with(user, "", "r"));
  const ClientRun& login = c.run(stage, {.command = Need::login_command, .credential = user.credential(), .device = "suite"});
  const auto token = issued(login);
  c.judge("token", token ? silent_about(login, *token) : Finding::untestable("the login was given no token"));
  c.judge("password", silent_about(login, user.password));
}

void echoed_credential(ClientCase& c) {
  const User user = fresh_user(c);
  const std::string word = c.fresh_word("reason");
  const std::string base64 = protocol::encode_base64(user.credential());
  c.keep_secret(base64);
  ordered_json scenario = ordered_json::parse(agent_with(user, "", "r"));
  ordered_json refusal =
      stub("login_password", {error("AUTH_FAILED", word + ": " + user.credential() + " or " + base64)}, true);
  scenario["stubs"].push_back(std::move(refusal));
  Stage& stage = c.stage(scenario.dump());
  const ClientRun& login = c.run(stage, {.command = Need::login_command, .credential = user.credential(), .device = "suite"});
  const bool asked = !requests_of(login).empty();
  const Finding unasked = Finding::untestable("no login was sent; " + story(login.child));
  c.judge("password", asked ? hides(login, user.password, word) : unasked);
  c.judge("base64", asked ? hides(login, base64, word) : unasked);
}

void refused_upgrade(ClientCase& c) {
  const std::string token = c.fresh_word("token");
  Stage& stage = c.stage(agent_with(fresh_user(c), token, "r"),
                         refuse_upgrades("401 Unknown token " + token, {{"X-Token", token}}, "no session for " + token));
  const ClientRun& run = c.run(stage, {.options = {{Need::token_option, token}}});
  c.judge("token", if_fired(stage, run, silent_about(run, token)));
}

}  // namespace

void add_client_secrets(Registry& all) {
  constexpr auto X = Source::ours;
  const auto add = [&all](CaseSpec spec) {
    spec.session = false;
    spec.after = {sync_request_sent};
    all.push_back(std::move(spec));
  };
  add({.id = "client-secrets/echoed-token",
       .title = "An error that repeats the token",
       .needs = {Need::run_command, Need::token_option},
       .after = {},
       .checks = {{"token", "AUT-7", X, "the token on neither stream"}},
       .run = echoed_token});
  add({.id = "client-secrets/login",
       .title = "What a login shows",
       .needs = {Need::run_command, Need::login_command},
       .after = {},
       .checks = {{"token", "AUT-7", X, "the new token on neither stream"},
                  {"password", "AUT-7", X, "the password on neither stream"}},
       .run = login_result});
  add({.id = "client-secrets/echoed-credential",
       .title = "A refused login whose error repeats the credential",
       .needs = {Need::run_command, Need::login_command},
       .after = {},
       .checks = {{"password", "AUT-7", X, "the password on neither stream"},
                  {"base64", "AUT-7", X, "the credential's base64 on neither stream"}},
       .run = echoed_credential});
  add({.id = "client-secrets/refused-upgrade",
       .title = "An upgrade that is refused in words that repeat the token",
       .needs = {Need::run_command, Need::token_option},
       .after = {},
       .checks = {{"token", "AUT-7", X, "the token on neither stream"}},
       .run = refused_upgrade});
}

}  // namespace procedura::conformance::cases
