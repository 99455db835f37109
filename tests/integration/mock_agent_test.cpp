// The mock in the user's process.
#include "raw_client.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace procedura::mock {
namespace {

using procedura::testing::RawClient;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto scenario =
    R"({"version": 1, "stubs": [{"name": "hi", "match": {"cmd": "hi"}, "reply": [{"delay": "1h"}, {"finished": 1}]}],
  "expect": [{"name": "greeted", "request": {"cmd": "hi"}}]})";

TEST(MockAgent, ListensServesAndJudges) {
  MockAgent::Options options;
  options.time_scale = 0;
  MockAgent agent{scenario, options};
  EXPECT_EQ(agent.url(), "ws://127.0.0.1:" + std::to_string(agent.port()));
  EXPECT_FALSE(agent.verdict().met());
  RawClient client{agent.port()};
  client.upgrade();
  client.send(R"({"id":"1","cmd":"hi","args":[],"mode":"sync"})");
  client.read_text();
  EXPECT_THAT(client.read_text(), HasSubstr("finished"));
  EXPECT_TRUE(agent.verdict().met());
  EXPECT_THAT(agent.journal(), SizeIs(4)) << "opened, asked, taken, finished";
  client.hang_up();
  EXPECT_TRUE(agent.stop().met());
  EXPECT_TRUE(agent.stop().met()) << "once more";
  EXPECT_THAT(agent.journal(), SizeIs(::testing::Ge(4)));
}

TEST(MockAgent, CanBeMovedAndAskedFromAnyThread) {
  MockAgent first{scenario};
  MockAgent agent = std::move(first);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        agent.verdict();
        agent.journal();
      }
    });
  }
  agent.stop();
  for (auto& thread : threads) thread.join();
}

TEST(MockAgent, ManyCanRunSideBySide) {
  std::vector<MockAgent> agents;
  for (int i = 0; i < 10; ++i) agents.emplace_back(scenario);
  for (auto& agent : agents) EXPECT_THAT(RawClient{agent.port()}.upgrade(), HasSubstr("101"));
}

TEST(MockAgent, SaysWhatIsWrongWithAScenario) {
  try {
    MockAgent agent{R"({"version": 1, "stubz": [], "unmatched": "perhaps"})"};
    FAIL();
  } catch (const MockError& error) {
    EXPECT_EQ(error.kind(), MockError::Kind::scenario);
    EXPECT_THAT(error.what(), HasSubstr("stubz"));
    EXPECT_THAT(error.what(), HasSubstr("unmatched"));
    EXPECT_THAT(error.what(), HasSubstr(":1:"));
  }
  EXPECT_THROW(MockAgent::from_files({"/no/such/file.json"}), MockError);
}

TEST(MockAgent, SaysWhyItCannotListen) {
  MockAgent first{scenario};
  MockAgent::Options options;
  options.port = first.port();
  try {
    MockAgent second{scenario, options};
    FAIL();
  } catch (const MockError& error) {
    EXPECT_EQ(error.kind(), MockError::Kind::listen);
    EXPECT_THAT(error.what(), HasSubstr("in use"));
  }
  options.host = "no.such.host.invalid";
  EXPECT_THROW((MockAgent{scenario, options}), MockError);
}

TEST(MockAgent, LoadsFilesInOrder) {
  MockAgent agent = MockAgent::from_files({SCENARIOS "/demo-world.json", SCENARIOS "/demo-world.expect.json"});
  EXPECT_THAT(agent.verdict().expectations, SizeIs(5));
}

}  // namespace
}  // namespace procedura::mock
