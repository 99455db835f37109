// Whether what is measured is so: the generator's figures beside the mock's own journal, job by job. Both read one clock, the
// machine's monotonic one, so that each job's times at either side can be compared.
#include "bench_runs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace procedura::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using mock::JournalEntry;
using mock::MockAgent;
using nlohmann::json;
using ::testing::IsEmpty;

constexpr const char* scenario = R"({
  "version": 1, "seed": 1,
  "stubs": [
    { "name": "quick", "match": { "cmd": "quick", "mode": "sync" }, "reply": [ "accept", { "finished": { "entities": {} } } ] },
    { "name": "stream", "match": { "cmd": "quick", "mode": "async" },
      "reply": [ "accept", { "delay": "2ms" }, { "running": { "n": 1 } }, { "delay": "3ms" }, { "running": { "n": 2 } },
                 { "finished": 1 } ] },
    { "name": "refusal", "match": { "cmd": "refusal" }, "accept": false, "reply": [ { "error": { "code": "BUSY", "message": "no" } } ] }
  ]
})";

/// A job as one side saw it, in nanoseconds on that side's clock.
struct Seen {
  std::optional<std::int64_t> begin;  ///< the request: handed to the socket, or read from it
  std::optional<std::int64_t> ack;
  std::optional<std::int64_t> first_event;
  std::optional<std::int64_t> end;
};
using Jobs = std::map<std::string, Seen>;  // by request id

Jobs from_job_log(const std::string& log) {
  Jobs jobs;
  std::istringstream lines{log};
  const auto time = [](const json& value) { return value.is_null() ? std::nullopt : std::optional{value.get<std::int64_t>()}; };
  for (std::string line; std::getline(lines, line);) {
    const json job = json::parse(line);
    const bool is_new = jobs.emplace(job["id"], Seen{time(job["sent_ns"]), time(job["ack_ns"]), time(job["first_event_ns"]),
                                                     time(job["end_ns"])})
                            .second;
    EXPECT_TRUE(is_new) << line;
  }
  return jobs;
}

/// Waits until the journal knows of every frame when it left.
std::vector<JournalEntry> settled_journal(const MockAgent& agent, const std::string& cmd) {
  mock::JournalFilter of_jobs;
  of_jobs.cmd = cmd;
  std::vector<JournalEntry> entries;
  const auto sent = [](const JournalEntry& entry) {
    return entry.direction != JournalEntry::Direction::out || entry.sent_ns.has_value();
  };
  for (const auto deadline = Clock::now() + 10s; Clock::now() < deadline; std::this_thread::sleep_for(5ms)) {
    entries = agent.journal(of_jobs);
    if (std::all_of(entries.begin(), entries.end(), sent)) break;
  }
  return entries;
}

Jobs from_journal(const MockAgent& agent, const std::string& cmd) {
  Jobs jobs;
  for (const JournalEntry& entry : settled_journal(agent, cmd)) {
    if (entry.direction == JournalEntry::Direction::note) continue;
    const json frame = json::parse(entry.frame);
    Seen& job = jobs[frame.at("id")];
    const std::string status = frame.value("status", "");
    if (entry.direction == JournalEntry::Direction::in) job.begin = entry.t_ns;
    if (status == "ack" || status == "started") job.ack = entry.sent_ns;
    if (status == "running" && !job.first_event) job.first_event = entry.sent_ns;
    if (status == "finished" || status == "error") job.end = entry.sent_ns;
  }
  return jobs;
}

std::int64_t median(std::vector<std::int64_t> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Joined {
  RunResult result;
  std::vector<std::int64_t> beyond;  ///< per job: the client's time of it minus the agent's
};

/// Runs and joins, and sees to all that must hold on any machine at any time.
Joined run_and_join(protocol::Mode mode, double rate) {
  MockAgent::Options options;
  options.journal_entries = 100'000;
  const MockAgent agent{scenario, options};
  Plan plan = plan_for(agent.url(), "quick");
  plan.mode = mode;
  plan.floor = true;
  plan.load.load = at_rate(rate);
  plan.load.connections = 2;
  plan.load.duration = 2s;
  std::ostringstream log;
  RunSetting setting;
  setting.jobs = &log;
  Joined joined{make_run(plan, setting), {}};

  const Jobs ours = from_job_log(log.str());
  const Jobs agents = from_journal(agent, "quick");
  const JobCounts& counts = joined.result.metrics.jobs();
  EXPECT_EQ(counts.finished, static_cast<std::uint64_t>(std::llround(2 * rate)));
  EXPECT_EQ(ours.size(), counts.finished);
  EXPECT_EQ(agents.size(), counts.finished);

  // When the mock began on our clock: not after it saw what we sent by then, not before it sent what we had got by then.
  std::int64_t earliest = INT64_MIN;
  std::int64_t latest = INT64_MAX;
  for (const auto& [id, us] : ours) {
    const auto at = agents.find(id);
    if (at == agents.end()) {
      ADD_FAILURE() << "the agent has seen no request " << id;
      continue;
    }
    const Seen& it = at->second;
    const auto longer_here = [&, id = id](const char* what, std::optional<std::int64_t> here,
                                          std::optional<std::int64_t> there) {
      EXPECT_TRUE(here && there && us.begin && it.begin) << what << " of " << id;
      if (!here || !there || !us.begin || !it.begin) return;
      EXPECT_GE(*here - *us.begin, *there - *it.begin) << what << " of " << id;
      earliest = std::max(earliest, *us.begin - *it.begin);
      latest = std::min(latest, *here - *there);
    };
    longer_here("ack", us.ack, it.ack);
    longer_here("response", us.end, it.end);
    if (mode == protocol::Mode::async) longer_here("first event", us.first_event, it.first_event);
    joined.beyond.push_back(us.end.value_or(0) - us.begin.value_or(0) - (it.end.value_or(0) - it.begin.value_or(0)));
  }
  EXPECT_LE(earliest, latest) << "no one clock could have shown all these times";
  return joined;
}

std::int64_t floor_median(const RunResult& result) {
  return result.floor ? result.floor->response.value_at(Quantile{500'000}).count() : 0;
}

TEST(BenchTruth, ClientAndJournalAgreeJobByJob) {
  // The first three hold whatever else this machine does. How small what remains is, is chance as well: it is tried again.
  std::string tries;
  for (int i = 0; i < 5; ++i) {
    const Joined joined = run_and_join(protocol::Mode::sync, 500);
    if (HasFailure()) return;
    const std::int64_t floor = floor_median(joined.result);
    const std::int64_t beyond = median(joined.beyond);
    EXPECT_GT(*std::min_element(joined.beyond.begin(), joined.beyond.end()), 0);
    tries += std::to_string(beyond) + " ns beyond the journal, floor " + std::to_string(floor) + " ns\n";
    if (beyond <= 2 * floor) {
      std::cout << tries;
      return;
    }
  }
  FAIL() << tries;
}

TEST(BenchTruth, EventsOfStreamsToo) {
  const Joined joined = run_and_join(protocol::Mode::async, 100);
  const Metrics& metrics = joined.result.metrics;
  EXPECT_EQ(metrics.jobs().no_event, 0U);
  // Two events 3 ms apart: one gap per job, and never shorter than the mock's clock made it, but for what two messages that
  // were behind each other came closer.
  EXPECT_EQ(metrics.of(Metric::gap).count(), metrics.jobs().finished);
  EXPECT_GT(metrics.of(Metric::gap).value_at(Quantile{500'000}), 2ms);
  EXPECT_GE(metrics.of(Metric::first_event).min(), 2ms);
  EXPECT_GE(metrics.of(Metric::response).min(), 5ms);
}

TEST(BenchTruth, TheAgentsCountersAreOurs) {
  for (const char* module : {"quick", "refusal"}) {
    const MockAgent agent{scenario};
    Plan plan = plan_for(agent.url(), module);
    plan.load.load = at_rate(500);
    plan.load.warm_up = 100ms;
    plan.load.duration = 300ms;
    plan.load.connections = 3;
    const RunResult result = make_run(plan);
    std::vector<std::string> names;
    for (const AgentCount& count : result.agent_counts) {
      EXPECT_EQ(count.agent, count.expected) << count.name << " of " << module;
      EXPECT_GE(count.agent, count.name == "jobs_finished" ? 1 : 200) << count.name << " of " << module;
      names.push_back(count.name);
    }
    EXPECT_THAT(names, ::testing::IsSupersetOf({"frames_in", "frames_out", "bytes_in", "bytes_out"}));
  }
}

TEST(BenchTruth, SomebodyElsesTrafficShowsInTheAgentsCounters) {
  MockAgent agent{scenario};
  Plan plan = plan_for(agent.url(), "quick");
  plan.load.load = at_rate(100);
  plan.load.duration = 300ms;
  RunSetting setting;
  setting.snapshot_every = 100ms;
  setting.on_snapshot = [&](const RunResult&) { agent.emit_to_all(mock::script::JsonText{R"({"status":"world_saved"})"}); };
  // Frames that nobody asked for are counted by both.
  for (const AgentCount& count : make_run(plan, setting).agent_counts) EXPECT_EQ(count.agent, count.expected) << count.name;

  // Another client's are not.
  setting.on_snapshot = [&](const RunResult&) {
    Plan other = plan;
    other.load.load = ClosedLoop{1};
    other.load.duration = 10ms;
    std::thread{[&] { make_run(other); }}.join();
  };
  const RunResult shared = make_run(plan, setting);
  ASSERT_EQ(shared.agent_counts.empty(), false);
  EXPECT_GT(shared.agent_counts.front().agent, shared.agent_counts.front().expected);
}

TEST(BenchTruth, ShardsDoNotAskForCountersThatOthersMove) {
  const MockAgent agent{scenario};
  Plan plan = plan_for(agent.url(), "quick");
  plan.load.load = at_rate(100);
  plan.load.duration = 200ms;
  plan.load.shard = {1, 2};
  plan.load.connections = 2;
  const RunResult result = make_run(plan);
  EXPECT_EQ(result.metrics.jobs().finished, 10U);
  EXPECT_THAT(result.agent_counts, IsEmpty());
}

TEST(BenchTruth, AShardWithoutAConnectionIsNoRun) {
  const MockAgent agent{scenario};
  Plan plan = plan_for(agent.url(), "quick");
  plan.load.shard = {1, 2};
  const auto result = try_run(plan);
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().message, "shard 1 of 2 has no connection of 1: give each at least one with --connections");
}

}  // namespace
}  // namespace procedura::bench
