// A stranger's tests of code that talks to agents: what procedura::testing is for.
#include <procedura/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace {

using namespace procedura::mock::script;
using namespace procedura::testing;
using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Not;

/// The code under test.
std::size_t count_entities(procedura::Agent& agent) {
  return agent.worldstate_snapshot().result.json().at("entities").size();
}

std::string place(procedura::Agent& agent, int sprites) {
  std::string phases;
  for (const auto& event : agent.stream("place_ooi_sprites", {"--n", std::to_string(sprites)})) phases += event.phase() + ' ';
  return phases;
}

// --- against a whole agent in this process

TEST_F(AgentTest, CountsEntities) {
  agent.stub("worldstate_snapshot").reply(ack(), finished({{"entities", {{"e1", json::object()}, {"e2", json::object()}}}}));
  agent.expect("looked once").request("worldstate_snapshot").count(1);
  agent.expect("said goodbye").closed_with(1000);
  EXPECT_EQ(count_entities(client()), 2U);
  EXPECT_THAT(agent.journal(), Received("worldstate_snapshot", OnConnection(1), Times(1)));
  EXPECT_THAT(agent.journal(), Not(Received("reset_world")));
}

class Patient : public AgentTest {
 protected:
  Patient() : AgentTest{on_a_manual_clock()} {}
  static procedura::mock::MockAgent::Options on_a_manual_clock() {
    procedura::mock::MockAgent::Options options;
    options.clock = procedura::mock::MockAgent::Clock::manual;
    return options;
  }
};

TEST_F(Patient, PlacesSpritesForHours) {
  agent.stub("place_ooi_sprites")
      .mode(Mode::async)
      .option("n", at_least(1))
      .reply(accept(), repeat("${opt.n}", "i", {delay(1h), running({{"i", "${i}"}})}), finished({{"placed", "${opt.n}"}}));
  auto stream = client().stream("place_ooi_sprites", {"--n", "2"});
  EXPECT_EQ(stream.next()->phase(), "started");
  agent.advance(2h);
  EXPECT_EQ(stream.next()->phase(), "running");
  EXPECT_EQ(stream.next()->phase(), "running");
  EXPECT_THAT(stream.next().value(), HasResult({{"placed", 2}}));
  EXPECT_THAT(agent.journal(), Received("place_ooi_sprites", WithOption("n", 2), InMode(Mode::async)));
  EXPECT_THAT([&] { client().run("place_ooi_sprites"); }, FailedWith("NO_STUB_MATCH"));
  EXPECT_THAT(agent.verdict(), Met());
}

// --- without any socket

TEST(WithADouble, CountsEntities) {
  AgentDouble agent;
  EXPECT_CALL(agent, do_run("worldstate_snapshot", _, _)).WillOnce(Answers({{"entities", {1, 2, 3}}}));
  EXPECT_EQ(count_entities(agent), 3U);
}

TEST(WithADouble, FollowsAStream) {
  AgentDouble agent;
  EXPECT_CALL(agent, do_stream("place_ooi_sprites", ElementsAre("--n", "1"), _))
      .WillOnce(Streams({started_event(), running_event({{"i", 0}}), finished_event()}))
      .WillOnce(Fails("BUSY", "later"));
  EXPECT_EQ(place(agent, 1), "started running finished ");
  EXPECT_THAT([&] { place(agent, 1); }, FailedWith("BUSY"));
}

}  // namespace
