#include "net/alarms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace procedura::mock::net {
namespace {

using std::chrono::seconds;

constexpr TimePoint start{seconds{1000}};

struct Alarmed {
  std::string rang;
  int sooner = 0;
  Alarms alarms;
  Alarm a{alarms, [this] { rang += 'a'; }};
  Alarm b{alarms, [this] { rang += 'b'; }};
  Alarm c{alarms, [this] { rang += 'c'; }};
  Alarmed() {
    alarms.on_sooner = [this] { ++sooner; };
  }
  void ring_all(TimePoint now) {
    while (alarms.ring_next(now)) {
    }
  }
};

TEST(Alarms, RingInTheOrderOfTheirTimesThenOfTheirSetting) {
  Alarmed some;
  some.b.set(start + seconds{2});
  some.c.set(start + seconds{1});
  some.a.set(start + seconds{2});
  EXPECT_EQ(some.alarms.next(), start + seconds{1});
  EXPECT_EQ(some.sooner, 2) << "the last one changes nothing for who waits";
  some.ring_all(start);
  EXPECT_EQ(some.rang, "");
  some.ring_all(start + seconds{2});
  EXPECT_EQ(some.rang, "cba");
  EXPECT_FALSE(some.alarms.next());
}

TEST(Alarms, SetAnewCancelledAndDestroyedTheyDoNotRing) {
  Alarmed some;
  some.a.set(start);
  some.a.set(start + seconds{5});
  some.b.set(start);
  some.b.cancel();
  some.b.cancel();
  auto gone = std::make_unique<Alarm>(some.alarms, [&] { some.rang += '!'; });
  gone->set(start);
  gone.reset();
  some.ring_all(start + seconds{4});
  EXPECT_EQ(some.rang, "");
  EXPECT_EQ(some.alarms.size(), 1U);
  some.ring_all(start + seconds{5});
  EXPECT_EQ(some.rang, "a");
  EXPECT_FALSE(some.a.is_set());
}

TEST(Alarms, OneMaySetAndDestroyOthersAsItRings) {
  Alarms alarms;
  int rang = 0;
  auto other = std::make_unique<Alarm>(alarms, [&] { rang += 100; });
  Alarm again{alarms, [&] {
                other.reset();
                if (++rang < 3) again.set(start);
              }};
  again.set(start);
  other->set(start);
  while (alarms.ring_next(start)) {
  }
  EXPECT_EQ(rang, 3);
}

}  // namespace
}  // namespace procedura::mock::net
