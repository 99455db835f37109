#include "sabotages.hpp"

#include <map>
#include <memory>

namespace procedura::conformance::mutants {
namespace {

/// Pings are counted on each connection, and `change` sees those after the tenth.
Sabotage after_ten_pings(Opcode opcode, std::function<void(Hand&)> change) {
  const auto pings = std::make_shared<std::map<unsigned, int>>();
  Sabotage sabotage;
  sabotage.from_client = [pings, opcode, change = std::move(change)](Frame& frame, Hand& hand) {
    int& count = (*pings)[hand.connection()];
    count += frame.opcode == Opcode::ping ? 1 : 0;
    if (frame.opcode == opcode && count > 10) {
      change(hand);
    }
  };
  return sabotage;
}

}  // namespace

void add_keepalive(Catalogue& all) {
  all.push_back({.name = "no-pong",
                 .clause = "CON-6",
                 .checks = {"keepalive/idle:pong"},
                 .breaks = "answers no ping",
                 .overlay = R"({"version":1,"faults":[{"fault":"no-pong"}]})"});
  all.push_back({.name = "no-pong-at-work",
                 .clause = "CON-6",
                 .checks = {"keepalive/during-job:pong", "keepalive/during-async-job:pong"},
                 .breaks = "answers pings only when it has nothing else to do",
                 .sabotage = [] { return hold_while_busy([](const Frame& frame) { return frame.opcode == Opcode::pong; }); }});
  all.push_back({.name = "pongs-without-payload",
                 .clause = "CON-6",
                 .checks = {"keepalive/payloads:one-byte", "keepalive/payloads:longest", "keepalive/payloads:bytes"},
                 .breaks = "answers each ping with an empty pong",
                 .sabotage = [] {
                   return on_frame_from_agent(Opcode::pong, [](Frame& frame, Hand& hand) {
                     if (!frame.payload.empty()) {
                       frame.payload.clear();
                       hand.fired("lost the payload of a pong");
                     }
                   });
                 }});
  all.push_back({.name = "deaf-to-empty-pings",
                 .clause = "CON-6",
                 .checks = {"keepalive/payloads:empty"},
                 .breaks = "answers no ping without a payload",
                 .sabotage = [] {
                   return on_frame_from_suite(Opcode::ping, [](Frame& frame, Hand& hand) {
                     if (frame.payload.empty()) {
                       hand.drop();
                       hand.fired("took no notice of an empty ping");
                     }
                   });
                 }});
  all.push_back({.name = "tires-of-pings",
                 .clause = "CON-6",
                 .checks = {"keepalive/in-a-row:last"},
                 .breaks = "answers no more than ten pings",
                 .sabotage = [] {
                   return after_ten_pings(Opcode::ping, [](Hand& hand) {
                     hand.drop();
                     hand.fired("took no notice of one more ping");
                   });
                 }});
  all.push_back({.name = "pongs-twice",
                 .clause = "CON-6",
                 .checks = {"keepalive/in-a-row:order"},
                 .breaks = "answers each ping twice",
                 .sabotage = [] {
                   return on_frame_from_agent(Opcode::pong, [](Frame& frame, Hand& hand) {
                     hand.send_after(frame);
                     hand.fired("sent a pong twice");
                   });
                 }});
  all.push_back({.name = "deaf-after-pings",
                 .clause = "CON-6",
                 .checks = {"keepalive/in-a-row:alive"},
                 .breaks = "takes no requests any more after many pings",
                 .sabotage = [] {
                   return after_ten_pings(Opcode::text, [](Hand& hand) {
                     hand.drop();
                     hand.fired("took no notice of a request");
                   });
                 }});
}

}  // namespace procedura::conformance::mutants
