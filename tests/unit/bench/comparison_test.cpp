#include "compare/comparison.hpp"

#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

namespace procedura::bench {
namespace {

using protocol::mix;
using protocol::unit;
using testing::DoubleNear;

/// Runs of two agents on a machine that changes its speed from pair to pair, and has a bad moment now and then. All by seed.
class Machine {
 public:
  explicit Machine(std::uint64_t seed) : seed_{seed} {}

  double noise = 0.02;    ///< standard deviation of a run
  double drift = 0.05;    ///< of what both runs of a pair share
  double spikes = 0;      ///< the share of runs that take half as long again
  double second_run = 0;  ///< what the run that goes second takes more

  PairedMetric measure(std::string name, std::size_t pairs, double ratio, bool gated = true) {
    PairedMetric metric{std::move(name), "ns", gated, {}, {}};
    for (std::size_t i = 0; i < pairs; ++i) {
      const double moment = 1000 * std::exp(drift * normal());
      const bool b_first = unit(draw()) < 0.5;
      metric.a.push_back(moment * run() * (b_first ? 1 + second_run : 1));
      metric.b.push_back(moment * run() * ratio * (b_first ? 1 : 1 + second_run));
    }
    return metric;
  }

 private:
  std::uint64_t draw() { return mix(seed_, count_++); }
  double normal() { return std::sqrt(-2 * std::log1p(-unit(draw()))) * std::cos(6.283185307179586 * unit(draw())); }
  double run() { return std::exp(noise * normal()) * (unit(draw()) < spikes ? 1.5 : 1); }

  std::uint64_t seed_;
  std::uint64_t count_ = 0;
};

struct Told {
  int different = 0;
  int slower = 0;
  int equivalent = 0;
};

/// What `tries` comparisons of two gated metrics say.
Told tell(int tries, double ratio, void (*set_up)(Machine&), std::size_t pairs = 20) {
  Told told;
  for (int i = 0; i < tries; ++i) {
    Machine machine{static_cast<std::uint64_t>(i)};
    set_up(machine);
    const auto verdict =
        overall(compare({machine.measure("response.p50", pairs, ratio), machine.measure("cpu_per_job", pairs, ratio)},
                        {.seed = static_cast<std::uint64_t>(i)}));
    told.different += verdict == Difference::slower || verdict == Difference::faster ? 1 : 0;
    told.slower += verdict == Difference::slower ? 1 : 0;
    told.equivalent += verdict == Difference::equivalent ? 1 : 0;
  }
  return told;
}

TEST(Compare, FindsIdenticalAgentsEquivalent) {
  const Told told = tell(40, 1, [](Machine&) {});
  EXPECT_EQ(told.different, 0);
  EXPECT_GE(told.equivalent, 38);
}

TEST(Compare, FindsTenPercentMore) {
  EXPECT_GE(tell(30, 1.1, [](Machine& machine) { machine.noise = 0.02; }).slower, 29);
}

TEST(Compare, FindsTenPercentLess) {
  const Told told = tell(30, 1 / 1.1, [](Machine& machine) { machine.noise = 0.02; });
  EXPECT_GE(told.different, 29);
  EXPECT_EQ(told.slower, 0);
}

// Alpha is 1 % over all gated metrics: of 160 comparisons of an agent with itself one or two may find a difference.
TEST(Compare, HardlyEverFindsADifferenceWhereThereIsNone) {
  int different = tell(40, 1, [](Machine& machine) { machine.noise = 0.05; }).different;
  different += tell(40, 1, [](Machine& machine) { machine.spikes = 0.1; }).different;
  different += tell(40, 1, [](Machine& machine) { machine.noise = machine.drift = 0.3; }).different;
  // That the second run of a pair is always worse is no difference either: which one goes first is drawn.
  different += tell(40, 1, [](Machine& machine) { machine.second_run = 0.1; }).different;
  EXPECT_LE(different, 2);
}

TEST(Compare, CannotTellInGreatNoise) {
  const Told told = tell(20, 1.02, [](Machine& machine) { machine.noise = 0.3; });
  EXPECT_LE(told.different, 1);
  EXPECT_EQ(told.equivalent, 0);
}

TEST(Compare, SaysHowFarItMayBeFromTheTruth) {
  // The interval at 99 % has the truth in it, whatever it is, in about 99 of 100.
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto metric = compare({Machine{seed}.measure("response.p50", 20, 1.07)}, {.seed = seed}).front();
    EXPECT_LE(metric.low, metric.ratio);
    EXPECT_LE(metric.ratio, metric.high);
    covered += metric.low <= 1.07 && 1.07 <= metric.high ? 1 : 0;
  }
  EXPECT_GE(covered, 96);
}

PairedMetric constant(double a, double b, std::size_t pairs, bool gated = true) {
  return {"x", "bytes", gated, std::vector(pairs, a), std::vector(pairs, b)};
}

Difference verdict_on(PairedMetric metric, const CompareOptions& options = {}) {
  return compare({std::move(metric)}, options).front().verdict;
}

TEST(Compare, IsAgainstAMargin) {
  EXPECT_EQ(verdict_on(constant(1000, 1000, 20)), Difference::equivalent);
  EXPECT_EQ(verdict_on(constant(1000, 1049, 20)), Difference::equivalent);
  EXPECT_EQ(verdict_on(constant(1000, 1051, 20)), Difference::slower);
  EXPECT_EQ(verdict_on(constant(1051, 1000, 20)), Difference::faster);
  EXPECT_EQ(verdict_on(constant(1049, 1000, 20)), Difference::equivalent);
  EXPECT_EQ(verdict_on(constant(1000, 1021, 20), {.margin = 0.02}), Difference::slower);
  EXPECT_EQ(verdict_on(constant(1000, 1051, 20), {.margin = 0.07}), Difference::equivalent);
}

TEST(Compare, IsEquivalentOnlyWhereBothEndsOfTheIntervalAreWithinTheMargin) {
  PairedMetric less = constant(1000, 1000, 20);
  for (std::size_t i = 0; i < 20; i += 2) less.b[i] = 800;
  const auto compared = compare({less}, {}).front();
  EXPECT_LT(compared.low, 0.81);
  EXPECT_LT(compared.high, 1.01);
  EXPECT_EQ(compared.verdict, Difference::inconclusive);
  std::swap(less.a, less.b);
  EXPECT_EQ(verdict_on(less), Difference::inconclusive);
}

TEST(Compare, NeedsEnoughPairsForItsConfidence) {
  // n pairs that all say the same do so by chance in 2 of 2^n.
  EXPECT_EQ(verdict_on(constant(1000, 1000, 7)), Difference::inconclusive);
  EXPECT_EQ(verdict_on(constant(1000, 1000, 8)), Difference::equivalent);
  EXPECT_EQ(verdict_on(constant(1000, 2000, 7)), Difference::inconclusive);
  EXPECT_EQ(verdict_on(constant(1000, 2000, 8)), Difference::slower);
  EXPECT_EQ(verdict_on(constant(1000, 1000, 0)), Difference::inconclusive);
  EXPECT_EQ(verdict_on(constant(1000, 1000, 5), {.alpha = 0.1}), Difference::equivalent);
}

TEST(Compare, LeavesOutPairsThatSayNothing) {
  PairedMetric metric = constant(1000, 1100, 20);
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    metric.a.push_back(bad);
    metric.b.push_back(1);
    metric.a.push_back(1);
    metric.b.push_back(bad);
  }
  const auto compared = compare({metric}, {}).front();
  EXPECT_THAT(compared.ratio, DoubleNear(1.1, 1e-9));
  EXPECT_EQ(compared.verdict, Difference::slower);
  EXPECT_EQ(verdict_on(constant(0, 0, 20)), Difference::inconclusive);
}

TEST(Compare, KnowsItsNoise) {
  // Half the pairs say 20 % more, half 20 % less: the median of 20 pairs like these is one, the other, or 0 by luck.
  PairedMetric metric = constant(1000, 1200, 20);
  for (std::size_t i = 0; i < 20; i += 2) std::swap(metric.a[i], metric.b[i]);
  const auto compared = compare({metric}, {}).front();
  EXPECT_THAT(compared.noise, DoubleNear(0.2, 1e-9));
  EXPECT_THAT(compared.margin, DoubleNear(0.2, 1e-9));
  EXPECT_EQ(compared.verdict, Difference::inconclusive);
  // What both runs of a pair share is no noise.
  PairedMetric drifting = constant(1000, 1000, 20);
  for (std::size_t i = 0; i < 20; i += 2) drifting.a[i] = drifting.b[i] = 1500;
  EXPECT_EQ(compare({drifting}, {}).front().noise, 0);
  EXPECT_EQ(verdict_on(drifting), Difference::equivalent);
  EXPECT_EQ(compare({drifting}, {.margin = 0.07}).front().margin, 0.07);
}

// The interval, not the test, decides whether a difference that is there is greater than the margin.
TEST(Compare, IsInconclusiveAboutADifferenceAsGreatAsTheMargin) {
  const auto metric = compare({Machine{4}.measure("x", 40, 1.05)}, {}).front();
  EXPECT_LT(metric.p, 0.01);
  EXPECT_EQ(metric.verdict, Difference::inconclusive);
}

TEST(Compare, CorrectsForTheNumberOfGatedMetrics) {
  // 8 of 8: p is 2/256. One test may call that a difference at 1 %, one of two may not.
  EXPECT_EQ(verdict_on(constant(1000, 2000, 8)), Difference::slower);
  const auto two = compare({constant(1000, 2000, 8), constant(1000, 1000, 8)}, {});
  EXPECT_THAT(two[0].p, DoubleNear(4.0 / 256, 1e-9));
  EXPECT_EQ(two[0].verdict, Difference::inconclusive);
  const auto apart = compare({constant(1000, 2000, 8), constant(1000, 1000, 8, false)}, {});
  EXPECT_THAT(apart[0].p, DoubleNear(2.0 / 256, 1e-9));
  EXPECT_EQ(apart[0].verdict, Difference::slower);
}

TEST(Compare, SaysTheSameOfTheSameSamples) {
  const PairedMetric metric = Machine{3}.measure("x", 20, 1.01);
  const auto once = compare({metric}, {.seed = 5}).front();
  const auto again = compare({metric}, {.seed = 5}).front();
  EXPECT_EQ(once.low, again.low);
  EXPECT_EQ(once.high, again.high);
  EXPECT_EQ(once.noise, again.noise);
}

TEST(Overall, IsTheWorstOfTheGated) {
  using enum Difference;
  const auto of = [](std::vector<Difference> verdicts, bool gated = true) {
    std::vector<ComparedMetric> metrics;
    for (const Difference verdict : verdicts) {
      metrics.emplace_back();
      metrics.back().verdict = verdict;
      metrics.back().samples.gated = gated;
    }
    return overall(metrics);
  };
  EXPECT_EQ(of({equivalent, equivalent}), equivalent);
  EXPECT_EQ(of({equivalent, faster}), faster);
  EXPECT_EQ(of({faster, inconclusive, equivalent}), inconclusive);
  EXPECT_EQ(of({faster, inconclusive, slower}), slower);
  EXPECT_EQ(of({}), inconclusive);
  EXPECT_EQ(of({slower}, false), inconclusive);
}

}  // namespace
}  // namespace procedura::bench
