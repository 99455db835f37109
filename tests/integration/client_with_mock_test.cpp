// A RemoteAgent and an agent that does as it should. What it does with one that does not: client_remote_agent_test.cpp.
#include <procedura/testing.hpp>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace procedura {
namespace {

using namespace mock::script;
using testing::AgentTest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Received;
using testing::Times;

class RemoteAgentTest : public AgentTest {};

TEST_F(RemoteAgentTest, RunsAModule) {
  agent.stub("snap").reply(ack(), finished(JsonText{R"({"b":1.50,"a":2})"}));
  const RunResult result = client().run("snap", {"--terse"});
  EXPECT_EQ(result.text(), R"({"b":1.50,"a":2})") << "the agent's own order and digits";
  EXPECT_EQ(result.json().dump(), R"({"b":1.5,"a":2})");
  EXPECT_EQ(result.job_id(), "job-1-1");
  const auto asked = agent.wait_for_request(request("snap").flag("terse"));
  ASSERT_TRUE(asked);
  EXPECT_THAT(asked->frame, HasSubstr(R"("cmd":"snap","args":["snap","--terse"],"mode":"sync")"));
}

TEST_F(RemoteAgentTest, StreamsTheEventsOfAJob) {
  agent.stub("job").reply(started(), repeat(2, "i", {running({{"n", "${i}"}})}), finished());
  std::vector<std::string> phases;
  for (const Event& event : client().stream("job")) phases.push_back(event.phase());
  EXPECT_THAT(phases, ElementsAre("started", "running", "running", "finished"));
}

TEST_F(RemoteAgentTest, RunsInsideALoopOverAStream) {
  agent.stub("job").reply(started(), repeat(2, "i", {running()}), finished());
  agent.stub("snap").reply(finished());
  for (const Event& event : client().stream("job")) {
    EXPECT_EQ(event.job_id().value_or("job-1-1"), "job-1-1");
    client().run("snap");
  }
  EXPECT_THAT(agent.journal(), Received("snap", Times(4)));
  EXPECT_EQ(agent.verdict().connections, 1U) << "all on one connection";
}

TEST_F(RemoteAgentTest, ShowsUpdatesOfARun) {
  agent.stub("snap").reply(ack(), running(), finished());
  std::vector<std::string> seen;
  CallOptions call;
  call.on_update = [&](const Event& event) { seen.push_back(event.phase()); };
  client().run("snap", {}, call);
  EXPECT_THAT(seen, ElementsAre("ack", "running"));
}

TEST_F(RemoteAgentTest, ClosesWellWhenItGoes) {
  agent.stub("snap").reply(finished());
  agent.expect("a clean goodbye").closed_with(1000);
  client().run("snap");
}

TEST_F(RemoteAgentTest, PointsOutAnEmptyWorld) {
  agent.stub("worldstate_snapshot").reply(finished({{"entities", {1}}}));
  agent.stub("worldstate_snapshot").flag("terse").reply(finished(JsonText{R"({"entities":[]})"}));
  EXPECT_EQ(client().worldstate_snapshot().warning, "");
  const Snapshot empty = client().worldstate_snapshot(true);
  EXPECT_THAT(empty.warning, HasSubstr("EMPTY_WORLD"));
  EXPECT_EQ(empty.result.text(), R"({"entities":[]})") << "the result is still delivered";
}

TEST_F(RemoteAgentTest, HandsUntargetedEventsToTheListener) {
  agent.stub("snap").reply(accept(), send({{"status", "running"}, {"news", 1}}),
                           send({{"id", "of-another"}, {"status", "running"}}), finished());
  std::vector<std::string> heard;
  client().on_event([&](const Event& event) { heard.push_back(event.text()); });
  client().run("snap");
  EXPECT_EQ(heard.size(), 2U);
}

}  // namespace
}  // namespace procedura
