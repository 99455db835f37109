// SIGINT and SIGTERM in every phase of a run, and agents that hang up in every phase of a connection.
#include "bench_runs.hpp"
#include "scripted_peer.hpp"
#include "small_agent.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace procedura::bench {
namespace {

using namespace std::chrono_literals;
using procedura::testing::ScriptedPeer;
using procedura::testing::SmallAgent;

const std::vector<std::string> one{R"({"id":"$ID","status":"finished","result":1})"};
const std::vector<std::string> unknown{R"({"id":"$ID","status":"error","code":"UNKNOWN_MODULE","message":"?"})"};

void expect_no_run(const Result<RunResult>& result) {
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().code, errc::cancelled);
  EXPECT_EQ(result.error().message, "interrupted before the run began");
}

class BenchInterruption : public ::testing::TestWithParam<int> {
 protected:
  static Plan plan(const std::string& url) {
    Plan plan = plan_for(url, "quick");
    plan.load.load = at_rate(100);
    plan.load.duration = std::chrono::hours{1};
    plan.load.cut_off = std::chrono::hours{1};
    return plan;
  }
  /// A reply that sends the signal first, the first time: one more might come when the run is over, and nobody takes it.
  static SmallAgent::Answer signalled(std::vector<std::string> replies) {
    return [replies, sent = std::make_shared<std::once_flag>()](const std::string&) {
      std::call_once(*sent, [] { kill(getpid(), GetParam()); });
      return replies;
    };
  }
};

TEST_P(BenchInterruption, WhileItConnects) {
  ScriptedPeer agent{[](ScriptedPeer::Link& link) {
    link.read_head();
    kill(getpid(), GetParam());
    link.wait_for_hang_up();
  }};
  expect_no_run(try_run(plan(agent.url())));
}

TEST_P(BenchInterruption, WhileTheCountersAreAskedFor) {
  SmallAgent agent;
  agent.on("__diag_ws_metrics", signalled({SmallAgent::silence}));
  expect_no_run(try_run(plan(agent.url())));
}

TEST_P(BenchInterruption, WhileItWaitsForTheStart) {
  SmallAgent agent;
  RunSetting setting;
  setting.start = [] {
    kill(getpid(), GetParam());
    return std::chrono::steady_clock::now() + std::chrono::hours{1};
  };
  const RunResult result = make_run(plan(agent.url()), setting);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.metrics.jobs(), JobCounts{});
  EXPECT_EQ(result.window, Nanos{0});
}

TEST_P(BenchInterruption, InTheWarmUp) {
  SmallAgent agent;
  agent.on("quick", signalled(one));
  Plan warming = plan(agent.url());
  warming.load.warm_up = std::chrono::hours{1};
  const RunResult result = make_run(warming);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.metrics.jobs(), JobCounts{});
  EXPECT_EQ(result.window, Nanos{0});
}

TEST_P(BenchInterruption, InTheWindow) {
  SmallAgent agent;
  agent.on("quick", signalled(one));
  const RunResult result = make_run(plan(agent.url()));
  EXPECT_TRUE(result.interrupted);
  EXPECT_GT(result.metrics.jobs().due, 0U);
  EXPECT_LT(result.window, std::chrono::hours{1});
}

TEST_P(BenchInterruption, InTheDrainTwice) {
  SmallAgent agent;
  agent.on("quick", {SmallAgent::silence});
  Plan draining = plan(agent.url());
  draining.load.duration = 50ms;
  RunSetting setting;
  setting.progress_every = 10ms;
  setting.on_progress = [](const Progress& progress) {
    if (progress.now >= progress.window_end) kill(getpid(), GetParam());
  };
  const RunResult result = make_run(draining, setting);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.window, 50ms);
  EXPECT_EQ(result.metrics.jobs().due, 5U);
  EXPECT_EQ(result.metrics.jobs().unfinished, 5U);
}

INSTANTIATE_TEST_SUITE_P(Signals, BenchInterruption, ::testing::Values(SIGINT, SIGTERM),
                         [](const auto& signal) { return signal.param == SIGINT ? "SIGINT" : "SIGTERM"; });

TEST(BenchHangUps, BeforeTheRunAreNoRun) {
  const std::vector<std::pair<const char*, ScriptedPeer::Script>> hang_ups{
      {"at once", [](ScriptedPeer::Link&) {}},
      {"at once, reset", [](ScriptedPeer::Link& link) { link.reset(); }},
      {"in the middle of the request", [](ScriptedPeer::Link& link) { link.read(10); }},
      {"behind it", [](ScriptedPeer::Link& link) { link.read_head(); }},
      {"in the middle of the answer",
       [](ScriptedPeer::Link& link) { link.write(procedura::testing::accepted(link.read_head()).substr(0, 30)); }}};
  for (const auto& [when, script] : hang_ups) {
    for (const Churn churn : {Churn::none, Churn::connect}) {
      ScriptedPeer agent{script};
      Plan plan = plan_for(agent.url(), "quick");
      plan.churn = churn;
      plan.load.load = at_rate(100);
      const auto result = try_run(plan);
      ASSERT_TRUE(result.has_error()) << when;
      // A reset may be there before the connection is known to be.
      EXPECT_TRUE(result.error().code == errc::handshake_refused || result.error().code == errc::connect_failed)
          << when << ": " << result.error().message;
    }
  }
}

// Each connection, as soon as it is open: the run begins, and has none left.
TEST(BenchHangUps, RightBehindTheUpgradeAreALostRun) {
  for (const bool is_reset : {false, true}) {
    ScriptedPeer agent{[&](ScriptedPeer::Link& link) {
      link.upgrade();
      if (is_reset) link.reset();
    }};
    Plan plan = plan_for(agent.url(), "quick");
    plan.load.load = at_rate(100);
    const auto result = try_run(plan);
    if (result.has_error()) {
      EXPECT_EQ(result.error().code, errc::connection_lost) << result.error().message;
    } else {
      EXPECT_EQ(result.value().connections_lost, 1U);
    }
  }
}

TEST(BenchHangUps, InTheMiddleOfAReplyAreFailedJobs) {
  ScriptedPeer agent{[](ScriptedPeer::Link& link) {
    link.upgrade();
    for (int i = 0; i < 2; ++i) {
      const auto frame = link.receive();
      if (!frame) return;
      std::string reply = (procedura::testing::member(*frame, "cmd") == "quick" ? one : unknown).front();
      reply.replace(reply.find("$ID"), 3, procedura::testing::member(*frame, "id"));
      const std::string bytes = procedura::testing::server_frame(0x81, reply);
      link.write(i == 0 ? bytes : bytes.substr(0, bytes.size() - 5));
    }
  }};
  Plan plan = plan_for(agent.url(), "quick");
  plan.load.load = ClosedLoop{1};
  plan.load.connections = 3;
  plan.load.duration = std::chrono::hours{1};
  const RunResult result = make_run(plan);
  EXPECT_EQ(result.connections_lost, 3U);
  EXPECT_EQ(result.metrics.jobs().failed, 3U);
  EXPECT_EQ(result.metrics.jobs().due, result.metrics.jobs().finished + 3);
  EXPECT_LT(result.window, std::chrono::hours{1});
}

TEST(BenchSecrets, AreKeptFromWhatAnAgentSaysOfThem) {
  ScriptedPeer agent{[](ScriptedPeer::Link& link) {
    link.upgrade();
    for (int i = 0; i < 2; ++i) {
      const auto frame = link.receive();
      if (!frame) return;
      link.send(R"({"status":"error","code":"BAD_geheim","id":")" + procedura::testing::member(*frame, "id") + "\"}");
    }
    link.close(1008, "no geheim here");
  }};
  Plan plan = plan_for(agent.url(), "quick");
  plan.load.load = ClosedLoop{1};
  RunSetting setting;
  setting.redactor.add("geheim");
  std::ostringstream jobs;
  setting.jobs = &jobs;
  const RunResult result = make_run(plan, setting);
  ASSERT_EQ(result.connections_lost, 1U);
  EXPECT_EQ(result.first_loss.find("geheim"), std::string::npos) << result.first_loss;
  EXPECT_NE(result.first_loss.find("1008"), std::string::npos) << result.first_loss;
  for (const auto& [code, times] : result.metrics.errors()) EXPECT_EQ(code.find("geheim"), std::string::npos) << code;
  EXPECT_NE(jobs.str().find("BAD_"), std::string::npos) << jobs.str();
  EXPECT_EQ(jobs.str().find("geheim"), std::string::npos) << jobs.str();
  for (const Timeline& job : result.timelines.slowest()) EXPECT_EQ(job.error.find("geheim"), std::string::npos);
}

}  // namespace
}  // namespace procedura::bench
