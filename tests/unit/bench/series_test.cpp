#include "measure/series.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::bench {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Series, HasSecondsAndForALongWindowLongerOnes) {
  const std::pair<Nanos, Nanos> cases[] = {
      {Nanos{0}, seconds{1}},      {milliseconds{1}, seconds{1}},          {minutes{1}, seconds{1}},
      {seconds{1000}, seconds{1}}, {seconds{1000} + Nanos{1}, seconds{2}}, {hours{1}, seconds{4}},
      {hours{720}, seconds{2592}}, {Nanos::max(), seconds{9223373}}};
  for (const auto& [window, step] : cases) {
    EXPECT_EQ(Series::step_for(window), step) << window.count();
    EXPECT_LE(window / step, static_cast<Nanos::rep>(Series::most_seconds));
  }
}

TEST(Series, MakesTheSecondsUpToTheOneThatIsAskedFor) {
  Series series;
  series.at(milliseconds{2999}).finished = 7;
  EXPECT_EQ(series.seconds.size(), 3U);
  EXPECT_EQ(series.seconds[2].finished, 7U);
  series.at(milliseconds{3000}).failed = 1;
  EXPECT_EQ(series.seconds.size(), 4U);
  EXPECT_EQ(&series.at(Nanos{0}), &series.seconds[0]);
}

TEST(Series, IsBoundedHoweverLongTheDrainIs) {
  Series series;
  series.at(hours{720}).finished = 1;
  EXPECT_EQ(series.seconds.size(), 2 * Series::most_seconds);
  EXPECT_EQ(series.seconds.back().finished, 1U);
  EXPECT_EQ(series.index_of(Nanos{-1}), 0U);
}

TEST(Series, MergesSecondBySecond) {
  Series whole;
  Series one;
  Series two;
  for (Series* into : {&whole, &one}) {
    Second& second = into->at(seconds{1});
    second.due = 3;
    second.sent = 2;
    second.in_flight = 1;
    second.of(Metric::response).record(milliseconds{5});
  }
  for (Series* into : {&whole, &two}) {
    Second& second = into->at(seconds{1});
    second.due += 10;
    second.finished += 4;
    second.failed += 5;
    second.in_flight += 6;
    second.of(Metric::response).record(milliseconds{7});
    into->at(seconds{2}).of(Metric::gap).record(milliseconds{1});
  }
  Series forth = one;
  forth.merge(two);
  EXPECT_EQ(forth, whole);
  Series back = two;
  back.merge(one);
  EXPECT_EQ(back, whole);
}

TEST(Series, TakesTheStepOfWhatIsMergedIntoNothing) {
  Series long_one;
  long_one.step = seconds{4};
  long_one.at(seconds{5}).due = 1;
  Series merged;
  merged.merge(long_one);
  EXPECT_EQ(merged, long_one);
}

}  // namespace
}  // namespace procedura::bench
