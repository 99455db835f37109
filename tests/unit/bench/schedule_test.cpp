#include "load/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace procedura::bench {
namespace {

std::vector<std::int64_t> first(Schedule schedule, std::size_t n) {
  std::vector<std::int64_t> times;
  for (; times.size() < n; schedule.advance()) times.push_back(schedule.at().count());
  return times;
}

TEST(Schedule, ConstantArrivalsAreEvenAndNoErrorAddsUp) {
  EXPECT_THAT(first(Schedule{Arrival::constant, 1000, 1}, 4), testing::ElementsAre(0, 1'000'000, 2'000'000, 3'000'000));
  EXPECT_THAT(first(Schedule{Arrival::constant, 3, 1}, 4), testing::ElementsAre(0, 333'333'333, 666'666'667, 1'000'000'000));
  EXPECT_THAT(first(Schedule{Arrival::constant, 0.5, 1}, 3), testing::ElementsAre(0, 2'000'000'000, 4'000'000'000));
  EXPECT_EQ(first(Schedule{Arrival::constant, 3, 1}, 3'000'001).back(), 1'000'000'000'000'000);
}

// The times below were worked out in Python from SplitMix64 and -log1p(-u).
TEST(Schedule, PoissonArrivalsAreThoseOfTheSeed) {
  EXPECT_THAT(first(Schedule{Arrival::poisson, 1000, 1}, 6),
              testing::ElementsAre(459166, 2912835, 4251099, 4999163, 7046438, 8225541));
  EXPECT_EQ(first(Schedule{Arrival::poisson, 1000, 1}, 1000), first(Schedule{Arrival::poisson, 1000, 1}, 1000));
  EXPECT_NE(first(Schedule{Arrival::poisson, 1000, 1}, 6), first(Schedule{Arrival::poisson, 1000, 2}, 6));
}

TEST(Schedule, PoissonGapsAreExponential) {
  const auto times = first(Schedule{Arrival::poisson, 1000, 7}, 100'000);
  EXPECT_NEAR(static_cast<double>(times.back()) / 100'000, 1e6, 1e4);
  std::size_t over_mean = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    ASSERT_GE(times[i], times[i - 1]);
    if (times[i] - times[i - 1] > 1'000'000) ++over_mean;
  }
  EXPECT_NEAR(static_cast<double>(over_mean) / 100'000, 0.3679, 0.005);  // 1/e
}

TEST(Schedule, GrowsEvenlyOverTheRampAndIsTheSameBehindIt) {
  using std::chrono::seconds;
  // After a share t of the ramp, t^2 of its arrivals have come, and they are half of what the full rate would have brought.
  EXPECT_THAT(first(Schedule{Arrival::constant, 4, 1, {}, seconds{8}}, 5),
              testing::ElementsAre(0, 2'000'000'000, 2'828'427'125, 3'464'101'615, 4'000'000'000));
  for (const Arrival arrival : {Arrival::constant, Arrival::poisson}) {
    const auto full = first(Schedule{arrival, 100, 3}, 2000);
    for (const Nanos ramp : {Nanos{1}, Nanos{7}, Nanos{seconds{8}}}) {
      const auto ramped = first(Schedule{arrival, 100, 3, {}, ramp}, 2000);
      for (std::size_t i = 0; i < full.size(); ++i) {
        ASSERT_GE(ramped[i], i == 0 ? 0 : ramped[i - 1]);
        ASSERT_GE(ramped[i], full[i]);
        if (full[i] < ramp.count() / 2) continue;
        ASSERT_EQ(ramped[i], full[i] + (ramp - ramp / 2).count());
      }
    }
  }
}

TEST(Schedule, RampOfShardsIsThatOfTheWhole) {
  const Nanos ramp = std::chrono::seconds{2};
  const auto whole = first(Schedule{Arrival::poisson, 100, 5, {}, ramp}, 300);
  for (Schedule part{Arrival::poisson, 100, 5, {1, 3}, ramp}; part.number() < 300; part.advance()) {
    ASSERT_EQ(part.at().count(), whole[part.number()]);
  }
}

TEST(Share, IsEvenAndTheRemainderGoesToTheFirst) {
  EXPECT_EQ(share_of(7, {}), 7U);
  EXPECT_EQ(share_of(7, {0, 3}), 3U);
  EXPECT_EQ(share_of(7, {1, 3}), 2U);
  EXPECT_EQ(share_of(7, {2, 3}), 2U);
  EXPECT_EQ(share_of(1, {1, 2}), 0U);
}

TEST(Schedule, ShardsTogetherAreTheWholeSchedule) {
  for (const Arrival arrival : {Arrival::constant, Arrival::poisson}) {
    const auto whole = first(Schedule{arrival, 1000, 42}, 1000);
    for (const std::uint64_t of : {1U, 2U, 3U, 7U}) {
      std::map<std::uint64_t, std::int64_t> together;
      for (std::uint64_t index = 0; index < of; ++index) {
        for (Schedule part{arrival, 1000, 42, {index, of}}; part.number() < 1000; part.advance()) {
          EXPECT_EQ(part.number() % of, index);
          together[part.number()] = part.at().count();
        }
      }
      ASSERT_EQ(together.size(), 1000U);
      for (const auto& [number, at] : together) ASSERT_EQ(at, whole[number]);
    }
  }
}

}  // namespace
}  // namespace procedura::bench
