// When a run is over by itself: `--until-met` and `--deadline`.
#include "engine_driver.hpp"

namespace procedura::mock::engine {
namespace {

constexpr auto scenario = R"({"version": 1, "stubs": [
  {"name": "hi", "match": {"cmd": "hi"}, "reply": [{"finished": 1}]},
  {"name": "long", "match": {"cmd": "long"}, "detached": true, "reply": ["accept", {"delay": "1s"}, {"finished": 1}]}],
"expect": [{"name": "greeted", "request": {"cmd": "hi"}}]})";

EngineOptions until_met() {
  EngineOptions options;
  options.until_met = true;
  return options;
}

door::Accept to(std::string partition) {
  door::Accept accept;
  accept.partition = std::move(partition);
  return accept;
}

TEST(EngineOver, NotBeforeAnybodyCame) {
  EXPECT_FALSE((Driver{scenario, until_met()}.engine.over()));
  EXPECT_FALSE((Driver{R"({"version": 1})", until_met()}.engine.over())) << "though nothing is expected";
}

TEST(EngineOver, WhenAllHasComeNothingRunsAndEverybodyHasHungUp) {
  // All eight combinations of: the request came, a job runs on, the client is still there.
  for (const bool greeted : {false, true}) {
    for (const bool job_runs : {false, true}) {
      for (const bool connected : {false, true}) {
        Driver world{scenario, until_met()};
        const auto client = world.connect();
        if (greeted) world.send(client, request_text("a", "hi"));
        if (job_runs) world.send(client, request_text("b", "long"));
        if (!connected) world.close(client);
        EXPECT_EQ(world.engine.over(), greeted && !job_runs && !connected) << greeted << job_runs << connected;
        world.advance(seconds{2});
        EXPECT_EQ(world.engine.over(), greeted && !connected) << "the job has ended";
        EXPECT_FALSE(world.engine.deadline_passed());
      }
    }
  }
}

TEST(EngineOver, WithoutBeingAskedNever) {
  Driver world{scenario};
  const auto client = world.connect();
  world.send(client, request_text("a", "hi"));
  world.close(client);
  world.advance(std::chrono::hours{1000});
  EXPECT_FALSE(world.engine.over());
}

TEST(EngineOver, EveryPartitionThatWasUsedMustBeReady) {
  Driver world{scenario, until_met()};
  const auto alpha = world.connect(to("alpha"));
  const auto beta = world.connect(to("beta"));
  world.send(alpha, request_text("a", "hi"));
  world.close(alpha);
  EXPECT_FALSE(world.engine.over());
  world.close(beta);
  EXPECT_FALSE(world.engine.over()) << "beta was not greeted";
  const auto again = world.connect(to("beta"));
  world.send(again, request_text("a", "hi"));
  EXPECT_FALSE(world.engine.over());
  world.close(again);
  EXPECT_TRUE(world.engine.over()) << "the default partition was not used";
}

TEST(EngineOver, AResetPartitionWasNeverUsed) {
  Driver world{scenario, until_met()};
  const auto client = world.connect();
  world.send(client, request_text("a", "hi"));
  world.close(client);
  EXPECT_TRUE(world.engine.over());
  world.reset("default");
  EXPECT_FALSE(world.engine.over());
}

TEST(EngineOver, UpperBoundsAreJudgedAndNotWaitedFor) {
  Driver world{R"({"version": 1, "expect": [{"name": "never", "request": {"cmd": "reset_world"}, "count": 0}]})", until_met()};
  const auto client = world.connect();
  world.send(client, request_text("a", "reset_world"));
  world.close(client);
  EXPECT_TRUE(world.engine.over());
  EXPECT_FALSE(world.engine.verdict().met());
}

TEST(EngineOver, AtTheDeadlineWhateverIsGoingOn) {
  for (const bool also_until_met : {false, true}) {
    for (const double scale : {0.0, 1.0, 100.0}) {
      EngineOptions options;
      options.until_met = also_until_met;
      options.deadline = seconds{30};
      options.time_scale = scale;
      Driver world{scenario, options};
      EXPECT_EQ(world.engine.due(), world.now + seconds{30}) << "nobody has to come for it";
      world.connect();
      world.advance(seconds{30} - std::chrono::nanoseconds{1});
      EXPECT_FALSE(world.engine.over());
      world.advance(std::chrono::nanoseconds{1});
      EXPECT_TRUE(world.engine.over());
      EXPECT_EQ(world.engine.due(), std::nullopt) << "it passes once";
      EXPECT_TRUE(world.engine.deadline_passed());
      EXPECT_TRUE(world.engine.verdict().deadline_passed);
      EXPECT_NE(world.engine.verdict().report().find("; the deadline passed: FAILED"), std::string::npos);
    }
  }
}

TEST(EngineOver, ADeadlineBeyondAllTimeNeverComes) {
  EngineOptions options;
  options.deadline = Duration::max();
  Driver world{scenario, options};
  world.connect();
  world.now += std::chrono::hours{24 * 365};
  world.fire();
  EXPECT_FALSE(world.engine.over());
}

TEST(EngineOver, AReloadMovesNoDeadlineAndBringsItsOwnExpectations) {
  EngineOptions options = until_met();
  options.deadline = seconds{30};
  Driver world{scenario, options};
  const auto client = world.connect();
  world.close(client);
  EXPECT_FALSE(world.engine.over());
  world.adopt(R"({"version": 1})");
  EXPECT_TRUE(world.engine.over()) << "nothing is expected any more";
  EXPECT_EQ(world.engine.due(), world.engine.start() + seconds{30});
}

}  // namespace
}  // namespace procedura::mock::engine
