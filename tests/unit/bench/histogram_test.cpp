#include "measure/histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>

namespace procedura::bench {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// From hdr-histogram-js 3.0.0, built with (1, 3600000000000, 3): value, index of its count, bounds of its bucket.
struct Place {
  std::int64_t value;
  std::size_t index;
  std::int64_t lowest;
  std::int64_t highest;
};
constexpr Place places[] = {{0, 0, 0, 0},
                            {1, 1, 1, 1},
                            {1023, 1023, 1023, 1023},
                            {1024, 1024, 1024, 1024},
                            {2047, 2047, 2047, 2047},
                            {2048, 2048, 2048, 2049},
                            {2049, 2048, 2048, 2049},
                            {4095, 3071, 4094, 4095},
                            {4096, 3072, 4096, 4099},
                            {999999, 11169, 999936, 1000447},
                            {1000000, 11169, 999936, 1000447},
                            {123456789, 18267, 123404288, 123469823},
                            {3599999999999, 33420, 3599182594048, 3601330077695},
                            {3600000000000, 33420, 3599182594048, 3601330077695}};

TEST(Histogram, HasTheBucketsOfAnHdrHistogram) {
  EXPECT_EQ(Histogram{}.counts().size(), 33792U);
  for (const Place& place : places) {
    SCOPED_TRACE(place.value);
    EXPECT_EQ(Histogram::index_of(place.value), place.index);
    EXPECT_EQ(Histogram::value_from_index(place.index), place.lowest);
    EXPECT_EQ(Histogram::lowest_equivalent(place.value), place.lowest);
    EXPECT_EQ(Histogram::highest_equivalent(place.value), place.highest);
  }
}

TEST(Histogram, BucketsFollowOneAnotherWithoutGapOrOverlap) {
  const std::size_t size = Histogram{}.counts().size();
  for (std::size_t i = 0; i + 1 < size; ++i) {
    const std::int64_t low = Histogram::value_from_index(i);
    ASSERT_EQ(Histogram::index_of(low), i);
    ASSERT_EQ(Histogram::index_of(Histogram::highest_equivalent(low)), i);
    ASSERT_EQ(Histogram::highest_equivalent(low) + 1, Histogram::value_from_index(i + 1));
    // Three significant digits: no bucket is wider than a thousandth of what is in it.
    ASSERT_LE((Histogram::highest_equivalent(low) - low) * 1000, low);
  }
}

TEST(Histogram, GivesTheQuantilesOfALargerSampleToo) {
  constexpr Quantile p50{500'000};
  EXPECT_EQ(Histogram{}.value_at(p50, 0), std::nullopt);
  EXPECT_EQ(Histogram{}.value_at(p50, 1), std::nullopt);
  Histogram histogram;
  for (std::int64_t i = 1; i <= 10; ++i) histogram.record(Nanos{i});
  EXPECT_EQ(histogram.value_at(p50, 0), Nanos{5});
  EXPECT_EQ(histogram.value_at(p50, 1), Nanos{6});
  EXPECT_EQ(histogram.value_at(p50, 10), Nanos{10});
  EXPECT_EQ(histogram.value_at(p50, 11), std::nullopt);
}

TEST(Histogram, GivesTheQuantilesOfAnHdrHistogram) {
  Histogram histogram;
  for (std::int64_t i = 1; i <= 100'000; ++i) histogram.record(Nanos{i * i});
  EXPECT_EQ(histogram.count(), 100'000U);
  EXPECT_EQ(histogram.min(), Nanos{1});
  EXPECT_EQ(histogram.max(), Nanos{10'000'000'000});
  EXPECT_EQ(histogram.value_at(Quantile{500'000}), Nanos{2501902335});
  EXPECT_EQ(histogram.value_at(Quantile{900'000}), Nanos{8103395327});
  EXPECT_EQ(histogram.value_at(Quantile{990'000}), Nanos{9806282751});
  EXPECT_EQ(histogram.value_at(Quantile{999'000}), Nanos{9982443519});
  EXPECT_EQ(histogram.value_at(Quantile{999'900}), Nanos{9999220735});
  EXPECT_EQ(histogram.mean(), Nanos{3333384189});
}

TEST(Histogram, RankOfAQuantileIsRoundedUp) {
  Histogram histogram;
  for (const int value : {10, 20, 30, 40}) histogram.record(Nanos{value});
  EXPECT_EQ(histogram.value_at(Quantile{1}), Nanos{10});
  EXPECT_EQ(histogram.value_at(Quantile{250'000}), Nanos{10});
  EXPECT_EQ(histogram.value_at(Quantile{250'001}), Nanos{20});
  EXPECT_EQ(histogram.value_at(Quantile{500'000}), Nanos{20});
  EXPECT_EQ(histogram.value_at(Quantile{750'001}), Nanos{40});
  EXPECT_EQ(histogram.value_at(Quantile{999'999}), Nanos{40});
}

TEST(Histogram, IsZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.min(), Nanos{0});
  EXPECT_EQ(histogram.max(), Nanos{0});
  EXPECT_EQ(histogram.mean(), Nanos{0});
  EXPECT_EQ(histogram.value_at(Quantile{500'000}), Nanos{0});
}

TEST(Histogram, ClampsWhatItCannotHoldAndSaysSo) {
  Histogram histogram;
  histogram.record(hours{2});
  histogram.record(hours{1});
  histogram.record(Nanos{-5});
  EXPECT_EQ(histogram.count(), 3U);
  EXPECT_EQ(histogram.clamped(), 1U);
  EXPECT_EQ(histogram.min(), Nanos{0});
  EXPECT_EQ(histogram.max(), hours{1});
}

TEST(Histogram, MergingPartsGivesTheWhole) {
  Histogram whole;
  std::array<Histogram, 3> parts;
  for (std::int64_t i = 0; i < 3000; ++i) {
    const Nanos value{i * 7919 % 1'000'003};
    whole.record(value);
    parts[static_cast<std::size_t>(i % 3)].record(value);
  }
  parts[1].record(hours{3});
  whole.record(hours{3});
  Histogram merged;
  for (const Histogram& part : parts) merged.merge(part);
  EXPECT_THAT(merged.counts(), testing::ElementsAreArray(whole.counts()));
  EXPECT_EQ(merged.count(), whole.count());
  EXPECT_EQ(merged.clamped(), 1U);
  EXPECT_EQ(merged.min(), whole.min());
  EXPECT_EQ(merged.max(), whole.max());

  merged.merge(Histogram{});
  EXPECT_EQ(merged.min(), whole.min());
  EXPECT_EQ(merged.max(), whole.max());
}

TEST(Histogram, IsTheSameAgainFromItsBuckets) {
  Histogram whole;
  for (const int value : {2049, 70'000, 70'001, 999'999'999}) whole.record(Nanos{value});
  whole.record(hours{2});
  Histogram again;
  for (std::size_t i = 0; i < whole.counts().size(); ++i) again.add(i, whole.counts()[i]);
  EXPECT_EQ(again.count(), 5U);
  EXPECT_EQ(again.min(), Nanos{2048});
  EXPECT_EQ(again.max(), hours{1});
  ASSERT_TRUE(again.restore(whole.min(), whole.max(), whole.clamped()));
  EXPECT_THAT(again.counts(), testing::ElementsAreArray(whole.counts()));
  EXPECT_EQ(again.min(), Nanos{2049});
  EXPECT_EQ(again.max(), hours{1});
  EXPECT_EQ(again.clamped(), 1U);
}

TEST(Histogram, TakesNoExtremesThatItsBucketsContradict) {
  Histogram histogram;
  EXPECT_TRUE(histogram.restore(Nanos{0}, Nanos{0}, 0));
  EXPECT_FALSE(histogram.restore(Nanos{1}, Nanos{1}, 0));
  EXPECT_FALSE(histogram.restore(Nanos{0}, Nanos{0}, 1));
  histogram.record(Nanos{5});
  histogram.record(Nanos{2048});
  EXPECT_TRUE(histogram.restore(Nanos{5}, Nanos{2049}, 0));
  EXPECT_FALSE(histogram.restore(Nanos{4}, Nanos{2049}, 0));
  EXPECT_FALSE(histogram.restore(Nanos{5}, Nanos{2050}, 0));
  EXPECT_FALSE(histogram.restore(Nanos{5}, Nanos{2047}, 0));
  EXPECT_FALSE(histogram.restore(Nanos{-5}, Nanos{2049}, 0));
  EXPECT_FALSE(histogram.restore(Nanos{5}, hours{2}, 0));
  EXPECT_FALSE(histogram.restore(Nanos{5}, Nanos{2049}, 1));
  EXPECT_EQ(histogram.max(), Nanos{2049});
  Histogram longest;
  longest.record(hours{1});
  longest.add(Histogram::index_of(Histogram::highest_trackable), 1);
  EXPECT_EQ(longest.min(), hours{1});
  EXPECT_TRUE(longest.restore(hours{1}, hours{1}, 1));
  EXPECT_FALSE(longest.restore(hours{1}, hours{1}, 3));
}

}  // namespace
}  // namespace procedura::bench
