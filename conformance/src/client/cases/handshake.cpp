#include "cases.hpp"
#include "openings.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/conformance/client_judge.hpp>
#include <procedura/protocol/credential.hpp>

#include <array>

namespace procedura::conformance::cases {
namespace {

using std::chrono::milliseconds;

// More connections than this to an agent that refuses each of them are no longer patience.
constexpr std::size_t most_tries = 10;

/// What is wrong with an upgrade by RFC 6455, 4.1; empty: nothing.
std::string wrong_with(const tap::Head& head) {
  if (head.start.rfind("GET ", 0) != 0 || head.start.size() < 9 || head.start.substr(head.start.size() - 9) != " HTTP/1.1") {
    return "it is no GET of HTTP/1.1: " + head.start;
  }
  if (head.find("Host") == nullptr) {
    return "it has no Host";
  }
  const std::string* version = head.find("Sec-WebSocket-Version");
  if (version == nullptr || *version != "13") {
    return "it has no Sec-WebSocket-Version: 13";
  }
  const std::string* key = head.find("Sec-WebSocket-Key");
  const auto nonce = key == nullptr ? std::nullopt : protocol::decode_base64(*key);
  return nonce && nonce->size() == 16 ? "" : "its Sec-WebSocket-Key is not the base64 of 16 bytes";
}

void upgrade(ClientCase& c) {
  Stage& stage = c.stage(agent({finished(1)}, false));
  const ClientRun& first = c.run(stage, {});
  const ClientRun& second = c.run(stage, {});
  const tap::Head* one = upgrade_of(first);
  const tap::Head* other = upgrade_of(second);
  if (one == nullptr || other == nullptr) {
    throw CannotGoOn{no_upgrade(one == nullptr ? first : second).came};
  }
  const std::string wrong = wrong_with(*one);
  c.judge("head", wrong.empty() ? Finding::kept() : Finding::broken(wrong));
  const std::string* key = one->find("Sec-WebSocket-Key");
  const std::string* other_key = other->find("Sec-WebSocket-Key");
  c.judge("fresh-key", key == nullptr || other_key == nullptr ? Finding::untestable("there is no key")
                       : *key != *other_key                   ? Finding::kept()
                                                              : Finding::broken("the same Sec-WebSocket-Key both times"));
}

void bad_accept(ClientCase& c) {
  Stage& stage = c.stage(agent({finished(1)}, false), answer_upgrades([](tap::Head& head, tap::Hand& hand) {
                           head.set("Sec-WebSocket-Accept", "bm90IHdoYXQgd2FzIGFza2VkIA==");
                           hand.fired("a wrong Sec-WebSocket-Accept");
                         }));
  const ClientRun& run = c.run(stage, {});
  c.judge("no-request", if_fired(stage, run, asks_nothing(run)));
  c.judge("fails", if_fired(stage, run, fails(run)));
}

tap::Sabotage select_chat() {
  return answer_upgrades([](tap::Head& head, tap::Hand& hand) {
    head.set("Sec-WebSocket-Protocol", "chat");
    hand.fired("selected the subprotocol chat");
  });
}

void foreign_subprotocol(ClientCase& c) {
  const std::string token = c.fresh_word("token");
  Stage& stage = c.stage(agent_with(fresh_user(c), token, "r"), select_chat());
  const ClientRun& run = c.run(stage, {.options = {{Need::token_option, token}}});
  c.judge("no-request", if_fired(stage, run, asks_nothing(run)));
  c.judge("fails", if_fired(stage, run, fails(run)));
}

void unasked_subprotocol(ClientCase& c) {
  Stage& stage = c.stage(agent({finished(1)}, false), select_chat());
  const ClientRun& run = c.run(stage, {});
  c.judge("no-request", if_fired(stage, run, asks_nothing(run)));
  c.judge("fails", if_fired(stage, run, fails(run)));
}

void unauthorized(ClientCase& c) {
  Stage& stage = c.stage(agent({finished(1)}, false), refuse_upgrades("401 Unauthorized"));
  const ClientRun& run = c.run(stage, {});
  c.judge("ends", if_fired(stage, run, ends(run)));
  c.judge("few-tries", if_fired(stage, run,
                                run.connections.size() <= most_tries
                                    ? Finding::kept()
                                    : Finding::broken(std::to_string(run.connections.size()) + " connections")));
  c.judge("fails", if_fired(stage, run, fails(run)));
  c.judge("named", if_fired(stage, run, names(run, "HANDSHAKE_REFUSED")));
  c.judge("status", if_fired(stage, run, tells_people(run, "401")));
}

void other_answers(ClientCase& c) {
  static constexpr std::array answers = {std::pair{"400", "400 Bad Request"}, std::pair{"404", "404 Not Found"},
                                         std::pair{"503", "503 Service Unavailable"}};
  Finding ended = Finding::kept();
  Finding failed = Finding::kept();
  Finding named = Finding::kept();
  for (const auto& [code, status] : answers) {
    Stage& stage = c.stage(agent({finished(1)}, false), refuse_upgrades(status));
    const ClientRun& run = c.run(stage, {});
    ended = both(ended, if_fired(stage, run, ends(run)));
    failed = both(failed, if_fired(stage, run, fails(run)));
    named = both(named, if_fired(stage, run, tells_people(run, code)));
  }
  c.judge("ends", ended);
  c.judge("fails", failed);
  c.judge("status", named);
}

/// Answers the upgrade with these bytes and hangs up.
tap::Sabotage answer_with(std::string bytes) {
  return answer_upgrades([bytes = std::move(bytes)](tap::Head&, tap::Hand& hand) {
    hand.drop();
    hand.send_bytes(tap::Side::client, bytes);
    hand.hang_up();
    hand.fired("another answer than HTTP's");
  });
}

void no_http(ClientCase& c) {
  Finding ended = Finding::kept();
  Finding failed = Finding::kept();
  for (const char* bytes : {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 101 Switching Prot", ""}) {
    Stage& stage = c.stage(agent({finished(1)}, false), answer_with(bytes));
    const ClientRun& run = c.run(stage, {});
    ended = both(ended, if_fired(stage, run, ends(run)));
    failed = both(failed, if_fired(stage, run, fails(run)));
  }
  c.judge("ends", ended);
  c.judge("fails", failed);
}

void redirect(ClientCase& c) {
  const User user = fresh_user(c);
  Stage& elsewhere = c.stage(agent_with(user, "", "r"));
  // The first connection is the login's, whose token the second would take along, out of TLS.
  Stage& stage = c.stage(agent_with(user, "", "r"), refuse_upgrades("302 Found", {{"Location", elsewhere.url() + "/"}}, "", 2));
  const SecureSide secure{c, stage};
  const std::string token = log_in(c, stage, user, secure.over());
  const ClientRun& run = c.run(stage, secure.over());
  const bool proven = !stage.fired().empty() && bears(run, token);
  const Finding unproven = Finding::untestable("the saved token was not sent to its own agent; " + story(run.child));
  Finding seen = Finding::kept();
  for (const tap::Record& record : elsewhere.records()) {
    if (record.kind == tap::Record::Kind::head && bears(record.head, token)) {
      seen = Finding::broken("the token was sent to where the agent pointed");
    }
  }
  c.judge("token", proven ? seen : unproven);
  c.judge("fails", proven ? fails(run) : unproven);
}

}  // namespace

void add_client_handshake(Registry& all) {
  constexpr auto D = Source::documented;
  constexpr auto O = Source::observed;
  constexpr auto X = Source::ours;
  const auto add = [&all](CaseSpec spec) {
    spec.session = false;
    all.push_back(std::move(spec));
  };
  add({.id = "client-handshake/upgrade",
       .title = "The upgrade itself",
       .needs = {Need::run_command},
       .after = {},
       .checks = {{"head", "CON-1", D, "a GET with Host, Sec-WebSocket-Version 13 and a key of 16 bytes"},
                  {"fresh-key", "CON-1", D, "another Sec-WebSocket-Key for each connection"}},
       .run = upgrade});
  add({.id = "client-handshake/bad-accept",
       .title = "A Sec-WebSocket-Accept that does not belong to the key",
       .needs = {Need::run_command},
       .after = {sync_request_sent},
       .checks = {{"no-request", "CON-1", D, "no message on that connection"},
                  {"fails", "CLI-3", X, "another exit code than 0"}},
       .run = bad_accept});
  add({.id = "client-handshake/foreign-subprotocol",
       .title = "A subprotocol is selected that is not the token that was offered",
       .needs = {Need::run_command, Need::token_option},
       .after = {sync_request_sent},
       .checks = {{"no-request", "AUT-3a", Source::rfc, "no message on that connection"},
                  {"fails", "CLI-3", X, "another exit code than 0"}},
       .run = foreign_subprotocol});
  add({.id = "client-handshake/unasked-subprotocol",
       .title = "A subprotocol is selected where none was offered",
       .needs = {Need::run_command},
       .after = {sync_request_sent},
       .checks = {{"no-request", "AUT-3a", Source::rfc, "no message on that connection"},
                  {"fails", "CLI-3", X, "another exit code than 0"}},
       .run = unasked_subprotocol});
  add({.id = "client-handshake/http-401",
       .title = "Each upgrade is refused with 401",
       .needs = {Need::run_command},
       .after = {sync_request_sent},
       .checks = {{"ends", "CLI-1", O, "an end by itself"},
                  {"few-tries", "CLI-1", O, "at most ten connections"},
                  {"fails", "CLI-3", X, "another exit code than 0"},
                  {"named", "CLI-1", X, "HANDSHAKE_REFUSED on either stream"},
                  {"status", "CLI-1", X, "the status on stderr"}},
       .run = unauthorized});
  add({.id = "client-handshake/http-answers",
       .title = "The upgrade is answered with 400, 404 and 503",
       .needs = {Need::run_command},
       .after = {sync_request_sent},
       .checks = {{"ends", "CLI-1", O, "an end by itself each time"},
                  {"fails", "CLI-3", X, "another exit code than 0 each time"},
                  {"status", "CLI-1", X, "the status on stderr each time"}},
       .run = other_answers,
       .deadline = std::chrono::seconds{60}});
  add({.id = "client-handshake/no-http",
       .title = "The upgrade is answered with what is no HTTP, with half an answer, and not at all",
       .needs = {Need::run_command},
       .after = {sync_request_sent},
       .checks = {{"ends", "CLI-1", O, "an end by itself each time"},
                  {"fails", "CLI-3", X, "another exit code than 0 each time"}},
       .run = no_http,
       .deadline = std::chrono::seconds{60}});
  add({.id = "client-handshake/redirect",
       .title = "The upgrade by wss:// is answered with a redirect to ws://",
       .needs = {Need::run_command, Need::login_command, Need::ca_option},
       .after = {sync_request_sent},
       .checks = {{"token", "AUT-8", X, "no token to where the redirect points"},
                  {"fails", "CLI-3", X, "another exit code than 0"}},
       .run = redirect});
}

}  // namespace procedura::conformance::cases
