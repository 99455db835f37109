#include "sabotages.hpp"

#include <memory>

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

/// From the twentieth request on, when nobody looks so closely any more.
Sabotage in_the_long_run(Status status, std::function<void(Reply&)> change) {
  return on_reply(quick, [status, change = std::move(change), count = std::make_shared<int>(0)](Reply& reply) {
    if (reply.status == status && ++*count > 20) {
      change(reply);
    }
  });
}

}  // namespace

void add_sync(Catalogue& all) {
  all.push_back({.name = "ticks",
                 .clause = "CON-2",
                 .checks = {"sync/lifecycle:frames"},
                 .breaks = "sends words of its own between its frames",
                 .sabotage = [] {
                   return on_reply("", [](Reply& reply) {
                     if (reply.status == Status::ack) {
                       reply.follow("tick");
                     }
                   });
                 }});
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
                 .checks = {"sync/lifecycle:silence", "async/quick:silence"},
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
  all.push_back({.name = "tires-of-acks",
                 .clause = "SYN-1",
                 .checks = {"sync/many:acks"},
                 .breaks = "sends no acks any more after twenty requests",
                 .sabotage = [] { return in_the_long_run(Status::ack, [](Reply& reply) { reply.drop(); }); }});
  all.push_back({.name = "tires-of-finishing",
                 .clause = "SYN-1",
                 .checks = {"sync/many:finished"},
                 .breaks = "finishes nothing any more after twenty requests",
                 .sabotage = [] { return in_the_long_run(Status::finished, [](Reply& reply) { reply.drop(); }); }});
  all.push_back({.name = "repeats-itself-in-time",
                 .clause = "END-1",
                 .checks = {"sync/many:silence"},
                 .breaks = "sends each finished twice after twenty requests",
                 .sabotage = [] { return in_the_long_run(Status::finished, [](Reply& reply) { reply.repeat(); }); }});
  all.push_back({.name = "slow-without-end",
                 .clause = "SYN-1",
                 .checks = {"sync/slow:finished"},
                 .breaks = "does not finish what takes long",
                 .sabotage = [] { return drop_replies("slow", Status::finished); }});
  all.push_back({.name = "acks-slow-twice",
                 .clause = "ORD-1",
                 .checks = {"sync/slow:order"},
                 .breaks = "sends each ack of a slow module twice",
                 .sabotage = [] { return repeat_replies("slow", Status::ack); }});
  all.push_back({.name = "slow-ends-twice",
                 .clause = "END-1",
                 .checks = {"sync/slow:silence", "async/job-ids:silence"},
                 .breaks = "sends each finished of a slow module twice",
                 .sabotage = [] { return repeat_replies("slow", Status::finished); }});
  all.push_back({.name = "slow-frames-of-nobody",
                 .clause = "REQ-2",
                 .checks = {"sync/slow:nothing-foreign"},
                 .breaks = "sends a frame with an id that nobody asked with before a slow module ends",
                 .sabotage = [] {
                   return at_the_end("slow", [](Reply& reply) { reply.precede(R"({"id":"zz","status":"running"})"); });
                 }});
  all.push_back({.name = "stream-without-sync-end",
                 .clause = "SYN-1",
                 .checks = {"sync/streaming:ends"},
                 .breaks = "does not finish a stream that was asked for synchronously",
                 .sabotage = [] { return drop_replies("place_ooi_sprites", Status::finished); }});
  all.push_back({.name = "acks-streams-twice",
                 .clause = "ORD-1",
                 .checks = {"sync/streaming:order"},
                 .breaks = "sends each ack of a stream twice",
                 .sabotage = [] { return repeat_replies("place_ooi_sprites", Status::ack); }});
  all.push_back({.name = "streams-end-twice",
                 .clause = "END-1",
                 .checks = {"sync/streaming:silence", "async/two-streams:silence"},
                 .breaks = "sends each finished of a stream twice",
                 .sabotage = [] { return repeat_replies("place_ooi_sprites", Status::finished); }});
}

}  // namespace procedura::conformance::mutants
