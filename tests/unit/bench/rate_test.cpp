#include "judge/rate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

Plan plan_with(const std::vector<const char*>& slos) {
  Plan plan;
  plan.load.load = OpenLoop{100, Arrival::constant, 50};
  for (const char* text : slos) plan.slos.push_back(std::get<Slo>(parse_slo(text)));
  return plan;
}

/// A thousand jobs in 10 s, each of which took 1 ms.
RunResult good_result(Nanos lag = microseconds{20}) {
  RunResult result;
  result.window = result.sending_time = result.ending_time = seconds{10};
  for (int i = 0; i < 1000; ++i) result.metrics.finished({Nanos{0}, lag, lag, {}}, milliseconds{1});
  return result;
}

JudgedRate judged(const Plan& plan, const RunResult& result) {
  return judge_rate(plan, result, judge(plan, result));
}

TEST(JudgeRate, KeepsWhatMeetsItsSlos) {
  const JudgedRate rate = judged(plan_with({"p50<2ms"}), good_result());
  EXPECT_EQ(rate.finding, RateFinding::kept);
  EXPECT_EQ(rate.why, "p50<2ms: 1.00 ms");
}

TEST(JudgeRate, NamesTheSloThatDecides) {
  const JudgedRate broken = judged(plan_with({"p50<2ms", "p99<2ms", "ack.p50<1us"}), good_result());
  EXPECT_EQ(broken.finding, RateFinding::broken);
  EXPECT_THAT(broken.why, HasSubstr("ack.p50<1us: "));
  const JudgedRate unclear = judged(plan_with({"p50<2ms", "p99<2ms"}), good_result());
  EXPECT_EQ(unclear.finding, RateFinding::unclear);
  EXPECT_THAT(unclear.why, HasSubstr("p99 needs 10000 samples, there are 1000"));
}

TEST(JudgeRate, BlamesTheGeneratorWhereItIsLate) {
  const JudgedRate late = judged(plan_with({"p50<2ms"}), good_result(milliseconds{5}));
  EXPECT_EQ(late.finding, RateFinding::generator);
  EXPECT_THAT(late.why, HasSubstr("send_lag p99"));

  RunResult slow_machine = good_result();
  slow_machine.sending_time = seconds{20};
  EXPECT_EQ(judged(plan_with({"p50<2ms"}), slow_machine).finding, RateFinding::generator);

  RunResult busy = good_result();
  busy.health.wall = seconds{10};
  busy.health.cpu = seconds{9};
  EXPECT_EQ(judged(plan_with({"p50<1us"}), busy).finding, RateFinding::generator)
      << "an SLO that failed in such a run says nothing";

  RunResult stolen = good_result();
  stolen.health.steal = 0.1;
  EXPECT_EQ(judged(plan_with({"p50<2ms"}), stolen).finding, RateFinding::generator);
}

TEST(JudgeRate, BlamesTheAgentWhereItDoesNotKeepUp) {
  RunResult held_back = good_result(milliseconds{5});
  held_back.held_back = true;
  EXPECT_EQ(judged(plan_with({"p50<2ms"}), held_back).finding, RateFinding::broken);

  RunResult lost = good_result();
  lost.connections_lost = 1;
  lost.first_loss = "CONNECTION_LOST";
  const JudgedRate rate = judged(plan_with({"p50<2ms"}), lost);
  EXPECT_EQ(rate.finding, RateFinding::broken);
  EXPECT_THAT(rate.why, HasSubstr("CONNECTION_LOST"));

  RunResult censored = good_result();
  for (int i = 0; i < 5; ++i) censored.metrics.unfinished({Nanos{0}, microseconds{20}, {}, {}});
  EXPECT_EQ(judged(plan_with({"p50<2ms"}), censored).finding, RateFinding::broken);

  RunResult growing = good_result();
  growing.in_flight_by_quarter = {5, 10, 15, 20};
  EXPECT_EQ(judged(plan_with({"p50<2ms"}), growing).finding, RateFinding::broken);
}

}  // namespace
}  // namespace procedura::bench
