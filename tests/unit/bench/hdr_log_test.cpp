#include "hdr/codec.hpp"
#include "hdr/log.hpp"
#include "measure/moment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace procedura::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(HdrLog, HasALineForEachSecondAndMetricWithSamples) {
  Series series;
  for (const int ms : {0, 100, 1200, 2999}) {
    Second& second = series.at(milliseconds{ms});
    second.of(Metric::response).record(milliseconds{10 + ms});
    if (ms == 1200) second.of(Metric::service_ack).record(Nanos{1});
  }
  const std::string log = hdr_log(series, "2026-01-02T03:04:05Z", milliseconds{1500});
  std::istringstream lines{log};
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);) found.push_back(line);
  ASSERT_EQ(found.size(), 8U);
  EXPECT_EQ(found[0], "#[Logged by procedura-bench]");
  EXPECT_EQ(found[1], "#[Histogram log format version 1.3]");
  EXPECT_EQ(found[2], "#[StartTime: 1767323045.000 (seconds since epoch), 2026-01-02T03:04:05Z]");
  EXPECT_EQ(found[3], R"("StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram")");
  EXPECT_THAT(found[4], ::testing::StartsWith("Tag=response,1.500,1.000,110.035,HIST"));
  EXPECT_THAT(found[5], ::testing::StartsWith("Tag=response,2.500,1.000,1210.057,HIST"));
  EXPECT_THAT(found[6], ::testing::StartsWith("Tag=service.ack,2.500,1.000,0.000,HIST"));
  EXPECT_THAT(found[7], ::testing::StartsWith("Tag=response,3.500,1.000,3009.413,HIST"));

  const auto first = decode_sparse_hdr(found[4].substr(found[4].find("HIST")));
  EXPECT_EQ(std::get<SparseHistogram>(first), series.seconds[0].of(Metric::response));
}

TEST(HdrLog, OfNothingIsItsHeads) {
  const std::string log = hdr_log(Series{}, "some day", Nanos{0});
  EXPECT_THAT(log, ::testing::HasSubstr("#[StartTime: 0.000 (seconds since epoch), not known]"));
  EXPECT_THAT(log, ::testing::EndsWith("Interval_Compressed_Histogram\"\n"));
}

// What Java's HdrHistogram 2.1.11 prints of the same values, with its default of five steps.
constexpr std::string_view java_percentiles =
    R"(       Value     Percentile TotalCount 1/(1-Percentile)

       0.000 0.000000000000          3           1.00
       0.000 0.100000000000          3           1.11
       0.000 0.200000000000          3           1.25
       0.000 0.300000000000          3           1.43
       0.000 0.400000000000          3           1.67
       0.000 0.500000000000          3           2.00
       0.000 0.550000000000          4           2.22
       0.000 0.600000000000          4           2.50
       0.000 0.650000000000          4           2.86
       1.000 0.700000000000          5           3.33
       1.000 0.750000000000          5           4.00
       1.000 0.775000000000          5           4.44
       1.000 0.800000000000          5           5.00
       1.000 0.825000000000          5           5.71
     123.470 0.850000000000          6           6.67
     123.470 1.000000000000          6
#[Mean    =       20.740, StdDeviation   =       45.929]
#[Max     =      123.470, Total count    =            6]
#[Buckets =           32, SubBuckets     =         2048]
)";

TEST(HdrPercentiles, AreWhatJavaPrints) {
  Histogram histogram;
  for (const int value : {5, 5, 5, 7, 1'000'000, 123'456'789}) histogram.record(Nanos{value});
  EXPECT_EQ(hdr_percentiles(histogram), java_percentiles);
}

TEST(HdrPercentiles, OfNothingAreNone) {
  EXPECT_THAT(hdr_percentiles(Histogram{}), ::testing::HasSubstr("Total count    =            0]"));
}

TEST(Moment, IsReadToTheSecond) {
  const auto moment = parse_moment("2026-01-02T03:04:05Z");
  ASSERT_TRUE(moment);
  EXPECT_EQ(moment->time_since_epoch(), seconds{1'767'323'045});
  EXPECT_EQ(moment_text(*moment), "2026-01-02T03:04:05Z");
  EXPECT_EQ(parse_moment("1970-01-01T00:00:00Z")->time_since_epoch(), seconds{0});
  EXPECT_TRUE(parse_moment("2024-02-29T23:59:60Z"));
  for (const char* text :
       {"", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "+026-01-02T03:04:05Z"}) {
    EXPECT_FALSE(parse_moment(text)) << text;
  }
}

}  // namespace
}  // namespace procedura::bench
