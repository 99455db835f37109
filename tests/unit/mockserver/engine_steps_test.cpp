// Steps beyond frames and delays: raw, broadcast, set, when, sequence, await, close, and instances that outlive their
// connection.
#include "engine_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string stub(std::string_view reply, std::string_view more = "") {
  return R"({"version": 1, "stubs": [{"name": "it", "match": {"cmd": "it"}, )" + std::string{more} + R"("reply": )" +
         std::string{reply} + "}]}";
}

std::vector<json> results(const std::vector<json>& frames) {
  std::vector<json> list;
  for (const auto& frame : frames) {
    if (frame.contains("result")) list.push_back(frame.at("result"));
  }
  return list;
}

TEST(EngineSteps, RawSendsExactlyTheseBytes) {
  Driver world{stub(R"(["ack", {"raw": "no JSON, ${id} \"}"}, {"raw": {"base64": "AAEC"}}, {"finished": 1}])")};
  const auto client = world.connect();
  world.send(client, request_text("a", "it"));
  EXPECT_THAT(world.events(client), ElementsAre(HasSubstr(R"("status":"ack")"), "text no JSON, a \"}", "binary 3 bytes",
                                                HasSubstr(R"("status":"finished")")));
  EXPECT_THAT(world.notes(), Contains("binary message of 3 bytes sent"));
}

TEST(EngineSteps, ARawFrameCanEndItsExchange) {
  Driver world{stub(R"(["ack", {"raw": "{\"id\":\"${id}\",\"status\":\"finished\",\"result\":1}"}])")};
  const auto client = world.connect();
  for (int i = 0; i < 2; ++i) EXPECT_THAT(world.ask(client, request_text("a", "it")), SizeIs(2)) << "the id is free again";
}

TEST(EngineSteps, ABroadcastGoesToEveryOpenConnectionOfThePartitionInTheirOrder) {
  Driver world{stub(R"([{"broadcast": {"status": "news", "from": "${id}"}}, {"finished": 1}])")};
  const auto one = world.connect();
  const auto two = world.connect();
  const auto gone = world.connect();
  door::Accept elsewhere;
  elsewhere.partition = "other";
  const auto other = world.connect(elsewhere);
  const auto closing = world.connect();
  world.close(gone);
  world.engine.drop({world.now, world.wall}, closing, 4000, world.outputs());
  world.collect();
  world.send(two, request_text("a", "it"));
  EXPECT_THAT(world.frames(other), IsEmpty());
  EXPECT_THAT(world.frames(closing), IsEmpty());
  EXPECT_THAT(world.frames(one), ElementsAre(json{{"status", "news"}, {"from", "a"}}));
  EXPECT_THAT(statuses(world.frames(two)), ElementsAre("ack", "news", "finished"));
  ASSERT_THAT(world.all, SizeIs(4));
  EXPECT_EQ(world.all[1].first, one) << "by ordinal, whoever asked";
  std::size_t recorded = 0;
  for (const auto& entry : world.engine.journal()) {
    recorded += entry.direction == JournalEntry::Direction::out && entry.frame.find("news") != std::string::npos;
  }
  EXPECT_EQ(recorded, 2U);
}

TEST(EngineSteps, VariablesAreLookedForFromTheInsideOut) {
  Driver world{R"({"version": 1, "stubs": [
    {"name": "set", "match": {"cmd": "set", "args": {"0": "partition"}},
     "reply": [{"set": {"x": "${args[1]}"}, "scope": "partition"}, {"finished": 1}]},
    {"name": "set here", "match": {"cmd": "set", "args": {"0": "connection"}},
     "reply": [{"set": {"x": "${args[1]}"}, "scope": "connection"}, {"finished": 1}]},
    {"name": "get", "match": {"cmd": "get"}, "reply": [{"finished": "${var.x ?? 'none'}"}]},
    {"name": "own", "match": {"cmd": "own"}, "reply": [{"set": {"x": "own"}}, {"finished": "${var.x}"}]}]})"};
  const auto one = world.connect();
  const auto two = world.connect();
  const auto get = [&](ConnectionId from) { return world.answer(from, request_text("g", "get")).at("result"); };
  EXPECT_EQ(get(one), "none");
  world.ask(one, request_text("a", "set", {"partition", "all"}));
  EXPECT_EQ(get(one), "all");
  EXPECT_EQ(get(two), "all");
  world.ask(one, request_text("a", "set", {"connection", "mine"}));
  EXPECT_EQ(get(one), "mine");
  EXPECT_EQ(get(two), "all");
  EXPECT_EQ(world.answer(one, request_text("a", "own")).at("result"), "own");
  EXPECT_EQ(get(one), "mine") << "an instance's variables end with it";
  world.reset("default");
  EXPECT_EQ(get(world.connect()), "none");
}

TEST(EngineSteps, EachValueIsRenderedWithThoseBeforeIt) {
  Driver world{stub(R"([{"set": {"n": 2, "m": "${var.n * 3}"}}, {"set": {"n": "${var.n + 1}", "list": [1, "${var.m}"]}},
    {"finished": {"n": "${var.n}", "m": "${var.m}", "list": "${var.list}", "text": "n=${var.n}"}}])")};
  EXPECT_EQ(world.answer(world.connect(), request_text("a", "it")).at("result"),
            json::parse(R"({"n": 3, "m": 6, "list": [1, 6], "text": "n=3"})"));
}

TEST(EngineSteps, AVariableCannotGrowWithoutBound) {
  Driver world{stub(R"([{"set": {"x": "0123456789abcdef"}},
    {"repeat": 100, "as": "i", "steps": [{"set": {"x": "${var.x}${var.x}"}}]}, {"finished": 1}])")};
  const auto client = world.connect();
  const auto frames = world.ask(client, request_text("a", "it"));
  ASSERT_THAT(statuses(frames), ElementsAre("ack", "error"));
  EXPECT_EQ(frames[1].at("code"), "SCENARIO_ERROR");
  EXPECT_THAT(std::string{frames[1].at("message")}, HasSubstr("the variable x would have"));
  EXPECT_FALSE(world.engine.verdict().met());
}

TEST(EngineSteps, AStepWhoseConditionDoesNotHoldIsPassedOver) {
  Driver world{stub(R"(["accept",
    {"running": {"n": "first two"}, "when": {"instance": {"atMost": 2}}},
    {"running": {"n": "second connection"}, "when": {"connection": 2}},
    {"running": {"n": "told"}, "when": {"var": {"told": "yes"}}},
    {"running": {"n": "untold"}, "when": {"var": {"told": {"absent": true}}}},
    {"running": {"n": "both"}, "when": {"instance": 3, "connection": 2}},
    {"running": {"n": "number"}, "when": {"var": {"count": {"atLeast": 2}}}},
    {"repeat": 3, "as": "i", "when": {"instance": 1}, "steps": [{"running": {"n": "${i}"}}]},
    {"set": {"told": "yes"}, "scope": "connection"},
    {"set": {"count": "${(var.count ?? 0) + 1}"}, "scope": "partition"}, {"finished": 1}])")};
  const auto run = [&](ConnectionId from) {
    std::string came;
    for (const auto& frame : world.ask(from, request_text("a", "it"))) {
      if (frame.contains("n")) came += frame.at("n").dump() + " ";
    }
    return came;
  };
  const auto one = world.connect();
  const auto two = world.connect();
  EXPECT_EQ(run(one), R"("first two" "untold" 0 1 2 )");
  EXPECT_EQ(run(one), R"("first two" "told" )");
  EXPECT_EQ(run(two), R"("second connection" "untold" "both" "number" )");
}

// END-1
TEST(EngineSteps, AConditionalErrorIsInsteadOfWhatFollowsIt) {
  Driver world{stub(R"(["accept", {"error": {"code": "BUSY", "message": "again"}, "when": {"instance": 1}}, "ack",
                        {"running": {}}, {"delay": "1s"}, {"fault": {"extra": "running"}, "when": {"instance": 1}},
                        {"set": {"x": 1}}, {"finished": "done"}])")};
  const auto client = world.connect();
  world.send(client, request_text("a", "it"));
  world.advance(seconds{2});
  EXPECT_THAT(statuses(world.frames(client)), ElementsAre("ack", "error", "running")) << "the fault alone goes on after it";
  world.send(client, request_text("b", "it"));
  world.advance(seconds{2});
  EXPECT_THAT(statuses(world.frames(client)), ElementsAre("ack", "ack", "running", "finished"));
}

TEST(EngineSteps, ASequenceAnswersEachRunInItsTurnAndTheLastOneStays) {
  Driver world{R"({"version": 1, "stubs": [{"name": "poll", "match": {"cmd": "poll"},
    "sequence": [[{"finished": "first"}], [{"error": {"message": "no"}}], [{"finished": "ready"}]]}]})"};
  const auto one = world.connect();
  const auto two = world.connect();
  EXPECT_EQ(world.answer(one, request_text("a", "poll")).at("result"), "first");
  EXPECT_EQ(world.answer(two, request_text("a", "poll")).at("status"), "error") << "it counts in the partition";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.answer(one, request_text("a", "poll")).at("result"), "ready");
}

constexpr auto awaiting = R"({"version": 1, "stubs": [
  {"name": "job", "match": {"cmd": "job"},
   "reply": ["accept", {"await": {"cmd": "go", "args": {"0": "on"}}, "limit": "5s"}, {"finished": "${id}"}]},
  {"name": "go", "match": {"cmd": "go"}, "reply": [{"finished": "went"}]}]})";

TEST(EngineSteps, AwaitHoldsUntilARequestThatMatchesComes) {
  Driver world{awaiting};
  const auto client = world.connect();
  const auto other = world.connect();
  for (const char* id : {"a", "b"}) EXPECT_THAT(world.ask(client, request_text(id, "job")), SizeIs(1));
  EXPECT_THAT(results(world.ask(other, request_text("x", "go", {"off"}))), ElementsAre("went"));
  EXPECT_THAT(world.frames(client), IsEmpty()) << "that was another one";
  EXPECT_EQ(world.engine.instances(), 2U);

  const std::size_t before = world.all.size();
  world.send(other, request_text("y", "go", {"on"}));
  std::vector<json> order;
  for (std::size_t i = before; i < world.all.size(); ++i) order.push_back(world.all[i].second);
  EXPECT_THAT(results(order), ElementsAre("went", "a", "b")) << "behind the request's own reply, in order of instances";
  EXPECT_EQ(world.engine.instances(), 0U);
  EXPECT_EQ(world.engine.due(), std::nullopt);
}

TEST(EngineSteps, AwaitIsNotMetByWhatCameBeforeNorByTheRequestItself) {
  Driver world{R"({"version": 1, "stubs": [{"name": "it", "match": {"cmd": "it"},
    "reply": ["accept", {"await": {"cmd": "it"}}, {"finished": "${id}"}]}]})"};
  const auto client = world.connect();
  EXPECT_THAT(statuses(world.ask(client, request_text("a", "it"))), ElementsAre("ack"));
  const auto frames = world.ask(client, request_text("b", "it"));
  EXPECT_THAT(statuses(frames), ElementsAre("ack", "finished"));
  EXPECT_EQ(frames[1].at("id"), "a");
  EXPECT_EQ(world.engine.instances(), 1U) << "b waits for the next one";
}

TEST(EngineSteps, ARequestThatIsRefusedCountsForAwaitToo) {
  Driver world{awaiting};
  const auto client = world.connect();
  world.ask(client, request_text("a", "job"));
  world.adopt(R"({"version": 1, "stubs": []})");
  EXPECT_THAT(statuses(world.ask(client, request_text("b", "go", {"on"}))), ElementsAre("error", "finished"));
}

TEST(EngineSteps, AwaitGivesUpAfterItsLimitWhateverTheTimeScale) {
  for (const double scale : {0.0, 1.0, 100.0}) {
    EngineOptions options;
    options.time_scale = scale;
    Driver world{awaiting, options};
    const auto client = world.connect();
    world.ask(client, request_text("a", "job"));
    world.advance(milliseconds{4999});
    EXPECT_THAT(world.frames(client), IsEmpty());
    world.advance(milliseconds{1});
    const auto frames = world.frames(client);
    ASSERT_THAT(frames, SizeIs(1));
    EXPECT_EQ(frames[0].at("code"), "SCENARIO_ERROR");
    EXPECT_THAT(std::string{frames[0].at("message")}, HasSubstr("no request that matches came within 5 s"));
    EXPECT_FALSE(world.engine.verdict().met());
    EXPECT_EQ(world.engine.instances(), 0U);
    world.send(client, request_text("b", "go", {"on"}));
    EXPECT_THAT(results(world.frames(client)), ElementsAre("went"));
  }
}

TEST(EngineSteps, WhoeverAwaitsGoesWithItsConnection) {
  Driver world{awaiting};
  const auto client = world.connect();
  const auto other = world.connect();
  world.ask(client, request_text("a", "job"));
  world.close(client);
  EXPECT_EQ(world.engine.instances(), 0U);
  EXPECT_EQ(world.engine.due(), std::nullopt);
  EXPECT_THAT(results(world.ask(other, request_text("y", "go", {"on"}))), ElementsAre("went"));
}

TEST(EngineSteps, CloseEndsTheConnectionAndItsInstances) {
  Driver world{R"({"version": 1, "stubs": [
    {"name": "bye", "match": {"cmd": "bye"}, "reply": ["ack", {"close": {"code": 4002, "reason": "enough"}}, {"finished": 1}]},
    {"name": "slow", "match": {"cmd": "slow"}, "reply": ["accept", {"delay": "1s"}, {"finished": 1}]}]})"};
  const auto client = world.connect();
  const auto other = world.connect();
  world.ask(client, request_text("a", "slow"));
  world.ask(other, request_text("a", "slow"));
  world.events(client);
  world.send(client, request_text("b", "bye"));
  EXPECT_THAT(world.events(client), ElementsAre(HasSubstr("ack"), "close 4002 enough"));
  EXPECT_EQ(world.engine.instances(), 1U);
  world.send(client, request_text("c", "slow"));
  EXPECT_THAT(world.events(client), IsEmpty()) << "nothing is taken any more";
  world.close(client, 4002);
  world.advance(seconds{1});
  EXPECT_THAT(statuses(world.frames(other)), ElementsAre("finished"));
}

constexpr auto detached = R"({"version": 1, "stubs": [
  {"name": "job", "match": {"cmd": "job"}, "detached": true,
   "reply": ["accept", {"delay": "1s"}, {"running": {}}, {"set": {"done": "${id}"}, "scope": "partition"},
             {"set": {"mine": 1}, "scope": "connection"}, {"broadcast": {"status": "done", "who": "${id}"}},
             {"fault": "no-pong"}, {"delay": "1s"}, {"finished": 1}]},
  {"name": "get", "match": {"cmd": "get"}, "reply": [{"finished": "${var.done ?? 'not yet'}"}]}]})";

TEST(EngineSteps, WhoeverWasWokenGoesOnFromThatTime) {
  EngineOptions options;
  options.time_scale = 0;
  Driver world{R"({"version": 1, "stubs": [
    {"name": "wait", "match": {"cmd": "wait"},
     "reply": ["accept", {"await": {"cmd": "go"}}, {"delay": "1s"}, {"finished": "woken"}]},
    {"name": "go", "match": {"cmd": "go"}, "reply": ["accept", {"delay": "500ms"}, {"finished": "went"}]}]})",
               options};
  const auto client = world.connect();
  world.send(client, request_text("a", "wait"));
  world.advance(seconds{10});
  world.send(client, request_text("b", "go"));
  world.advance(seconds{0});
  EXPECT_THAT(results(world.frames(client)), ElementsAre("went", "woken")) << "as it would be if time were not scaled";
}

TEST(EngineSteps, AReplyThatEndsTheConnectionWakesNobodyOnIt) {
  Driver world{R"({"version": 1, "stubs": [
    {"name": "wait", "match": {"cmd": "wait"}, "reply": ["accept", {"await": {"cmd": "end"}}, {"finished": 1}]},
    {"name": "end", "match": {"cmd": "end"}, "reply": ["accept", {"fault": "reset"}]}]})"};
  const auto client = world.connect();
  world.send(client, request_text("a", "wait"));
  world.send(client, request_text("b", "wait"));
  world.events(client);
  world.send(client, request_text("c", "end"));
  EXPECT_THAT(world.events(client), SizeIs(2));
  EXPECT_EQ(world.engine.instances(), 0U);
  EXPECT_EQ(world.engine.due(), std::nullopt);
}

TEST(EngineSteps, AMistakeBehindTheTerminalFrameEndsNoOtherRequest) {
  Driver world{R"({"version": 1, "stubs": [
    {"name": "done", "match": {"cmd": "done"}, "reply": [{"finished": 1}, {"delay": "1s"}, {"set": {"x": "${opt.missing}"}}]},
    {"name": "long", "match": {"cmd": "long"}, "reply": ["accept", {"delay": "1m"}, {"finished": 2}]}]})"};
  const auto client = world.connect();
  world.send(client, request_text("a", "done"));
  world.send(client, request_text("a", "long"));  // the id is free again (REQ-2)
  world.frames(client);
  world.advance(seconds{2});
  EXPECT_THAT(world.frames(client), IsEmpty());
  EXPECT_EQ(world.engine.verdict().failures.size(), 1U);
  world.advance(seconds{60});
  EXPECT_THAT(statuses(world.frames(client)), ElementsAre("finished"));
}

TEST(EngineSteps, ADetachedInstanceOutlivesItsConnection) {
  for (const bool told : {false, true}) {  // who ends it: the client, or we
    Driver world{detached};
    const auto client = world.connect();
    const auto other = world.connect();
    world.ask(client, request_text("a", "job"));
    if (told) {
      world.engine.drop({world.now, world.wall}, client, 4000, world.outputs());
      world.collect();
    }
    world.close(client);
    EXPECT_EQ(world.engine.instances(), 1U);
    ASSERT_THAT(world.engine.jobs(), SizeIs(1));
    EXPECT_EQ(world.engine.jobs()[0].connection, 0U);
    world.advance(seconds{1});
    EXPECT_THAT(statuses(world.frames(other)), ElementsAre("done"));
    EXPECT_THAT(world.notes(), Contains("not delivered: running, the connection has ended"));
    EXPECT_THAT(world.notes(), Contains("not delivered: no-pong, the connection has ended"));
    EXPECT_EQ(world.answer(other, request_text("g", "get")).at("result"), "a");
    world.advance(seconds{1});
    EXPECT_THAT(world.notes(), Contains("not delivered: finished, the connection has ended"));
    EXPECT_EQ(world.engine.instances(), 0U);
    EXPECT_EQ(world.engine.due(), std::nullopt);
    EXPECT_TRUE(world.engine.verdict().met());
  }
}

TEST(EngineSteps, ADetachedInstanceThatClosesItsConnectionGoesOnWithoutIt) {
  Driver world{stub(R"(["accept", {"close": 1000}, {"delay": "1s"}, {"broadcast": {"status": "done"}}, {"finished": 1}])",
                    R"("detached": true, )")};
  const auto client = world.connect();
  const auto other = world.connect();
  world.send(client, request_text("a", "it"));
  EXPECT_EQ(world.close_code(client), 1000);
  world.close(client);
  world.advance(seconds{1});
  EXPECT_THAT(statuses(world.frames(other)), ElementsAre("done"));
  EXPECT_EQ(world.engine.instances(), 0U);
}

TEST(EngineSteps, DetachedInstancesDoNotPileUp) {
  EngineOptions options;
  options.max_detached = 3;
  Driver world{stub(R"(["accept", {"delay": "1h"}, {"broadcast": {"status": "done", "who": "${id}"}}, {"finished": 1}])",
                    R"("detached": true, )"),
               options};
  const auto witness = world.connect();
  for (int i = 0; i < 5; ++i) {
    const auto client = world.connect();
    world.ask(client, request_text("r" + std::to_string(i), "it"));
    world.close(client, 1006);
  }
  EXPECT_EQ(world.engine.instances(), 3U);
  EXPECT_THAT(world.notes(), SizeIs(2));
  world.advance(std::chrono::hours{1});
  std::vector<std::string> who;
  for (const auto& frame : world.frames(witness)) who.push_back(frame.at("who"));
  EXPECT_THAT(who, ElementsAre("r2", "r3", "r4")) << "the oldest have gone";

  EngineOptions few_bytes;
  few_bytes.max_live_bytes = 3000;
  Driver small{stub(R"(["accept", {"delay": "1h"}, {"finished": 1}])", R"("detached": true, )"), few_bytes};
  for (int i = 0; i < 5; ++i) {
    const auto client = small.connect();
    small.ask(client, request_text("a", "it", {std::string(600, 'x')}));
    small.close(client);
  }
  EXPECT_EQ(small.engine.instances(), 2U);
}

// A client that sends many large requests that never end.
TEST(EngineSteps, WhatTheRequestsOfAConnectionHoldIsBounded) {
  EngineOptions options;
  options.max_live_bytes = 10'000;
  Driver world{stub(R"(["accept", {"delay": "1h"}, {"finished": 1}])"), options};
  const auto client = world.connect();
  const auto other = world.connect();
  std::size_t refused = 0;
  for (int i = 0; i < 100; ++i) {
    const json last = world.answer(client, request_text("r" + std::to_string(i), "it", {std::string(1000, 'x')}));
    refused += last.value("code", "") == "TOO_MANY_REQUESTS";
  }
  EXPECT_GE(refused, 90U);
  EXPECT_LE(world.engine.instances(), 10U);
  EXPECT_EQ(world.answer(other, request_text("a", "it")).at("status"), "ack") << "others are served";
  world.advance(std::chrono::hours{1});
  world.frames(client);
  EXPECT_EQ(world.answer(client, request_text("again", "it", {std::string(1000, 'x')})).at("status"), "ack") << "there is room";

  json scenario = json::parse(stub(R"(["accept", {"delay": "1h"}, {"finished": 1}])"));
  scenario["limits"] = {{"live_requests", 2}, {"live_bytes", "1MiB"}};
  Driver set{scenario.dump()};
  const auto third = set.connect();
  for (const char* id : {"a", "b"}) EXPECT_EQ(set.answer(third, request_text(id, "it")).at("status"), "ack");
  EXPECT_EQ(set.answer(third, request_text("c", "it")).at("code"), "TOO_MANY_REQUESTS");
}

}  // namespace
}  // namespace procedura::mock::engine
