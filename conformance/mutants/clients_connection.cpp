#include "clients.hpp"

namespace procedura::conformance::mutants {
namespace {

/// A client that never ends costs the profile's patience each time: less of it is enough to see that.
void impatient(ClientProfile& profile) {
  profile.patience = std::chrono::seconds{5};
}

}  // namespace

void add_connection(Clients& all) {
  all.push_back({.name = "unmasked-frames",
                 .clause = "CON-1",
                 .checks = {"client-frame/masked:sound"},
                 .breaks = "sends frames that are not masked"});
  all.push_back({.name = "one-mask",
                 .clause = "CON-1",
                 .checks = {"client-frame/masked:sound"},
                 .breaks = "masks each frame with zeros"});
  all.push_back({.name = "no-fragments",
                 .clause = "CON-1",
                 .checks = {"client-frame/fragments:fragmented", "client-frame/fragments:ping-between"},
                 .breaks = "gives up on messages in fragments"});
  all.push_back({.name = "whole-reads",
                 .clause = "CON-1",
                 .checks = {"client-frame/fragments:byte-by-byte"},
                 .breaks = "takes each read for whole frames"});
  all.push_back(
      {.name = "any-frame",
       .clause = "CON-1",
       .checks = {"client-frame/illegal:reserved-opcode", "client-frame/illegal:reserved-bits", "client-frame/illegal:masked",
                  "client-frame/illegal:fragmented-control", "client-frame/illegal:long-control",
                  "client-frame/illegal:lone-continuation", "client-frame/illegal:oversize-length"},
       .breaks = "passes over frames that RFC 6455 forbids"});
  all.push_back({.name = "old-websocket",
                 .clause = "CON-1",
                 .checks = {"client-handshake/upgrade:head"},
                 .breaks = "asks for an old version of WebSocket"});
  all.push_back({.name = "one-key",
                 .clause = "CON-1",
                 .checks = {"client-handshake/upgrade:fresh-key"},
                 .breaks = "asks with the same Sec-WebSocket-Key each time"});
  all.push_back({.name = "any-accept",
                 .clause = "CON-1",
                 .checks = {"client-handshake/bad-accept:no-request"},
                 .breaks = "takes any Sec-WebSocket-Accept"});
  all.push_back(
      {.name = "no-tls", .clause = "CON-1", .checks = {"client-tls/trusted:upgrade"}, .breaks = "takes wss:// for ws://"});
  all.push_back({.name = "falls-back",
                 .clause = "CON-1",
                 .checks = {"client-tls/plain-server:unsent"},
                 .breaks = "goes on without TLS where there is none"});
  all.push_back({.name = "any-certificate",
                 .clause = "CON-1",
                 .checks = {"client-tls/untrusted:unsent", "client-tls/expired:unsent"},
                 .breaks = "verifies no certificate"});
  all.push_back({.name = "any-host",
                 .clause = "CON-1",
                 .checks = {"client-tls/other-host:unsent"},
                 .breaks = "takes any host's certificate"});
  all.push_back({.name = "lists",
                 .clause = "CON-2",
                 .checks = {"client-request/sync:one-object", "client-request/stream:one-object"},
                 .breaks = "sends requests in an array"});
  all.push_back({.name = "binary-requests",
                 .clause = "CON-2",
                 .checks = {"client-request/sync:one-object", "client-request/stream:one-object"},
                 .breaks = "sends requests as binary messages"});
  all.push_back({.name = "small-limit",
                 .clause = "CON-3",
                 .checks = {"client-result/big:whole"},
                 .breaks = "takes messages up to 1 MiB"});
  all.push_back({.name = "no-1009",
                 .clause = "CON-3",
                 .checks = {"client-result/too-big:code"},
                 .breaks = "closes with 1000 when a message is too big"});
  all.push_back({.name = "dies-on-junk",
                 .clause = "CON-4",
                 .checks = {"client-reply/strange:junk", "client-reply/strange:array"},
                 .breaks = "does not survive what is no JSON object"});
  all.push_back({.name = "dies-on-binary",
                 .clause = "CON-4",
                 .checks = {"client-reply/strange:binary"},
                 .breaks = "does not survive a binary message"});
  all.push_back({.name = "passes-over-broken",
                 .clause = "CON-4",
                 .checks = {"client-reply/broken-frame:ends", "client-reply/broken-frame:named"},
                 .breaks = "waits on when the answer to its request is broken",
                 .profile = impatient});
  all.push_back({.name = "any-utf8",
                 .clause = "CON-5",
                 .checks = {"client-frame/invalid-utf8:connection-failed", "client-frame/invalid-utf8:code"},
                 .breaks = "passes over text that is no UTF-8"});
  all.push_back({.name = "no-1007",
                 .clause = "CON-5",
                 .checks = {"client-frame/invalid-utf8:code"},
                 .breaks = "closes with 1000 when a text is no UTF-8"});
  all.push_back({.name = "no-pong",
                 .clause = "CON-6",
                 .checks = {"client-frame/pong:before-ack", "client-frame/pong:during-job", "client-frame/pong:empty"},
                 .breaks = "answers no ping"});
  all.push_back({.name = "other-pong",
                 .clause = "CON-6",
                 .checks = {"client-frame/pong:before-ack", "client-frame/pong:during-job"},
                 .breaks = "answers pings with a payload of its own"});
  all.push_back({.name = "no-pings", .clause = "CON-6", .checks = {"client-wait/pings:sent"}, .breaks = "never pings"});
  all.push_back({.name = "no-pong-timeout",
                 .clause = "CON-6",
                 .checks = {"client-wait/dead-peer:ends"},
                 .breaks = "does not miss a pong"});
  all.push_back({.name = "one-by-one",
                 .clause = "CON-7",
                 .checks = {"client-concurrency/several:at-once"},
                 .breaks = "sends a request only when the one before has ended"});
  all.push_back({.name = "last-result-alone",
                 .clause = "CON-7",
                 .checks = {"client-concurrency/several:results"},
                 .breaks = "shows one result of several"});
  all.push_back({.name = "any-depth",
                 .clause = "CON-9",
                 .checks = {"client-reply/deep:named", "client-reply/deep:alive"},
                 .breaks = "reads messages of any depth"});
  all.push_back({.name = "no-close",
                 .clause = "CON-10",
                 .checks = {"client-exit/run:close", "client-exit/stream:close"},
                 .breaks = "drops its connection without a Close"});
  all.push_back({.name = "no-close-answer",
                 .clause = "CON-10",
                 .checks = {"client-drop/close:answered", "client-drop/stream-close:answered"},
                 .breaks = "does not answer the agent's Close"});
}

}  // namespace procedura::conformance::mutants
