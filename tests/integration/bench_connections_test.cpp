// Connections that are made over TLS, and those that come and go with their jobs.
#include "bench_runs.hpp"
#include "measure/agent_counters.hpp"
#include "net/tls.hpp"
#include "program/program.hpp"
#include "running_server.hpp"
#include "small_agent.hpp"
#include "temporary_folder.hpp"
#include "tls_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <variant>
#include <vector>

namespace procedura::bench {
namespace {

using namespace std::chrono_literals;
using mock::MockAgent;
using procedura::testing::make_pem_pair;
using procedura::testing::PemPair;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr const char* scenario = R"({
  "version": 1, "seed": 1,
  "stubs": [ { "name": "quick", "match": { "cmd": "quick" }, "reply": [ "accept", { "finished": 1 } ] },
             { "name": "slow", "match": { "cmd": "slow" }, "reply": [ "accept", { "delay": "1h" }, { "finished": 1 } ] },
             { "name": "drops", "match": { "cmd": "drops" }, "reply": [ "accept", { "fault": "reset" } ] } ]
})";

class BenchTls : public ::testing::Test {
 protected:
  static mock::net::ServerOptions with(const PemPair& pair) {
    auto made = mock::net::make_tls_identity({pair.certificate_file, pair.key_file, ""}, "127.0.0.1");
    if (const auto* problem = std::get_if<std::string>(&made)) throw std::runtime_error{*problem};
    mock::net::ServerOptions options;
    options.tls = std::get<0>(made);
    return options;
  }

  static Plan plan(const std::string& url) {
    Plan plan = plan_for(url, "quick");
    plan.load.load = at_rate(100);
    plan.load.duration = 200ms;
    plan.load.connections = 3;
    return plan;
  }

  const procedura::testing::TemporaryFolder folder_;
  const PemPair authority_ = make_pem_pair(folder_.path().string(), "authority");
  const PemPair own_ = make_pem_pair(folder_.path().string(), "server", &authority_);
  const mock::RunningServer agent_{scenario, with(own_)};
};

TEST_F(BenchTls, MeasuresTheHandshakeApart) {
  Plan trusting = plan(agent_.url);
  trusting.tls.ca = authority_.certificate_file;
  const RunResult result = make_run(trusting);
  EXPECT_EQ(result.metrics.jobs().finished, 20U);
  EXPECT_EQ(result.connection_times.tls.count(), 3U);
  EXPECT_GT(result.connection_times.tls.min(), Nanos{0});
  EXPECT_EQ(result.connection_times.upgrade.count(), 3U);
  EXPECT_EQ(result.tls_version, "TLSv1.3");
  EXPECT_THAT(result.tls_cipher, StartsWith("TLS_"));
}

TEST_F(BenchTls, TrustsNobodyThatItIsNotToldToTrust) {
  const auto refused = try_run(plan(agent_.url));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::tls_failed);

  Plan careless = plan(agent_.url);
  careless.tls.insecure = true;
  EXPECT_EQ(make_run(careless).metrics.jobs().finished, 20U);

  Plan mistaken = plan(agent_.url);
  mistaken.tls.ca = "/no/such/file.pem";
  const auto unreadable = try_run(mistaken);
  ASSERT_TRUE(unreadable.has_error());
  EXPECT_THAT(unreadable.error().message, HasSubstr("/no/such/file.pem"));
}

TEST_F(BenchTls, EachJobOfAChurningRunMakesAWholeHandshake) {
  Plan churning = plan(agent_.url);
  churning.tls.ca = authority_.certificate_file;
  churning.churn = Churn::connect;
  EXPECT_FALSE(tls_options(churning).resume);
  EXPECT_TRUE(tls_options(plan(agent_.url)).resume);
  const RunResult result = make_run(churning);
  EXPECT_EQ(result.metrics.jobs().finished, 20U);
  EXPECT_EQ(result.connection_times.tls.count(), 21U) << "one more asks for the agent's counters";
  EXPECT_GT(result.metrics.of(Metric::service_response).min(), result.connection_times.tls.min())
      << "it is part of the latencies";
}

TEST(BenchWithoutTls, HasNoneOfItsFigures) {
  const MockAgent agent{scenario};
  Plan plan = plan_for(agent.url(), "quick");
  plan.load.load = ClosedLoop{1};
  plan.load.duration = 20ms;
  const RunResult result = make_run(plan);
  EXPECT_EQ(result.connection_times.tls.count(), 0U);
  EXPECT_EQ(result.tls_version, "");
  EXPECT_EQ(result.tls_cipher, "");
}

TEST(BenchChurn, EveryJobHasAConnectionOfItsOwn) {
  const MockAgent agent{scenario};
  Plan plan = plan_for(agent.url(), "quick");
  plan.churn = Churn::connect;
  plan.load.load = at_rate(200);
  plan.load.duration = 500ms;
  plan.load.connections = 4;  // says nothing here
  std::ostringstream log;
  RunSetting setting;
  setting.jobs = &log;
  const RunResult result = make_run(plan, setting);
  EXPECT_EQ(result.metrics.jobs().finished, 100U);
  EXPECT_EQ(result.connections_lost, 0U);
  EXPECT_EQ(result.connection_times.connect.count(), 101U);
  for (const AgentCount& count : result.agent_counts) EXPECT_EQ(count.agent, count.expected) << count.name;
  EXPECT_FALSE(result.agent_counts.empty());

  mock::JournalFilter of_jobs;
  of_jobs.cmd = "quick";
  of_jobs.direction = mock::JournalEntry::Direction::in;
  std::set<std::uint64_t> connections;
  for (const auto& entry : agent.journal(of_jobs)) connections.insert(entry.connection);
  EXPECT_EQ(connections.size(), 100U);
  EXPECT_EQ(agent.verdict().connections, 101U);
  EXPECT_TRUE(agent.wait_until_closed());

  // It leaves with its job: numbers of connections are used again when they are free.
  std::istringstream lines{log.str()};
  std::set<int> numbers;
  for (std::string line; std::getline(lines, line);) numbers.insert(nlohmann::json::parse(line)["connection"].get<int>());
  EXPECT_LT(numbers.size(), 100U);

  // That the agent makes its users connect is no fault of the generator's: `send_lag` has nothing of it.
  EXPECT_GT(result.metrics.of(Metric::service_response).min(),
            result.connection_times.connect.min() + result.connection_times.upgrade.min());
}

TEST(BenchChurn, JobsThatNeverEndAreCountedAndTheirConnectionsClosed) {
  const MockAgent agent{scenario};
  Plan plan = plan_for(agent.url(), "slow");
  plan.churn = Churn::connect;
  OpenLoop load = at_rate(100);
  load.max_in_flight = 5;
  plan.load.load = load;
  plan.load.duration = 200ms;
  plan.load.cut_off = 300ms;
  const RunResult result = make_run(plan);
  EXPECT_EQ(result.metrics.jobs().unfinished, 5U);
  EXPECT_EQ(result.metrics.jobs().unsent, 15U);
  EXPECT_TRUE(agent.wait_until_closed());
}

TEST(BenchChurn, AConnectionThatIsLostIsAFailedJob) {
  const MockAgent agent{scenario};
  Plan plan = plan_for(agent.url(), "drops");
  plan.churn = Churn::connect;
  plan.load.load = ClosedLoop{2};
  plan.load.duration = 200ms;
  const RunResult result = make_run(plan);
  const JobCounts& jobs = result.metrics.jobs();
  EXPECT_GT(jobs.failed, 2U) << "the next job does not need the connection of the last";
  EXPECT_EQ(jobs.failed, jobs.due);
  EXPECT_THAT(result.metrics.errors(), UnorderedElementsAre(Pair("CONNECTION_LOST", jobs.failed)));
}

TEST(BenchChurn, SaysWhenThereIsNoAgentAtAll) {
  std::string url;
  {
    const MockAgent gone{scenario};
    url = gone.url();
  }
  Plan plan = plan_for(url, "quick");
  plan.churn = Churn::connect;
  plan.load.load = ClosedLoop{1};
  const auto result = try_run(plan);
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().code, errc::connect_failed);
}

TEST(BenchChurn, GoesOnWhileTheAgentIsAway) {
  MockAgent agent{scenario};
  Plan plan = plan_for(agent.url(), "quick");
  plan.churn = Churn::connect;
  plan.load.load = at_rate(100);
  plan.load.duration = 400ms;
  RunSetting setting;
  setting.snapshot_every = 200ms;
  std::thread stopping;
  setting.on_snapshot = [&](const RunResult&) {
    if (!stopping.joinable()) stopping = std::thread{[&] { agent.stop(); }};
  };
  const RunResult result = make_run(plan, setting);
  stopping.join();
  const JobCounts& jobs = result.metrics.jobs();
  EXPECT_EQ(jobs.due, 40U);
  EXPECT_GT(jobs.finished, 0U);
  EXPECT_GT(jobs.failed, 0U);
  EXPECT_EQ(jobs.finished + jobs.failed, jobs.due);
  EXPECT_THAT(result.agent_counts, IsEmpty()) << "nobody is there to be asked";
}

TEST(BenchCounters, AnAgentThatCannotTellThemIsMeasuredAllTheSame) {
  using procedura::testing::SmallAgent;
  const auto finished = [](const std::string& result) {
    return std::vector<std::string>{R"({"id":"$ID","status":"finished","result":)" + result + "}"};
  };
  const std::string negative = R"({"frames":{"in":-1,"out":1},"bytes":{"in":1,"out":1},"jobs":{"finished":1}})";
  const std::vector<std::vector<std::string>> answers{
      {R"({"id":"$ID","status":"error","code":"UNKNOWN_MODULE","message":"?"})"},
      {R"({"id":"$ID","status":"running"})", R"({"id":"$ID","status":"error","message":"no"})"},
      finished("\"none of your business\""),
      finished(negative),
      {SmallAgent::silence}};
  for (const auto& answer : answers) {
    SmallAgent agent;
    agent.on("__diag_ws_metrics", answer);
    agent.on("quick", finished("1"));
    Plan plan = plan_for(agent.url(), "quick");
    plan.load.load = at_rate(100);
    plan.load.duration = 100ms;
    const RunResult result = make_run(plan);
    EXPECT_EQ(result.metrics.jobs().finished, 10U) << answer.front();
    EXPECT_EQ(result.traffic.frames_out, 10U) << answer.front();
    EXPECT_THAT(result.agent_counts, IsEmpty()) << answer.front();
  }
}

TEST(BenchCounters, AnAgentThatHangsUpOverThemIsMeasuredOnAnotherConnection) {
  using procedura::testing::SmallAgent;
  const std::string unknown = R"({"id":"$ID","status":"error","code":"UNKNOWN_MODULE","message":"?"})";
  const std::string counters =
      R"({"id":"$ID","status":"finished","result":{"frames":{"in":1,"out":1},"bytes":{"in":1,"out":1},"jobs":{"finished":1}}})";
  const std::vector<std::vector<std::vector<std::string>>> each_time{
      {{SmallAgent::hang_up}},               // without an answer
      {{unknown, SmallAgent::hang_up}},      // behind one
      {{counters}, {SmallAgent::hang_up}}};  // only the second time
  for (const auto& answers : each_time) {
    for (const Churn churn : {Churn::none, Churn::connect}) {
      SmallAgent agent;
      std::atomic<std::size_t> asked{0};
      agent.on("__diag_ws_metrics", [&](const std::string&) { return answers.at(asked++); });
      agent.on("quick", {R"({"id":"$ID","status":"finished","result":1})"});
      Plan plan = plan_for(agent.url(), "quick");
      plan.churn = churn;
      plan.load.load = at_rate(100);
      plan.load.duration = 100ms;
      plan.load.connections = 2;
      const RunResult result = make_run(plan);
      EXPECT_EQ(asked, answers.size());
      EXPECT_EQ(result.metrics.jobs().finished, 10U);
      EXPECT_EQ(result.traffic.frames_out, 10U);
      EXPECT_EQ(result.connections_lost, 0U) << result.first_loss;
      EXPECT_EQ(result.connection_times.connect.count(), churn == Churn::none ? 3U : 12U);
      EXPECT_THAT(result.agent_counts, IsEmpty());
    }
  }
}

TEST(BenchCounters, AnAgentThatIsGoneOverThemIsNoRun) {
  using procedura::testing::SmallAgent;
  std::promise<void> asked;
  std::optional<SmallAgent> agent{std::in_place};
  agent->on("__diag_ws_metrics", [&](const std::string&) {
    asked.set_value();
    return std::vector<std::string>{SmallAgent::silence};
  });
  Plan plan = plan_for(agent->url(), "quick");
  plan.load.load = ClosedLoop{1};
  std::thread ending{[&] {
    asked.get_future().wait();
    agent.reset();
  }};
  const auto result = try_run(plan);
  ending.join();
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().code, errc::connect_failed);
}

// A SmallAgent that counts frames as the protocol says, and bytes in its own way.
std::string counted(std::size_t in, std::size_t out) {
  return R"({"id":"$ID","status":"finished","result":{"frames":{"in":)" + std::to_string(in) + R"(,"out":)" +
         std::to_string(out) + R"(},"bytes":{"in":1,"out":1},"jobs":{"finished":)" + std::to_string(out) + "}}}";
}

TEST(BenchCounters, AMessageThatComesBetweenTheTwoCountsIsNoDifference) {
  using procedura::testing::SmallAgent;
  for (const std::size_t wrong_at : {0U, 3U, 4U}) {
    SmallAgent agent;
    std::size_t asked = 0;
    agent.on("__diag_ws_metrics", [&](const std::string&) {
      const std::size_t in = agent.requests().size();
      return std::vector<std::string>{counted(in, in - 1 + (++asked == wrong_at ? 1 : 0))};
    });
    agent.on("quick", {R"({"id":"$ID","status":"finished","result":1})"});
    Plan plan = plan_for(agent.url(), "quick");
    plan.load.load = at_rate(100);
    plan.load.duration = 100ms;
    const RunResult result = make_run(plan);
    EXPECT_THAT(result.agent_counts, ::testing::SizeIs(3)) << "but not the bytes";
    EXPECT_TRUE(agree(result.agent_counts)) << wrong_at;
    EXPECT_EQ(result.agent_counts.front().expected, wrong_at == 3 ? 12 : 11) << "the jobs and the questions";
  }
}

TEST(BenchCounters, WhatIsUnderWayToJobsThatNeverEndedIsNotCompared) {
  const MockAgent agent{R"({"version": 1, "seed": 1, "stubs": [
    { "name": "endless", "match": { "cmd": "endless" },
      "reply": [ { "delay": "1h", "when": { "instance": 1 } }, { "finished": 1 } ] } ]})"};
  Plan plan = plan_for(agent.url(), "endless");
  plan.load.load = at_rate(100);
  plan.load.duration = 100ms;
  plan.load.cut_off = 100ms;
  const RunResult result = make_run(plan);
  EXPECT_EQ(result.metrics.jobs().unfinished, 1U);
  EXPECT_THAT(result.agent_counts, IsEmpty());
}

TEST(BenchCapacity, AnInterruptionBetweenTwoRunsKeepsWhatWasFound) {
  using procedura::testing::SmallAgent;
  SmallAgent agent;
  std::atomic<int> asked{0};
  agent.on("__diag_ws_metrics", [&](const std::string&) {  // once before each run
    if (++asked < 3) return std::vector<std::string>{R"({"id":"$ID","status":"error","code":"NO","message":"no"})"};
    kill(getpid(), SIGINT);
    return std::vector<std::string>{SmallAgent::silence};
  });
  agent.on("quick", {R"({"id":"$ID","status":"finished","result":1})"});
  std::ostringstream out;
  std::ostringstream err;
  Process process{[](const std::string&) { return std::optional<std::string>{}; }, out, err};
  run({"run", "--url", agent.url(), "--module", "quick", "--find-capacity", "--rate", "500", "--slo", "p50<10m", "--duration",
       "500ms", "--warm-up", "0s", "--no-floor", "--max-send-lag", "1h"},
      process);
  EXPECT_EQ(asked, 3) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("INTERRUPTED"));
  EXPECT_THAT(out.str(), HasSubstr("NOT CONFIRMED"));
  EXPECT_THAT(out.str(), HasSubstr(" 500/s "));
}

}  // namespace
}  // namespace procedura::bench
