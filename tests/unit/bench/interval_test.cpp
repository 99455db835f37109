#include "judge/interval.hpp"

#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace procedura::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Quantile median{500'000};
constexpr Quantile p90{900'000};

/// `n` jobs a second of as many milliseconds as the second says.
Series series_of(const std::vector<int>& millis, int n) {
  Series series;
  for (std::size_t i = 0; i < millis.size(); ++i) {
    Second& second = series.at(seconds{i});
    second.due = static_cast<std::uint64_t>(n);
    for (int k = 0; k < n; ++k) second.of(Metric::response).record(milliseconds{millis[i]});
  }
  return series;
}

Nanos bucket_of(Nanos value) {
  return Nanos{Histogram::highest_equivalent(value.count())};
}

TEST(QuantileInterval, NeedsTenSecondsAndASampleThatCarriesTheQuantile) {
  EXPECT_FALSE(quantile_interval(series_of(std::vector(9, 5), 100), Metric::response, median));
  EXPECT_TRUE(quantile_interval(series_of(std::vector(10, 5), 100), Metric::response, median));
  EXPECT_FALSE(quantile_interval(series_of(std::vector(10, 5), 19), Metric::response, median));
  EXPECT_TRUE(quantile_interval(series_of(std::vector(10, 5), 20), Metric::response, median));
  EXPECT_FALSE(quantile_interval(series_of(std::vector(10, 5), 100), Metric::ack, median));
  EXPECT_FALSE(quantile_interval(Series{}, Metric::response, median));
}

TEST(QuantileInterval, IsOneValueWhereAllSecondsAreAlike) {
  const Nanos value = bucket_of(milliseconds{5});
  EXPECT_EQ(quantile_interval(series_of(std::vector(20, 5), 50), Metric::response, p90), (Interval{value, value}));
}

TEST(QuantileInterval, TakesTheSampleAtTheRank) {
  Series series = series_of(std::vector(20, 5), 10);
  for (Second& second : series.seconds) {
    for (int i = 0; i < 10; ++i) second.of(Metric::response).record(milliseconds{9});
  }
  const Nanos lower = bucket_of(milliseconds{5});  // of 400 the 200th
  EXPECT_EQ(quantile_interval(series, Metric::response, median), (Interval{lower, lower}));
}

TEST(QuantileInterval, SpansWhatSomeSecondsWouldMakeOfIt) {
  // A third of the seconds is slow: whether they are half of a draw is open, whether they are a tenth is not.
  std::vector<int> millis(30, 5);
  std::fill(millis.begin(), millis.begin() + 12, 9);
  const Series series = series_of(millis, 50);
  EXPECT_EQ(quantile_interval(series, Metric::response, median),
            (Interval{bucket_of(milliseconds{5}), bucket_of(milliseconds{9})}));
  EXPECT_EQ(quantile_interval(series, Metric::response, p90),
            (Interval{bucket_of(milliseconds{9}), bucket_of(milliseconds{9})}));
}

TEST(QuantileInterval, IsTheSameForTheSameSeries) {
  std::vector<int> millis;
  for (std::uint64_t i = 0; i < 50; ++i) millis.push_back(static_cast<int>(1 + protocol::mix(i) % 20));
  const Series series = series_of(millis, 40);
  const auto interval = quantile_interval(series, Metric::response, p90);
  ASSERT_TRUE(interval);
  EXPECT_LT(interval->low, interval->high);
  EXPECT_EQ(quantile_interval(series, Metric::response, p90), interval);
}

TEST(QuantileInterval, TakesNeighboursTogetherInALongRun) {
  std::vector<int> millis(1000);
  for (std::size_t i = 0; i < millis.size(); ++i)
    millis[i] = i % 5 < 3 ? 5 : 9;  // every block of five seconds is like every other
  EXPECT_EQ(quantile_interval(series_of(millis, 4), Metric::response, Quantile{600'000}),
            (Interval{bucket_of(milliseconds{5}), bucket_of(milliseconds{5})}));
}

TEST(QuantileInterval, SecondsOfTheDrainAreNoSeconds) {
  Series series = series_of(std::vector(9, 5), 100);
  series.at(seconds{30}).finished = 7;
  EXPECT_EQ(seconds_with_jobs(series, Metric::response), 9U);
  EXPECT_FALSE(quantile_interval(series, Metric::response, median));
  series.at(seconds{11}).of(Metric::gap).record(milliseconds{1});
  EXPECT_EQ(seconds_with_jobs(series, Metric::gap), 12U);
}

TEST(QuantileInterval, DrawsWithoutAnySampleSayNothing) {
  Series series = series_of(std::vector(12, 5), 0);
  for (Second& second : series.seconds) second.due = 1;
  for (int i = 0; i < 1000; ++i) series.at(seconds{3}).of(Metric::response).record(milliseconds{i < 300 ? 1 : 7});
  const Nanos value = bucket_of(milliseconds{7});
  EXPECT_EQ(quantile_interval(series, Metric::response, median), (Interval{value, value}));
}

/// A queue with one server that is busy 70 % of the time, both its gaps and its services exponential: its responses are
/// exponential too, with a mean that is known, but each waits for those before it.
struct Queue {
  static constexpr double service_ms = 10;
  static constexpr double load = 0.7;
  static constexpr int length = 60;

  static Nanos quantile(double q) { return ms(-std::log1p(-q) * service_ms / (1 - load)); }

  static Series run(std::uint64_t seed) {
    Series series;
    std::uint64_t draw = 0;
    const auto exponential = [&](double mean) { return -std::log1p(-protocol::unit(protocol::mix(seed, draw++))) * mean; };
    double wait = 0;
    for (double at = -5000; at < length * 1000.0;) {  // the first 5 s warm it up
      const double response = wait + exponential(service_ms);
      if (at >= 0) {
        Second& second = series.at(ms(at));
        ++second.due;
        second.of(Metric::response).record(ms(response));
      }
      const double gap = exponential(service_ms / load);
      at += gap;
      wait = std::max(0.0, response - gap);
    }
    return series;
  }

  static Nanos ms(double value) { return Nanos{std::llround(value * 1e6)}; }
};

/// What one gets from taking each job for an independent draw: two ranks, 1.96 deviations of a binomial apart.
Interval by_ranks(const Series& series, double q) {
  SparseHistogram whole;
  for (const Second& second : series.seconds) whole.merge(second.of(Metric::response));
  const auto n = static_cast<double>(whole.count());
  const double half = 1.96 * std::sqrt(q * (1 - q) / n);
  const auto at = [&](double quantile) { return whole.value_at(Quantile{static_cast<std::uint32_t>(quantile * 1e6)}); };
  return {at(q - half), at(q + half)};
}

TEST(QuantileInterval, HoldsWhatItPromisesWhereJobsWaitForEachOther) {
  constexpr int runs = 200;
  for (const double q : {0.5, 0.9}) {
    const Nanos truth = Queue::quantile(q);
    const auto holds = [&](const Interval& interval) { return interval.low <= truth && truth <= interval.high; };
    int held = 0;
    int naive_held = 0;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
      const Series series = Queue::run(seed);
      const auto interval = quantile_interval(series, Metric::response, Quantile{static_cast<std::uint32_t>(q * 1e6)});
      ASSERT_TRUE(interval);
      held += holds(*interval) ? 1 : 0;
      naive_held += holds(by_ranks(series, q)) ? 1 : 0;
    }
    EXPECT_GE(held, runs * 85 / 100) << q;
    EXPECT_LE(naive_held, runs * 50 / 100) << q;
  }
}

}  // namespace
}  // namespace procedura::bench
