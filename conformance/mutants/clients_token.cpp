#include "clients.hpp"

namespace procedura::conformance::mutants {

void add_token(Clients& all) {
  all.push_back({.name = "bearer-alone",
                 .clause = "AUT-1",
                 .checks = {"client-token/both-places:subprotocol"},
                 .breaks = "sends its token as Bearer alone"});
  all.push_back({.name = "subprotocol-alone",
                 .clause = "AUT-1",
                 .checks = {"client-token/both-places:bearer", "client-tls/trusted:token"},
                 .breaks = "sends its token as subprotocol alone"});
  all.push_back(
      {.name = "any-subprotocol",
       .clause = "AUT-3a",
       .checks = {"client-handshake/foreign-subprotocol:no-request", "client-handshake/unasked-subprotocol:no-request"},
       .breaks = "takes a subprotocol that it did not offer"});
  all.push_back({.name = "illegal-subprotocol",
                 .clause = "AUT-4",
                 .checks = {"client-token/no-subprotocol:alone"},
                 .breaks = "sends a token as subprotocol that cannot be one"});
  all.push_back({.name = "drops-odd-tokens",
                 .clause = "AUT-4",
                 .checks = {"client-token/no-subprotocol:bearer"},
                 .breaks = "keeps a token to itself that can be no subprotocol"});
  all.push_back({.name = "any-token",
                 .clause = "AUT-4",
                 .checks = {"client-token/unsendable:injected", "client-token/unsendable:unsent"},
                 .breaks = "sends tokens with CR and LF in them"});
  all.push_back({.name = "prints-token",
                 .clause = "AUT-7",
                 .checks = {"client-secrets/echoed-token:token", "client-secrets/refused-upgrade:token"},
                 .breaks = "prints its token"});
  all.push_back({.name = "telling-errors",
                 .clause = "AUT-7",
                 .checks = {"client-secrets/echoed-token:token", "client-secrets/echoed-credential:password",
                            "client-secrets/echoed-credential:base64"},
                 .breaks = "prints the agent's errors as they come"});
  all.push_back({.name = "shows-secrets",
                 .clause = "AUT-7",
                 .checks = {"client-secrets/login:token"},
                 .breaks = "prints the result of a login as it comes"});
  all.push_back({.name = "prints-credential",
                 .clause = "AUT-7",
                 .checks = {"client-secrets/login:password"},
                 .breaks = "prints the credential that it logs in with"});
  all.push_back({.name = "follows-redirects",
                 .clause = "AUT-8",
                 .checks = {"client-handshake/redirect:token"},
                 .breaks = "follows redirects, and takes its token along"});
  all.push_back({.name = "token-to-anybody",
                 .clause = "AUT-8",
                 .checks = {"client-token/downgrade:unsent"},
                 .breaks = "sends its token to whatever agent is called"});
  all.push_back({.name = "options-first",
                 .clause = "LOG-1",
                 .checks = {"client-login/request:arguments"},
                 .breaks = "logs in with the options before the credential"});
  all.push_back({.name = "forgets-login",
                 .clause = "LOG-2",
                 .checks = {"client-login/adopted:subprotocol", "client-login/adopted:bearer"},
                 .breaks = "forgets the token of a login"});
  all.push_back({.name = "saves-anything",
                 .clause = "LOG-2",
                 .checks = {"client-login/refused:no-token"},
                 .breaks = "saves something after a login that failed"});
  all.push_back({.name = "stale-login",
                 .clause = "LOG-8",
                 .checks = {"client-login/without-stale-token:bare"},
                 .breaks = "logs in with the saved token"});
  all.push_back({.name = "other-token-file",
                 .clause = "TOK-1",
                 .checks = {"client-login/saved:file", "client-token/file:subprotocol", "client-token/file:bearer"},
                 .breaks = "keeps its token elsewhere"});
  all.push_back({.name = "ignores-variable",
                 .clause = "TOK-1",
                 .checks = {"client-login/other-file:file"},
                 .breaks = "does not look at PROCEDURA_TOKEN_FILE"});
  all.push_back({.name = "reads-elsewhere",
                 .clause = "TOK-1",
                 .checks = {"client-login/other-file:taken"},
                 .breaks = "looks at PROCEDURA_TOKEN_FILE only where it saves"});
  all.push_back({.name = "open-token-file",
                 .clause = "TOK-2",
                 .checks = {"client-login/saved:file-mode"},
                 .breaks = "saves its token for everybody to read"});
  all.push_back({.name = "open-folder",
                 .clause = "TOK-2",
                 .checks = {"client-login/saved:folder-mode"},
                 .breaks = "saves its token in a folder that is open to everybody"});
  all.push_back({.name = "silent-about-empty",
                 .clause = "TOK-2",
                 .checks = {"client-token/empty-file:told"},
                 .breaks = "passes over an empty token file"});
  all.push_back({.name = "silent-about-modes",
                 .clause = "TOK-2",
                 .checks = {"client-token/open-file:told"},
                 .breaks = "passes over a token file that everybody can read"});
  all.push_back({.name = "dies-on-token-file",
                 .clause = "TOK-2",
                 .checks = {"client-token/unreadable-file:told"},
                 .breaks = "does not survive a token file that it cannot read"});
}

}  // namespace procedura::conformance::mutants
