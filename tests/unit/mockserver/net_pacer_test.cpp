// What leaves when: latency, bandwidth, dribble and a stall of the whole agent, without a socket or a clock.
#include "net/pacer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace procedura::mock::net {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimePoint start{seconds{1000}};

struct Batch {
  Duration after;  // the start
  std::size_t bytes;
  bool operator==(const Batch&) const = default;
};
void PrintTo(const Batch& batch, std::ostream* out) {
  *out << batch.bytes << " bytes at " << batch.after.count() << " ns";
}

// Asks as the server does: again when told to, and again at once after each batch that left.
std::vector<Batch> run(Pacer& pacer, TimePoint from, Duration late = {}, std::optional<TimePoint> stalled_until = {}) {
  std::vector<Batch> batches;
  TimePoint now = from;
  for (int asked = 0; asked < 1'000'000; ++asked) {
    const auto leave = pacer.leave(now, stalled_until);
    if (leave.bytes > 0) {
      batches.push_back({now - start, leave.bytes});
    } else if (leave.ask_again) {
      EXPECT_GT(*leave.ask_again, now) << "it would be asked for ever";
      now = *leave.ask_again + late;
    } else {
      return batches;
    }
  }
  ADD_FAILURE() << "it never comes to an end";
  return batches;
}

TEST(Pacer, HoldsNothingUnlessToldTo) {
  Pacer pacer;
  EXPECT_TRUE(pacer.idle());
  pacer.add(start, 10);
  EXPECT_FALSE(pacer.idle()) << "what it was given goes by it no more";
  pacer.add(start, 20);
  EXPECT_THAT(run(pacer, start), ElementsAre(Batch{{}, 30}));
  EXPECT_TRUE(pacer.idle());
  pacer.add(start, 0);
  EXPECT_TRUE(pacer.idle());
  EXPECT_THAT(run(pacer, start), IsEmpty());
}

TEST(Pacer, LatencyHoldsWhatIsAddedFromThenOnAndKeepsTheOrder) {
  Pacer pacer;
  pacer.add(start, 1);
  pacer.latency(milliseconds{50});
  EXPECT_FALSE(pacer.idle());
  pacer.add(start + milliseconds{10}, 2);
  pacer.add(start + milliseconds{20}, 3);
  pacer.latency(milliseconds{5});
  pacer.add(start + milliseconds{21}, 4);  // would be due at 26, and waits for what was before it
  pacer.latency({});
  pacer.add(start + milliseconds{22}, 5);
  EXPECT_THAT(run(pacer, start), ElementsAre(Batch{{}, 1}, Batch{milliseconds{60}, 2}, Batch{milliseconds{70}, 3 + 4 + 5}));
  EXPECT_TRUE(pacer.idle());
  pacer.add(start + seconds{1}, 6);
  EXPECT_THAT(run(pacer, start + seconds{1}), ElementsAre(Batch{seconds{1}, 6}));
}

TEST(Pacer, BandwidthIsEvenlySpent) {
  Pacer pacer;
  pacer.bandwidth(1000);
  pacer.add(start, 35);
  EXPECT_THAT(run(pacer, start),
              ElementsAre(Batch{{}, 10}, Batch{milliseconds{10}, 10}, Batch{milliseconds{20}, 10}, Batch{milliseconds{30}, 5}));
  pacer.add(start + milliseconds{31}, 1);
  EXPECT_THAT(run(pacer, start + milliseconds{31}), ElementsAre(Batch{milliseconds{35}, 1})) << "the 5 bytes took until then";
  pacer.add(start + seconds{9}, 11);
  EXPECT_THAT(run(pacer, start + seconds{9}), ElementsAre(Batch{seconds{9}, 10}, Batch{seconds{9} + milliseconds{10}, 1}))
      << "what was not used up is not saved";
  pacer.add(start + seconds{20}, 1000);
  pacer.bandwidth(0);
  EXPECT_THAT(run(pacer, start + seconds{20}), ElementsAre(Batch{seconds{20}, 1000}));
}

TEST(Pacer, ASlowConnectionSendsSingleBytes) {
  Pacer pacer;
  pacer.bandwidth(2);
  pacer.add(start, 3);
  EXPECT_THAT(run(pacer, start), ElementsAre(Batch{{}, 1}, Batch{milliseconds{500}, 1}, Batch{milliseconds{1000}, 1}));
}

TEST(Pacer, DribbleIsForOneFrameAlone) {
  Pacer pacer;
  pacer.add(start, 5);
  pacer.add(start, 3, milliseconds{7});
  pacer.add(start, 4);
  EXPECT_THAT(run(pacer, start), ElementsAre(Batch{{}, 5}, Batch{{}, 1}, Batch{milliseconds{7}, 1}, Batch{milliseconds{14}, 1},
                                             Batch{milliseconds{21}, 4}));
}

TEST(Pacer, DribbleWithinALatencyAndABandwidth) {
  Pacer pacer;
  pacer.latency(milliseconds{100});
  pacer.bandwidth(10);
  pacer.add(start, 2, milliseconds{1});
  pacer.add(start, 1);
  EXPECT_THAT(run(pacer, start),
              ElementsAre(Batch{milliseconds{100}, 1}, Batch{milliseconds{200}, 1}, Batch{milliseconds{300}, 1}))
      << "a byte takes a tenth of a second, which is longer than the pause";
}

TEST(Pacer, AStallHoldsEverything) {
  Pacer pacer;
  pacer.add(start, 5);
  const auto held = pacer.leave(start, start + milliseconds{200});
  EXPECT_EQ(held.bytes, 0U);
  EXPECT_EQ(held.ask_again, start + milliseconds{200});
  EXPECT_THAT(run(pacer, start, {}, start + milliseconds{200}), ElementsAre(Batch{milliseconds{200}, 5}));
  EXPECT_FALSE(pacer.leave(start, start + milliseconds{200}).ask_again) << "nothing waits";
}

TEST(Pacer, AStallIsNotFollowedByAFlood) {
  Pacer pacer;
  pacer.bandwidth(1000);
  pacer.add(start, 1000);
  const auto batches = run(pacer, start, {}, start + seconds{5});
  std::size_t in_100_ms = 0;
  for (const auto& batch : batches) in_100_ms += batch.after < seconds{5} + milliseconds{100} ? batch.bytes : 0;
  EXPECT_LE(in_100_ms, 110U);
  EXPECT_GE(in_100_ms, 100U);
}

// Whoever is asked late, but by no more than its turn, loses nothing.
TEST(Pacer, AskedLateItMakesUpForIt) {
  Pacer pacer;
  pacer.bandwidth(100'000);
  pacer.add(start, 100'000);
  const auto batches = run(pacer, start, milliseconds{3});
  EXPECT_LE(batches.back().after, milliseconds{1010});
}

TEST(Pacer, DiscardKeepsTheRestOfWhatHasBegun) {
  Pacer pacer;
  EXPECT_EQ(pacer.discard(), 0U);
  pacer.latency(milliseconds{5});
  pacer.add(start, 7);
  EXPECT_EQ(pacer.discard(), 0U) << "nothing of it has left";
  pacer.latency({});
  pacer.add(start + milliseconds{5}, 5, milliseconds{1});
  pacer.add(start + milliseconds{5}, 9);
  EXPECT_EQ(pacer.leave(start + milliseconds{5}).bytes, 1U);
  EXPECT_EQ(pacer.discard(), 4U) << "a frame that was cut off would break those behind it";
  EXPECT_EQ(run(pacer, start + milliseconds{5}).size(), 4U);
}

// Whatever is set and added, and whenever it is asked: every byte leaves, in order, none too early, and no more than the rate.
TEST(Pacer, KeepsItsPromisesUnderAnySchedule) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random{seed};
    const auto draw = [&](unsigned most) { return random() % (most + 1); };
    Pacer pacer;
    const std::uint64_t rate = draw(1) == 0 ? 0 : 50 + draw(100'000);
    const Duration latency = milliseconds{draw(1) == 0 ? 0 : draw(200)};
    pacer.bandwidth(rate);
    pacer.latency(latency);
    struct Added {
      TimePoint at;
      std::size_t end;
    };
    std::vector<Added> added;
    std::size_t total = 0;
    TimePoint at = start;
    for (unsigned i = 0; i < 30; ++i) {
      at += milliseconds{draw(20)};
      const std::size_t bytes = draw(300);
      pacer.add(at, bytes, milliseconds{draw(5) == 0 ? draw(3) : 0});
      total += bytes;
      added.push_back({at, total});
    }
    // It is only asked once all is there: nothing may leave before it was added plus the latency, whenever that was.
    const auto batches = run(pacer, start, microseconds{draw(2000)});
    std::size_t left = 0;
    std::size_t frame = 0;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      while (frame < added.size() && added[frame].end <= left) ++frame;
      for (std::size_t in = frame; in < added.size() && (in == 0 ? 0 : added[in - 1].end) < left + batches[i].bytes; ++in) {
        if (added[in].end <= left) continue;
        EXPECT_GE(start + batches[i].after, added[in].at + latency) << "seed " << seed;
      }
      left += batches[i].bytes;
      if (rate == 0) continue;
      std::size_t in_window = 0;
      for (std::size_t j = i; j < batches.size() && batches[j].after < batches[i].after + seconds{1}; ++j) {
        in_window += batches[j].bytes;
      }
      EXPECT_LE(in_window, rate + 2 * std::max<std::uint64_t>(rate / 100, 1)) << "seed " << seed;
    }
    EXPECT_EQ(left, total) << "seed " << seed;
  }
}

}  // namespace
}  // namespace procedura::mock::net
