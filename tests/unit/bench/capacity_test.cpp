#include "load/capacity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace procedura::bench {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Bound = CapacitySearch::Bound;
using Agent = std::function<RateFinding(double rate, int nth)>;  // nth: of the runs at this rate, from 0

struct Searched {
  CapacitySearch::Found found;
  std::vector<CapacityStep> steps;
  std::vector<double> rates() const {
    std::vector<double> all;
    for (const auto& step : steps) all.push_back(step.rate);
    return all;
  }
};

Searched search(const Agent& agent, double first = 100, double highest = 1e6) {
  CapacitySearch search{first, highest};
  std::map<double, int> runs;
  for (;;) {
    const auto next = search.next();
    if (const auto* found = std::get_if<CapacitySearch::Found>(&next)) return {*found, search.steps()};
    const auto [rate, confirming] = std::get<CapacitySearch::Try>(next);
    EXPECT_LE(search.steps().size(), CapacitySearch::most_steps);
    EXPECT_LE(rate, highest);
    search.found(agent(rate, runs[rate]++), confirming ? "confirming" : "looking");
  }
}

/// Keeps its SLOs up to a rate.
Agent up_to(double most) {
  return [most](double rate, int /*nth*/) { return rate <= most ? RateFinding::kept : RateFinding::broken; };
}

TEST(Capacity, DoublesNarrowsAndConfirms) {
  const Searched it = search(up_to(700));
  EXPECT_THAT(it.rates(), ElementsAre(100, 200, 400, 800, 566, 673, 734, 703, 673, 673));
  EXPECT_EQ(it.found.rate, 673);
  EXPECT_EQ(it.found.beyond, 703);
  EXPECT_EQ(it.found.bound, Bound::agent);
  EXPECT_TRUE(it.found.confirmed);
  EXPECT_FALSE(it.steps[7].confirming);
  EXPECT_TRUE(it.steps[8].confirming);
  EXPECT_EQ(it.steps[0].why, "looking");
}

TEST(Capacity, IsWithinItsPrecisionWhereverItLies) {
  for (const double capacity : {1.0, 99.0, 100.0, 101.0, 199.0, 200.0, 201.0, 3'333.0, 123'456.0, 999'999.0}) {
    const Searched it = search(up_to(capacity));
    ASSERT_TRUE(it.found.rate) << capacity;
    EXPECT_LE(*it.found.rate, capacity);
    EXPECT_GT(*it.found.rate * (1 + CapacitySearch::precision) * 1.005, capacity) << "but for the rounding of rates";
    EXPECT_TRUE(it.found.confirmed) << capacity;
  }
}

TEST(Capacity, HalvesWhereTheFirstRateIsTooMuch) {
  const Searched it = search(up_to(30));
  const auto rates = it.rates();
  EXPECT_THAT(std::vector(rates.begin(), rates.begin() + 4), ElementsAre(100, 50, 25, 35.4));
  EXPECT_THAT(*it.found.rate, DoubleNear(29.3, 1));
}

TEST(Capacity, SaysWhereNoRateIsKept) {
  const Searched it = search(up_to(0));
  EXPECT_FALSE(it.found.rate);
  EXPECT_FALSE(it.found.confirmed);
  EXPECT_EQ(it.found.bound, Bound::agent);
  EXPECT_EQ(it.steps.size(), 11U) << "down to a thousandth of the first rate";
}

TEST(Capacity, DoesNotGoBeyondTheHighestRate) {
  const Searched it = search(up_to(1e9), 100, 1000);
  EXPECT_THAT(it.rates(), ElementsAre(100, 200, 400, 800, 1000, 1000, 1000));
  EXPECT_EQ(it.found.rate, 1000);
  EXPECT_EQ(it.found.bound, Bound::highest_rate);
  EXPECT_FALSE(it.found.beyond);
  EXPECT_EQ(search(up_to(1e9), 5000, 1000).steps.front().rate, 1000);
}

TEST(Capacity, TriesAgainWhereTheGeneratorFailedOnce) {
  const Searched it = search([](double rate, int nth) {
    if (rate == 400 && nth == 0) return RateFinding::generator;
    return rate <= 700 ? RateFinding::kept : RateFinding::broken;
  });
  EXPECT_EQ(it.found.rate, 673);
  EXPECT_EQ(it.found.bound, Bound::agent);
}

TEST(Capacity, SaysWhereTheGeneratorIsTheLimit) {
  const Searched it = search([](double rate, int) { return rate <= 700 ? RateFinding::kept : RateFinding::generator; });
  EXPECT_EQ(it.found.rate, 673);
  EXPECT_EQ(it.found.bound, Bound::generator);
  EXPECT_EQ(it.found.beyond, 703);
  EXPECT_TRUE(it.found.confirmed);
  EXPECT_THAT(it.rates(), ElementsAre(100, 200, 400, 800, 800, 566, 673, 734, 734, 703, 703, 673, 673));

  const Searched agent_below = search([](double rate, int) {
    return rate <= 500 ? RateFinding::kept : rate <= 700 ? RateFinding::broken : RateFinding::generator;
  });
  EXPECT_EQ(agent_below.found.bound, Bound::agent) << "what is just above the rate that was found counts";
}

TEST(Capacity, GivesUpARateThatIsNotConfirmed) {
  // Lucky once.
  const Searched it = search(
      [](double rate, int nth) { return rate <= 600 || (rate <= 700 && nth == 0) ? RateFinding::kept : RateFinding::broken; });
  ASSERT_TRUE(it.found.rate);
  EXPECT_LE(*it.found.rate, 600);
  EXPECT_GT(*it.found.rate, 600 / 1.06);
  EXPECT_TRUE(it.found.confirmed);
}

TEST(Capacity, IsNoneWhereTheLowestRateIsNotConfirmed) {
  const Searched it =
      search([](double rate, int nth) { return rate < 0.1 && nth == 0 ? RateFinding::kept : RateFinding::broken; });
  EXPECT_FALSE(it.found.rate);
  EXPECT_FALSE(it.found.confirmed);
  EXPECT_TRUE(it.steps.back().confirming);
}

TEST(Capacity, GoesOnPastSmallSamplesButConfirmsWithNone) {
  // An SLO on p99 needs 10,000 jobs: at 100/s a run of 10 s has 1,000.
  const auto with_large_enough_from = [](double enough) {
    return [enough](double rate, int) {
      return rate > 3000 ? RateFinding::broken : rate < enough ? RateFinding::unclear : RateFinding::kept;
    };
  };
  const Searched large = search(with_large_enough_from(1000));
  EXPECT_GT(large.found.rate, 2800);
  EXPECT_TRUE(large.found.confirmed);

  const Searched small = search(with_large_enough_from(1e6));
  EXPECT_GT(small.found.rate, 2800);
  EXPECT_FALSE(small.found.confirmed);
  EXPECT_EQ(small.steps.back().finding, RateFinding::unclear);
}

TEST(Capacity, EndsWhateverItIsTold) {
  std::uint64_t state = 1;
  for (int run = 0; run < 2000; ++run) {
    const Searched it = search([&](double, int) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      return static_cast<RateFinding>((state >> 33U) % 4);
    });
    EXPECT_LE(it.steps.size(), CapacitySearch::most_steps);
    if (it.found.confirmed) {
      ASSERT_TRUE(it.found.rate);
      const auto& steps = it.steps;
      for (const auto& step : {steps[steps.size() - 2], steps.back()}) {
        EXPECT_TRUE(step.finding == RateFinding::kept || step.finding == RateFinding::generator);
      }
      EXPECT_EQ(steps.back().rate, *it.found.rate);
      EXPECT_EQ(steps.back().finding, RateFinding::kept);
    }
  }
}

TEST(Capacity, IsToldInASentenceAndItsSteps) {
  const auto text = [](const Searched& it) { return text_report({it.found, it.steps}); };
  EXPECT_THAT(text(search(up_to(700))),
              StartsWith("capacity  673 jobs/s; 703 is too much\n         100/s kept      looking\n"));
  EXPECT_THAT(text(search(up_to(700))), HasSubstr("\n         673/s kept      (confirming) confirming\n"));
  EXPECT_THAT(text(search(up_to(0))), StartsWith("capacity  none: not even the lowest rate"));
  EXPECT_THAT(text(search(up_to(1e9), 1, 1000)), StartsWith("capacity  1000 jobs/s; more was not tried\n"));
  const auto generator = [](double rate, int) { return rate <= 700 ? RateFinding::kept : RateFinding::generator; };
  EXPECT_THAT(text(search(generator)),
              StartsWith("capacity  673 jobs/s: at the least, 703 is more than this machine can make"));
  const auto unclear = [](double rate, int) { return rate <= 700 ? RateFinding::unclear : RateFinding::broken; };
  EXPECT_THAT(text(search(unclear)), StartsWith("capacity  673 jobs/s, NOT CONFIRMED; 703 is too much\n"));
}

}  // namespace
}  // namespace procedura::bench
