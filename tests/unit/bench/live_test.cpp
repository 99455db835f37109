#include "report/live.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// A run of 60 s behind 5 s of warm-up, 30 s into its window: 300 jobs so far, 200 of them in the last second.
class Live : public ::testing::Test {
 protected:
  Live() {
    plan_.url = "ws://127.0.0.1:8765";
    plan_.module = "worldstate_snapshot";
    plan_.load.load = OpenLoop{200, Arrival::constant, 50};
    for (int i = 0; i < 300; ++i) {
      metrics_.finished({Nanos{0}, microseconds{1}, microseconds{2}, {}}, milliseconds{2});
    }
    metrics_.failed({Nanos{0}, microseconds{1}, {}, {}}, milliseconds{1}, "OUT_OF_MANA");
    Second& last = series_.at(seconds{29});
    last.finished = 200;
    for (int i = 0; i < 200; ++i) last.of(Metric::response).record(milliseconds{3});
    progress_ = {seconds{35}, seconds{5}, seconds{65}, 3, &metrics_, &series_};
  }
  std::vector<std::string> lines(std::size_t rows = 23) const { return live_lines(plan_, progress_, rows); }

  Plan plan_;
  Metrics metrics_;
  Series series_;
  Progress progress_;
};

TEST_F(Live, ShowsARun) {
  EXPECT_THAT(lines(), ElementsAre("worldstate_snapshot at ws://127.0.0.1:8765, 200 jobs/s",
                                   "[###############...............] 0:30 of 1:00, 0:30 left",
                                   "jobs      300 finished (200.0/s), 3 in flight",
                                   "response             p50       p90       p99     p99.9",
                                   "  last second    3.00 ms         -         -         -",
                                   "  so far         2.00 ms         -         -         -", "failed    1: 1 x OUT_OF_MANA"));
}

TEST_F(Live, SaysWhichPartOfTheRunItIs) {
  progress_.now = milliseconds{1500};
  EXPECT_EQ(lines()[1], "[                              ] warm-up, 0:03 left");
  progress_.now = seconds{66};
  EXPECT_EQ(lines()[1], "[##############################] waiting for jobs in flight");
  EXPECT_EQ(lines()[4], "  last second          -         -         -         -");
  progress_.window_end = seconds{2 * 3600 + 65};
  EXPECT_EQ(lines()[1], "[..............................] 1:01 of 2:01:00, 1:59:59 left");
}

TEST_F(Live, OfAClosedLoopAndOfManyErrors) {
  plan_.load.load = ClosedLoop{8};
  for (const char* code : {"A", "B", "C"}) metrics_.failed({Nanos{0}, microseconds{1}, {}, {}}, milliseconds{1}, code);
  EXPECT_EQ(lines().front(), "worldstate_snapshot at ws://127.0.0.1:8765, 8 at a time");
  EXPECT_EQ(lines().back(), "failed    4: 1 x A, 1 x B, 1 x C, ...");
}

TEST_F(Live, ShowsNoSecretAndNoControlCharacter) {
  plan_.url = "ws://a/?token=geheim";
  plan_.module = "x\x1b[2J";
  metrics_.failed({Nanos{0}, microseconds{1}, {}, {}}, milliseconds{1}, "BAD\x1b\n");
  EXPECT_THAT(lines(), Each(Not(HasSubstr("geheim"))));
  EXPECT_THAT(lines(), Each(Not(HasSubstr("\x1b"))));
  EXPECT_THAT(lines(), Each(Not(HasSubstr("\n"))));
}

TEST_F(Live, LeavesOutWhatMattersLessOnASmallTerminal) {
  for (std::size_t rows = 1; rows < 10; ++rows) EXPECT_LE(lines(rows).size(), rows);
  EXPECT_THAT(lines(1), ElementsAre(HasSubstr("0:30 left")));
  EXPECT_THAT(lines(2), ElementsAre(HasSubstr("0:30 left"), HasSubstr("300 finished")));
  EXPECT_THAT(lines(3), ElementsAre(HasSubstr("0:30 left"), HasSubstr("300 finished"), HasSubstr("failed")));
  EXPECT_EQ(lines(5).size(), 5U);
  EXPECT_EQ(lines(6).front(), lines().front());
}

TEST(LiveDrawing, RestsWhereItBegan) {
  EXPECT_EQ(drawing_of({"one"}), "\x1b[?7l\rone\x1b[K\x1b[J\r\x1b[?7h");
  EXPECT_EQ(drawing_of({"one", "two", "three"}), "\x1b[?7l\rone\x1b[K\n\rtwo\x1b[K\n\rthree\x1b[K\x1b[J\r\x1b[2A\x1b[?7h");
}

}  // namespace
}  // namespace procedura::bench
