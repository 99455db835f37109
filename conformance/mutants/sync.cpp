#include "sabotages.hpp"

namespace procedura::conformance::mutants {
namespace {

constexpr std::string_view quick = "worldstate_snapshot";

Sabotage at_the_end(std::string_view cmd, std::function<void(Reply&)> change) {
  return on_reply(cmd, [change = std::move(change)](Reply& reply) {
    if (protocol::is_terminal(reply.status)) {
      change(reply);
    }
  });
}

}  // namespace

void add_sync(Catalogue& all) {
  all.push_back({.name = "no-ack",
                 .clause = "SYN-1",
                 .checks = {"sync/lifecycle:ack-first"},
                 .breaks = "sends no ack before the result",
                 .overlay = stub("quick", R"("match":{"cmd":"worldstate_snapshot"},"accept":false,
                                             "reply":[{"finished":{"meta":{},"entities":{}}}])")});
  all.push_back({.name = "never-finishes",
                 .clause = "SYN-1",
                 .checks = {"sync/lifecycle:finished"},
                 .breaks = "says no more after the ack",
                 .overlay = stub("quick", R"("match":{"cmd":"worldstate_snapshot"},"reply":["accept"])")});
  all.push_back({.name = "another-result",
                 .clause = "SYN-1",
                 .checks = {"sync/lifecycle:result"},
                 .breaks = "finishes with a result that lacks a member",
                 .overlay = stub("quick", R"("match":{"cmd":"worldstate_snapshot"},"reply":[{"finished":{"meta":{}}}])")});
  all.push_back({.name = "two-acks",
                 .clause = "ORD-1",
                 .checks = {"sync/lifecycle:order"},
                 .breaks = "sends each ack twice",
                 .sabotage = [] { return repeat_replies(quick, Status::ack); }});
  all.push_back({.name = "talks-after-the-end",
                 .clause = "END-1",
                 .checks = {"sync/lifecycle:silence"},
                 .breaks = "sends each finished twice",
                 .sabotage = [] { return repeat_replies(quick, Status::finished); }});
  all.push_back(
      {.name = "frames-of-nobody",
       .clause = "REQ-2",
       .checks = {"sync/lifecycle:nothing-foreign"},
       .breaks = "sends a frame with an id that nobody asked with",
       .sabotage = [] { return at_the_end(quick, [](Reply& reply) { reply.precede(R"({"id":"zz","status":"running"})"); }); }});
  all.push_back({.name = "ack-held-back",
                 .clause = "SYN-4",
                 .checks = {"sync/ack-early:not-held-back"},
                 .breaks = "sends the ack only when the module ends",
                 .overlay = stub("slow", R"("match":{"cmd":"slow"},"accept":false,
                                            "reply":[{"repeat":"${opt.ms / 10}","steps":[{"delay":"10ms"}]},
                                                     "accept",{"finished":{"slept_ms":"${opt.ms}"}}])")});
  all.push_back({.name = "fails-as-if-done",
                 .clause = "ERR-1",
                 .checks = {"sync/failure:error", "async/failure:error"},
                 .breaks = "finishes where its module failed",
                 .overlay = stub("failing", R"("match":{"cmd":"failing"},"reply":[{"finished":"no luck"}])")});
  all.push_back({.name = "fails-without-reason",
                 .clause = "ERR-1",
                 .checks = {"sync/failure:reason", "async/failure:reason"},
                 .breaks = "sends errors with an empty message",
                 .sabotage = [] { return replace_in_replies("failing", "there are none left", ""); }});
  all.push_back({.name = "fails-by-another-code",
                 .clause = "ERR-1",
                 .checks = {"sync/failure:code"},
                 .breaks = "sends another code than its documentation promises",
                 .sabotage = [] { return replace_in_replies("failing", "OUT_OF_SPRITES", "E_FAIL"); }});
  all.push_back({.name = "begins-failures-twice",
                 .clause = "ORD-1",
                 .checks = {"sync/failure:order", "async/failure:order"},
                 .breaks = "begins a request twice that will fail",
                 .sabotage = [] {
                   return on_reply("failing", [](Reply& reply) {
                     if (reply.nth == 1) {
                       reply.repeat();
                     }
                   });
                 }});
  all.push_back({.name = "tells-failures-twice",
                 .clause = "END-1",
                 .checks = {"sync/failure:silence", "async/failure:silence"},
                 .breaks = "sends each error twice",
                 .sabotage = [] { return repeat_replies("failing", Status::error); }});
}

}  // namespace procedura::conformance::mutants
