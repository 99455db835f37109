#include "cases.hpp"
#include "openings.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/conformance/client_judge.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace procedura::conformance::cases {
namespace {

namespace fs = std::filesystem;

// A stack trace is no clear message.
constexpr std::ptrdiff_t most_lines = 10;

void both_places(ClientCase& c) {
  const std::string token = c.fresh_word("token");
  Stage& stage = c.stage(agent_with(fresh_user(c), token, "r"));
  const ClientRun& run = c.run(stage, {.options = {{Need::token_option, token}}});
  c.judge("subprotocol", as_subprotocol(run, token));
  c.judge("bearer", as_bearer(run, token));
}

void no_subprotocol(ClientCase& c) {
  const std::string token = c.fresh_word("b64") + "/+==";
  Stage& stage = c.stage(agent_with(fresh_user(c), token, "r"));
  const ClientRun& run = c.run(stage, {.options = {{Need::token_option, token}}});
  const tap::Head* head = upgrade_of(run);
  c.judge("alone", head == nullptr                                   ? no_upgrade(run)
                   : head->find("Sec-WebSocket-Protocol") == nullptr ? Finding::kept()
                                                                     : Finding::broken("a Sec-WebSocket-Protocol with it"));
  c.judge("bearer", as_bearer(run, token));
}

void unsendable(ClientCase& c) {
  const std::string word = c.fresh_word("token");
  const std::string tokens[] = {word + "\r\nX-Injected: yes", word + "\nX-Injected: yes", word + " " + word, word + "\x7f",
                                word + "\xc3\xa9"};
  Finding injected = Finding::kept();
  Finding unsent = Finding::kept();
  Finding failed = Finding::kept();
  for (const std::string& token : tokens) {
    Stage& stage = c.stage(agent_with(fresh_user(c), "", "r"));
    const ClientRun& run = c.run(stage, {.options = {{Need::token_option, token}}});
    for (const Conversation& connection : run.connections) {
      if (connection.client.head && connection.client.head->find("X-Injected") != nullptr) {
        injected = Finding::broken("a header that came out of the token");
      }
    }
    unsent = both(unsent, run.connections.empty() ? Finding::kept() : Finding::broken("a connection was made"));
    failed = both(failed, fails(run));
  }
  c.judge("injected", injected);
  c.judge("unsent", unsent);
  c.judge("fails", failed);
}

/// Puts a token file where the client looks for it.
void put_token(ClientCase& c, const std::string& text, fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) {
  const fs::path file = c.token_file();
  fs::create_directories(file.parent_path());
  fs::permissions(file.parent_path(), fs::perms::owner_all);
  std::ofstream{file, std::ios::binary} << text;
  fs::permissions(file, mode);
}

void file_is_read(ClientCase& c) {
  const std::string token = c.fresh_word("token");
  c.keep_secret(token);
  put_token(c, " \t" + token + " \n\n");
  Stage& stage = c.stage(agent_with(fresh_user(c), token, "r"));
  const ClientRun& run = c.run(stage, {});
  c.judge("subprotocol", as_subprotocol(run, token));
  c.judge("bearer", as_bearer(run, token));
}

/// A message on stderr that names the file, and is short enough to be one.
Finding tells_of_file(ClientCase& c, const ClientRun& run) {
  const Finding told = both(ends(run), tells_people(run, c.token_file().filename().string()));
  const std::string& text = run.child.err.text;
  return told.kind == Finding::Kind::kept && std::count(text.begin(), text.end(), '\n') > most_lines
             ? Finding::broken("more than ten lines on stderr: " + text)
             : told;
}

void file_is_empty(ClientCase& c) {
  put_token(c, "");
  Stage& stage = c.stage(agent_with(fresh_user(c), "", "r"));
  c.judge("told", tells_of_file(c, c.run(stage, {})));
}

void file_is_unreadable(ClientCase& c) {
  // A folder in its place: unreadable for everybody, the superuser too.
  fs::create_directories(c.token_file());
  Stage& stage = c.stage(agent_with(fresh_user(c), "", "r"));
  c.judge("told", tells_of_file(c, c.run(stage, {})));
}

void file_is_open_to_all(ClientCase& c) {
  const std::string token = c.fresh_word("token");
  c.keep_secret(token);
  using fs::perms;
  put_token(c, token, perms::owner_read | perms::owner_write | perms::group_read | perms::others_read);
  Stage& stage = c.stage(agent_with(fresh_user(c), token, "r"));
  c.judge("told", tells_of_file(c, c.run(stage, {})));
}

void downgrade(ClientCase& c) {
  const User user = fresh_user(c);
  Stage& stage = c.stage(agent_with(user, "", "r"));
  const SecureSide secure{c, stage};
  const std::string token = log_in(c, stage, user, secure.over());
  const bool kept = bears(c.run(stage, secure.over()), token);
  const ClientRun& plain = c.run(stage, {});
  c.judge("unsent",
          kept ? without_token(plain, token) : Finding::untestable("the token is not sent to where it came from either"));
}

}  // namespace

void add_client_token(Registry& all) {
  constexpr auto D = Source::documented;
  constexpr auto X = Source::ours;
  const auto add = [&all](CaseSpec spec) {
    spec.session = false;
    all.push_back(std::move(spec));
  };
  add({.id = "client-token/both-places",
       .title = "A token goes with the upgrade",
       .needs = {Need::run_command, Need::token_option},
       .after = {sync_request_sent},
       .checks = {{"subprotocol", "AUT-1", D, "the token as the only Sec-WebSocket-Protocol"},
                  {"bearer", "AUT-1", D, "the token as Authorization: Bearer"}},
       .run = both_places});
  add({.id = "client-token/no-subprotocol",
       .title = "A token with characters that no subprotocol may have",
       .needs = {Need::run_command, Need::token_option},
       .after = {sync_request_sent},
       .checks = {{"alone", "AUT-4", Source::rfc, "no Sec-WebSocket-Protocol"},
                  {"bearer", "AUT-4", X, "the token as Authorization: Bearer"}},
       .run = no_subprotocol});
  add({.id = "client-token/unsendable",
       .title = "Tokens with CR, LF, a space, and bytes outside ASCII",
       .needs = {Need::run_command, Need::token_option},
       .after = {sync_request_sent},
       .checks = {{"injected", "AUT-4", Source::rfc, "no header that stands in the token"},
                  {"unsent", "AUT-4", X, "no connection"},
                  {"fails", "CLI-3", X, "another exit code than 0"}},
       .run = unsendable,
       .deadline = std::chrono::seconds{60}});
  add({.id = "client-token/file",
       .title = "A saved token with white space around it",
       .needs = {Need::run_command, Need::token_file},
       .after = {sync_request_sent},
       .checks = {{"subprotocol", "TOK-1", D, "the token without the white space, as Sec-WebSocket-Protocol"},
                  {"bearer", "TOK-1", D, "the same as Authorization: Bearer"}},
       .run = file_is_read});
  add({.id = "client-token/empty-file",
       .title = "The token file is empty",
       .needs = {Need::run_command, Need::token_file},
       .after = {sync_request_sent},
       .checks = {{"told", "TOK-2", X, "a short message on stderr that names the file"}},
       .run = file_is_empty});
  add({.id = "client-token/unreadable-file",
       .title = "The token file cannot be read",
       .needs = {Need::run_command, Need::token_file},
       .after = {sync_request_sent},
       .checks = {{"told", "TOK-2", X, "a short message on stderr that names the file"}},
       .run = file_is_unreadable});
  add({.id = "client-token/open-file",
       .title = "All users of the machine can read the token file",
       .needs = {Need::run_command, Need::token_file},
       .after = {sync_request_sent},
       .checks = {{"told", "TOK-2", X, "a short message on stderr that names the file"}},
       .run = file_is_open_to_all});
  add({.id = "client-token/downgrade",
       .title = "A token is saved from wss://, and the same host is called by ws://",
       .needs = {Need::run_command, Need::login_command, Need::ca_option},
       .after = {sync_request_sent},
       .checks = {{"unsent", "AUT-8", X, "no token to an agent without TLS where it came from one with it"}},
       .run = downgrade});
}

}  // namespace procedura::conformance::cases
