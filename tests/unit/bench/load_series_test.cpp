// What a load keeps of a run beside its sums: the seconds, gaps, some jobs whole; and how shards share it.
#include "load/load.hpp"
#include "play.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace procedura::bench {
namespace {

using protocol::Status;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::SizeIs;

Load::Begin begun(Load& load, Nanos now) {
  const auto step = load.next(now);
  EXPECT_TRUE(std::holds_alternative<Load::Begin>(step));
  const auto begin = std::get<Load::Begin>(step);
  load.sent(begin.job, now);
  return begin;
}

/// The seconds together are the run.
void expect_adds_up(const Load& load) {
  const Metrics& metrics = load.metrics();
  std::array<Histogram, metric_count> sums;
  Second sum;
  for (const Second& second : load.series().seconds) {
    sum.due += second.due;
    sum.sent += second.sent;
    sum.finished += second.finished;
    sum.failed += second.failed;
    for (std::size_t i = 0; i < metric_count; ++i) second.latencies[i].add_to(sums[i]);
  }
  EXPECT_EQ(sum.due, metrics.jobs().due);
  EXPECT_EQ(sum.sent, metrics.jobs().sent);
  EXPECT_EQ(sum.finished, metrics.jobs().finished);
  EXPECT_EQ(sum.failed, metrics.jobs().failed);
  for (std::size_t i = 0; i < metric_count; ++i) {
    ASSERT_TRUE(std::ranges::equal(sums[i].counts(), metrics.of(static_cast<Metric>(i)).counts())) << metric_names[i];
  }
}

TEST(SeriesOfALoad, TellsWhatHappenedInEachSecond) {
  Play play{Load{open(100)}};
  play.service = milliseconds{1505};
  play.to_the_end();  // 200 measured jobs from 1 s to 3 s, and their ends 1.505 s later
  const auto& seconds_of = play.load.series().seconds;
  ASSERT_THAT(seconds_of, SizeIs(4));
  const std::vector<std::array<std::uint64_t, 5>> expected = {
      {100, 100, 0, 0, 150}, {100, 100, 50, 0, 150}, {0, 0, 100, 0, 50}, {0, 0, 50, 0, 0}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Second& second = seconds_of[i];
    EXPECT_EQ((std::array{second.due, second.sent, second.finished, second.failed, second.in_flight}), expected[i]) << i;
    EXPECT_EQ(second.of(Metric::response).count(), second.due) << i;  // they count where the job was due
  }
  expect_adds_up(play.load);
}

TEST(SeriesOfALoad, BeginsWithTheWindow) {
  Play play{Load{open(100)}};
  play.until(milliseconds{1005});
  EXPECT_THAT(play.load.series().seconds, SizeIs(1));
  EXPECT_EQ(play.load.series().seconds[0].due, 1U);
}

TEST(SeriesOfALoad, TellsOfASecondAsItEndedHoweverLateSomebodyLooks) {
  Load load{closed(2)};
  begun(load, seconds{1});
  begun(load, seconds{1});  // both were due in the warm-up, and still
  load.finished(0, milliseconds{2500});
  load.next(milliseconds{3500});
  ASSERT_GE(load.series().seconds.size(), 2U);
  EXPECT_EQ(load.series().seconds[0].in_flight, 2U);
  EXPECT_EQ(load.series().seconds[1].in_flight, 1U);
}

TEST(SeriesOfALoad, EndsWithWhatWasInFlightWhenTheRunWasOver) {
  LoadPlan plan = open(100);
  plan.cut_off = milliseconds{500};
  Play play{Load{plan}};
  play.service = milliseconds{1505};
  EXPECT_EQ(play.to_the_end(), milliseconds{3500});
  ASSERT_THAT(play.load.series().seconds, SizeIs(3));
  EXPECT_EQ(play.load.series().seconds[2].in_flight, play.load.metrics().jobs().unfinished);
  EXPECT_EQ(play.load.metrics().jobs().unfinished, 100U);
  for (const auto* jobs : {&play.load.timelines().slowest(), &play.load.timelines().drawn()}) {
    for (const Timeline& timeline : *jobs) EXPECT_EQ(timeline.response(), milliseconds{1505});  // of those that ended
  }
}

TEST(SeriesOfALoad, HasLongerSecondsForALongWindow) {
  LoadPlan plan = open(1);
  plan.duration = seconds{2000};
  EXPECT_EQ(Load{plan}.series().step, seconds{2});
}

TEST(SeriesOfALoad, OfAnInterruptedWarmUpIsEmpty) {
  Play play{Load{open(100)}};
  play.service = seconds{3};
  play.until(milliseconds{500});
  play.load.interrupt(milliseconds{500});
  play.to_the_end();
  EXPECT_THAT(play.load.series().seconds, SizeIs(0));
}

TEST(SeriesOfALoad, AddsUpToTheRunWhateverHappens) {
  for (const bool is_open : {true, false}) {
    for (int at = 0; at < 4000; at += 333) {
      for (const int what : {0, 1, 2, 3}) {
        Play play{Load{is_open ? open(50, 2, 20) : closed(7, 2)}};
        play.service = milliseconds{433};
        play.fails = [](std::uint64_t n) { return n % 5 == 0; };
        play.until(milliseconds{at});
        if (what == 1) play.load.interrupt(play.now);
        if (what >= 2) play.load.connection_lost(0);
        if (what >= 3) play.load.connection_lost(1);
        play.to_the_end();
        ASSERT_NO_FATAL_FAILURE(expect_adds_up(play.load)) << at << ' ' << what;
      }
    }
  }
}

TEST(GapsOfALoad, AreBetweenTheEventsOfMeasuredJobs) {
  Load load{open(1)};
  const auto warm = begun(load, Nanos{0});
  const auto one = begun(load, seconds{1});
  EXPECT_FALSE(warm.measured);
  EXPECT_TRUE(one.measured);
  const auto at = [](int ms) { return seconds{1} + milliseconds{ms}; };
  load.frame(warm.job, Status::running, at(1));
  load.frame(one.job, Status::running, at(2));
  load.frame(warm.job, Status::running, at(3));
  EXPECT_EQ(load.metrics().of(Metric::gap).count(), 0U);
  load.frame(one.job, Status::running, at(12));
  load.frame(one.job, Status::ack, at(13));
  load.frame(one.job, Status::running, at(42));
  EXPECT_EQ(load.metrics().of(Metric::gap).min(), milliseconds{10});
  EXPECT_EQ(load.metrics().of(Metric::gap).max(), milliseconds{30});
  load.failed(one.job, "E", at(50));  // they stay, and are in the second in which they came
  const auto two = begun(load, seconds{2});
  EXPECT_EQ(two.job, one.job);
  load.frame(two.job, Status::running, seconds{2} + milliseconds{9});  // the first of another job
  load.frame(two.job, Status::running, seconds{3} + milliseconds{9});
  EXPECT_EQ(load.metrics().of(Metric::gap).count(), 3U);
  EXPECT_EQ(load.series().seconds.at(0).of(Metric::gap).count(), 2U);
  EXPECT_EQ(load.series().seconds.at(2).of(Metric::gap).count(), 1U);
  EXPECT_GE(load.series().seconds.at(2).of(Metric::gap).value_at(Quantile{500'000}), seconds{1});
}

TEST(TimelinesOfALoad, HaveAllThatCame) {
  Load load{open(1)};
  begun(load, Nanos{0});
  const auto job = begun(load, seconds{1});
  const auto at = [](int ms) { return seconds{1} + milliseconds{ms}; };
  load.frame(job.job, Status::ack, at(1));
  load.frame(job.job, Status::running, at(2));
  load.frame(job.job, Status::running, at(5));
  EXPECT_EQ(load.times(job.job).first_event, at(2));
  load.failed(job.job, "OUT\x1b", at(9));
  ASSERT_THAT(load.timelines().slowest(), SizeIs(1));
  const Timeline& timeline = load.timelines().slowest()[0];
  EXPECT_EQ(timeline.arrival, 1U);
  EXPECT_EQ(timeline.times, (JobTimes{seconds{1}, seconds{1}, at(1), at(2)}));
  EXPECT_THAT(timeline.events, ElementsAre(at(2), at(5)));
  EXPECT_EQ(timeline.more_events, 0U);
  EXPECT_EQ(timeline.end, at(9));
  EXPECT_EQ(timeline.error, "OUT\\x1b");
  EXPECT_EQ(load.timelines().drawn(), load.timelines().slowest());
}

TEST(TimelinesOfALoad, LeaveNothingToTheNextJob) {
  Load load{open(1)};
  begun(load, Nanos{0});
  const auto first = begun(load, seconds{1});
  for (std::size_t i = 0; i < Timeline::most_events + 3; ++i) load.frame(first.job, Status::running, seconds{1});
  load.failed(first.job, "E", seconds{2});
  const auto second = begun(load, seconds{2});
  ASSERT_EQ(first.job, second.job);
  load.finished(second.job, seconds{2} + milliseconds{1});
  const auto& slowest = load.timelines().slowest();
  ASSERT_THAT(slowest, SizeIs(2));
  EXPECT_THAT(slowest[0].events, SizeIs(Timeline::most_events));
  EXPECT_EQ(slowest[0].more_events, 3U);
  EXPECT_THAT(slowest[1].events, SizeIs(0));
  EXPECT_EQ(slowest[1].more_events, 0U);
  EXPECT_EQ(slowest[1].error, "");
}

TEST(RampOfALoad, ComesBeforeTheWarmUp) {
  LoadPlan plan = open(100);
  plan.ramp = seconds{2};
  Play play{Load{plan}};
  EXPECT_EQ(play.load.window_begin(), seconds{3});
  play.until(seconds{1});
  EXPECT_EQ(play.begun, 25U);  // half of the ramp has a quarter of its 100 jobs
  play.until(seconds{2});
  EXPECT_EQ(play.begun, 100U);
  play.to_the_end();
  EXPECT_EQ(play.load.window_end(), seconds{5});
  EXPECT_EQ(play.load.metrics().jobs().due, 200U);
}

TEST(RampOfALoad, OpensThePlacesOfAClosedLoopOneByOne) {
  LoadPlan plan = closed(4);
  plan.ramp = seconds{4};
  Play play{Load{plan}};
  play.service = milliseconds{10};
  for (const std::size_t second : {1U, 2U, 3U}) {
    play.until(seconds{second} + milliseconds{5});
    EXPECT_EQ(play.load.in_flight(), second + 1);
    EXPECT_EQ(play.load.most_in_flight(), second + 1);
    // A place that is open does not wait for those that are not.
    EXPECT_EQ(play.begun, 100 * second * (second + 1) / 2 + second + 1);
  }
  play.to_the_end();
  EXPECT_EQ(play.load.most_in_flight(), 4U);
  EXPECT_EQ(play.load.metrics().jobs().finished, 4U * 200U);
}

TEST(ShardsOfALoad, TogetherAreTheWhole) {
  LoadPlan plan = open(90, 7);
  plan.ramp = milliseconds{500};
  const auto arrivals = [](const LoadPlan& of) {
    Play play{Load{of}};
    play.to_the_end();
    return std::pair{play.arrivals, play.load.metrics().jobs().due};
  };
  const auto [whole, due] = arrivals(plan);
  EXPECT_EQ(due, 180U);
  for (const std::uint64_t of : {2U, 3U, 7U}) {
    std::map<std::uint64_t, Nanos> together;
    std::uint64_t due_together = 0;
    for (std::uint64_t index = 0; index < of; ++index) {
      plan.shard = {index, of};
      const auto [own, own_due] = arrivals(plan);
      together.insert(own.begin(), own.end());
      due_together += own_due;
    }
    EXPECT_EQ(together, whole);
    EXPECT_EQ(due_together, due);
  }
}

std::size_t held_with(std::size_t max_in_flight, Shard shard) {
  LoadPlan plan = open(1000, 8, max_in_flight);
  plan.shard = shard;
  Play play{Load{plan}};
  play.until(seconds{1});
  return play.load.most_in_flight();
}

TEST(ShardsOfALoad, ShareConnectionsAndConcurrency) {
  for (const std::uint64_t of : {1U, 2U, 3U, 7U}) {
    std::uint64_t connections = 0;
    std::size_t in_flight = 0;
    std::size_t bounded = 0;
    for (std::uint64_t index = 0; index < of; ++index) {
      LoadPlan plan = closed(11, 8);
      plan.shard = {index, of};
      Play play{Load{plan}};
      play.service = milliseconds{700};
      play.until(milliseconds{1});
      in_flight += play.load.in_flight();
      connections += std::set<std::size_t>(play.connections.begin(), play.connections.end()).size();
      EXPECT_GE(share_of(8, plan.shard), share_of(8, {of - 1, of}));

      LoadPlan held = open(1000, 8, 10);
      held.shard = {index, of};
      EXPECT_GE(held_with(1, held.shard), 1U);  // however small the share of the bound
      Play bound{Load{held}};
      bound.service = seconds{100};
      bound.until(seconds{1});
      bounded += bound.load.in_flight();
    }
    EXPECT_EQ(in_flight, 11U);
    EXPECT_EQ(connections, 8U);
    EXPECT_EQ(bounded, 10U);
  }
}

TEST(ShardsOfALoad, NumberTheJobsOfAClosedLoopApart) {
  std::set<std::uint64_t> arrivals;
  for (const std::uint64_t index : {0U, 1U, 2U}) {
    LoadPlan plan = closed(3);
    plan.connections = 3;
    plan.shard = {index, 3};
    Load load{plan};
    for (int i = 0; i < 5; ++i) {
      const auto begin = begun(load, milliseconds{i});
      EXPECT_TRUE(arrivals.insert(begin.arrival).second);
      load.finished(begin.job, milliseconds{i});
    }
  }
  EXPECT_THAT(arrivals, SizeIs(15));
  EXPECT_EQ(*arrivals.rbegin(), 14U);
}

// More shards than places or connections: those that got none do nothing, and end.
TEST(ShardsOfALoad, WithoutAShareEnd) {
  LoadPlan plan = closed(1, 1);
  plan.shard = {1, 2};
  Load load{plan};
  EXPECT_TRUE(over(load.next(Nanos{0})));
  plan.connections = 2;
  Play idle{Load{plan}};
  EXPECT_EQ(idle.to_the_end(), seconds{3});
  EXPECT_EQ(idle.load.metrics().jobs(), JobCounts{});
}

}  // namespace
}  // namespace procedura::bench
