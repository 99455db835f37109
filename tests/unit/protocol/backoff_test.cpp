#include <procedura/protocol/backoff.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace procedura::protocol {
namespace {

using namespace std::chrono_literals;

constexpr Backoff::Options options{.base = 100ms, .cap = 10s, .steady_after = 30s};

TEST(Backoff, EachWaitLiesUnderItsDoublingCeiling) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff{options, seed};
    Duration ceiling = 100ms;
    for (int attempt = 0; attempt < 100; ++attempt) {
      const Duration wait = backoff.next();
      EXPECT_GE(wait, 0ns);
      EXPECT_LE(wait, ceiling);
      ceiling = std::min<Duration>(ceiling * 2, 10s);
    }
    EXPECT_EQ(backoff.attempts(), 100U);
  }
}

TEST(Backoff, TheJitterIsFull) {
  // Over many seeds the first waits fill the whole range, and their mean is its middle.
  Duration sum = 0ns;
  Duration least = 1h;
  Duration most = 0ns;
  constexpr int seeds = 2000;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const Duration wait = Backoff{options, seed}.next();
    sum += wait;
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_LT(least, 1ms);
  EXPECT_GT(most, 99ms);
  EXPECT_NEAR(static_cast<double>((sum / seeds).count()), 50e6, 2e6);
}

TEST(Backoff, ASeedIsASchedule) {
  Backoff a{options, 5};
  Backoff b{options, 5};
  Backoff c{options, 6};
  bool differs = false;
  for (int i = 0; i < 10; ++i) {
    const Duration wait = a.next();
    EXPECT_EQ(wait, b.next());
    differs = differs || wait != c.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Backoff, StartsAfreshOnlyAfterASteadyConnection) {
  Backoff backoff{options, 1};
  for (int i = 0; i < 8; ++i) backoff.next();
  backoff.was_up(29s);
  EXPECT_EQ(backoff.attempts(), 8U);
  backoff.was_up(30s);
  EXPECT_EQ(backoff.attempts(), 0U);
  EXPECT_LE(backoff.next(), 100ms);
}

}  // namespace
}  // namespace procedura::protocol
