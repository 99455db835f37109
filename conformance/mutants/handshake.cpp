#include "sabotages.hpp"

namespace procedura::conformance::mutants {
namespace {

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
                  "handshake/token-by-bearer:no-subprotocol", "handshake/token-by-both:selected"},
       .breaks = "selects a subprotocol that nobody offered",
       .sabotage = [] { return on_upgraded([](Head& head, Hand&) { head.set("Sec-WebSocket-Protocol", "chat"); }); }});
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
                 .checks = {"handshake/token-by-both:taken"},
                 .breaks = "does not know the token of a login on the next connection",
                 .sabotage = [] {
                   return on_upgrade([](Head& head, Hand&) {
                     head.remove("Authorization");
                     head.remove("Sec-WebSocket-Protocol");
                   });
                 }});
  all.push_back({.name = "any-token",
                 .clause = "AUT-6",
                 .checks = {"handshake/unknown-token:refused"},
                 .breaks = "takes any token at all for a session",
                 .overlay = auth_break(R"("any-token")")});
  all.push_back({.name = "no-goodbye",
                 .clause = "CON-10",
                 .checks = {"handshake/goodbye:answered"},
                 .breaks = "leaves a Close without an answer",
                 .overlay = R"({"version":1,"faults":[{"fault":"no-close"}]})"});
}

}  // namespace procedura::conformance::mutants
