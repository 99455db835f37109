#include "authentication.hpp"
#include "cases.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/conformance/tap/head.hpp>

#include <algorithm>

namespace procedura::conformance::cases {
namespace {

Finding selected_as_offered(const Connection& connection, const std::string& offered) {
  if (!connection.open()) {
    return Finding::untestable("the upgrade failed: " + connection.why());
  }
  const std::string& selected = connection.subprotocol();
  return selected.empty() || selected == offered ? Finding::kept() : Finding::broken("the subprotocol \"" + selected + "\"");
}

void upgrade(Case& c) {
  Connection& connection = c.dial();
  c.judge("accepted", connection.open() ? Finding::kept() : Finding::broken(connection.why()));
  c.judge("no-subprotocol", selected_as_offered(connection, ""));
}

/// Runs the protected module on `connection`, and without a token beside it: a module that anybody may run proves nothing.
Finding runs_protected(Case& c, Connection& connection) {
  if (!connection.open()) {
    return Finding::broken("the upgrade failed: " + connection.why());
  }
  Connection& stranger = c.connect();
  const Exchange& open_to_all = stranger.call(c.request(Need::protected_module));
  if (open_to_all.over() && open_to_all.terminal()->reply.status == protocol::Status::finished) {
    return Finding::untestable("the protected module runs without a token too, so that a token proves nothing");
  }
  return ends_with(connection.call(c.request(Need::protected_module)), protocol::Status::finished);
}

void by_subprotocol(Case& c) {
  const std::string& token = c.token();
  Connection& connection = c.dial(Offer::subprotocol_only(token));
  c.judge("selected", selected_as_offered(connection, token));
  c.judge("echo", Finding::note(connection.subprotocol() == token ? "the token is echoed as the selected subprotocol"
                                                                  : "the token is not echoed as the selected subprotocol"));
  c.judge("taken", runs_protected(c, connection));
}

void by_bearer(Case& c) {
  Connection& connection = c.dial(Offer::bearer_only(c.token()));
  c.judge("no-subprotocol", selected_as_offered(connection, ""));
  c.judge("taken", runs_protected(c, connection));
}

void by_both(Case& c) {
  const std::string& token = c.token();
  Connection& connection = c.dial(Offer::both(token));
  c.judge("selected", selected_as_offered(connection, token));
  c.judge("taken", runs_protected(c, connection));
}

/// A bad token in both places, between two runs with a good one.
void judge_bad_token(Case& c, const std::string& token, std::string_view code) {
  const bool before = good_token_runs(c);
  const Denial denial = denied(c, c.dial(Offer::both(token)), code);
  const bool good = before && good_token_runs(c);
  c.judge("not-run", good ? denial.not_run : nor_a_good_token());
  c.judge("refused", good ? denial.told : nor_a_good_token());
}

void unknown_token(Case& c) {
  judge_bad_token(c, c.fresh_word("no-such-token"), "AUTH_REQUIRED");
}

void revoked_token(Case& c) {
  judge_bad_token(c, c.profile().revoked_token, "AUTH_REQUIRED");
}

void expired_token(Case& c) {
  constexpr std::chrono::seconds ttl{1};
  Connection& login = c.connect();
  const Session session = log_in(login, c, c.login(options(c, "--attach", "-brief", "1"), c.credential()));
  const Exchange& alive = run_protected(c, c.connect(Offer::both(session.token)));
  if (!finished(alive)) {
    throw CannotGoOn{"a token with a second to live does not run the protected module: " + story(alive)};
  }
  outlive(c, login, session, ttl);
  judge_bad_token(c, session.token, "AUTH_EXPIRED");
}

void conflicting_tokens(Case& c) {
  const std::string& good = c.token();
  const std::string bad = c.fresh_word("no-such-token");
  const auto with = [](const std::string& subprotocol, const std::string& bearer) {
    Offer offer = Offer::bearer_only(bearer);
    offer.subprotocols.push_back(subprotocol);
    return offer;
  };
  const bool before = good_token_runs(c);
  Connection& by_subprotocol = c.dial(with(good, bad));
  const Finding taken = by_subprotocol.open() ? ends_with(run_protected(c, by_subprotocol), protocol::Status::finished)
                                              : Finding::broken("the upgrade failed: " + by_subprotocol.why());
  const Denial denial = denied(c, c.dial(with(bad, good)), "AUTH_REQUIRED");
  const bool well = before && good_token_runs(c);
  c.judge("good-subprotocol", well ? taken : nor_a_good_token());
  c.judge("good-bearer", !well                                        ? nor_a_good_token()
                         : denial.not_run.kind == Finding::Kind::kept ? denial.told
                                                                      : denial.not_run);
}

void stale_login(Case& c) {
  Connection& connection = c.dial(Offer::both(c.fresh_word("no-such-token")));
  if (!connection.open()) {
    c.judge("logs-in", connection.status() == 401
                           ? Finding::kept("the upgrade was refused with HTTP 401")
                           : Finding::broken("the upgrade failed, but not with HTTP 401: " + connection.why()));
    return;
  }
  const Exchange& login = connection.call(c.login());
  c.judge("logs-in", session_token(login) ? Finding::kept() : Finding::broken(story(login)));
}

Finding one_of(const Connection& connection, const std::vector<std::string>& offered) {
  const std::string& selected = connection.subprotocol();
  return !connection.open() ? Finding::kept("the upgrade failed")
         : selected.empty() || std::count(offered.begin(), offered.end(), selected) > 0
             ? Finding::kept()
             : Finding::broken("the subprotocol \"" + selected + "\"");
}

void subprotocol_list(Case& c) {
  const std::string& token = c.token();
  // An agent may take the first of them for a token, and refuse it: that selects nothing that was not offered.
  const std::vector<std::string> strange = {"chat", "superchat"};
  const std::vector<std::string> first = {token, "chat"};
  const std::vector<std::string> last = {"chat", token};
  c.judge("without-token", one_of(c.dial({strange, {}, {}}), strange));
  c.judge("token-first", one_of(c.dial({first, {}, {}}), first));
  c.judge("token-last", one_of(c.dial({last, {}, {}}), last));
}

void origin(Case& c) {
  const auto from = [&c](const std::string& origin) -> Connection& { return c.dial({{}, {{"Origin", origin}}, {}}); };
  const auto let_in = [](const Connection& connection) {
    return connection.open() ? Finding::broken("the upgrade was accepted") : Finding::kept();
  };
  const bool before = c.dial().open();
  Connection& own = from(c.address().origin);
  const Finding foreign = let_in(from("https://conformance.example.org"));
  const Finding opaque = let_in(from("null"));
  const bool well = before && c.dial().open();
  const Finding nobody = Finding::untestable("an upgrade without an Origin is refused as well");
  c.judge("own", !well ? nobody : own.open() ? Finding::kept() : Finding::broken(own.why()));
  c.judge("foreign", well ? foreign : nobody);
  c.judge("opaque", well ? opaque : nobody);
}

/// An upgrade request with one header changed or taken out. Refused is whatever is not answered with 101.
Finding bad_upgrade(Case& c, std::string_view header, std::string_view value) {
  RawConnection& connection = c.dial_raw();
  if (!connection.open()) {
    return Finding::untestable("no connection: " + connection.why());
  }
  auto headers = connection.headers();
  for (auto at = headers.begin(); at != headers.end(); ++at) {
    if (at->first == header) {
      at->second = value;
      if (value.empty()) {
        headers.erase(at);
      }
      break;
    }
  }
  return connection.ask(headers) == 101 ? Finding::broken("HTTP 101") : Finding::kept();
}

void bad_upgrades(Case& c) {
  const auto mended = [&c] { return c.dial_raw().upgrade(); };
  const bool before = mended();
  const Finding no_key = bad_upgrade(c, "Sec-WebSocket-Key", "");
  const Finding version = bad_upgrade(c, "Sec-WebSocket-Version", "99");
  const Finding no_upgrade = bad_upgrade(c, "Upgrade", "");
  const bool well = before && mended();
  const Finding nobody = Finding::untestable("the same request with nothing wrong in it is refused as well");
  c.judge("no-key", well ? no_key : nobody);
  c.judge("unknown-version", well ? version : nobody);
  c.judge("no-upgrade", well ? no_upgrade : nobody);
}

void response(Case& c) {
  RawConnection& connection = c.dial_raw();
  if (!connection.upgrade()) {
    throw CannotGoOn{"the upgrade failed"};
  }
  const tap::Head head = tap::read_head(connection.answer());
  const std::string* accept = head.find("Sec-WebSocket-Accept");
  const std::string* extensions = head.find("Sec-WebSocket-Extensions");
  // RFC 6455's own example: what belongs to the key that is sent.
  c.judge("accept", accept == nullptr                           ? Finding::broken("no Sec-WebSocket-Accept")
                    : *accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" ? Finding::kept()
                                                                : Finding::broken("Sec-WebSocket-Accept: " + *accept));
  c.judge("no-extension", extensions == nullptr || extensions->empty()
                              ? Finding::kept()
                              : Finding::broken("Sec-WebSocket-Extensions: " + *extensions));
}

void goodbye(Case& c) {
  const auto [clean, code, how] = c.session().close();
  c.judge("answered", clean ? Finding::kept() : Finding::broken(how));
}

}  // namespace

void add_handshake(Registry& all) {
  const std::vector<Need> authentication = {Need::credential, Need::protected_module};
  all.push_back({.id = "handshake/upgrade",
                 .title = "A handshake without a token",
                 .needs = {},
                 .after = {},
                 .session = false,
                 .checks = {{"accepted", "AUT-5", Source::documented, "HTTP 101"},
                            {"no-subprotocol", "AUT-3a", Source::rfc, "no subprotocol, since none was offered"}},
                 .run = upgrade});
  all.push_back({.id = "handshake/token-by-subprotocol",
                 .title = "A token as Sec-WebSocket-Protocol alone",
                 .needs = authentication,
                 .after = {upgraded, session_check},
                 .session = false,
                 .checks = {{"selected", "AUT-3a", Source::rfc, "the token as selected subprotocol, or none"},
                            {"echo", "AUT-3", Source::documented, "either"},
                            {"taken", "AUT-2", Source::documented, "the protected module runs"}},
                 .run = by_subprotocol});
  all.push_back({.id = "handshake/token-by-bearer",
                 .title = "A token as Authorization: Bearer alone",
                 .needs = authentication,
                 .after = {upgraded, session_check},
                 .session = false,
                 .checks = {{"no-subprotocol", "AUT-3a", Source::rfc, "no subprotocol, since none was offered"},
                            {"taken", "AUT-2", Source::documented, "the protected module runs"}},
                 .run = by_bearer});
  all.push_back({.id = "handshake/token-by-both",
                 .title = "A token in both places, as every client sends it",
                 .needs = authentication,
                 .after = {upgraded, session_check},
                 .session = false,
                 .checks = {{"selected", "AUT-3a", Source::rfc, "the token as selected subprotocol, or none"},
                            {"taken", "LOG-2", Source::documented, "the protected module runs"}},
                 .run = by_both});
  all.push_back({.id = "handshake/unknown-token",
                 .title = "A token that was never issued, on a protected module",
                 .needs = authentication,
                 .after = {upgraded, session_check},
                 .checks = {{"not-run", "AUT-6", Source::ours, "the protected module does not run"},
                            {"refused", "AUT-6", Source::ours, "HTTP 401, or the error AUTH_REQUIRED"}},
                 .run = unknown_token});
  all.push_back({.id = "handshake/revoked-token",
                 .title = "A token that was taken back, on a protected module",
                 .needs = {Need::credential, Need::protected_module, Need::revoked_token},
                 .after = {upgraded, session_check},
                 .checks = {{"not-run", "AUT-6", Source::ours, "the protected module does not run"},
                            {"refused", "AUT-6", Source::ours, "HTTP 401, or the error AUTH_REQUIRED"}},
                 .run = revoked_token});
  all.push_back({.id = "handshake/expired-token",
                 .title = "A token after its time, on a protected module that it ran before",
                 .needs = authentication,
                 .after = {upgraded, session_check},
                 .checks = {{"not-run", "AUT-6", Source::ours, "the protected module does not run"},
                            {"refused", "AUT-6", Source::ours, "HTTP 401, or the error AUTH_EXPIRED"}},
                 .run = expired_token});
  all.push_back({.id = "handshake/conflicting-tokens",
                 .title = "Two tokens that differ, one of them good",
                 .needs = authentication,
                 .after = {upgraded, session_check},
                 .checks = {{"good-subprotocol", "AUT-2a", Source::ours, "the protected module runs"},
                            {"good-bearer", "AUT-2a", Source::ours, "HTTP 401, or the error AUTH_REQUIRED"}},
                 .run = conflicting_tokens});
  all.push_back({.id = "handshake/stale-login",
                 .title = "A login on a connection that was opened with an unknown token",
                 .needs = authentication,
                 .after = {upgraded, session_check},
                 .session = false,
                 .checks = {{"logs-in", "AUT-6", Source::ours, "a token, or the upgrade refused with HTTP 401"}},
                 .run = stale_login});
  all.push_back({.id = "handshake/subprotocol-list",
                 .title = "Several subprotocols offered, with a token among them and without",
                 .needs = {Need::credential},
                 .after = {upgraded, session_check},
                 .session = false,
                 .checks = {{"without-token", "AUT-3a", Source::rfc, "one that was offered, or none, or no upgrade"},
                            {"token-first", "AUT-3a", Source::rfc, "one that was offered, or none, or no upgrade"},
                            {"token-last", "AUT-3a", Source::rfc, "one that was offered, or none, or no upgrade"}},
                 .run = subprotocol_list});
  all.push_back({.id = "handshake/origin",
                 .title = "Upgrades that web pages would ask for",
                 .needs = {Need::loopback},
                 .after = {upgraded},
                 .session = false,
                 .checks = {{"own", "CON-11", Source::ours, "HTTP 101 for a page of the agent's own address"},
                            {"foreign", "CON-11", Source::ours, "no upgrade for a page from elsewhere"},
                            {"opaque", "CON-11", Source::ours, "no upgrade for a page without an origin (`null`)"}},
                 .run = origin});
  all.push_back({.id = "handshake/bad-upgrade",
                 .title = "Upgrade requests that RFC 6455 does not allow",
                 .needs = {},
                 .after = {upgraded},
                 .session = false,
                 .checks = {{"no-key", "CON-1", Source::documented, "no 101 without a Sec-WebSocket-Key (RFC 6455, 4.2.1)"},
                            {"unknown-version", "CON-1", Source::documented, "no 101 for another version than 13 (4.4)"},
                            {"no-upgrade", "CON-1", Source::documented, "no 101 for a request that asks for none"}},
                 .run = bad_upgrades});
  all.push_back({.id = "handshake/response",
                 .title = "An upgrade that offers nothing, and the headers of its answer",
                 .needs = {},
                 .after = {},
                 .session = false,
                 .checks = {{"accept", "CON-1", Source::documented, "the Sec-WebSocket-Accept of its key (RFC 6455, 4.2.2)"},
                            {"no-extension", "CON-1", Source::documented, "no extension, since none was offered (9.1)"}},
                 .run = response});
  all.push_back({.id = "handshake/goodbye",
                 .title = "A Close with 1000",
                 .needs = {},
                 .after = {upgraded},
                 .checks = {{"answered", "CON-10", Source::rfc, "a Close in answer"}},
                 .run = goodbye});
}

}  // namespace procedura::conformance::cases
