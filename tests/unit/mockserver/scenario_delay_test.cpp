#include "scenario/delay.hpp"

#include <procedura/protocol/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace procedura::mock {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

std::vector<Duration> samples(const Delay& delay, std::uint64_t count = 20'000) {
  std::vector<Duration> all;
  for (std::uint64_t i = 0; i < count; ++i) all.push_back(sample(delay, protocol::mix(7, i)));
  std::sort(all.begin(), all.end());
  return all;
}

double mean_ms(const std::vector<Duration>& all) {
  double sum = 0;
  for (const Duration value : all) sum += static_cast<double>(value.count()) / 1e6;
  return sum / static_cast<double>(all.size());
}

double quantile_ms(const std::vector<Duration>& all, double q) {
  return static_cast<double>(all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))].count()) / 1e6;
}

TEST(Delay, FixedIsItself) {
  EXPECT_EQ(sample({FixedDelay{milliseconds{20}}, {}}, 1), milliseconds{20});
  EXPECT_EQ(sample({FixedDelay{milliseconds{20}}, milliseconds{5}}, 1), milliseconds{5});
  EXPECT_EQ(sample({FixedDelay{}, {}}, 1), nanoseconds{0});
}

TEST(Delay, TheSameDrawIsTheSameDelay) {
  const Delay delay{LognormalDelay{milliseconds{20}, 0.4}, {}};
  EXPECT_EQ(sample(delay, 99), sample(delay, 99));
  EXPECT_NE(sample(delay, 99), sample(delay, 100));
}

TEST(Delay, UniformStaysWithinItsBounds) {
  const auto all = samples({UniformDelay{milliseconds{10}, milliseconds{30}}, {}});
  EXPECT_GE(all.front(), milliseconds{10});
  EXPECT_LE(all.back(), milliseconds{30});
  EXPECT_NEAR(mean_ms(all), 20, 0.2);
  EXPECT_NEAR(quantile_ms(all, 0.25), 15, 0.3);
}

TEST(Delay, NormalHasItsMeanAndDeviationAndIsNeverNegative) {
  const auto all = samples({NormalDelay{milliseconds{100}, milliseconds{10}}, {}});
  EXPECT_NEAR(mean_ms(all), 100, 0.5);
  EXPECT_NEAR(quantile_ms(all, 0.841), 110, 1);
  EXPECT_NEAR(quantile_ms(all, 0.159), 90, 1);
  EXPECT_EQ(samples({NormalDelay{milliseconds{1}, milliseconds{10}}, {}}).front(), nanoseconds{0});
}

TEST(Delay, LognormalHasItsMedianAndSigma) {
  const auto all = samples({LognormalDelay{milliseconds{20}, 0.4}, {}});
  EXPECT_NEAR(quantile_ms(all, 0.5), 20, 0.5);
  EXPECT_NEAR(quantile_ms(all, 0.841), 20 * std::exp(0.4), 1);
  EXPECT_LE(samples({LognormalDelay{milliseconds{20}, 0.4}, milliseconds{25}}).back(), milliseconds{25});
}

TEST(Delay, NothingOverflows) {
  const Delay wild{LognormalDelay{seconds{86'400}, 100}, {}};
  for (const Duration value : samples(wild, 1000)) {
    EXPECT_GE(value, nanoseconds{0});
    EXPECT_LE(value, std::chrono::hours{24 * 365});
  }
}

}  // namespace
}  // namespace procedura::mock
