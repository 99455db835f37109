#include "sabotages.hpp"

#include <map>
#include <memory>

namespace procedura::conformance::mutants {
namespace {

/// Each result goes to the next request.
Sabotage swaps_results() {
  const auto last = std::make_shared<Json>();
  return on_reply("echo", [last](Reply& reply) {
    if (reply.status == Status::finished) {
      reply.edit([&last](Json& frame) { std::swap(frame["result"], *last); });
    }
  });
}

/// A request whose id is in use on another connection is not taken.
Sabotage one_id_for_all() {
  const auto owners = std::make_shared<std::map<std::string, unsigned>>();
  return on_request("slow", [owners](Asked& asked) {
    if (owners->try_emplace(asked.request.id, asked.hand.connection()).first->second != asked.hand.connection()) {
      asked.drop();
    }
  });
}

}  // namespace

void add_concurrency(Catalogue& all) {
  all.push_back({.name = "swaps-results",
                 .clause = "REQ-2",
                 .checks = {"concurrency/own-results:own"},
                 .breaks = "gives a request the result of another",
                 .sabotage = swaps_results});
  all.push_back({.name = "begins-echoes-twice",
                 .clause = "ORD-1",
                 .checks = {"concurrency/own-results:order"},
                 .breaks = "begins each of many requests twice",
                 .sabotage = [] {
                   return on_reply("echo", [](Reply& reply) {
                     if (reply.nth == 1) {
                       reply.repeat();
                     }
                   });
                 }});
  all.push_back({.name = "echoes-to-nobody",
                 .clause = "ORD-2",
                 .checks = {"concurrency/own-results:nothing-foreign"},
                 .breaks = "sends results that nobody on this connection asked for",
                 .sabotage = [] {
                   return on_reply("echo", [](Reply& reply) {
                     if (reply.status == Status::finished) {
                       reply.precede(R"({"id":"zz","status":"finished","result":1})");
                     }
                   });
                 }});
  all.push_back({.name = "one-at-a-time",
                 .clause = "CON-7",
                 .checks = {"concurrency/no-waiting:overtakes"},
                 .breaks = "answers nothing else on a connection while a slow module runs",
                 .sabotage = [] {
                   return hold_while_busy([](const Frame& frame) {
                     return frame.opcode == Opcode::text && frame.payload.find("entities") != std::string::npos;
                   });
                 }});
  all.push_back({.name = "one-id-for-all-connections",
                 .clause = "ORD-2",
                 .checks = {"concurrency/same-id-elsewhere:both-end"},
                 .breaks = "takes no request whose id is live on another connection",
                 .sabotage = one_id_for_all});
  all.push_back({.name = "crosses-connections",
                 .clause = "ORD-2",
                 .checks = {"concurrency/same-id-elsewhere:no-crossing"},
                 .breaks = "sends a result to all connections",
                 .sabotage = [] {
                   return on_reply("slow", [](Reply& reply) {
                     if (reply.status == Status::finished) {
                       reply.hand.send_to_others(Side::client, Frame::text(reply.text));
                       reply.hand.fired("told everybody of a result");
                     }
                   });
                 }});
}

}  // namespace procedura::conformance::mutants
