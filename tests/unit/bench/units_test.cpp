#include "measure/units.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace procedura::bench {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Duration, IsReadWithItsUnit) {
  EXPECT_EQ(parse_duration("60s"), seconds{60});
  EXPECT_EQ(parse_duration("1.5ms"), microseconds{1500});
  EXPECT_EQ(parse_duration("200us"), microseconds{200});
  EXPECT_EQ(parse_duration("7ns"), Nanos{7});
  EXPECT_EQ(parse_duration("5m"), minutes{5});
  EXPECT_EQ(parse_duration("0s"), Nanos{0});
  EXPECT_EQ(parse_duration("720h"), hours{720});
}

TEST(Duration, IsRefusedWhenItIsNone) {
  for (const char* text : {"", "s", "60", "60 s", "-1s", "+1s", "1e3s", "inf", "nans", ".5s", "5.s", "1.2.3s", "1d", "0x10s",
                           "721h", "99999999999999999999h", "1s ", "1S"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Duration, IsShownWithThreeDigits) {
  const std::pair<std::int64_t, const char*> cases[] = {{0, "0 ns"},
                                                        {999, "999 ns"},
                                                        {1000, "1.00 us"},
                                                        {1234, "1.23 us"},
                                                        {9994, "9.99 us"},
                                                        {9996, "10.0 us"},
                                                        {99'960, "100 us"},
                                                        {999'499, "999 us"},
                                                        {999'500, "1.00 ms"},
                                                        {12'345'678, "12.3 ms"},
                                                        {999'500'000, "1.00 s"},
                                                        {60'000'000'000, "60.0 s"},
                                                        {3'600'000'000'000, "3600 s"}};
  for (const auto& [nanos, text] : cases) EXPECT_EQ(format_duration(Nanos{nanos}), text);
}

TEST(Duration, IsWrittenExactlyForCommands) {
  for (const char* text : {"1500us", "60s", "1m", "1h", "90s", "7ns", "1001ms", "0s"}) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << text;
    EXPECT_EQ(parse_duration(exact_duration(*duration)), duration) << text;
  }
  EXPECT_EQ(exact_duration(microseconds{1500}), "1500us");
  EXPECT_EQ(exact_duration(seconds{60}), "1m");
}

TEST(Numbers, AreReadWhole) {
  EXPECT_EQ(parse_whole("0", 0, 10), 0U);
  EXPECT_EQ(parse_whole("18446744073709551615", 0, UINT64_MAX), UINT64_MAX);
  for (const char* text : {"", "11", "-1", "+1", "1.0", "1 ", "x", "18446744073709551616"}) {
    EXPECT_EQ(parse_whole(text, 0, 10), std::nullopt) << text;
  }
  EXPECT_EQ(parse_whole("0", 1, 10), std::nullopt);
  EXPECT_EQ(parse_positive("0.5", 10), 0.5);
  for (const char* text : {"", "0", "0.0", "-1", "10.1", "1e3", "nan", "inf"}) {
    EXPECT_EQ(parse_positive(text, 10), std::nullopt) << text;
  }
}

TEST(QuantileTest, IsReadExactly) {
  EXPECT_EQ(Quantile::parse("p50")->ppm(), 500'000U);
  EXPECT_EQ(Quantile::parse("p5")->ppm(), 50'000U);
  EXPECT_EQ(Quantile::parse("p99.9")->ppm(), 999'000U);
  EXPECT_EQ(Quantile::parse("p99.99")->ppm(), 999'900U);
  EXPECT_EQ(Quantile::parse("p99.9999")->ppm(), 999'999U);
  EXPECT_EQ(Quantile::parse("p0.0001")->ppm(), 1U);
  for (const char* text :
       {"", "p", "50", "p0", "p0.0", "p100", "p101", "p-1", "p99.", "p.9", "p99.99999", "p99.9.9", "P50", "pp"}) {
    EXPECT_EQ(Quantile::parse(text), std::nullopt) << text;
  }
}

TEST(QuantileTest, HasItsNameBack) {
  for (const char* text : {"p50", "p5", "p99.9", "p99.99", "p99.9999", "p0.0001", "p10"}) {
    EXPECT_EQ(Quantile::parse(text)->name(), text);
  }
}

TEST(QuantileTest, NeedsAHundredSamplesBeyondIt) {
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"p50", 200}, {"p90", 1000}, {"p99", 10'000}, {"p99.9", 100'000}, {"p99.9999", 100'000'000}, {"p70", 334}};
  for (const auto& [name, needed] : cases) {
    const Quantile quantile = *Quantile::parse(name);
    EXPECT_EQ(quantile.needed_samples(), needed) << name;
    EXPECT_TRUE(quantile.carried_by(needed)) << name;
    EXPECT_FALSE(quantile.carried_by(needed - 1)) << name;
  }
}

}  // namespace
}  // namespace procedura::bench
