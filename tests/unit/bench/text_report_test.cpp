#include "report/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

RunRecord record() {
  RunRecord run;
  run.plan.url = "ws://127.0.0.1:8765";
  run.plan.module = "worldstate_snapshot";
  run.plan.load.load = OpenLoop{100};
  run.surroundings.started_at = "2026-01-02T03:04:05Z";
  run.surroundings.cpus = 2;
  RunResult& result = run.result;
  result.window = result.sending_time = result.ending_time = seconds{20};
  for (int i = 0; i < 2000; ++i) {
    const Nanos took = milliseconds{i / 100 < 4 ? 9 : 5};  // the first four seconds are slow
    result.metrics.finished({Nanos{0}, microseconds{5}, {}, {}}, took);
    result.series.at(milliseconds{10 * i}).of(Metric::response).record(took);
    ++result.series.at(milliseconds{10 * i}).finished;
  }
  result.connection_times.connect.record(milliseconds{1});
  result.connection_times.connect.record(milliseconds{2});
  result.connection_times.upgrade.record(milliseconds{3});
  return run;
}

std::string text(const RunRecord& run) {
  return text_report(run, judge(run.plan, run.result));
}

TEST(TextReport, HasIntervalsOfWhatTheSampleCarries) {
  EXPECT_THAT(text(record()),
              HasSubstr("  95 % intervals of the response, from the seconds of the run: p50 5.00 ms to 5.00 ms, p90 "
                        "5.00 ms to 9.00 ms\n"));
  RunRecord brief = record();
  brief.result.series.seconds.resize(9);
  EXPECT_THAT(text(brief), Not(HasSubstr("intervals of the response")));
}

TEST(TextReport, HasTheFloorAndTheGeneratorsHealth) {
  EXPECT_THAT(text(record()), AllOf(Not(HasSubstr("floor     ")), Not(HasSubstr("generator "))));
  RunRecord run = record();
  run.result.floor.emplace();
  for (int i = 0; i < 300; ++i) run.result.floor->response.record(microseconds{60});
  run.result.health = {seconds{20}, seconds{9}, seconds{4}, 0.004, 1};
  EXPECT_THAT(
      text(run),
      AllOf(
          HasSubstr("floor     300 jobs to a responder that does nothing, p50 60.0 us\n"),
          HasSubstr("generator 25% of a core at work and 20% asking the socket, preempted 1 time, 0.4% taken by the host\n")));
  run.result.health.steal.reset();
  EXPECT_THAT(text(run), HasSubstr(", an unknown share taken by the host\n"));
}

TEST(TextReport, HasWhatTheAgentCounted) {
  RunRecord run = record();
  run.result.agent_counts = {{"frames_in", 2000, 2000}, {"frames\x1b", 3, 4}, {"frames_out", 5, 5}};
  EXPECT_THAT(text(run), HasSubstr("agent     counted frames\\x1b 3, but 4 here\n"
                                   "agent     counted the same: frames_in 2000, frames_out 5\n"));
}

TEST(TextReport, HasHowConnectionsWereMade) {
  EXPECT_THAT(text(record()), HasSubstr("connected 2 opened, 0 lost, TCP 1.00 ms to 2.00 ms, upgrade 3.00 ms\n"));
  RunRecord run = record();
  run.result.connection_times.tls.record(milliseconds{7});
  run.result.tls_version = "TLSv1.3";
  run.result.tls_cipher = "TLS_AES_256_GCM_SHA384";
  EXPECT_THAT(text(run), HasSubstr("TLS 7.00 ms, upgrade 3.00 ms\n          TLSv1.3 with TLS_AES_256_GCM_SHA384\n"));
}

TEST(TextReport, HasGapsWhereThereAreSome) {
  EXPECT_THAT(text(record()), Not(HasSubstr("  gap ")));
  RunRecord run = record();
  run.result.metrics.gap(milliseconds{4});
  EXPECT_THAT(text(run), HasSubstr("  gap                         1   4.00 ms"));
}

TEST(TextReport, SaysHowTheLoadWasShared) {
  RunRecord run = record();
  run.plan.load.ramp = seconds{3};
  run.shards = 4;
  run.complete = false;
  EXPECT_THAT(text(run),
              HasSubstr("20.0 s after 3.00 s of ramp and 5.00 s of warm-up, merged from 4 shards, NOT OVER YET; 2026"));
  run.plan.load.shard = {1, 4};
  EXPECT_THAT(text(run), HasSubstr(", 1 connection; part 2 of 4\n"));
  EXPECT_THAT(text(run), HasSubstr("verdict   VALID, as far as this part goes; SLOs are judged after the merge\n"));
  run.plan.churn = Churn::connect;
  EXPECT_THAT(text(run), HasSubstr(", a connection for each job; part 2 of 4\n"));
}

TEST(TextReport, EndsWithWhatTheRunCannotSupport) {
  const std::string report = text(record());
  EXPECT_THAT(report, HasSubstr("verdict   PASS\n          But: The floor was not measured"));
  EXPECT_THAT(report, HasSubstr("\n               p99 and beyond cannot be said"));
}

TEST(ProgressLine, HasTheRateOfTheLastWholeSecond) {
  Metrics metrics;
  Series series;
  series.at(milliseconds{1500}).finished = 42;
  series.seconds[0].finished = 17;
  Progress progress{Nanos{0}, seconds{5}, seconds{65}, 3, &metrics, &series};
  const std::pair<Nanos, std::optional<double>> cases[] = {
      {seconds{4}, {}},   {milliseconds{5'999}, {}}, {seconds{6}, 17.0}, {milliseconds{6'999}, 17.0},
      {seconds{7}, 42.0}, {seconds{8}, {}},          {seconds{65}, {}}};
  for (const auto& [now, rate] : cases) {
    progress.now = now;
    EXPECT_EQ(finished_per_second(progress), rate) << now.count();
  }
  progress.now = seconds{7};
  EXPECT_EQ(progress_line(progress), "58.0 s left, 3 in flight, 0 finished (42.0/s), 0 failed");
  progress.window_end = seconds{7};
  EXPECT_EQ(finished_per_second(progress), std::nullopt);
  progress.window_end = seconds{65};
  progress.series = nullptr;
  EXPECT_EQ(finished_per_second(progress), std::nullopt);
}

TEST(ProgressLine, NamesTheMostFrequentError) {
  Metrics metrics;
  Progress progress{seconds{1}, Nanos{0}, seconds{9}, 0, &metrics};
  metrics.failed({}, {}, "A");
  EXPECT_THAT(progress_line(progress), HasSubstr("1 failed (A)"));
  metrics.failed({}, {}, "B");
  metrics.failed({}, {}, "B");
  EXPECT_THAT(progress_line(progress), HasSubstr("3 failed (B and others)"));
}

}  // namespace
}  // namespace procedura::bench
