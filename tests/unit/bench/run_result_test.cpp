#include "measure/run_result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

Health health(Nanos wall, Nanos cpu, Nanos spun, std::optional<double> steal = {}) {
  return {wall, cpu, spun, steal, 1};
}

TEST(HealthTest, IsBusyWithAllButTheSpinning) {
  EXPECT_EQ(Health{}.busy(), 0);
  EXPECT_DOUBLE_EQ(health(seconds{10}, seconds{9}, seconds{5}).busy(), 0.4);
  EXPECT_EQ(health(seconds{10}, seconds{4}, seconds{5}).busy(), 0);   // two clocks may disagree a little
  EXPECT_EQ(health(seconds{10}, seconds{11}, seconds{0}).busy(), 1);  // and round a little
}

TEST(HealthTest, OfShardsIsTheWorst) {
  const Health idle = health(seconds{10}, seconds{2}, seconds{1}, 0.05);
  const Health busy = health(seconds{11}, seconds{9}, seconds{0});
  for (const auto& [first, second] : {std::pair{idle, busy}, std::pair{busy, idle}}) {
    Health merged = first;
    merged.merge(second);
    EXPECT_DOUBLE_EQ(merged.busy(), busy.busy());
    EXPECT_EQ(merged.wall, seconds{11});
    EXPECT_EQ(merged.spun, seconds{0});
    EXPECT_EQ(merged.steal, 0.05);
    EXPECT_EQ(merged.preempted, 2U);
  }
}

RunResult result(Nanos response) {
  RunResult result;
  result.metrics.finished({Nanos{0}, microseconds{5}, {}, {}}, response);
  result.series.at(seconds{1}).finished = 1;
  Timeline timeline;
  timeline.arrival = static_cast<std::uint64_t>(response.count());
  timeline.end = response;
  result.timelines.add(timeline);
  result.window = seconds{10};
  result.sending_time = seconds{10} + response;
  result.ending_time = seconds{11} + response;
  result.most_in_flight = 3;
  result.in_flight_by_quarter = {1, 2, 3, 4};
  result.connection_times.resolve.record(response);
  result.connection_times.connect.record(response);
  result.connection_times.tls.record(response);
  result.connection_times.upgrade.record(response);
  result.traffic = {1, 2, 3, 4};
  result.health = health(seconds{10}, response, Nanos{0});
  result.agent_counts = {{"frames_in", 5, 5}};
  return result;
}

TEST(RunResultTest, OfShardsIsThatOfTheWhole) {
  RunResult merged = result(milliseconds{1});
  RunResult other = result(milliseconds{2});
  other.connections_lost = 1;
  other.first_loss = "closed with 1001";
  other.tls_version = "TLSv1.3";
  other.tls_cipher = "A";
  other.held_back = true;
  merged.merge(other);

  EXPECT_EQ(merged.metrics.jobs().finished, 2U);
  EXPECT_EQ(merged.series.seconds.at(1).finished, 2U);
  EXPECT_EQ(merged.timelines.slowest().size(), 2U);
  EXPECT_EQ(merged.window, seconds{10});
  EXPECT_EQ(merged.sending_time, seconds{10} + milliseconds{2});
  EXPECT_EQ(merged.ending_time, seconds{11} + milliseconds{2});
  EXPECT_EQ(merged.most_in_flight, 6U);
  EXPECT_THAT(merged.in_flight_by_quarter, ElementsAre(2, 4, 6, 8));
  EXPECT_TRUE(merged.held_back);
  EXPECT_FALSE(merged.interrupted);
  EXPECT_EQ(merged.connections_lost, 1U);
  EXPECT_EQ(merged.first_loss, "closed with 1001");
  EXPECT_EQ(merged.tls_version, "TLSv1.3");
  EXPECT_EQ(merged.tls_cipher, "A");
  for (const Histogram* times : {&merged.connection_times.resolve, &merged.connection_times.connect,
                                 &merged.connection_times.tls, &merged.connection_times.upgrade}) {
    EXPECT_EQ(times->count(), 2U);
  }
  EXPECT_EQ(merged.traffic.frames_out, 2U);
  EXPECT_EQ(merged.traffic.frames_in, 4U);
  EXPECT_EQ(merged.traffic.bytes_out, 6U);
  EXPECT_EQ(merged.traffic.bytes_in, 8U);
  EXPECT_EQ(merged.health.cpu, milliseconds{2});
  ASSERT_EQ(merged.agent_counts.size(), 1U);
  EXPECT_EQ(merged.agent_counts[0].agent, 10);
  EXPECT_EQ(merged.agent_counts[0].expected, 10);
}

TEST(RunResultTest, QuartersThatOneShardDidNotReachAreOfNone) {
  RunResult merged = result(milliseconds{1});
  RunResult other = result(milliseconds{2});
  other.interrupted = true;
  other.in_flight_by_quarter = {5};
  merged.merge(other);
  EXPECT_THAT(merged.in_flight_by_quarter, ElementsAre(6));
  EXPECT_TRUE(merged.interrupted);
}

TEST(RunResultTest, FloorsAreOneSample) {
  const auto with_floor = [](int n) {
    RunResult some = result(milliseconds{1});
    some.floor.emplace();
    for (int i = 0; i < n; ++i) some.floor->response.record(microseconds{n});
    some.floor->duration = seconds{n};
    return some;
  };
  RunResult merged = result(milliseconds{1});
  EXPECT_FALSE(merged.floor);
  merged.merge(with_floor(2));
  ASSERT_TRUE(merged.floor);
  merged.merge(with_floor(3));
  merged.merge(result(milliseconds{1}));
  EXPECT_EQ(merged.floor->response.count(), 5U);
  EXPECT_EQ(merged.floor->duration, seconds{3});
}

TEST(RunResultTest, CountsOfAgentsGoByName) {
  RunResult merged = result(milliseconds{1});
  RunResult other = result(milliseconds{1});
  other.agent_counts = {{"frames_out", 7, 8}, {"frames_in", 1, 2}};
  merged.merge(other);
  ASSERT_EQ(merged.agent_counts.size(), 2U);
  EXPECT_EQ(merged.agent_counts[0].agent, 6);
  EXPECT_EQ(merged.agent_counts[0].expected, 7);
  EXPECT_EQ(merged.agent_counts[1].name, "frames_out");
}

}  // namespace
}  // namespace procedura::bench
