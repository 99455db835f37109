#include "sabotages.hpp"

namespace procedura::conformance::mutants {
namespace {

/// Those that the cases make up begin so.
bool offers_an_unknown_token(const Head& head) {
  const std::string* offered = head.find("Sec-WebSocket-Protocol");
  return offered != nullptr && offered->rfind("no-such-token", 0) == 0;
}

Sabotage upgrades_anything() {
  Sabotage sabotage;
  sabotage.request = [](Head& head, Hand& hand) {
    const Head before = head;
    head.set("Upgrade", "websocket");
    head.set("Connection", "Upgrade");
    head.set("Sec-WebSocket-Version", "13");
    if (head.find("Sec-WebSocket-Key") == nullptr) {
      head.set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    }
    if (!(head == before)) {
      hand.fired("made an upgrade of what was none");
    }
  };
  return sabotage;
}

bool offers_nothing(const Head& head) {
  return head.find("Sec-WebSocket-Protocol") == nullptr && head.find("Authorization") == nullptr;
}

}  // namespace

void add_handshake(Catalogue& all) {
  all.push_back({.name = "token-at-the-door",
                 .clause = "AUT-5",
                 .checks = {"handshake/upgrade:accepted"},
                 .breaks = "lets nobody in who has no token yet",
                 .sabotage = [] { return refuse_upgrades("401 Unauthorized", offers_nothing); }});
  all.push_back(
      {.name = "subprotocol-of-its-own",
       .clause = "AUT-3a",
       .checks = {"handshake/upgrade:no-subprotocol", "handshake/token-by-subprotocol:selected",
                  "handshake/token-by-bearer:no-subprotocol", "handshake/token-by-both:selected",
                  "handshake/subprotocol-list:without-token", "handshake/subprotocol-list:token-first",
                  "handshake/subprotocol-list:token-last"},
       .breaks = "selects a subprotocol that nobody offered",
       .sabotage = [] { return on_upgraded([](Head& head, Hand&) { head.set("Sec-WebSocket-Protocol", "mine"); }); }});
  all.push_back({.name = "accepts-with-the-wrong-key",
                 .clause = "CON-1",
                 .checks = {"handshake/response:accept"},
                 .breaks = "answers every upgrade with the same Sec-WebSocket-Accept",
                 .sabotage = [] {
                   return on_upgraded(
                       [](Head& head, Hand&) { head.set("Sec-WebSocket-Accept", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="); });
                 }});
  all.push_back({.name = "compresses-unasked",
                 .clause = "CON-1",
                 .checks = {"handshake/response:no-extension"},
                 .breaks = "selects an extension that nobody offered",
                 .sabotage = [] {
                   return on_upgraded([](Head& head, Hand&) { head.set("Sec-WebSocket-Extensions", "permessage-deflate"); });
                 }});
  all.push_back({.name = "deaf-to-subprotocols",
                 .clause = "AUT-2",
                 .checks = {"handshake/token-by-subprotocol:taken"},
                 .breaks = "takes a token only as Bearer",
                 .sabotage = [] {
                   return on_upgrade([](Head& head, Hand&) {
                     if (head.find("Authorization") == nullptr) {
                       head.remove("Sec-WebSocket-Protocol");
                     }
                   });
                 }});
  all.push_back({.name = "deaf-to-bearer",
                 .clause = "AUT-2",
                 .checks = {"handshake/token-by-bearer:taken"},
                 .breaks = "takes a token only as subprotocol",
                 .sabotage = [] {
                   return on_upgrade([](Head& head, Hand&) {
                     if (head.find("Sec-WebSocket-Protocol") == nullptr) {
                       head.remove("Authorization");
                     }
                   });
                 }});
  all.push_back({.name = "forgets-its-tokens",
                 .clause = "LOG-2",
                 .checks = {"handshake/token-by-both:taken", "login/reconnect:taken"},
                 .breaks = "does not know the token of a login on the next connection",
                 .sabotage = [] {
                   return on_upgrade([](Head& head, Hand&) {
                     head.remove("Authorization");
                     head.remove("Sec-WebSocket-Protocol");
                   });
                 }});
  all.push_back(
      {.name = "any-token",
       .clause = "AUT-6",
       .checks = {"handshake/unknown-token:not-run", "handshake/unknown-token:refused", "handshake/revoked-token:not-run",
                  "handshake/revoked-token:refused", "security/without-session:unknown-token"},
       .breaks = "takes any token at all for a session",
       .overlay = auth_break(R"("any-token")")});
  all.push_back({.name = "tokens-live-for-ever",
                 .clause = "AUT-6",
                 .checks = {"handshake/expired-token:not-run", "handshake/expired-token:refused"},
                 .breaks = "takes a token whose time is over",
                 .overlay = auth_break(R"("ttl")")});
  all.push_back({.name = "refuses-tokens-with-403",
                 .clause = "AUT-6",
                 .checks = {"handshake/stale-login:logs-in"},
                 .breaks = "refuses an upgrade with a dead token, and not with HTTP 401",
                 .sabotage = [] { return refuse_upgrades("403 Forbidden", offers_an_unknown_token); }});
  all.push_back({.name = "bearer-decides",
                 .clause = "AUT-2a",
                 .checks = {"handshake/conflicting-tokens:good-subprotocol", "handshake/conflicting-tokens:good-bearer"},
                 .breaks = "lets Bearer decide where both are sent",
                 .overlay = auth_break(R"("bearer-first")")});
  all.push_back({.name = "no-pages-at-all",
                 .clause = "CON-11",
                 .checks = {"handshake/origin:own"},
                 .breaks = "lets no web page in, not even its own",
                 .sabotage = [] {
                   return refuse_upgrades("403 Forbidden", [](const Head& head) { return head.find("Origin") != nullptr; });
                 }});
  all.push_back({.name = "any-page",
                 .clause = "CON-11",
                 .checks = {"handshake/origin:foreign", "handshake/origin:opaque"},
                 .breaks = "looks at no Origin",
                 .sabotage = [] { return on_upgrade([](Head& head, Hand&) { head.remove("Origin"); }); }});
  all.push_back(
      {.name = "upgrades-anything",
       .clause = "CON-1",
       .checks = {"handshake/bad-upgrade:no-key", "handshake/bad-upgrade:unknown-version", "handshake/bad-upgrade:no-upgrade"},
       .breaks = "makes a WebSocket of every request",
       .sabotage = upgrades_anything});
  all.push_back({.name = "no-goodbye",
                 .clause = "CON-10",
                 .checks = {"handshake/goodbye:answered"},
                 .breaks = "leaves a Close without an answer",
                 .overlay = R"({"version":1,"faults":[{"fault":"no-close"}]})"});
}

}  // namespace procedura::conformance::mutants
