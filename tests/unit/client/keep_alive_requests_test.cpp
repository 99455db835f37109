// When `__keepalive` is asked, and when its silence means that the agent is gone.
#include "keep_alive_requests.hpp"

#include <gmock/gmock.h>

#include <random>

namespace procedura::detail {
namespace {

using namespace std::chrono_literals;
using Action = KeepAliveRequests::Action;
using Duration = protocol::Duration;
using TimePoint = protocol::TimePoint;
constexpr TimePoint t0{};

TEST(KeepAliveRequestsTest, AsksOnceNoFrameCameForTheInterval) {
  KeepAliveRequests keep{10s, 4s};
  EXPECT_FALSE(keep.next()) << "not open yet";
  keep.opened(t0);
  EXPECT_EQ(keep.next(), t0 + 10s);
  keep.frame(t0 + 7s);
  EXPECT_EQ(keep.timer(t0 + 10s), Action::none);
  EXPECT_EQ(keep.next(), t0 + 17s);
  EXPECT_EQ(keep.timer(t0 + 17s - 1ns), Action::none);
  EXPECT_EQ(keep.timer(t0 + 17s), Action::ask);
  keep.frame(t0 + 18s);
  keep.answered(true);
  EXPECT_EQ(keep.next(), t0 + 28s);
}

TEST(KeepAliveRequestsTest, GivesUpAfterTheTimeoutAndNotBefore) {
  KeepAliveRequests keep{10s, 4s};
  keep.opened(t0);
  EXPECT_EQ(keep.timer(t0 + 10s), Action::ask);
  EXPECT_EQ(keep.next(), t0 + 14s);
  EXPECT_EQ(keep.timer(t0 + 14s - 1ns), Action::none);
  EXPECT_EQ(keep.timer(t0 + 14s), Action::give_up);
}

TEST(KeepAliveRequestsTest, ATimeWithoutEndIsNeverOver) {
  KeepAliveRequests keep{10s, Duration::max()};
  keep.opened(t0 + 1h);
  EXPECT_EQ(keep.timer(t0 + 1h + 10s), Action::ask);
  EXPECT_EQ(keep.timer(t0 + 1000h), Action::none);
  KeepAliveRequests never{Duration::max(), 4s};
  never.opened(t0 + 1h);
  EXPECT_EQ(never.timer(t0 + 1000h), Action::none);
}

TEST(KeepAliveRequestsTest, NoIntervalIsNoneAtAll) {
  KeepAliveRequests keep{0s, 4s};
  keep.opened(t0);
  EXPECT_FALSE(keep.next());
}

TEST(KeepAliveRequestsTest, AnyFrameIsASignOfLife) {
  KeepAliveRequests keep{10s, 4s};
  keep.opened(t0);
  EXPECT_EQ(keep.timer(t0 + 10s), Action::ask);
  for (int i = 1; i < 20; ++i) {
    keep.frame(t0 + 10s + i * 3s);
    EXPECT_EQ(keep.timer(t0 + 10s + i * 3s + 1s), Action::none) << "busy, and not gone; asked once";
  }
  EXPECT_EQ(keep.next(), t0 + 10s + 19 * 3s + 4s);
}

TEST(KeepAliveRequestsTest, AnAgentThatDoesNotKnowItIsAskedOnce) {
  KeepAliveRequests keep{10s, 4s};
  keep.opened(t0);
  EXPECT_EQ(keep.timer(t0 + 10s), Action::ask);
  keep.answered(false);
  EXPECT_FALSE(keep.next());
  EXPECT_EQ(keep.timer(t0 + 1h), Action::none);
}

TEST(KeepAliveRequestsTest, WithoutAnIntervalItCostsNothing) {
  KeepAliveRequests keep{std::nullopt, 4s};
  keep.opened(t0);
  keep.frame(t0 + 1s);
  EXPECT_FALSE(keep.next());
  EXPECT_EQ(keep.timer(t0 + 1h), Action::none);
}

// A peer that dies at any time is noticed within the interval and the timeout, and one that answers never is.
TEST(KeepAliveRequestsTest, NoticesADeadPeerInTimeAndNoOther) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random{seed};
    KeepAliveRequests keep{10s, 4s};
    keep.opened(t0);
    const TimePoint death = t0 + std::chrono::milliseconds{random() % 200'000};
    TimePoint heard = t0;
    TimePoint now = t0;
    std::optional<TimePoint> noticed;
    while (!noticed) {
      ASSERT_LT(now, death + 1min);
      const TimePoint chatter = now + std::chrono::milliseconds{random() % 12'000};
      if (chatter < death && chatter < keep.next().value()) {
        keep.frame(heard = now = chatter);
        continue;
      }
      now = keep.next().value();
      switch (keep.timer(now)) {
        case Action::ask:
          if (now >= death) break;
          keep.frame(heard = now);
          keep.answered(true);
          break;
        case Action::give_up:
          noticed = now;
          break;
        case Action::none:
          break;
      }
    }
    EXPECT_EQ(*noticed, heard + 10s + 4s) << "seed " << seed;
    EXPECT_GE(*noticed, death);
  }
}

}  // namespace
}  // namespace procedura::detail
