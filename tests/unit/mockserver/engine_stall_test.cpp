// The whole agent stands still now and then.
#include "engine/stall.hpp"
#include "engine_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(EngineStall, IsAtTheEndOfEveryRound) {
  const TimePoint start{std::chrono::hours{3}};
  const StallClock clock{{seconds{10}, milliseconds{200}}, start};
  struct Case {
    int at, until;  // ms; 0: it moves
  };
  for (const auto& one : {Case{0, 0}, Case{9799, 0}, Case{9800, 10'000}, Case{9999, 10'000}, Case{10'000, 0}, Case{19'799, 0},
                          Case{19'800, 20'000}, Case{1'000'000, 0}, Case{999'900, 1'000'000}}) {
    const auto until = clock.until(start + milliseconds{one.at});
    EXPECT_EQ(until, one.until == 0 ? std::optional<TimePoint>{} : start + milliseconds{one.until}) << one.at;
  }
  EXPECT_EQ(clock.until(start - seconds{1}), std::nullopt);
  EXPECT_EQ(StallClock{}.until(start), std::nullopt);
  EXPECT_FALSE(StallClock{}.ever());
}

constexpr auto world_text = R"({"version": 1, "stall": {"every": "10s", "for": "2s"}, "stubs": [
  {"name": "now", "match": {"cmd": "now"}, "reply": [{"finished": "${id}"}]},
  {"name": "slow", "match": {"cmd": "slow"}, "reply": ["accept", {"delay": "9s"}, {"finished": "${id}"}]}]})";

TEST(EngineStall, WhatComesMeanwhileIsTakenAtItsEndInItsOrderAndTimersToo) {
  for (const double scale : {0.5, 1.0}) {
    EngineOptions options;
    options.time_scale = scale;
    Driver world{world_text, options};
    const auto client = world.connect();
    const auto leaver = world.connect();
    const TimePoint start = world.now;
    if (scale < 1) world.advance(milliseconds{4500});  // its timer is due at 9 s all the same
    world.send(client, request_text("timer", "slow"));
    world.advance(start + milliseconds{8500} - world.now);
    world.frames(client);
    world.send(client, request_text("a", "now"));
    world.send_binary(client, 3);
    world.send(leaver, request_text("last", "now"));
    world.close(leaver, 1006);
    world.send(client, request_text("b", "now"));
    EXPECT_THAT(world.frames(client), IsEmpty());
    EXPECT_EQ(world.engine.stalled_until(world.now), start + seconds{10});
    EXPECT_EQ(world.engine.due(), start + seconds{10}) << "stalls are not scaled";
    world.fire();
    world.advance(milliseconds{1499});
    EXPECT_THAT(world.frames(client), IsEmpty());
    world.advance(milliseconds{1});
    EXPECT_EQ(world.engine.stalled_until(world.now), std::nullopt);
    std::vector<std::string> came;
    for (const auto& frame : world.frames(client)) came.push_back(frame.value("id", frame.value("code", "")));
    EXPECT_THAT(came, ElementsAre("a", "a", "BAD_FRAME", "b", "b", "timer"));
    EXPECT_EQ(world.engine.connections().size(), 1U) << "the one that left has gone";
    EXPECT_EQ(world.engine.verdict().requests, 4U) << "and was heard";
    EXPECT_THAT(world.notes(), Contains("fault stall: 2000 ms"));
  }
}

TEST(EngineStall, WhatComesBeforeTheTimerFiresKeepsItsPlace) {
  Driver world{world_text};
  const auto client = world.connect();
  world.now += milliseconds{9000};
  world.send(client, request_text("a", "now"));
  world.now += milliseconds{1500};
  world.send(client, request_text("b", "now"));
  EXPECT_THAT(world.frames(client), IsEmpty());
  world.fire();
  std::vector<std::string> came;
  for (const auto& frame : world.frames(client)) came.push_back(frame.at("id"));
  EXPECT_THAT(came, ElementsAre("a", "a", "b", "b"));
  EXPECT_THAT(statuses(world.ask(client, request_text("c", "now"))), ElementsAre("ack", "finished"));
}

TEST(EngineStall, WhatWaitsIsBounded) {
  Driver world{world_text};
  const auto flood = world.connect();
  const auto client = world.connect();
  world.now += milliseconds{9000};
  const std::string large = request_text("x", "now", {std::string(300'000, 'x')});
  world.send(client, request_text("a", "now"));
  for (int i = 0; i < 10; ++i) world.send(flood, large);
  EXPECT_EQ(world.close_code(flood), 1008);
  world.close(flood, 1008);
  world.advance(seconds{1});
  EXPECT_THAT(statuses(world.frames(client)), ElementsAre("ack", "finished")) << "others are served";
  EXPECT_EQ(world.engine.connections().size(), 1U);
}

TEST(EngineStall, WhoHungUpMeanwhileIsJudgedThoughTheAgentEndsInIt) {
  for (const std::uint16_t code : {std::uint16_t{1000}, std::uint16_t{1006}}) {
    Driver world{R"({"version": 1, "stall": {"every": "10s", "for": "2s"},
      "expect": [{"name": "goodbye", "close": {"code": 1000}}]})"};
    const auto client = world.connect();
    world.now += milliseconds{9000};
    world.close(client, code);
    world.going_down();
    EXPECT_EQ(world.engine.verdict().met(), code == 1000) << world.engine.verdict().report();
  }
}

TEST(EngineStall, ASecondOneMayComeBeforeTheInputsOfTheFirstAreWorkedOff) {
  EngineOptions options;
  options.bytes_per_turn = 60;
  Driver world{world_text, options};
  const TimePoint start = world.now;
  const auto client = world.connect();
  world.now += milliseconds{9000};
  for (const auto* id : {"a", "b", "c"}) world.send(client, request_text(id, "now"));
  world.now = start + seconds{10};
  world.fire();
  EXPECT_THAT(world.frames(client), SizeIs(2));
  EXPECT_EQ(world.engine.due(), start + seconds{10}) << "at once, as soon as others had their turn";
  world.now = start + seconds{19};
  world.fire();
  EXPECT_THAT(world.frames(client), IsEmpty());
  EXPECT_EQ(world.engine.due(), start + seconds{20}) << "there is nothing to do before";
  world.now = start + seconds{20};
  world.fire();
  world.fire();
  EXPECT_THAT(world.frames(client), SizeIs(4));
}

TEST(EngineStall, WhatBecameDueComesBehindAllThatCame) {
  EngineOptions options;
  options.bytes_per_turn = 60;
  Driver world{world_text, options};
  const auto client = world.connect();
  world.send(client, request_text("timer", "slow"));
  world.now += milliseconds{9000};
  for (const auto* id : {"a", "b"}) world.send(client, request_text(id, "now"));
  world.frames(client);
  world.now += seconds{1};
  for (int i = 0; i < 3; ++i) world.fire();
  std::vector<std::string> came;
  for (const auto& frame : world.frames(client)) came.push_back(frame.at("id"));
  EXPECT_THAT(came, ElementsAre("a", "a", "b", "b", "timer"));
  EXPECT_EQ(world.engine.journal().back().intended_ns, 10'000'000'000) << "until then it was no lateness of ours";
}

TEST(EngineStall, AllConnectionsTogetherAreBoundedToo) {
  DeferredInputs inputs;
  using Kind = DeferredInput::Kind;
  bool refused = false;
  for (ConnectionId id = 1; id <= 100; ++id) {
    EXPECT_TRUE(inputs.add({Kind::text, id, "first"}));
    if (!inputs.add({Kind::text, id, std::string(900'000, 'x')})) refused = true;
    EXPECT_TRUE(inputs.add({Kind::closed, id}));
  }
  EXPECT_TRUE(refused);
  EXPECT_LE(inputs.bytes(), DeferredInputs::most_of_all + 100 * 2 * sizeof(DeferredInput) + 100 * 5);
  while (inputs.next()) {
  }
  EXPECT_EQ(inputs.bytes(), 0U);
}

TEST(EngineStall, DoesNotOutliveItsScenarioNorTheAgent) {
  Driver world{world_text};
  const auto client = world.connect();
  world.now += milliseconds{9000};
  world.send(client, request_text("a", "now"));
  world.going_down();
  EXPECT_THAT(statuses(world.frames(client)), ElementsAre("ack", "finished"));
  EXPECT_EQ(world.close_code(client), 1001);
  EXPECT_EQ(world.engine.stalled_until(world.now), std::nullopt);

  Driver other{world_text};
  const auto second = other.connect();
  other.now += milliseconds{9000};
  other.adopt(R"({"version": 1, "stubs": [{"name": "now", "match": {"cmd": "now"}, "reply": [{"finished": 1}]}]})");
  EXPECT_THAT(other.ask(second, request_text("a", "now")), SizeIs(2));
}

}  // namespace
}  // namespace procedura::mock::engine
