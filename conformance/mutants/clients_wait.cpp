#include "clients.hpp"

namespace procedura::conformance::mutants {
namespace {

/// A client that never ends costs the profile's patience each time: less of it is enough to see that.
void impatient(ClientProfile& profile) {
  profile.patience = std::chrono::seconds{5};
}

}  // namespace

void add_wait(Clients& all) {
  all.push_back(
      {.name = "ignores-drops",
       .clause = "CLI-1",
       .checks = {"client-drop/reset:noticed", "client-drop/hang-up:noticed", "client-drop/close:noticed",
                  "client-drop/before-ack:noticed", "client-drop/going-down:noticed", "client-drop/stream-reset:noticed",
                  "client-drop/stream-hang-up:noticed", "client-drop/stream-close:noticed"},
       .breaks = "does not notice that its connection ended",
       .profile = impatient});
  all.push_back({.name = "no-ack-timeout",
                 .clause = "CLI-1",
                 .checks = {"client-wait/ack:ends"},
                 .breaks = "waits for the first frame without an end"});
  all.push_back({.name = "no-final-timeout",
                 .clause = "CLI-1",
                 .checks = {"client-wait/final:ends", "client-wait/idle:ends"},
                 .breaks = "waits for the last frame without an end"});
  all.push_back({.name = "no-connect-timeout",
                 .clause = "CLI-1",
                 .checks = {"client-wait/connect:ends"},
                 .breaks = "waits for the answer to its upgrade without an end"});
  all.push_back({.name = "hangs-on-refusals",
                 .clause = "CLI-1",
                 .checks = {"client-drop/nobody:ends", "client-handshake/http-401:ends", "client-handshake/http-answers:ends",
                            "client-handshake/no-http:ends"},
                 .breaks = "hangs when it is refused",
                 .profile = impatient});
  all.push_back({.name = "no-size-limit",
                 .clause = "CLI-1",
                 .checks = {"client-result/too-big:named"},
                 .breaks = "takes messages of any size"});
  all.push_back({.name = "hangs-on-big",
                 .clause = "CLI-1",
                 .checks = {"client-result/too-big:ends"},
                 .breaks = "hangs when a message is too big"});
  all.push_back({.name = "endless-retries",
                 .clause = "CLI-1",
                 .checks = {"client-handshake/http-401:few-tries"},
                 .breaks = "tries again and again when it is refused"});
  all.push_back(
      {.name = "nameless-errors",
       .clause = "CLI-1",
       .checks = {"client-result/too-big:named", "client-wait/ack:named", "client-wait/final:named", "client-wait/idle:named",
                  "client-wait/dead-peer:named", "client-drop/reset:named", "client-drop/hang-up:named",
                  "client-drop/close:named", "client-drop/before-ack:named", "client-drop/going-down:named",
                  "client-drop/stream-reset:named", "client-drop/stream-hang-up:named", "client-drop/stream-close:named"},
       .breaks = "does not name its errors"});
  all.push_back({.name = "nameless-refusals",
                 .clause = "CLI-1",
                 .checks = {"client-wait/connect:named", "client-drop/nobody:named", "client-handshake/http-401:named",
                            "client-tls/untrusted:named", "client-tls/other-host:named", "client-tls/expired:named"},
                 .breaks = "does not name what it was refused by"});
  all.push_back({.name = "hides-status",
                 .clause = "CLI-1",
                 .checks = {"client-handshake/http-401:status", "client-handshake/http-answers:status"},
                 .breaks = "does not show the HTTP status of a refusal"});
  all.push_back({.name = "unnamed-close",
                 .clause = "CLI-1",
                 .checks = {"client-drop/close:code-named", "client-drop/stream-close:code-named"},
                 .breaks = "does not show the code of the agent's Close"});
  all.push_back({.name = "replays",
                 .clause = "CLI-2",
                 .checks = {"client-drop/reset:asked-once", "client-drop/hang-up:asked-once", "client-drop/close:asked-once",
                            "client-drop/before-ack:asked-once", "client-drop/going-down:asked-once",
                            "client-drop/stream-reset:asked-once", "client-drop/stream-hang-up:asked-once",
                            "client-drop/stream-close:asked-once"},
                 .breaks = "sends a request again when its connection was lost"});
  all.push_back(
      {.name = "exits-0",
       .clause = "CLI-3",
       .checks = {"client-reply/error-at-once:exit-code", "client-reply/error-late:exit-code",
                  "client-reply/stream-error-at-once:exit-code", "client-reply/stream-error-late:exit-code",
                  "client-result/too-big:exit-code", "client-wait/dead-peer:exit-code", "client-login/refused:fails",
                  "client-drop/reset:exit-code", "client-drop/hang-up:exit-code", "client-drop/close:exit-code",
                  "client-drop/before-ack:exit-code", "client-drop/going-down:exit-code", "client-drop/stream-reset:exit-code",
                  "client-drop/stream-hang-up:exit-code", "client-drop/stream-close:exit-code"},
       .breaks = "exits with 0 whatever came of it"});
  all.push_back({.name = "exits-0-if-late",
                 .clause = "CLI-3",
                 .checks = {"client-wait/ack:exit-code", "client-wait/final:exit-code", "client-wait/idle:exit-code"},
                 .breaks = "exits with 0 when its time is over"});
  all.push_back(
      {.name = "exits-0-if-refused",
       .clause = "CLI-3",
       .checks = {"client-wait/connect:exit-code", "client-drop/nobody:exit-code", "client-handshake/bad-accept:fails",
                  "client-handshake/foreign-subprotocol:fails", "client-handshake/unasked-subprotocol:fails",
                  "client-handshake/http-401:fails", "client-handshake/http-answers:fails", "client-handshake/no-http:fails",
                  "client-handshake/redirect:fails", "client-tls/untrusted:fails", "client-tls/other-host:fails",
                  "client-tls/expired:fails", "client-tls/plain-server:fails"},
       .breaks = "exits with 0 when it is refused"});
  all.push_back({.name = "exits-0-if-unsendable",
                 .clause = "CLI-3",
                 .checks = {"client-token/unsendable:fails"},
                 .breaks = "exits with 0 when its token cannot be sent"});
  all.push_back({.name = "exits-1",
                 .clause = "CLI-3",
                 .checks = {"client-request/sync:exit-code", "client-request/stream:exit-code", "client-exit/run:code",
                            "client-exit/stream:code", "client-login/request:exit-code"},
                 .breaks = "exits with 1 when all went well"});
  all.push_back({.name = "silent-errors",
                 .clause = "CLI-3",
                 .checks = {"client-reply/error-at-once:message", "client-reply/error-late:message",
                            "client-reply/stream-error-at-once:message", "client-reply/stream-error-late:message"},
                 .breaks = "keeps errors to itself"});
  all.push_back({.name = "lingers",
                 .clause = "CLI-3",
                 .checks = {"client-exit/run:prompt", "client-exit/stream:prompt"},
                 .breaks = "does not exit after the result"});
  all.push_back({.name = "waits-for-close",
                 .clause = "CLI-3",
                 .checks = {"client-exit/no-close:ends"},
                 .breaks = "waits for the answer to its Close without an end"});
}

}  // namespace procedura::conformance::mutants
