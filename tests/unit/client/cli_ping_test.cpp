#include "duration_text.hpp"
#include "ping_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace procedura::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using protocol::Duration;

Result<Duration> no_pong() {
  return Failure::of(errc::ack_timeout, "no pong within 5 s");
}

TEST(Milliseconds, HaveThreeDigitsOrMore) {
  EXPECT_EQ(milliseconds(0ns), "0.000");
  EXPECT_EQ(milliseconds(345us), "0.345");
  EXPECT_EQ(milliseconds(9999us), "9.999");
  EXPECT_EQ(milliseconds(9999600ns), "10.0");
  EXPECT_EQ(milliseconds(99940us), "99.9");
  EXPECT_EQ(milliseconds(99960us), "100");
  EXPECT_EQ(milliseconds(12345ms), "12345");
  EXPECT_EQ(exact_milliseconds(1234567ns), "1.234567");
}

TEST(Lasting, ShowsTheTwoGreatestUnits) {
  const std::pair<std::chrono::seconds, const char*> cases[] = {
      {0s, "0 s"},          {59s, "59 s"},           {60s, "1 min"},    {125s, "2 min 5 s"}, {3600s, "1 h"},
      {3660s, "1 h 1 min"}, {86399s, "23 h 59 min"}, {86400s, "1 day"}, {172800s, "2 days"}, {8640000s, "100 days"},
  };
  for (const auto& [time, text] : cases) EXPECT_EQ(lasting(time), text);
}

TEST(Utc, IsIso8601) {
  const auto moment = std::chrono::sys_days{std::chrono::year{2028} / 2 / 29} + 3h + 4min + 5s;
  EXPECT_EQ(utc_time(moment), "2028-02-29T03:04:05Z");
  EXPECT_EQ(utc_date(std::chrono::system_clock::time_point{-1s}), "1969-12-31");
}

TEST(RoundTrips, CountAndAverage) {
  RoundTrips trips;
  for (const auto time : {1ms, 2ms, 3ms, 6ms}) {
    trips.sent();
    trips.answered(time);
  }
  trips.sent();
  EXPECT_EQ(trips.sent_count(), 5U);
  EXPECT_EQ(trips.answered_count(), 4U);
  EXPECT_DOUBLE_EQ(trips.loss(), 20);
  EXPECT_EQ(trips.min(), 1ms);
  EXPECT_EQ(trips.mean(), 3ms);
  EXPECT_EQ(trips.max(), 6ms);
  EXPECT_EQ(trips.mdev(), 1870829ns);  // sqrt(3.5)
}

TEST(RoundTrips, KeepTheirDigitsAfterAMillion) {
  RoundTrips trips;
  for (int i = 0; i < 1'000'000; ++i) trips.answered(3600s + (i % 2 == 0 ? 1us : -1us));
  EXPECT_NEAR(static_cast<double>(trips.mdev().count()), 1000, 1);
}

TEST(PingReport, IsLikePing8) {
  EXPECT_EQ(ping_line(1, 345us), "pong: seq=1 time=0.345 ms\n");
  EXPECT_EQ(ping_line(2, no_pong()), "no pong: seq=2 ACK_TIMEOUT: no pong within 5 s; --timeout SECS waits longer\n");
  RoundTrips trips;
  trips.sent();
  trips.answered(345us);
  trips.sent();
  trips.sent();
  EXPECT_EQ(ping_summary("ws://a:1/", trips, 2s),
            "--- ws://a:1/ ---\n3 sent, 1 received, 66.67% lost, 2000 ms\n"
            "round trip min/avg/max/mdev = 0.345/0.345/0.345/0.000 ms\n");
}

TEST(PingReport, HasNoTimesWhenNothingAnswered) {
  RoundTrips trips;
  EXPECT_EQ(ping_summary("ws://a:1/", trips, 0s), "--- ws://a:1/ ---\n0 sent, 0 received, 0% lost, 0.000 ms\n");
  trips.sent();
  EXPECT_EQ(ping_summary("ws://a:1/", trips, 5s), "--- ws://a:1/ ---\n1 sent, 0 received, 100% lost, 5000 ms\n");
  const json summary = json::parse(ping_summary_object("ws://a:1/", trips, 5s));
  EXPECT_EQ(summary, json::parse(R"({"url":"ws://a:1/","took_ms":5000.0,"sent":1,"received":0,"loss_percent":100,
                                      "min_ms":null,"avg_ms":null,"max_ms":null,"mdev_ms":null})"));
}

TEST(PingReport, IsOneObjectForEachPing) {
  EXPECT_EQ(ping_object(7, 345us), R"({"seq":7,"ms":0.345000})");
  EXPECT_EQ(
      json::parse(ping_object(8, no_pong())),
      json::parse(R"({"seq":8,"ms":null,"error":{"status":"error","code":"ACK_TIMEOUT","message":"no pong within 5 s"}})"));
}

TEST(PingReport, EscapesWhatAPeerSaid) {
  const Result<Duration> lost = Failure::of(errc::connection_lost, "closed: \x1b[2J");
  EXPECT_THAT(ping_line(1, lost), testing::Not(testing::HasSubstr("\x1b")));
}

}  // namespace
}  // namespace procedura::cli
