#include "load/load.hpp"

#include "play.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace procedura::bench {
namespace {

using protocol::Status;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Load::Begin begun(const Load::Step& step) {
  EXPECT_TRUE(std::holds_alternative<Load::Begin>(step));
  return std::get<Load::Begin>(step);
}

Load::Wait waits(const Load::Step& step) {
  EXPECT_TRUE(std::holds_alternative<Load::Wait>(step));
  return std::get<Load::Wait>(step);
}

void expect_conserved(const JobCounts& jobs) {
  EXPECT_EQ(jobs.due, jobs.finished + jobs.failed + jobs.unfinished + jobs.unsent);
  EXPECT_LE(jobs.sent, jobs.due);
}

TEST(OpenLoopTest, BeginsEachJobWhenItIsDueAndWaitsExactlyForTheNext) {
  Load load{open(10)};
  EXPECT_EQ(begun(load.next(Nanos{0})).connection, 0U);
  const auto wait = waits(load.next(Nanos{0}));
  EXPECT_EQ(wait.until, milliseconds{100});
  EXPECT_TRUE(wait.exact);
  EXPECT_EQ(waits(load.next(milliseconds{100} - Nanos{1})).until, milliseconds{100});
  begun(load.next(milliseconds{100}));
  EXPECT_EQ(load.in_flight(), 2U);
}

TEST(OpenLoopTest, JobsThatFellDueMeanwhileBeginAtOnce) {
  Load load{open(10)};
  for (int i = 0; i < 6; ++i) begun(load.next(milliseconds{500}));
  EXPECT_EQ(waits(load.next(milliseconds{500})).until, milliseconds{600});
}

TEST(OpenLoopTest, MeasuresTheJobsOfTheWindowAndNoOthers) {
  Play play{Load{open(100)}};
  EXPECT_EQ(play.to_the_end(), seconds{3});
  EXPECT_EQ(play.begun, 300U);  // 100 of them in the warm-up
  const JobCounts& jobs = play.load.metrics().jobs();
  EXPECT_EQ(jobs, (JobCounts{200, 200, 200, 0, 0, 0, 200, 200}));
  EXPECT_EQ(play.load.metrics().of(Metric::response).min(), milliseconds{1});
  EXPECT_EQ(play.load.metrics().of(Metric::response).max(), milliseconds{1});
  EXPECT_EQ(play.load.last_sent(), milliseconds{2990});
  EXPECT_EQ(play.load.last_end(), milliseconds{2991});
}

TEST(OpenLoopTest, JobsOfTheWarmUpDoNotMoveTheTimesOfTheWindow) {
  Load load{open(1)};
  const auto warm = begun(load.next(seconds{2})).job;
  const auto one = begun(load.next(seconds{2})).job;
  const auto two = begun(load.next(seconds{2})).job;
  load.sent(one, milliseconds{2001});
  load.sent(two, milliseconds{2002});
  load.sent(warm, milliseconds{2900});
  load.finished(one, milliseconds{2500});
  load.finished(two, milliseconds{2600});
  load.finished(warm, milliseconds{4000});
  EXPECT_EQ(load.last_sent(), milliseconds{2002});
  EXPECT_EQ(load.last_end(), milliseconds{2600});
  EXPECT_EQ(load.metrics().jobs().due, 2U);
}

TEST(OpenLoopTest, ASlowAgentDoesNotSlowTheLoad) {
  Play play{Load{open(100)}};
  play.service = seconds{4};
  EXPECT_EQ(play.to_the_end(), milliseconds{6990});
  EXPECT_EQ(play.load.metrics().jobs().finished, 200U);
  EXPECT_EQ(play.load.metrics().of(Metric::send_lag).max(), Nanos{0});
  EXPECT_EQ(play.load.most_in_flight(), 300U);
}

TEST(OpenLoopTest, AJobHeldBackIsMeasuredWithItsWait) {
  Play play{Load{open(10, 1, 1)}};  // one at a time, of 150 ms, every 100 ms: each waits 50 ms longer than the one before
  play.service = milliseconds{150};
  play.to_the_end();
  const Metrics& metrics = play.load.metrics();
  EXPECT_TRUE(play.load.held_back());
  EXPECT_EQ(play.load.most_in_flight(), 1U);
  EXPECT_EQ(metrics.jobs(), (JobCounts{20, 20, 20, 0, 0, 0, 20, 20}));
  EXPECT_EQ(metrics.of(Metric::send_lag).min(), milliseconds{10 * 50});
  EXPECT_EQ(metrics.of(Metric::send_lag).max(), milliseconds{29 * 50});
  EXPECT_EQ(metrics.of(Metric::response).max(), milliseconds{29 * 50 + 150});
  EXPECT_EQ(metrics.of(Metric::service_response).max(), milliseconds{150});
  EXPECT_EQ(play.load.last_sent(), milliseconds{29 * 150});
}

TEST(OpenLoopTest, JobsInFlightAtTheCutOffAreCounted) {
  Play play{Load{open(100)}};
  play.service = milliseconds{6001};  // the drain ends at 8 s: what began at 2 s or later does not end
  EXPECT_EQ(play.to_the_end(), seconds{8});
  const JobCounts& jobs = play.load.metrics().jobs();
  expect_conserved(jobs);
  EXPECT_EQ(jobs.due, 200U);
  EXPECT_EQ(jobs.finished, 100U);
  EXPECT_EQ(jobs.unfinished, 100U);
}

TEST(OpenLoopTest, JobsThatNeverBeganAreCounted) {
  Play play{Load{open(100, 1, 5)}};
  play.service = seconds{100};
  EXPECT_EQ(play.to_the_end(), seconds{8});
  const JobCounts& jobs = play.load.metrics().jobs();
  EXPECT_EQ(jobs, (JobCounts{200, 0, 0, 0, 0, 200, 0, 0}));  // the five in flight are of the warm-up
}

TEST(OpenLoopTest, LooksAtTheJobsInFlightAtEachQuarter) {
  Play steady{Load{open(100)}};
  steady.service = milliseconds{25};
  steady.to_the_end();
  EXPECT_THAT(steady.load.quarters(), testing::ElementsAre(2, 2, 2, 2));

  Play growing{Load{open(100)}};
  growing.service = seconds{4};
  growing.to_the_end();
  EXPECT_THAT(growing.load.quarters(), testing::ElementsAre(150, 200, 250, 300));

  Play interrupted{Load{open(100)}};
  interrupted.until(seconds{2});
  interrupted.load.interrupt(seconds{2});
  interrupted.to_the_end();
  EXPECT_LE(interrupted.load.quarters().size(), 2U);
}

TEST(OpenLoopTest, ConnectionsTakeTurns) {
  Play play{Load{open(100, 3)}};
  play.until(milliseconds{60});
  EXPECT_THAT(play.connections, testing::ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(OpenLoopTest, ALostConnectionGetsNoMoreJobs) {
  Play play{Load{open(100, 3)}};
  play.until(milliseconds{20});
  play.load.connection_lost(1);
  play.load.connection_lost(1);
  EXPECT_EQ(play.load.connections_lost(), 1U);
  play.connections.clear();
  play.until(milliseconds{60});
  EXPECT_THAT(play.connections, testing::ElementsAre(2, 0, 2, 0));
}

TEST(OpenLoopTest, IsOverWithTheLastConnection) {
  Play play{Load{open(100, 2)}};
  play.service = milliseconds{1001};
  play.until(seconds{2});
  play.load.connection_lost(0);
  EXPECT_FALSE(over(play.load.next(seconds{2})));
  play.load.connection_lost(1);
  EXPECT_TRUE(over(play.load.next(seconds{2})));
  EXPECT_EQ(play.load.window_end(), seconds{2});
  expect_conserved(play.load.metrics().jobs());
  EXPECT_EQ(play.load.metrics().jobs().due, play.load.metrics().jobs().unfinished);
}

TEST(OpenLoopTest, LateRepliesToAnEndedRunAreHarmless) {
  for (const bool well : {true, false}) {
    Load load{open(1)};
    begun(load.next(seconds{1}));
    const auto job = begun(load.next(seconds{1})).job;  // the second, which is measured
    load.interrupt(milliseconds{1001});
    load.interrupt(milliseconds{1002});
    ASSERT_TRUE(over(load.next(milliseconds{1002})));
    load.frame(job, Status::running, milliseconds{1003});
    if (well) load.finished(job, milliseconds{1003});
    if (!well) load.failed(job, "E", milliseconds{1003});
    EXPECT_EQ(load.metrics().jobs(), (JobCounts{1, 0, 0, 0, 1, 0, 0, 0}));
  }
}

TEST(Interrupt, EndsTheWindowAndWaitsForWhatIsInFlight) {
  Play play{Load{open(100)}};
  play.service = milliseconds{500};
  play.until(seconds{2});
  play.load.interrupt(seconds{2});
  EXPECT_TRUE(play.load.interrupted());
  EXPECT_EQ(play.load.window_end(), seconds{2});
  EXPECT_EQ(play.to_the_end(), milliseconds{2490});
  EXPECT_EQ(play.load.metrics().jobs(), (JobCounts{100, 100, 100, 0, 0, 0, 100, 100}));
}

TEST(Interrupt, OfAWarmUpLeavesNothingMeasured) {
  Play play{Load{open(100)}};
  play.until(milliseconds{500});
  play.load.interrupt(milliseconds{500});
  play.to_the_end();
  EXPECT_EQ(play.load.metrics().jobs(), JobCounts{});
}

TEST(Interrupt, ASecondTimeIsTheEnd) {
  Play play{Load{open(100)}};
  play.service = seconds{100};
  play.until(seconds{2});
  play.load.interrupt(seconds{2});
  EXPECT_FALSE(over(play.load.next(seconds{2})));
  play.load.interrupt(milliseconds{2100});
  EXPECT_TRUE(over(play.load.next(milliseconds{2100})));
  EXPECT_EQ(play.load.metrics().jobs(), (JobCounts{100, 100, 0, 0, 100, 0, 0, 0}));
}

TEST(ClosedLoopTest, KeepsSoManyInFlight) {
  Play play{Load{closed(4, 2)}};
  play.service = milliseconds{10};
  play.until(milliseconds{5});
  EXPECT_EQ(play.begun, 4U);
  EXPECT_THAT(play.connections, testing::ElementsAre(0, 1, 0, 1));
  play.to_the_end();
  EXPECT_EQ(play.load.most_in_flight(), 4U);
  EXPECT_EQ(play.begun, 4U * 300U);
  const JobCounts& jobs = play.load.metrics().jobs();
  EXPECT_EQ(jobs.due, 4U * 200U);
  EXPECT_EQ(jobs.finished, 4U * 200U);
  EXPECT_FALSE(play.load.held_back());
}

TEST(ClosedLoopTest, AJobIsDueWhenAnotherEnded) {
  Load load{closed(1)};
  const auto first = begun(load.next(Nanos{0}));
  load.sent(first.job, Nanos{0});
  EXPECT_FALSE(waits(load.next(seconds{1})).exact);
  load.finished(first.job, seconds{1});
  const auto second = begun(load.next(seconds{1} + microseconds{50}));
  load.sent(second.job, seconds{1} + microseconds{60});
  load.finished(second.job, seconds{2});
  EXPECT_EQ(load.metrics().of(Metric::send_lag).max(), microseconds{60});
  EXPECT_EQ(load.metrics().of(Metric::response).max(), seconds{1});
}

TEST(ClosedLoopTest, EndsInTimeWhenTheAgentNeverAnswers) {
  Play play{Load{closed(3)}};
  play.service = seconds{100};
  EXPECT_EQ(play.to_the_end(), seconds{8});
  EXPECT_EQ(play.load.metrics().jobs(), JobCounts{});  // the three were of the warm-up
}

TEST(ClosedLoopTest, BeginsNothingAfterTheWindow) {
  Play play{Load{closed(1)}};
  play.service = milliseconds{700};
  play.to_the_end();
  EXPECT_EQ(play.begun, 5U);
  EXPECT_EQ(play.load.metrics().jobs().due, 3U);
  EXPECT_EQ(play.now, milliseconds{3500});
}

TEST(JobInFlight, TakesTheFirstFrameOfEachKind) {
  for (const Status accept : {Status::ack, Status::started}) {
    Load load{open(1)};
    begun(load.next(Nanos{0}));
    const auto job = begun(load.next(seconds{1})).job;
    const auto at = [](int ms) { return seconds{1} + milliseconds{ms}; };
    load.sent(job, at(1));
    load.frame(job, accept, at(2));
    load.frame(job, accept, at(3));
    load.frame(job, Status::unknown, at(4));
    load.frame(job, Status::running, at(5));
    load.frame(job, Status::running, at(6));
    load.finished(job, at(7));
    EXPECT_EQ(load.metrics().of(Metric::send_lag).max(), milliseconds{1});
    EXPECT_EQ(load.metrics().of(Metric::ack).max(), milliseconds{2});
    EXPECT_EQ(load.metrics().of(Metric::first_event).max(), milliseconds{5});
    EXPECT_EQ(load.metrics().of(Metric::response).max(), milliseconds{7});
    EXPECT_EQ(load.metrics().of(Metric::service_response).max(), milliseconds{6});
  }
}

TEST(JobInFlight, LeavesNothingToTheNextInItsSlot) {
  Load load{open(1)};
  const auto first = begun(load.next(Nanos{0})).job;
  load.sent(first, Nanos{1});
  load.frame(first, Status::ack, Nanos{2});
  load.frame(first, Status::running, Nanos{3});
  load.finished(first, Nanos{4});
  const auto second = begun(load.next(seconds{1})).job;
  EXPECT_EQ(second, first);
  load.finished(second, seconds{2});
  EXPECT_EQ(load.metrics().jobs(), (JobCounts{1, 0, 1, 0, 0, 0, 1, 1}));
}

// Whatever is lost, failed or interrupted, and whenever: every job that was due is in exactly one count.
TEST(Conservation, HoldsForEveryMomentAnInterruptionOrALossMayCome) {
  for (const bool is_open : {true, false}) {
    for (int at = 0; at < 4000; at += 37) {
      for (const int what : {0, 1, 2, 3}) {
        LoadPlan plan = is_open ? open(50, 2, 20) : closed(7, 2);
        Play play{Load{plan}};
        play.service = milliseconds{433};
        play.fails = [](std::uint64_t n) { return n % 5 == 0; };
        play.until(milliseconds{at});
        if (what == 0) play.load.interrupt(play.now);
        if (what >= 1) play.load.connection_lost(0);
        if (what >= 2) play.load.connection_lost(1);
        if (what >= 3) play.load.interrupt(play.now);
        play.to_the_end();
        ASSERT_TRUE(over(play.load.next(play.now)));
        expect_conserved(play.load.metrics().jobs());
        ASSERT_LE(play.load.window_end(), seconds{3});
      }
    }
  }
}

}  // namespace
}  // namespace procedura::bench
