#include "cases.hpp"

#include <procedura/conformance/case.hpp>

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

void unknown_token(Case& c) {
  // Mended before and after: what is refused below is the token, not the module.
  const auto mended = [&c] {
    return ends_with(c.session().call(c.request(Need::protected_module)), protocol::Status::finished).kind ==
           Finding::Kind::kept;
  };
  const bool before = mended();
  Connection& stranger = c.dial(Offer::both(c.fresh_word("no-such-token")));
  Finding seen = Finding::kept();
  if (stranger.open()) {
    const Exchange& exchange = stranger.call(c.request(Need::protected_module));
    seen = exchange.over() ? has_code(exchange, "AUTH_REQUIRED") : refused(exchange);
  } else if (stranger.status() != 401) {
    seen = Finding::broken("the upgrade failed, but not with HTTP 401: " + stranger.why());
  }
  c.judge("refused",
          before && mended() ? seen : Finding::untestable("the protected module does not run with a good token either"));
}

void goodbye(Case& c) {
  const auto [clean, how] = c.session().close();
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
                 .checks = {{"refused", "AUT-6", Source::ours, "HTTP 401, or the error AUTH_REQUIRED"}},
                 .run = unknown_token});
  all.push_back({.id = "handshake/goodbye",
                 .title = "A Close with 1000",
                 .needs = {},
                 .after = {upgraded},
                 .checks = {{"answered", "CON-10", Source::rfc, "a Close in answer"}},
                 .run = goodbye});
}

}  // namespace procedura::conformance::cases
