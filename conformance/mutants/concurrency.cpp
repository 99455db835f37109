#include "sabotages.hpp"

#include <map>
#include <memory>
#include <set>
#include <utility>

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

/// While a slow module runs on any connection, quick results on others wait as long.
Sabotage one_at_a_time_in_all() {
  const auto busy = std::make_shared<std::map<std::string, unsigned>>();
  Sabotage begun = on_request("slow", [busy](Asked& asked) { (*busy)[asked.request.id] = asked.hand.connection(); });
  Sabotage ended = on_reply("slow", [busy](Reply& reply) {
    if (protocol::is_terminal(reply.status)) {
      busy->erase(reply.id);
    }
  });
  Sabotage waits = on_reply("worldstate_snapshot", [busy](Reply& reply) {
    if (reply.status == Status::finished && !busy->empty()) {
      reply.late(std::chrono::milliseconds{500});
    }
  });
  return both(both(std::move(begun), std::move(ended)), std::move(waits));
}

/// One request in the midst of many gets no answer.
Sabotage loses_one() {
  return on_reply("echo", [count = std::make_shared<int>(0)](Reply& reply) {
    if (reply.status == Status::finished && ++*count == 50) {
      reply.drop();
    }
  });
}

Sabotage every_id_once() {
  const auto seen = std::make_shared<std::set<std::pair<unsigned, std::string>>>();
  return on_request("echo", [seen](Asked& asked) {
    if (!seen->emplace(asked.hand.connection(), asked.request.id).second) {
      asked.answer({error(asked.request.id, "DUPLICATE_ID", "there was such a request")});
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
  all.push_back(
      {.name = "one-at-a-time",
       .clause = "CON-7",
       .checks = {"concurrency/no-waiting:overtakes", "concurrency/no-waiting-mixed:sync-behind-async",
                  "concurrency/no-waiting-mixed:async-behind-sync", "concurrency/no-waiting-mixed:async-behind-async"},
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
  all.push_back({.name = "one-at-a-time-in-all",
                 .clause = "CON-7",
                 .checks = {"concurrency/other-connection:overtakes"},
                 .breaks = "runs one module at a time, whoever asks",
                 .sabotage = one_at_a_time_in_all});
  all.push_back({.name = "updates-wait",
                 .clause = "CON-7",
                 .checks = {"concurrency/interleave:interleave"},
                 .breaks = "sends the updates of a job only when another one is over",
                 .sabotage = [] {
                   return hold_while_busy([](const Frame& frame) {
                     return frame.opcode == Opcode::text && frame.payload.find("placed") != std::string::npos;
                   });
                 }});
  all.push_back({.name = "streams-die-in-company",
                 .clause = "ASY-1",
                 .checks = {"concurrency/interleave:finished"},
                 .breaks = "does not finish a stream",
                 .sabotage = [] { return drop_replies("place_ooi_sprites", Status::finished); }});
  all.push_back({.name = "loses-one-of-many",
                 .clause = "SYN-1",
                 .checks = {"concurrency/burst:own"},
                 .breaks = "loses one of a hundred requests",
                 .sabotage = loses_one});
  all.push_back({.name = "echoes-end-twice",
                 .clause = "END-1",
                 .checks = {"concurrency/burst:silence", "concurrency/id-again:silence"},
                 .breaks = "sends the result of each of many requests twice",
                 .sabotage = [] { return repeat_replies("echo", Status::finished); }});
  all.push_back({.name = "every-id-once",
                 .clause = "REQ-2",
                 .checks = {"concurrency/id-again:taken"},
                 .breaks = "takes no id that it has seen before",
                 .sabotage = every_id_once});
}

}  // namespace procedura::conformance::mutants
