#include "sabotages.hpp"

#include <memory>

namespace procedura::conformance::mutants {
namespace {

/// Closes of the suite that `which` is true of are not passed on, so that nobody answers them.
Sabotage deaf_to_closes(std::function<bool(const Frame&)> which) {
  return on_frame_from_suite(Opcode::close, [which = std::move(which)](Frame& frame, Hand& hand) {
    if (which(frame)) {
      hand.drop();
      hand.fired("left a Close without an answer");
    }
  });
}

/// Once the suite has asked for a slow job, the quick module is answered no more.
Sabotage silent_after_a_job() {
  auto silent = std::make_shared<bool>(false);
  return on_request("", [silent](Asked& asked) {
    if (asked.request.cmd == "slow") {
      *silent = true;
    } else if (*silent && asked.request.cmd == "worldstate_snapshot") {
      asked.drop();
    }
  });
}

/// When a connection has closed, the end of its job goes to whoever asks next.
Sabotage delivers_to_the_next() {
  auto orphan = std::make_shared<std::string>();
  auto closed = std::make_shared<bool>(false);
  Sabotage watch = on_request("slow", [orphan](Asked& asked) { *orphan = asked.request.id; });
  Sabotage closing = on_frame_from_suite(Opcode::close, [closed](Frame&, Hand&) { *closed = true; });
  Sabotage deliver = on_reply("worldstate_snapshot", [orphan, closed](Reply& reply) {
    if (*closed && !orphan->empty() && reply.status == Status::ack) {
      reply.precede(R"({"id":")" + *orphan + R"(","status":"finished","result":1})");
    }
  });
  return both(both(std::move(watch), std::move(closing)), std::move(deliver));
}

/// Frames of the suite that break RFC 6455 never come to the agent, and nothing happens.
Sabotage passes_over_bad_frames() {
  Sabotage sabotage;
  sabotage.from_client = [](Frame& frame, Hand& hand) {
    const auto opcode = static_cast<unsigned>(frame.opcode);
    const bool reserved = (opcode >= 3 && opcode <= 7) || opcode >= 11;
    const bool bad_control = frame.is_control() && (!frame.fin || frame.payload.size() > 125);
    const bool lone = frame.opcode == Opcode::continuation && frame.payload == "x";
    if (!frame.mask || frame.rsv != 0 || reserved || bad_control || lone) {
      hand.drop();
      hand.fired("passed over a frame that RFC 6455 forbids");
    }
  };
  return sabotage;
}

/// Once `which` has passed, no ping is passed on any more: on no connection.
Sabotage deaf_after(std::function<bool(const Frame&)> which) {
  auto deaf = std::make_shared<bool>(false);
  Sabotage sabotage;
  sabotage.from_client = [deaf, which = std::move(which)](Frame& frame, Hand& hand) {
    if (*deaf && frame.opcode == Opcode::ping) {
      hand.drop();
      hand.fired("left a ping without an answer");
    }
    *deaf = *deaf || which(frame);
  };
  return sabotage;
}

}  // namespace

void add_close(Catalogue& all) {
  all.push_back({.name = "a-code-of-its-own",
                 .clause = "CON-10",
                 .checks = {"close/codes:same"},
                 .breaks = "answers each Close with 1001",
                 .sabotage = [] {
                   return on_frame_from_agent(Opcode::close, [](Frame& frame, Hand& hand) {
                     frame.payload = Frame::close(1001).payload;
                     hand.fired("answered with 1001");
                   });
                 }});
  all.push_back({.name = "deaf-to-reasons",
                 .clause = "CON-10",
                 .checks = {"close/codes:with-reason"},
                 .breaks = "leaves a Close with a reason unanswered",
                 .sabotage = [] { return deaf_to_closes([](const Frame& frame) { return frame.payload.size() > 2; }); }});
  all.push_back({.name = "deaf-to-codes-of-others",
                 .clause = "CON-10",
                 .checks = {"close/codes:own-code"},
                 .breaks = "leaves a Close with an application's code unanswered",
                 .sabotage = [] { return deaf_to_closes([](const Frame& frame) { return frame.close_code() >= 4000; }); }});
  all.push_back({.name = "too-busy-to-close",
                 .clause = "CON-10",
                 .checks = {"close/mid-job:answered", "close/payloads:empty", "close/payloads:half-a-code",
                            "close/payloads:no-such-code", "close/payloads:bad-reason"},
                 .breaks = "leaves every Close unanswered",
                 .sabotage = [] { return deaf_to_closes([](const Frame&) { return true; }); }});
  all.push_back({.name = "silent-after-a-job",
                 .clause = "SYN-1",
                 .checks = {"close/mid-job:alive", "close/reset:alive"},
                 .breaks = "answers nobody any more once a job was begun",
                 .sabotage = silent_after_a_job});
  all.push_back({.name = "delivers-to-the-next",
                 .clause = "ORD-2",
                 .checks = {"close/mid-job:not-for-us"},
                 .breaks = "sends what a closed connection asked for to another one",
                 .sabotage = delivers_to_the_next});
  all.push_back({.name = "loses-jobs-of-others",
                 .clause = "ASY-1",
                 .checks = {"close/reset:bystander"},
                 .breaks = "ends no job when a connection was reset",
                 .sabotage = [] { return drop_replies("slow", Status::finished); }});
  all.push_back({.name = "deaf-after-a-bad-close",
                 .clause = "CON-10",
                 .checks = {"close/payloads:alive"},
                 .breaks = "answers no ping any more when it has got a Close with a broken reason",
                 .sabotage = [] {
                   return deaf_after([](const Frame& frame) {
                     return frame.opcode == Opcode::close && frame.payload.find('\xff') != std::string::npos;
                   });
                 }});
  all.push_back(
      {.name = "passes-over-bad-frames",
       .clause = "CON-1",
       .checks = {"close/bad-frames:unmasked", "close/bad-frames:long-control", "close/bad-frames:fragmented-control",
                  "close/bad-frames:reserved-opcode", "close/bad-frames:reserved-bit", "close/bad-frames:lone-continuation"},
       .breaks = "passes over frames that RFC 6455 forbids",
       .sabotage = passes_over_bad_frames});
  all.push_back({.name = "deaf-after-a-bad-frame",
                 .clause = "CON-1",
                 .checks = {"close/bad-frames:alive"},
                 .breaks = "answers no ping any more when it has got a continuation of nothing",
                 .sabotage = [] {
                   return deaf_after(
                       [](const Frame& frame) { return frame.opcode == Opcode::continuation && frame.payload == "x"; });
                 }});
}

}  // namespace procedura::conformance::mutants
