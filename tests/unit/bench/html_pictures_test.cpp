// What the pictures of a page are made of: words, axes, curves and columns.
#include "bench_samples.hpp"
#include "load/schedule_hash.hpp"
#include "report/html/columns.hpp"
#include "report/html/curve.hpp"
#include "report/html/markup.hpp"
#include "report/html/picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace procedura::bench::html {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Words, AreNoMarkup) {
  EXPECT_EQ(text("<a href=\"x\" id='y'>&amp;"), "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(text("\x1b[2J\n"), "\\x1b[2J\\x0a");
}

TEST(Words, ForFigures) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(counted(1, "job"), "1 job");
  EXPECT_EQ(counted(1200, "job"), "1,200 jobs");
  EXPECT_EQ(rate(0), "0.00/s");
  EXPECT_EQ(rate(0.5), "0.50/s");
  EXPECT_EQ(rate(12.34), "12.3/s");
  EXPECT_EQ(rate(500.04), "500.0/s");
  EXPECT_EQ(rate(123456.7), "123457/s");
  EXPECT_EQ(share(0.0), "0 %");
  EXPECT_EQ(share(0.00004), "0.0040 %");
  EXPECT_EQ(share(0.0123), "1.23 %");
  EXPECT_EQ(share(1.0), "100.0 %");
  EXPECT_EQ(share(1, 3), "33.3 %");
  EXPECT_EQ(share(0, 0), "–");
}

TEST(Coordinates, AreShort) {
  EXPECT_EQ(px(12), "12");
  EXPECT_EQ(px(12.3456), "12.3");
  EXPECT_EQ(px(-0.01), "0");
}

TEST(LogAxis, PutsEqualFactorsEquallyApart) {
  const LogAxis axis{microseconds{10}, seconds{1}, 0, 100};
  const double step = axis(microseconds{1000}) - axis(microseconds{100});
  EXPECT_NEAR(axis(milliseconds{100}) - axis(milliseconds{10}), step, 1e-9);
  EXPECT_GT(axis(microseconds{10}), 0);
  EXPECT_LT(axis(seconds{1}), 100);
  EXPECT_NEAR(axis(axis.value_at(0.3)), 30, 1e-9);
}

TEST(LogAxis, HasSomeTicksWhateverItsRange) {
  struct Range {
    Nanos low;
    Nanos high;
  };
  for (const Range range : {Range{Nanos{0}, Nanos{0}}, Range{Nanos{1}, Nanos{1}}, Range{microseconds{500}, microseconds{500}},
                            Range{microseconds{500}, microseconds{600}}, Range{microseconds{90}, milliseconds{3}},
                            Range{microseconds{3}, seconds{2}}, Range{Nanos{0}, hours{1}}, Range{hours{1}, hours{1}}}) {
    const LogAxis axis{range.low, range.high, 400, 0};
    const auto ticks = axis.ticks();
    EXPECT_GE(ticks.size(), 2U) << range.low.count() << " to " << range.high.count();
    EXPECT_LE(ticks.size(), 14U) << range.low.count() << " to " << range.high.count();
    for (const Tick& tick : ticks) {
      EXPECT_GE(tick.at, 0);
      EXPECT_LE(tick.at, 400);
    }
  }
  EXPECT_EQ((LogAxis{milliseconds{8}, milliseconds{12}, 0, 1}.ticks().front().label), "5ms");
}

TEST(EvenAxis, StepsRoundly) {
  EXPECT_THAT((EvenAxis{10, 0, 100}.steps(5)), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT((EvenAxis{7, 0, 100}.steps(3)), ElementsAre(0, 5));
  EXPECT_THAT((EvenAxis{0, 0, 100}.steps(1)), ElementsAre(0, 1));
  EXPECT_EQ(round_up(1.2), 2);
  EXPECT_EQ(round_up(2), 2);
  EXPECT_EQ(round_up(530), 1000);
  EXPECT_EQ(round_up(0), 1);
}

TEST(Walk, ReadsWhatTheHistogramSays) {
  Histogram histogram;
  for (std::int64_t i = 1; i <= 50'000; ++i) histogram.record(Nanos{i * i});
  Walk walk{histogram};
  for (std::uint32_t ppm = 1; ppm < Quantile::whole; ppm += 997) {
    const Quantile quantile{ppm};
    const Nanos expected = std::min(histogram.value_at(quantile), histogram.max());
    ASSERT_EQ(walk.at(nines(quantile)), expected) << quantile.name();
  }
  EXPECT_EQ(walk.at(9), histogram.max());
  EXPECT_EQ(Walk{Histogram{}}.at(1), Nanos{0});
}

TEST(Walk, TakesARankThatFloatingPointMisses) {
  Histogram ten;
  for (std::int64_t i = 1; i <= 10; ++i) ten.record(Nanos{i});
  EXPECT_EQ(Walk{ten}.at(1), Nanos{9});
}

std::string curve_over(std::int64_t samples) {
  Histogram histogram;
  for (std::int64_t i = 1; i <= samples; ++i) histogram.record(microseconds{i});
  const CurveLine line{"response", "corrected", &histogram};
  return percentile_curve("c", "label", {&line, 1}, {});
}

TEST(Curve, FadesWhereItsSampleIsThin) {
  const std::string many = curve_over(10'000);
  EXPECT_THAT(many, HasSubstr("\"line corrected sure\""));
  EXPECT_THAT(many, HasSubstr("\"line corrected thin\""));
  EXPECT_THAT(many, HasSubstr("\"line corrected thinner\""));
  EXPECT_THAT(many, HasSubstr(": response 10.0 ms (few samples)"));
  const std::string some = curve_over(99);
  EXPECT_THAT(some, Not(HasSubstr("sure")));
  EXPECT_THAT(some, HasSubstr("\"line corrected thin\""));
  EXPECT_THAT(curve_over(9), Not(HasSubstr("\"line corrected thin\"")));
}

TEST(Curve, MarksBoundsAsTheyWereKept) {
  Histogram histogram;
  for (std::int64_t i = 1; i <= 1000; ++i) histogram.record(microseconds{i});
  const CurveLine line{"response", "corrected", &histogram};
  const auto mark = [&](SloResult::State state, std::string_view slo) {
    const SloResult result{state, std::get<Slo>(parse_slo(slo)), ""};
    return percentile_curve("c", "label", {&line, 1}, {&result, 1});
  };
  EXPECT_THAT(mark(SloResult::State::met, "p50<1ms"), HasSubstr("\"slo pass\""));
  EXPECT_THAT(mark(SloResult::State::failed, "p50<2us"), HasSubstr("\"slo fail\""));
  EXPECT_THAT(mark(SloResult::State::inconclusive, "p99<1ms"), HasSubstr("\"slo warn\""));
  EXPECT_THAT(mark(SloResult::State::inconclusive, "p99.99<1ms"), Not(HasSubstr("\"slo")));  // off the axis
  EXPECT_THAT(mark(SloResult::State::met, "p50<1s"), Not(HasSubstr("\"slo")));               // and off the other
}

TEST(Columns, KeepEveryJobHoweverLongTheRun) {
  RunResult result;
  result.window = result.sending_time = result.ending_time = seconds{1000};
  for (int i = 0; i < 1000; ++i) {
    Second& second = result.series.at(seconds{i});
    second.due = 3;
    second.in_flight = static_cast<std::uint64_t>(i % 17);
    second.of(Metric::response).record(milliseconds{i});
  }
  const Columns columns{result};
  EXPECT_LE(columns.all().size(), Columns::most);
  std::uint64_t due = 0;
  std::uint64_t recorded = 0;
  for (const Column& column : columns.all()) {
    due += column.sum.due;
    recorded += column.sum.of(Metric::response).count();
    EXPECT_LT(column.sum.in_flight, 17U);
  }
  EXPECT_EQ(due, 3000U);
  EXPECT_EQ(recorded, 1000U);
  EXPECT_EQ(columns.all().front().name(), "0s to 9s");
  EXPECT_FALSE(columns.all().front().single);
  EXPECT_DOUBLE_EQ(columns.x(0), Picture::left);
  EXPECT_DOUBLE_EQ(columns.x(1000), Picture::right);
}

TEST(Columns, KnowHowMuchOfThemTheWindowCovers) {
  RunResult result;
  result.window = milliseconds{1500};
  result.sending_time = milliseconds{1700};
  result.ending_time = milliseconds{2250};
  result.series.at(milliseconds{2200});
  const Columns columns{result};
  ASSERT_EQ(columns.all().size(), 3U);
  EXPECT_DOUBLE_EQ(columns.all()[1].due_time, 0.5);
  EXPECT_DOUBLE_EQ(columns.all()[1].sent_time, 0.7);
  EXPECT_DOUBLE_EQ(columns.all()[1].ended_time, 1);
  EXPECT_DOUBLE_EQ(columns.all()[2].due_time, 0);
  EXPECT_DOUBLE_EQ(columns.all()[2].ended_time, 0.25);
}

TEST(ScheduleHash, NamesTheScheduleOfTheWholeLoad) {
  LoadPlan plan;
  plan.load = OpenLoop{1000, Arrival::poisson, 10};
  const std::uint64_t hash = schedule_hash(plan);
  EXPECT_NE(hash, 0U);
  LoadPlan shard = plan;
  shard.shard = {1, 3};
  shard.connections = 9;
  EXPECT_EQ(schedule_hash(shard), hash);
  LoadPlan other = plan;
  other.seed = 2;
  EXPECT_NE(schedule_hash(other), hash);
  other = plan;
  other.ramp = seconds{1};
  EXPECT_NE(schedule_hash(other), hash);
  other = plan;
  other.duration += seconds{1};
  EXPECT_NE(schedule_hash(other), hash);
  other.load = ClosedLoop{3};
  EXPECT_EQ(schedule_hash(other), 0U);
}

}  // namespace
}  // namespace procedura::bench::html
