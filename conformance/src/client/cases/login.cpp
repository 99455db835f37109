#include "cases.hpp"
#include "openings.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/conformance/client_judge.hpp>
#include <procedura/protocol/credential.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace procedura::conformance::cases {
namespace {

namespace fs = std::filesystem;

Call login_as(const User& user) {
  return {.command = Need::login_command, .credential = user.credential(), .device = "suite"};
}

bool is_option(const std::string& arg) {
  return arg == "--replace" || arg == "--attach" || arg.rfind("--device=", 0) == 0 || arg.rfind("--ttl=", 0) == 0;
}

/// LOG-1: the credential, then options that there are.
Finding asks_as_documented(const ClientRun& run, const std::string& credential) {
  const auto asked = requests_of(run);
  if (asked.empty()) {
    return Finding::broken("no request; " + story(run.child));
  }
  protocol::Request request = asked.front().request;
  if (request.cmd != "login_password") {
    return Finding::broken("a request for " + request.cmd);
  }
  protocol::strip_module_name(request);
  const std::string base64 = protocol::encode_base64(credential);
  if (request.args.empty() ||
      (request.args.front() != credential && request.args.front() != base64 && request.args.front() != "b64:" + base64)) {
    return Finding::broken("the first argument is not the credential, as it was given or in base64");
  }
  const auto unknown = std::find_if_not(request.args.begin() + 1, request.args.end(), is_option);
  return unknown == request.args.end() ? Finding::kept() : Finding::broken("the argument " + *unknown);
}

void request(ClientCase& c) {
  const User user = fresh_user(c);
  Stage& stage = c.stage(agent_with(user, "", "r"));
  const ClientRun& run = c.run(stage, login_as(user));
  c.judge("arguments", asks_as_documented(run, user.credential()));
  c.judge("exit-code", succeeds(run));
}

void adopted(ClientCase& c) {
  const User user = fresh_user(c);
  Stage& stage = c.stage(agent_with(user, "", "r"));
  const std::string token = log_in(c, stage, user);
  const ClientRun& run = c.run(stage, {});
  c.judge("subprotocol", as_subprotocol(run, token));
  c.judge("bearer", as_bearer(run, token));
}

void without_stale_token(ClientCase& c) {
  const User user = fresh_user(c);
  Stage& stage = c.stage(agent_with(user, "", "r"));
  const std::string token = log_in(c, stage, user);
  const bool saved = bears(c.run(stage, {}), token);
  const ClientRun& again = c.run(stage, login_as(user));
  c.judge("bare", !saved                         ? Finding::untestable("no token was saved, so there is none to leave out")
                  : upgrade_of(again) == nullptr ? no_upgrade(again)
                                                 : without_token(again, token));
}

std::string contents(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

Finding holds(const fs::path& file, const std::string& token) {
  std::error_code ignored;
  return !fs::is_regular_file(file, ignored) ? Finding::broken("there is no such file after the login")
         : trimmed(contents(file)) == token  ? Finding::kept()
                                             : Finding::broken("the file holds something else than the token");
}

std::string octal(fs::perms mode) {
  std::ostringstream out;
  out << "0" << std::oct << static_cast<unsigned>(mode & fs::perms::mask);
  return out.str();
}

Finding mode_is(const fs::path& file, fs::perms wanted) {
  std::error_code error;
  const auto status = fs::status(file, error);
  if (error || !fs::exists(status)) {
    return Finding::untestable("there is no " + file.filename().string());
  }
  return status.permissions() == wanted
             ? Finding::kept()
             : Finding::broken(file.filename().string() + " has mode " + octal(status.permissions()));
}

void saved(ClientCase& c) {
  using fs::perms;
  const User user = fresh_user(c);
  Stage& stage = c.stage(agent_with(user, "", "r"));
  const std::string token = log_in(c, stage, user);
  const fs::path file = c.token_file();
  c.judge("file", holds(file, token));
  Finding modes = mode_is(file, perms::owner_read | perms::owner_write);
  std::error_code ignored;
  for (const auto& each : fs::directory_iterator{file.parent_path(), ignored}) {
    if (each.is_regular_file()) {
      modes = both(modes, mode_is(each.path(), perms::owner_read | perms::owner_write));
    }
  }
  c.judge("file-mode", modes);
  c.judge("folder-mode", mode_is(file.parent_path(), perms::owner_all));
}

void other_file(ClientCase& c) {
  const User user = fresh_user(c);
  Stage& stage = c.stage(agent_with(user, "", "r"));
  const fs::path file = c.home() / "elsewhere" / "my-token";
  fs::create_directory(file.parent_path());  // nothing says that a client makes it
  Call login = login_as(user);
  login.env["PROCEDURA_TOKEN_FILE"] = file.string();
  const auto token = issued(c.run(stage, login));
  if (!token) {
    throw CannotGoOn{"the login was given no token"};
  }
  c.judge("file", holds(file, *token));
  Call run{};
  run.env = login.env;
  c.judge("taken", as_bearer(c.run(stage, run), *token));
}

void refused(ClientCase& c) {
  const User user = fresh_user(c);
  User wrong = user;
  wrong.password = c.fresh_word("wrong");
  Stage& stage = c.stage(agent_with(user, "", "r"));
  const ClientRun& run = c.run(stage, login_as(wrong));
  c.judge("fails", fails(run));
  c.judge("code", names(run, "AUTH_FAILED"));
  const ClientRun& next = c.run(stage, {});
  const tap::Head* head = upgrade_of(next);
  c.judge("no-token", head == nullptr                          ? no_upgrade(next)
                      : head->find("Authorization") == nullptr ? Finding::kept()
                                                               : Finding::broken("the next connection bears a token"));
}

}  // namespace

void add_client_login(Registry& all) {
  constexpr auto D = Source::documented;
  constexpr auto X = Source::ours;
  const auto add = [&all](CaseSpec spec) {
    spec.session = false;
    spec.after = {sync_request_sent};
    all.push_back(std::move(spec));
  };
  add({.id = "client-login/request",
       .title = "A login",
       .needs = {Need::run_command, Need::login_command},
       .after = {},
       .checks = {{"arguments", "LOG-1", D,
                   "login_password with the credential, as given or in base64, then --replace or --attach, --device=, --ttl="},
                  {"exit-code", "CLI-3", X, "exit code 0"}},
       .run = request});
  add({.id = "client-login/adopted",
       .title = "The connection after a login",
       .needs = {Need::run_command, Need::login_command},
       .after = {},
       .checks = {{"subprotocol", "LOG-2", D, "the new token as the only Sec-WebSocket-Protocol"},
                  {"bearer", "LOG-2", D, "the new token as Authorization: Bearer"}},
       .run = adopted});
  add({.id = "client-login/without-stale-token",
       .title = "A login while there is a saved token",
       .needs = {Need::run_command, Need::login_command},
       .after = {},
       .checks = {{"bare", "LOG-8", X, "an upgrade without the saved token"}},
       .run = without_stale_token});
  add({.id = "client-login/saved",
       .title = "Where a login leaves the token",
       .needs = {Need::run_command, Need::login_command, Need::token_file},
       .after = {},
       .checks = {{"file", "TOK-1", D, "the token, with white space or none, in the file that the profile names"},
                  {"file-mode", "TOK-2", X, "mode 0600, and of all files beside it"},
                  {"folder-mode", "TOK-2", X, "mode 0700"}},
       .run = saved});
  add({.id = "client-login/other-file",
       .title = "The same with PROCEDURA_TOKEN_FILE",
       .needs = {Need::run_command, Need::login_command, Need::token_file},
       .after = {},
       .checks = {{"file", "TOK-1", D, "the token in the file that the variable names"},
                  {"taken", "TOK-1", D, "the next connection takes it from there"}},
       .run = other_file});
  add({.id = "client-login/refused",
       .title = "A login with a wrong password",
       .needs = {Need::run_command, Need::login_command},
       .after = {},
       .checks = {{"fails", "CLI-3", X, "another exit code than 0"},
                  {"code", "ERR-1", Source::observed, "the agent's AUTH_FAILED on either stream"},
                  {"no-token", "LOG-2", D, "no token on the next connection"}},
       .run = refused});
}

}  // namespace procedura::conformance::cases
