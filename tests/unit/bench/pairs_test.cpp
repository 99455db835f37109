#include "compare/pairs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace procedura::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

ComparePlan plan_of(std::size_t pairs = 20, std::string a = "agent {port}", std::string b = "other {port}") {
  ComparePlan plan;
  plan.a = std::move(a);
  plan.b = std::move(b);
  plan.pairs = pairs;
  plan.run.module = "m";
  return plan;
}

/// `jobs` jobs, each answered after `response`, with 100 bytes and 10 us of CPU.
SideRun run_of(std::size_t jobs = 1000, Nanos response = milliseconds{1}, Nanos cpu_per_job = microseconds{10}) {
  SideRun run;
  run.result.window = run.result.sending_time = run.result.ending_time = seconds{1};
  for (std::size_t i = 0; i < jobs; ++i) run.result.metrics.finished({Nanos{0}, Nanos{0}, Nanos{0}, {}}, response);
  run.result.traffic.bytes_in = 60 * jobs;
  run.result.traffic.bytes_out = 40 * jobs;
  run.cpu = cpu_per_job * jobs;
  return run;
}

/// Measures all pairs; what B's jobs take is `ratio` times A's.
ComparisonRecord measured(ComparePlan plan, int percent = 100, std::size_t jobs = 1000) {
  Pairs pairs{std::move(plan)};
  while (const auto turn = pairs.next()) {
    const int times = turn->side == Side::b ? percent : 100;
    pairs.add(run_of(jobs, microseconds{10} * times, Nanos{100} * times));
  }
  return pairs.record({});
}

const ComparedMetric& metric(const ComparisonRecord& record, std::string_view name) {
  const auto at = std::find_if(record.metrics.begin(), record.metrics.end(), [&](auto& m) { return m.samples.name == name; });
  EXPECT_NE(at, record.metrics.end()) << name;
  return *at;
}

std::vector<std::string> names(const ComparisonRecord& record) {
  std::vector<std::string> all;
  for (const ComparedMetric& m : record.metrics) all.push_back(m.samples.name);
  return all;
}

TEST(Pairs, RunsEachSideOnceInEachPair) {
  Pairs pairs{plan_of(20)};
  std::vector<int> runs(20);
  std::vector<Side> first;
  while (const auto turn = pairs.next()) {
    if (runs[turn->pair]++ == 0) {
      first.push_back(turn->side);
    } else {
      EXPECT_NE(turn->side, first.back());
    }
    pairs.add(run_of());
  }
  EXPECT_THAT(runs, Each(2));
  EXPECT_THAT(first, Contains(Side::a));
  EXPECT_THAT(first, Contains(Side::b));
  const auto drawn = pairs.record({}).b_first;
  ASSERT_THAT(drawn, SizeIs(20));
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(drawn[i], first[i] == Side::b);
}

TEST(Pairs, DrawsTheOrderFromTheSeed) {
  const auto order = [](std::uint64_t seed) {
    ComparePlan plan = plan_of(100);
    plan.options.seed = seed;
    return measured(plan, 100, 1).b_first;
  };
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
  const auto drawn = order(1);
  const auto b_first = std::count(drawn.begin(), drawn.end(), true);
  EXPECT_GT(b_first, 30);
  EXPECT_LT(b_first, 70);
}

TEST(Pairs, PutsEachFigureOnItsSide) {
  const ComparisonRecord record = measured(plan_of(), 150);
  const PairedMetric& response = metric(record, "response.p50").samples;
  EXPECT_THAT(response.a, SizeIs(20));
  EXPECT_THAT(response.a, Each(testing::DoubleNear(1e6, 1e3)));
  EXPECT_THAT(response.b, Each(testing::DoubleNear(1.5e6, 1.5e3)));
  EXPECT_THAT(metric(record, "cpu_per_job").samples.a, Each(10'000));
  EXPECT_THAT(metric(record, "cpu_per_job").samples.b, Each(15'000));
  EXPECT_THAT(metric(record, "bytes_per_job").samples.b, Each(100));
  EXPECT_EQ(metric(record, "response.p50").verdict, Difference::slower);
  EXPECT_EQ(metric(record, "cpu_per_job").verdict, Difference::slower);
  EXPECT_EQ(metric(record, "bytes_per_job").verdict, Difference::equivalent);
  EXPECT_EQ(record.a.metrics.jobs().finished, 20'000U);
  EXPECT_EQ(record.b.metrics.of(Metric::response).count(), 20'000U);
  EXPECT_LT(record.a.metrics.of(Metric::response).max(), record.b.metrics.of(Metric::response).min());
}

TEST(Pairs, GateOnMedianCpuAndBytesAlone) {
  for (const ComparedMetric& m : measured(plan_of(), 100, 1000).metrics) {
    const bool gated = m.samples.name == "response.p50" || m.samples.name == "cpu_per_job" || m.samples.name == "bytes_per_job";
    EXPECT_EQ(m.samples.gated, gated) << m.samples.name;
  }
}

TEST(Pairs, ShowAQuantileWhereEveryRunCarriesIt) {
  EXPECT_THAT(names(measured(plan_of(), 100, 1000)), Not(Contains("response.p99")));
  EXPECT_THAT(names(measured(plan_of(), 100, 10'000)), Contains("response.p99"));
  EXPECT_THAT(names(measured(plan_of(), 100, 1000)), Not(Contains("first_event.p50")));
}

TEST(Pairs, CompareCpuBetweenCommandsOnly) {
  for (const auto& [a, b] : {std::pair{"ws://x", "ws://y"}, std::pair{"agent {port}", "wss://y"}}) {
    Pairs pairs{plan_of(20, a, b)};
    while (const auto turn = pairs.next()) {
      SideRun run = run_of();
      if (!is_command(turn->side == Side::a ? a : b)) run.cpu.reset();
      pairs.add(std::move(run));
    }
    const ComparisonRecord record = pairs.record({});
    EXPECT_THAT(names(record), Not(Contains("cpu_per_job")));
    EXPECT_THAT(judge(record).notes, ElementsAre(HasSubstr("CPU per job is not compared")));
    EXPECT_EQ(judge(record).difference, Difference::equivalent);
  }
}

TEST(Pairs, CannotTellAMedianOfAFewJobs) {
  const ComparisonRecord record = measured(plan_of(), 100, 199);
  EXPECT_EQ(metric(record, "response.p50").verdict, Difference::inconclusive);
  const ComparisonVerdict verdict = judge(record);
  EXPECT_EQ(exit_code(verdict), 97);
  EXPECT_THAT(verdict.notes, ElementsAre(HasSubstr("response.p50: known of 0 of 20 pairs; a median needs 200 jobs")));
}

TEST(Pairs, CannotTellTheCpuOfAnAgentThatLeaves) {
  Pairs pairs{plan_of()};
  while (const auto turn = pairs.next()) {
    SideRun run = run_of();
    if (turn->side == Side::b) run.cpu.reset();
    pairs.add(std::move(run));
  }
  const ComparisonVerdict verdict = judge(pairs.record({}));
  EXPECT_EQ(verdict.difference, Difference::inconclusive);
  EXPECT_THAT(verdict.notes, ElementsAre(HasSubstr("cpu_per_job: known of 0 of 20 pairs; the process that works has to live")));
}

TEST(Pairs, CountOnlyWholePairs) {
  Pairs pairs{plan_of(20)};
  for (int i = 0; i < 5; ++i) pairs.add(run_of());
  pairs.interrupt();
  EXPECT_FALSE(pairs.next());
  pairs.add(run_of());  // of nobody's turn
  const ComparisonRecord record = pairs.record({});
  EXPECT_THAT(record.b_first, SizeIs(2));
  EXPECT_EQ(record.a.metrics.jobs().due, 2000U);
  EXPECT_TRUE(record.interrupted);
  const ComparisonVerdict verdict = judge(record);
  EXPECT_FALSE(verdict.valid());
  EXPECT_THAT(verdict.reasons, ElementsAre("interrupted after 2 of 20 pairs"));
  EXPECT_EQ(exit_code(verdict), 98);
}

TEST(ComparisonVerdict, HasTheExitCodeOfTheWorst) {
  EXPECT_EQ(exit_code(judge(measured(plan_of(), 100))), 0);
  EXPECT_EQ(exit_code(judge(measured(plan_of(), 70))), 0);
  EXPECT_EQ(exit_code(judge(measured(plan_of(), 130))), 99);
}

// What finished says nothing of a side on which jobs fail.
TEST(ComparisonVerdict, IsInvalidWhereJobsFail) {
  const auto with_failures = [](std::size_t failed) {
    Pairs pairs{plan_of()};
    while (const auto turn = pairs.next()) {
      SideRun run = run_of(1000 - failed);
      if (turn->side == Side::b) {
        for (std::size_t i = 0; i < failed; ++i) run.result.metrics.failed({}, milliseconds{1}, "OUT_OF_MANA");
      }
      pairs.add(std::move(run));
    }
    return judge(pairs.record({}));
  };
  EXPECT_TRUE(with_failures(1).valid());
  const ComparisonVerdict verdict = with_failures(2);
  EXPECT_THAT(verdict.reasons, ElementsAre("B: 40 of 20000 jobs did not finish; most failed with OUT_OF_MANA"));
}

TEST(ComparisonVerdict, IsInvalidWhereMostRunsWouldBe) {
  const auto with_bad_runs = [](int bad) {
    Pairs pairs{plan_of()};
    int so_far = 0;
    while (const auto turn = pairs.next()) {
      SideRun run = run_of();
      if (turn->side == Side::a && so_far++ < bad) {
        run.result.connections_lost = 1;
        run.result.first_loss = "gone";
      }
      pairs.add(std::move(run));
    }
    return judge(pairs.record({}));
  };
  EXPECT_THAT(with_bad_runs(0).notes, IsEmpty());
  const ComparisonVerdict half = with_bad_runs(10);
  EXPECT_TRUE(half.valid());
  EXPECT_THAT(half.notes,
              ElementsAre("A: 10 of 20 runs would be invalid alone, the first because 1 of 1 connections lost: gone"));
  EXPECT_THAT(with_bad_runs(11).reasons, ElementsAre(HasSubstr("A: 11 of 20 runs would be invalid alone")));
}

}  // namespace
}  // namespace procedura::bench
