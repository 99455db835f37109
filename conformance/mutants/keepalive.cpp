#include "sabotages.hpp"

namespace procedura::conformance::mutants {

void add_keepalive(Catalogue& all) {
  all.push_back({.name = "no-pong",
                 .clause = "CON-6",
                 .checks = {"keepalive/idle:pong"},
                 .breaks = "answers no ping",
                 .overlay = R"({"version":1,"faults":[{"fault":"no-pong"}]})"});
  all.push_back({.name = "no-pong-at-work",
                 .clause = "CON-6",
                 .checks = {"keepalive/during-job:pong"},
                 .breaks = "answers pings only when it has nothing else to do",
                 .sabotage = [] { return hold_while_busy([](const Frame& frame) { return frame.opcode == Opcode::pong; }); }});
}

}  // namespace procedura::conformance::mutants
