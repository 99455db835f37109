#include "judge/slo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::bench {
namespace {

using State = SloResult::State;
using std::chrono::milliseconds;
using testing::HasSubstr;

Slo slo(std::string_view text) {
  auto parsed = parse_slo(text);
  if (const auto* error = std::get_if<SloError>(&parsed)) throw std::invalid_argument{error->message};
  return std::get<Slo>(parsed);
}

TEST(SloExpression, IsAQuantileOfAMetricAndABound) {
  struct Case {
    const char* text;
    Metric metric;
    std::uint32_t ppm;
    Nanos bound;
    bool or_equal;
  };
  const Case cases[] = {{"p99<20ms", Metric::response, 990'000, milliseconds{20}, false},
                        {"response.p99.9<=1s", Metric::response, 999'000, milliseconds{1000}, true},
                        {" ack.p50 < 1ms ", Metric::ack, 500'000, milliseconds{1}, false},
                        {"ack.p50 <= 1 ms", Metric::ack, 500'000, milliseconds{1}, true},
                        {"first_event.p90<5ms", Metric::first_event, 900'000, milliseconds{5}, false},
                        {"send_lag.p99<200us", Metric::send_lag, 990'000, Nanos{200'000}, false},
                        {"service.response.p99<20ms", Metric::service_response, 990'000, milliseconds{20}, false},
                        {"service.ack.p50<1ms", Metric::service_ack, 500'000, milliseconds{1}, false},
                        {"failed.p50<1ms", Metric::failed, 500'000, milliseconds{1}, false}};
  for (const Case& expected : cases) {
    SCOPED_TRACE(expected.text);
    const Slo parsed = slo(expected.text);
    EXPECT_EQ(parsed.text, expected.text);
    const auto& latency = std::get<Slo::Latency>(parsed.what);
    EXPECT_EQ(latency.metric, expected.metric);
    EXPECT_EQ(latency.quantile.ppm(), expected.ppm);
    EXPECT_EQ(latency.bound, expected.bound);
    EXPECT_EQ(parsed.or_equal, expected.or_equal);
  }
}

TEST(SloExpression, MayBoundTheFailedJobs) {
  EXPECT_DOUBLE_EQ(std::get<Slo::FailedShare>(slo("failed<0.1%").what).percent, 0.1);
  EXPECT_DOUBLE_EQ(std::get<Slo::FailedShare>(slo(" failed < 0.1 % ").what).percent, 0.1);
  EXPECT_DOUBLE_EQ(std::get<Slo::FailedShare>(slo("failed<=0%").what).percent, 0);
}

TEST(SloExpression, SaysWhatIsWrongAndWhatARightOneLooksLike) {
  const std::pair<const char*, const char*> cases[] = {{"", "upper bound"},
                                                       {"p99", "upper bound"},
                                                       {"p99>20ms", "upper bound"},
                                                       {"p99<20", "a duration"},
                                                       {"p99<", "a duration"},
                                                       {"p99<-1ms", "a duration"},
                                                       {"p100<1ms", "quantile"},
                                                       {"p0<1ms", "quantile"},
                                                       {"<1ms", "quantile"},
                                                       {"mean<1ms", "quantile"},
                                                       {"latency.p99<1ms", "metric is one of send_lag, ack"},
                                                       {"service.p99<1ms", "metric"},
                                                       {"failed<1", "percentage"},
                                                       {"failed<101%", "from 0 to 100"},
                                                       {"failed<-1%", "from 0"},
                                                       {"failed<0%", "no share lies below 0; failed<=0%"},
                                                       {"p99<2 0ms", "a duration"},
                                                       {"p9 9<20ms", "quantile"},
                                                       {"a ck.p99<20ms", "metric"},
                                                       {" < ", "quantile"},
                                                       {"p99<<1ms", "a duration"},
                                                       {"p99<1ms<2ms", "a duration"}};
  for (const auto& [text, what] : cases) {
    const auto parsed = parse_slo(text);
    ASSERT_TRUE(std::holds_alternative<SloError>(parsed)) << text;
    const std::string& message = std::get<SloError>(parsed).message;
    EXPECT_THAT(message, HasSubstr(what)) << text;
    EXPECT_THAT(message, HasSubstr("'p99<20ms'")) << text;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

Metrics responses(std::size_t finished, Nanos each, std::size_t failed = 0) {
  Metrics metrics;
  for (std::size_t i = 0; i < finished; ++i) metrics.finished({Nanos{0}, Nanos{0}, {}, {}}, each);
  for (std::size_t i = 0; i < failed; ++i) metrics.failed({Nanos{0}, Nanos{0}, {}, {}}, each, "E");
  return metrics;
}

TEST(SloJudgement, ComparesTheQuantileWithTheBound) {
  const Metrics metrics = responses(200, Nanos{1000});
  EXPECT_EQ(judge(slo("p50<1001ns"), metrics).state, State::met);
  EXPECT_EQ(judge(slo("p50<1us"), metrics).state, State::failed);
  EXPECT_EQ(judge(slo("p50<=1us"), metrics).state, State::met);
  EXPECT_EQ(judge(slo("p50<=999ns"), metrics).state, State::failed);
  EXPECT_EQ(judge(slo("p50<1us"), metrics).detail, "1.00 us");
}

TEST(SloJudgement, IsInconclusiveWhereTheSampleCannotCarryTheQuantile) {
  const SloResult result = judge(slo("p50<1s"), responses(199, Nanos{1000}));
  EXPECT_EQ(result.state, State::inconclusive);
  EXPECT_EQ(result.detail, "p50 needs 200 samples, there are 199");
  EXPECT_EQ(judge(slo("p50<1s"), responses(200, Nanos{1000})).state, State::met);
  EXPECT_EQ(judge(slo("ack.p50<1s"), responses(200, Nanos{1000})).state, State::inconclusive);
}

TEST(SloJudgement, CountsJobsWithoutAnEndAsTheSlowest) {
  const auto with_unended = [](std::size_t unfinished, std::size_t unsent) {
    Metrics metrics = responses(99'000, Nanos{1000});
    for (std::size_t i = 0; i < 900; ++i) metrics.finished({Nanos{0}, Nanos{0}, {}, {}}, Nanos{2000});
    for (std::size_t i = 0; i < unfinished; ++i) metrics.unfinished({Nanos{0}, Nanos{1}, {}, {}});
    for (std::size_t i = 0; i < unsent; ++i) metrics.unsent();
    return metrics;
  };
  // The p99 of 99,900 is their 98,901st; with 100 more it is the 99,000th, and with 101 the first of the slow ones.
  EXPECT_EQ(judge(slo("p99<1100ns"), with_unended(0, 0)).state, State::met);
  EXPECT_EQ(judge(slo("p99<1100ns"), with_unended(60, 40)).state, State::met);
  const SloResult result = judge(slo("p99<1100ns"), with_unended(60, 41));
  EXPECT_EQ(result.state, State::inconclusive);
  EXPECT_EQ(result.detail, "1.00 us of the jobs that ended, and 101 had not ended at the cut-off");
  EXPECT_EQ(judge(slo("p99<3us"), with_unended(60, 41)).state, State::met);
  EXPECT_EQ(judge(slo("p99<1us"), with_unended(60, 41)).state, State::failed);
  EXPECT_EQ(judge(slo("p99<=2us"), with_unended(1000, 0)).state, State::met);
  EXPECT_EQ(judge(slo("p99<=3us"), with_unended(1100, 0)).state, State::inconclusive) << "it is one that never ended";
  EXPECT_EQ(judge(slo("send_lag.p99<10ns"), with_unended(1100, 0)).state, State::met) << "that of all is known";
}

TEST(SloJudgement, CountsTheFailedAmongTheEnded) {
  EXPECT_EQ(judge(slo("failed<1%"), responses(99, Nanos{1}, 1)).state, State::failed);
  EXPECT_EQ(judge(slo("failed<=1%"), responses(99, Nanos{1}, 1)).state, State::met);
  EXPECT_EQ(judge(slo("failed<=0%"), responses(1, Nanos{1})).state, State::met);
  EXPECT_EQ(judge(slo("failed<1%"), responses(99, Nanos{1}, 1)).detail, "1 of 100 jobs, 1%");
  EXPECT_EQ(judge(slo("failed<1%"), Metrics{}).state, State::inconclusive);
}

}  // namespace
}  // namespace procedura::bench
