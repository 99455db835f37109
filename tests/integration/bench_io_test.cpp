// What the load generator knows of its machine, and the parts of a run that need no agent but its own null responder.
#include "bench_runs.hpp"
#include "io/cpu_time.hpp"
#include "io/floor.hpp"
#include "io/health_meter.hpp"
#include "io/job_log.hpp"
#include "io/machine.hpp"
#include "io/null_responder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace procedura::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using nlohmann::json;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

void burn(Nanos cpu) {
  for (const Nanos until = thread_cpu_time() + cpu; thread_cpu_time() < until;) {
  }
}

TEST(CpuTime, GrowsWithTheWorkOfAThreadAndNotWithItsSleep) {
  const Nanos before = thread_cpu_time();
  std::this_thread::sleep_for(100ms);
  const Nanos slept = thread_cpu_time();
  EXPECT_LT(slept - before, 50ms);
  const auto began = Clock::now();
  burn(20ms);
  EXPECT_GE(thread_cpu_time() - slept, 20ms);
  EXPECT_GE(Clock::now() - began, 20ms);
}

TEST(CpuTime, OfAProcessIsThatOfAllItsThreads) {
  const auto before = process_cpu_time(getpid());
  const Nanos mine = thread_cpu_time();
  std::thread{[] { burn(20ms); }}.join();
  EXPECT_LT(thread_cpu_time() - mine, 20ms);
  const auto after = process_cpu_time(getpid());
  ASSERT_TRUE(before && after);
  EXPECT_GE(*after - *before, 20ms);
}

TEST(CpuTime, OfAProcessThatEndedIsKeptUntilItWasWaitedFor) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    burn(20ms);
    _exit(0);
  }
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  const auto used = process_cpu_time(child);
  ASSERT_TRUE(used);
  EXPECT_GE(*used, 20ms);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(process_cpu_time(child));
}

TEST(MachineCpu, IsReadFromTheFirstLineOfProcStat) {
  const auto read = MachineCpu::parse("cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->total, 360U) << "the guests' time is part of the user's";
  EXPECT_EQ(read->stolen, 80U);
  EXPECT_TRUE(MachineCpu::parse("cpu 1 2 3 4 5 6 7 8"));
  for (const char* other : {"", "cpu", "cpu ", "cpu0 1 2 3 4 5 6 7 8\n", "cpu  1 2 3 4 5 6 7\nx 8\n", "cpu  1 2 3 x 5 6 7 8\n",
                            "cpu  1 2 3 4 5 6 7 -8\n", "cpu  1 2 3 4 5 6 7 99999999999999999999\n"}) {
    EXPECT_FALSE(MachineCpu::parse(other)) << other;
  }
}

TEST(MachineCpu, StealIsAShareOfWhatPassed) {
  EXPECT_DOUBLE_EQ(stolen_share({1000, 10}, {1200, 15}).value(), 0.025);
  EXPECT_DOUBLE_EQ(stolen_share({1000, 10}, {1200, 10}).value(), 0);
  EXPECT_DOUBLE_EQ(stolen_share({1000, 10}, {1050, 11}).value(), 0.02);
  EXPECT_FALSE(stolen_share({1000, 10}, {1049, 11})) << "one tick more or less would decide";
  EXPECT_FALSE(stolen_share({1000, 10}, {1000, 10})) << "no time passed";
  EXPECT_FALSE(stolen_share({1000, 10}, {999, 10})) << "counters went back";
  EXPECT_FALSE(stolen_share({1000, 10}, {1200, 9})) << "counters went back";
}

TEST(Machine, IsDescribed) {
  const Surroundings here = surroundings();
  EXPECT_THAT(here.started_at, MatchesRegex("20[0-9-]+T[0-9:]+Z"));
  EXPECT_GT(here.cpus, 0U);
  EXPECT_THAT(here.machine, MatchesRegex(".*Linux .+"));
  EXPECT_THAT(here.affinity, MatchesRegex("[0-9][0-9,-]*"));
}

TEST(HealthMeter, KnowsWorkFromWaitingForWork) {
  HealthMeter meter;
  meter.spun(10us);
  const Health nothing = meter.until(Clock::now());
  EXPECT_EQ(nothing.wall, Nanos{0});
  EXPECT_EQ(nothing.cpu, Nanos{0});

  meter.begin(Clock::now());
  burn(20ms);
  for (int i = 0; i < 100; ++i) meter.spun(100us);  // longer than any turn takes: somebody else had the CPU
  const Health health = meter.until(Clock::now());
  EXPECT_GE(health.cpu, 20ms);
  EXPECT_GE(health.wall, health.cpu - 1ms);
  EXPECT_EQ(health.spun, 2ms);

  for (int i = 0; i < 100'000; ++i) meter.spun(10us);
  const Health odd = meter.until(Clock::now());
  EXPECT_EQ(odd.spun, odd.cpu) << "never more than all";
}

TEST(HealthMeter, KnowsNothingOfWhatComesAfterTheWindow) {
  HealthMeter meter;
  meter.end(Clock::now());  // it had not begun
  const auto began = Clock::now();
  meter.begin(began);
  burn(20ms);
  meter.spun(10us);
  meter.end(began + 30ms);
  meter.spun(10us);
  burn(20ms);
  for (const auto later : {40ms, 10000ms}) {
    meter.end(began + later);
    const Health health = meter.until(began + later);
    EXPECT_EQ(health.wall, 30ms);
    EXPECT_EQ(health.spun, 10us);
    EXPECT_GE(health.cpu, 20ms);
    EXPECT_LT(health.cpu, thread_cpu_time());
  }
  EXPECT_EQ(meter.until(began + 40ms).cpu, meter.until(began + 50ms).cpu);
}

TEST(JobLog, LinesSayWhenThingsHappenedOnTheMachinesClock) {
  std::string line;
  append_job_line(line, {7, 2, "0a1b2c3d", {1us, 2us, 3us, 4us}, 5us, ""}, 1s);
  EXPECT_EQ(line, R"({"arrival":7,"connection":2,"id":"0a1b2c3d","intended_ns":1000001000,"sent_ns":1000002000,)"
                  R"("ack_ns":1000003000,"first_event_ns":1000004000,"end_ns":1000005000})"
                  "\n");
  line.clear();
  append_job_line(line, {8, 0, "x", {1us, {}, {}, {}}, 5us, "\"NO\""}, 0s);
  EXPECT_EQ(line, R"({"arrival":8,"connection":0,"id":"x","intended_ns":1000,"sent_ns":null,)"
                  R"("ack_ns":null,"first_event_ns":null,"end_ns":5000,"error":"\"NO\""})"
                  "\n");
}

TEST(JobLog, WritesAllInTheirOrder) {
  std::ostringstream out;
  {
    JobLog log{out, 0s};
    for (std::uint64_t i = 0; i < 5000; ++i) log.add({i, 0, "id", {}, 0s, ""});
  }
  std::istringstream lines{out.str()};
  std::uint64_t read = 0;
  for (std::string line; std::getline(lines, line); ++read) EXPECT_EQ(json::parse(line).at("arrival"), read);
  EXPECT_EQ(read, 5000U);
}

TEST(NullResponder, AnswersBothKindsOfRequests) {
  const NullResponder responder;
  for (const auto mode : {protocol::Mode::sync, protocol::Mode::async}) {
    Plan plan = plan_for(responder.url(), "anything");
    plan.mode = mode;
    plan.args = {"--with", std::string(1000, 'x')};
    plan.load.load = ClosedLoop{4};
    plan.load.connections = 2;
    plan.load.duration = 200ms;
    const RunResult result = make_run(plan);
    EXPECT_GT(result.metrics.jobs().finished, 0U);
    EXPECT_EQ(result.metrics.jobs().finished, result.metrics.jobs().due);
    EXPECT_EQ(result.metrics.jobs().no_ack, 0U);
    EXPECT_EQ(result.connections_lost, 0U);
    EXPECT_THAT(result.agent_counts, SizeIs(0)) << "it has no counters";
  }
}

TEST(Floor, IsMeasuredWithTheRunsJobsAtItsRateAsFarAsThatCanBe) {
  Plan plan = plan_for("ws://127.0.0.1:1", "quick");
  plan.args = {"--terse"};
  plan.mode = protocol::Mode::async;
  plan.load.connections = 100;
  plan.load.shard = {1, 3};
  plan.churn = Churn::connect;
  for (const auto& [rate, floors] : std::vector<std::pair<double, double>>{{1, 200}, {500, 500}, {50'000, 1000}}) {
    OpenLoop load = at_rate(rate);
    load.arrival = Arrival::poisson;
    load.max_in_flight = 1;
    plan.load.load = load;
    const Plan floor = floor_plan(plan, "ws://127.0.0.1:2");
    const auto& open = std::get<OpenLoop>(floor.load.load);
    EXPECT_EQ(open.rate, floors);
    EXPECT_EQ(open.arrival, Arrival::poisson);
    EXPECT_GT(open.max_in_flight, 1U);
    EXPECT_EQ(floor.url, "ws://127.0.0.1:2");
    EXPECT_EQ(floor.args, plan.args);
    EXPECT_EQ(floor.mode, plan.mode);
    EXPECT_FALSE(floor.floor);
    EXPECT_EQ(floor.load.connections, 1U);
    EXPECT_EQ(floor.load.shard.of, 1U);
    EXPECT_EQ(floor.churn, Churn::none);
  }
  plan.load.load = ClosedLoop{50};
  EXPECT_EQ(std::get<ClosedLoop>(floor_plan(plan, "").load.load).concurrency, 1U);
}

TEST(Floor, IsPartOfARunThatAsksForIt) {
  const NullResponder responder;
  Plan plan = plan_for(responder.url(), "anything");
  plan.load.load = at_rate(300);
  plan.load.duration = 100ms;
  EXPECT_FALSE(make_run(plan).floor);
  plan.floor = true;
  const RunResult result = make_run(plan);
  ASSERT_TRUE(result.floor);
  EXPECT_EQ(result.floor->response.count(), 300U) << "a second at the run's rate";
  EXPECT_GT(result.floor->response.min(), Nanos{0});
}

TEST(BenchRunner, KnowsHowBusyItWas) {
  const NullResponder responder;
  Plan plan = plan_for(responder.url(), "anything");
  plan.load.warm_up = 200ms;
  plan.load.duration = 500ms;
  for (const double rate : {100.0, 8000.0}) {
    plan.load.load = at_rate(rate);
    const auto began = Clock::now();
    const Health health = make_run(plan).health;
    EXPECT_GT(health.wall, 300ms) << "the window, but for what this thread came to it late";
    EXPECT_LT(health.wall, Clock::now() - began - 190ms) << "without the warm-up";
    EXPECT_LE(health.cpu, health.wall + 1ms) << "it is one thread";
    EXPECT_LE(health.spun, health.cpu);
    // At 100 jobs a second it waits for most of the time asleep, and 200 us before each job awake. At 8000 a slow machine may
    // have no time to wait at all.
    if (rate == 100) {
      EXPECT_GT(health.spun, Nanos{0});
      EXPECT_LT(health.spun, health.cpu);
      EXPECT_LT(health.spun, 50 * 300us);
      EXPECT_LT(health.busy(), 1);
    }
  }
}

// A generator that had no time in the window has plenty in a drain that waits for one job.
TEST(BenchRunner, DoesNotRestInTheDrainFromTheWindow) {
  const mock::MockAgent agent{R"({"version": 1, "seed": 1, "stubs": [
    { "name": "slow", "match": { "cmd": "slow" }, "reply": [ { "delay": "1h" }, { "finished": 1 } ] } ]})"};
  Plan plan = plan_for(agent.url(), "slow");
  plan.load.load = at_rate(100);
  plan.load.duration = 100ms;
  plan.load.cut_off = 1s;
  const auto began = Clock::now();
  const Health health = make_run(plan).health;
  EXPECT_GT(health.wall, Nanos{0});
  EXPECT_LT(health.wall, Clock::now() - began - 900ms);
}

TEST(BenchRunner, OpensMoreFilesThanAShellAllows) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  if (before.rlim_max < 300) GTEST_SKIP() << "no more than " << before.rlim_max << " files may be open";
  rlimit low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const NullResponder responder;
  Plan plan = plan_for(responder.url(), "anything");
  plan.load.load = at_rate(1000);
  plan.load.duration = 100ms;
  plan.load.connections = 100;  // either end of each is a file of this process
  const auto result = try_run(plan);
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->connection_times.connect.count(), 100U);
}

TEST(BenchRunner, IsNotKeptFromEndingByItsFloor) {
  const mock::MockAgent agent;
  std::thread interrupting{[&] {
    const auto opened = [](const std::vector<mock::JournalEntry>& entries) { return !entries.empty(); };
    agent.wait_until(opened);
    kill(getpid(), SIGINT);
  }};
  Plan plan = plan_for(agent.url(), "anything");
  plan.floor = true;
  plan.load.load = at_rate(100);
  const auto began = Clock::now();
  const auto result = try_run(plan);
  interrupting.join();
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().code, errc::cancelled);
  EXPECT_LT(Clock::now() - began, plan.load.duration / 2);
}

TEST(BenchRunner, BeginsWhenItIsTold) {
  const NullResponder responder;
  Plan plan = plan_for(responder.url(), "anything");
  plan.load.load = at_rate(100);
  plan.load.warm_up = 50ms;
  plan.load.duration = 100ms;
  std::ostringstream jobs;
  Clock::time_point begin;
  RunSetting setting;
  setting.start = [&] { return begin = Clock::now() + 200ms; };
  setting.jobs = &jobs;
  const RunResult result = make_run(plan, setting);
  EXPECT_EQ(result.metrics.jobs().finished, 10U);

  std::istringstream lines{jobs.str()};
  std::set<std::string> ids;
  for (std::string line; std::getline(lines, line);) {
    const json job = json::parse(line);
    EXPECT_GE(job["arrival"], 5) << "those before are of the warm-up";
    EXPECT_EQ(job["intended_ns"], (begin.time_since_epoch() + job["arrival"].get<int>() * 10ms).count());
    EXPECT_GE(job["sent_ns"], job["intended_ns"]);
    EXPECT_GE(job["ack_ns"], job["sent_ns"]);
    EXPECT_EQ(job["first_event_ns"], nullptr);
    EXPECT_GE(job["end_ns"], job["ack_ns"]);
    ids.insert(job["id"]);
  }
  EXPECT_THAT(ids, SizeIs(10));
}

TEST(BenchRunner, ShowsWhatThereIsWhileItRuns) {
  const NullResponder responder;
  Plan plan = plan_for(responder.url(), "anything");
  plan.load.load = at_rate(200);
  plan.load.duration = 500ms;
  std::vector<RunResult> seen;
  RunSetting setting;
  setting.snapshot_every = 50ms;
  std::chrono::steady_clock::time_point begin;
  setting.start = [&] { return begin = std::chrono::steady_clock::now(); };
  setting.on_snapshot = [&](RunResult so_far) {
    // As much of the window as is over: rates are of that, and not of what may never come.
    EXPECT_LE(so_far.window, std::chrono::steady_clock::now() - begin);
    seen.push_back(std::move(so_far));
  };
  const RunResult result = make_run(plan, setting);
  ASSERT_FALSE(seen.empty());
  std::uint64_t before = 0;
  for (const RunResult& one : seen) {
    EXPECT_GE(one.metrics.jobs().finished, before);
    before = one.metrics.jobs().finished;
    EXPECT_GE(one.traffic.frames_out, before);
    EXPECT_LE(one.window, 500ms);
    EXPECT_LE(before, 1 + static_cast<std::uint64_t>(one.window / 5ms));
  }
  EXPECT_LE(before, result.metrics.jobs().finished);
  EXPECT_EQ(result.metrics.jobs().finished, 100U);
}

}  // namespace
}  // namespace procedura::bench
