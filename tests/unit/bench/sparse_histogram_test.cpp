#include "measure/sparse_histogram.hpp"

#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace procedura::bench {
namespace {

using Bucket = SparseHistogram::Bucket;
using testing::ElementsAre;

Nanos value(std::uint64_t i) {
  return Nanos{static_cast<Nanos::rep>(protocol::mix(i) % (std::uint64_t{1} << (i % 44)))};  // some beyond an hour
}

TEST(SparseHistogram, KeepsTheBucketsThatWereHitInOrder) {
  SparseHistogram histogram;
  for (const int nanos : {30, 10, 2048, 20, 2049, 10}) histogram.record(Nanos{nanos});
  EXPECT_THAT(histogram.buckets(), ElementsAre(Bucket{10, 2}, Bucket{20, 1}, Bucket{30, 1}, Bucket{2048, 2}));
  EXPECT_EQ(histogram.count(), 6U);
}

TEST(SparseHistogram, IsEmptyWhenNothingWasRecorded) {
  SparseHistogram histogram;
  histogram.add(5, 0);
  EXPECT_EQ(histogram, SparseHistogram{});
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.value_at(Quantile{990'000}), Nanos{0});
}

TEST(SparseHistogram, HasTheBucketsAndQuantilesOfTheDenseOne) {
  SparseHistogram sparse;
  Histogram dense;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    sparse.record(value(i));
    dense.record(value(i));
  }
  sparse.record(Nanos{-1});
  dense.record(Nanos{-1});
  Histogram added;
  sparse.add_to(added);
  EXPECT_THAT(added.counts(), testing::ElementsAreArray(dense.counts()));
  EXPECT_EQ(added.count(), dense.count());
  for (std::uint32_t ppm = 1; ppm < 1'000'000; ppm += 1234) {
    ASSERT_EQ(sparse.value_at(Quantile{ppm}), dense.value_at(Quantile{ppm})) << ppm;
  }
}

TEST(SparseHistogram, MergingPartsGivesTheWholeInAnyOrder) {
  SparseHistogram whole;
  std::array<SparseHistogram, 3> parts;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    whole.record(value(i));
    parts[i % 3].record(value(i));
  }
  for (const auto& order : {std::array{0U, 1U, 2U}, std::array{2U, 0U, 1U}}) {
    SparseHistogram merged;
    for (const std::size_t part : order) merged.merge(parts[part]);
    merged.merge(SparseHistogram{});
    EXPECT_EQ(merged, whole);
  }
}

}  // namespace
}  // namespace procedura::bench
