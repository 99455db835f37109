#include "compare/statistics.hpp"

#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace procedura::bench {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::Pointwise;

TEST(Median, IsTheMiddleOrTheMeanOfTheTwo) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({-1, 1}), 0);
  EXPECT_EQ(median({}), 0);
}

// The expected values are counts over all 2^n ways to give n ranks a sign, made one by one by another program.
TEST(Wilcoxon, IsExactWithAndWithoutTies) {
  struct Case {
    std::vector<double> differences;
    double p;
  };
  const Case cases[] = {
      {{}, 1},
      {{0, 0}, 1},
      {{3}, 1},
      {{1, -1}, 1},
      {{1, 2, 3, 4, 5, 6}, 2.0 / 64},
      {{-1, -2, -3, -4, -5, -6}, 2.0 / 64},
      {{6, 5, 4, 3, 2, 1}, 2.0 / 64},  // their order is no matter
      {{1, -2, 3, -4, 5, 6}, 28.0 / 64},
      {{-1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 4.0 / 1024},
      {{-1, -2, -3, 4, 5, 6, 7, 8, -9, 10, 11, 12}, 262.0 / 4096},
      {{1, 1, 2, -2, 3, 3, -3, 4}, 72.0 / 256},
      {{0, 0, 1, -1, 2, 5}, 6.0 / 16},  // nothing is left of what is 0
      {{.5, .5, .5, .5, .5, .5, .5, .5, .5, .5}, 2.0 / 1024},
  };
  for (const Case& expected : cases) {
    EXPECT_DOUBLE_EQ(wilcoxon_p(expected.differences), expected.p) << testing::PrintToString(expected.differences);
  }
}

/// n differences whose negative ranks add up to `sum`.
std::vector<double> with_negative_ranks(int n, int sum) {
  std::vector<double> differences;
  for (int rank = n; rank >= 1; --rank) {
    const bool negative = rank <= sum;
    if (negative) sum -= rank;
    differences.push_back(negative ? -rank : rank);
  }
  return differences;
}

// Printed tables give 37 and 52 as the critical values for 20 pairs, two-sided, at 1 % and at 5 %.
TEST(Wilcoxon, AgreesWithTheTablesFor20Pairs) {
  EXPECT_DOUBLE_EQ(wilcoxon_p(with_negative_ranks(20, 3)), 10.0 / 1'048'576);
  EXPECT_DOUBLE_EQ(wilcoxon_p(with_negative_ranks(20, 37)), 2 * 4947.0 / 1'048'576);
  EXPECT_DOUBLE_EQ(wilcoxon_p(with_negative_ranks(20, 38)), 2 * 5604.0 / 1'048'576);
  EXPECT_DOUBLE_EQ(wilcoxon_p(with_negative_ranks(20, 52)), 2 * 25'397.0 / 1'048'576);
  EXPECT_DOUBLE_EQ(wilcoxon_p(with_negative_ranks(20, 53)), 2 * 27'876.0 / 1'048'576);
  EXPECT_DOUBLE_EQ(wilcoxon_p(with_negative_ranks(20, 105)), 1);
}

TEST(Wilcoxon, StandsManyPairs) {
  std::vector<double> differences(500);
  std::iota(differences.begin(), differences.end(), 1.0);
  EXPECT_LT(wilcoxon_p(differences), 1e-140);
  for (std::size_t i = 0; i < differences.size(); i += 2) differences[i] = -differences[i];
  EXPECT_GT(wilcoxon_p(differences), 0.5);
}

TEST(Holm, CorrectsStepByStep) {
  EXPECT_THAT(holm(std::vector{0.01, 0.04, 0.03, 0.005}), Pointwise(testing::DoubleEq(), {0.03, 0.06, 0.06, 0.02}));
  EXPECT_THAT(holm(std::vector{0.2}), ElementsAre(0.2));
  EXPECT_THAT(holm(std::vector{0.9, 0.8, 0.7}), Each(1));
  EXPECT_THAT(holm(std::vector{0.02, 0.02}), Each(0.04));
  EXPECT_TRUE(holm({}).empty());
}

// The median of 21 values drawn from 21 is the k-th smallest or less when 11 draws are among the k smallest: a binomial
// distribution, which says where the ends of the interval are.
TEST(BootstrapMedian, EndsWhereTheBinomialDistributionSays) {
  std::vector<double> values(21);
  std::iota(values.begin(), values.end(), 1.0);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Range at_99 = bootstrap_median(values, 0.99, seed);
    EXPECT_THAT(at_99.low, testing::AnyOf(5, 6)) << seed;  // P(5 or less) is 0.0043, P(6 or less) 0.0183
    EXPECT_THAT(at_99.high, testing::AnyOf(16, 17)) << seed;
    const Range at_95 = bootstrap_median(values, 0.95, seed);
    EXPECT_EQ(at_95.low, 7) << seed;  // P(6 or less) is 0.0183, P(7 or less) 0.0557
    EXPECT_EQ(at_95.high, 15) << seed;
  }
}

TEST(BootstrapMedian, HasNoWidthWhereNothingDiffers) {
  EXPECT_EQ(bootstrap_median(std::vector{2.0, 2.0, 2.0}, 0.99, 1).low, 2);
  EXPECT_EQ(bootstrap_median(std::vector{2.0, 2.0, 2.0}, 0.99, 1).high, 2);
  EXPECT_EQ(bootstrap_median({}, 0.99, 1).high, 0);
}

TEST(BootstrapMedian, DependsOnItsSeedAlone) {
  const std::vector values{1.0, 5.0, 2.0, 9.0, 4.0, 8.0, 3.0, 1.5, 2.5, 7.5};
  const Range once = bootstrap_median(values, 0.99, 7);
  const Range again = bootstrap_median(values, 0.99, 7);
  EXPECT_EQ(once.low, again.low);
  EXPECT_EQ(once.high, again.high);
}

TEST(MedianByChance, IsWhatSignsByChanceMake) {
  // One draw: its size. Of 1 to 100, 95 of 100 are no greater than 95.
  std::vector<double> sizes(100);
  std::iota(sizes.begin(), sizes.end(), 1.0);
  EXPECT_THAT(median_by_chance(sizes, 1, 0.95, 1), DoubleNear(95, 2));
  for (double& size : sizes) size = -size;
  EXPECT_THAT(median_by_chance(sizes, 1, 0.95, 1), DoubleNear(95, 2));
  // All of one size: the median of an odd number of them has it, whatever the signs.
  EXPECT_EQ(median_by_chance(std::vector{3.0}, 21, 0.95, 1), 3);
  // More draws, less chance.
  EXPECT_LT(median_by_chance(sizes, 100, 0.95, 1), median_by_chance(sizes, 20, 0.95, 1) * 0.6);
  EXPECT_EQ(median_by_chance({}, 20, 0.95, 1), 0);
  EXPECT_EQ(median_by_chance(sizes, 0, 0.95, 1), 0);
}

}  // namespace
}  // namespace procedura::bench
