#include "judge/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Plan open_plan() {
  Plan plan;
  plan.load.load = OpenLoop{100, Arrival::constant, 50};
  plan.load.connections = 4;
  return plan;
}

/// `n` jobs in 10 s, each sent `lag` late and finished after `response`.
RunResult good_result(std::size_t n = 1000, Nanos lag = microseconds{20}, Nanos response = milliseconds{1}) {
  RunResult result;
  result.window = result.sending_time = result.ending_time = seconds{10};
  for (std::size_t i = 0; i < n; ++i) result.metrics.finished({Nanos{0}, lag, lag, {}}, response);
  return result;
}

Slo slo(std::string_view text) {
  return std::get<Slo>(parse_slo(text));
}

TEST(VerdictTest, PassesAGoodRun) {
  const Verdict verdict = judge(open_plan(), good_result());
  EXPECT_EQ(verdict.kind, VerdictKind::pass);
  EXPECT_THAT(verdict.reasons, IsEmpty());
}

TEST(VerdictTest, IsThatOfTheWorstSlo) {
  struct Case {
    std::vector<const char*> slos;
    VerdictKind kind;
    int code;
  };
  const Case cases[] = {{{"p50<2ms"}, VerdictKind::pass, 0},
                        {{"p50<2ms", "p50<1us"}, VerdictKind::slo_failed, 99},
                        {{"p50<2ms", "p99<2ms"}, VerdictKind::inconclusive, 97},
                        {{"p99<2ms", "p50<1us"}, VerdictKind::slo_failed, 99},
                        {{"failed<1%"}, VerdictKind::pass, 0}};
  for (const Case& expected : cases) {
    Plan plan = open_plan();
    for (const char* text : expected.slos) plan.slos.push_back(slo(text));
    const Verdict verdict = judge(plan, good_result());
    EXPECT_EQ(verdict.kind, expected.kind) << expected.slos.back();
    EXPECT_EQ(exit_code(verdict.kind), expected.code);
    EXPECT_EQ(verdict.slos.size(), expected.slos.size());
  }
}

TEST(VerdictTest, InvalidOutranksEverySlo) {
  Plan plan = open_plan();
  plan.slos = {slo("p50<1us"), slo("p99<1us")};
  RunResult result = good_result();
  result.connections_lost = 1;
  result.first_loss = "closed with 1001";
  const Verdict verdict = judge(plan, result);
  EXPECT_EQ(verdict.kind, VerdictKind::invalid);
  EXPECT_EQ(exit_code(verdict.kind), 98);
  EXPECT_THAT(verdict.reasons, ElementsAre("1 of 4 connections lost: closed with 1001"));
  EXPECT_EQ(verdict.slos[0].state, SloResult::State::failed);

  plan.load.shard = {1, 3};
  EXPECT_THAT(judge(plan, result).reasons, ElementsAre("1 of 1 connections lost: closed with 1001"));
}

TEST(VerdictTest, InvalidWhenTheLoadWasNotMade) {
  RunResult result = good_result();
  result.sending_time = milliseconds{10'101};  // 99.0 of 100 per second
  EXPECT_EQ(judge(open_plan(), result).kind, VerdictKind::pass);
  result.sending_time = milliseconds{10'102};
  Verdict verdict = judge(open_plan(), result);
  EXPECT_THAT(verdict.reasons,
              ElementsAre("sent 99.0 of 100.0 jobs per second: this machine cannot make this load; lower --rate"));

  result.held_back = true;
  verdict = judge(open_plan(), result);
  EXPECT_THAT(verdict.reasons, ElementsAre(HasSubstr("--max-in-flight 50 was reached")));

  // As late as a request may be is on time.
  Plan patient = open_plan();
  patient.max_send_lag = milliseconds{10};
  EXPECT_EQ(judge(patient, result).kind, VerdictKind::pass);
  result.sending_time = milliseconds{10'112};
  EXPECT_EQ(judge(patient, result).kind, VerdictKind::invalid);

  Plan closed = open_plan();
  closed.load.load = ClosedLoop{10};
  EXPECT_EQ(judge(closed, result).kind, VerdictKind::pass);
}

TEST(VerdictTest, InvalidWhenRequestsLeftLate) {
  EXPECT_EQ(judge(open_plan(), good_result(1000, microseconds{199})).kind, VerdictKind::pass);
  EXPECT_THAT(judge(open_plan(), good_result(1000, microseconds{201})).reasons, ElementsAre(HasSubstr("send_lag p99")));
  // With slow responses a tenth of them is allowed.
  EXPECT_EQ(judge(open_plan(), good_result(1000, milliseconds{5}, milliseconds{60})).kind, VerdictKind::pass);
  EXPECT_EQ(judge(open_plan(), good_result(1000, milliseconds{7}, milliseconds{60})).kind, VerdictKind::invalid);
  // And what the plan says goes before both.
  Plan plan = open_plan();
  plan.max_send_lag = milliseconds{8};
  EXPECT_EQ(judge(plan, good_result(1000, milliseconds{7}, milliseconds{60})).kind, VerdictKind::pass);
  plan.max_send_lag = microseconds{10};
  EXPECT_EQ(judge(plan, good_result()).kind, VerdictKind::invalid);
}

TEST(VerdictTest, ToleratesThatOneInAHundredLeavesLate) {
  const auto with = [](std::size_t late) {
    RunResult result = good_result(1000 - late);
    for (std::size_t i = 0; i < late; ++i) result.metrics.finished({Nanos{0}, milliseconds{50}, {}, {}}, milliseconds{51});
    return judge(open_plan(), result);
  };
  EXPECT_EQ(with(10).kind, VerdictKind::pass);
  EXPECT_THAT(with(11).reasons, ElementsAre(HasSubstr("send_lag p99 is 50.0 ms, over 200 us")));
}

TEST(VerdictTest, InvalidWhenMoreThanAThousandthIsCensored) {
  RunResult result = good_result(999);
  result.metrics.unfinished({Nanos{0}, Nanos{0}, {}, {}});
  EXPECT_EQ(judge(open_plan(), result).kind, VerdictKind::pass);
  result.metrics.unsent();
  EXPECT_THAT(judge(open_plan(), result).reasons,
              ElementsAre("2 of 1001 jobs had not ended at the cut-off: lower the load, or raise --cut-off"));
}

TEST(VerdictTest, ARunThatLostItsConnectionsInTheWarmUpHadNoWindow) {
  RunResult result;
  result.connections_lost = 1;
  result.first_loss = "gone";
  EXPECT_THAT(judge(open_plan(), result).reasons, ElementsAre(HasSubstr("connections lost: gone")));
  result.window = seconds{10};
  EXPECT_THAT(judge(open_plan(), result).reasons, ElementsAre(HasSubstr("gone"), HasSubstr("no job was due")));
}

TEST(VerdictTest, InvalidWhenNothingWasMeasured) {
  RunResult result;
  result.window = seconds{10};
  EXPECT_THAT(judge(open_plan(), result).reasons, ElementsAre(HasSubstr("no job was due")));
  result.interrupted = true;
  EXPECT_THAT(judge(open_plan(), result).reasons, ElementsAre("interrupted during the warm-up: nothing was measured"));
}

TEST(VerdictTest, InvalidWhenEveryJobFailed) {
  RunResult result = good_result(0);
  for (int i = 0; i < 1000; ++i)
    result.metrics.failed({Nanos{0}, Nanos{0}, {}, {}}, milliseconds{1}, i < 10 ? "A" : "AUTH_REQUIRED");
  EXPECT_THAT(
      judge(open_plan(), result).reasons,
      ElementsAre("no job finished; 990 of 1000 ended with AUTH_REQUIRED: log in with --token-file or --credential-env"));
}

TEST(VerdictTest, InvalidWhenTheGeneratorWasBusy) {
  RunResult result = good_result();
  result.health = {seconds{10}, milliseconds{9'000}, milliseconds{1'000}, {}, 0};
  EXPECT_EQ(judge(open_plan(), result).kind, VerdictKind::pass);
  result.health.spun = milliseconds{900};
  EXPECT_THAT(judge(open_plan(), result).reasons, ElementsAre(HasSubstr("the generator's thread worked 81% of the time")));
  Plan closed = open_plan();
  closed.load.load = ClosedLoop{10};
  EXPECT_EQ(judge(closed, result).kind, VerdictKind::invalid);
}

TEST(VerdictTest, InvalidWhenTheHostTookTheCpu) {
  RunResult result = good_result();
  result.health.steal = 0.02;
  EXPECT_EQ(judge(open_plan(), result).kind, VerdictKind::pass);
  result.health.steal = 0.031;
  EXPECT_THAT(judge(open_plan(), result).reasons, ElementsAre(HasSubstr("the host took 3.1% of this machine's CPU time")));
}

TEST(VerdictTest, InvalidWhenTheAgentCountedOtherwise) {
  RunResult result = good_result();
  result.agent_counts = {{"frames_in", 1000, 1000}, {"frames_out", 1999, 2000}};
  EXPECT_THAT(judge(open_plan(), result).reasons, ElementsAre(HasSubstr("(frames_out by 1999 instead of 2000)")));
  result.agent_counts[1].agent = 2001;
  EXPECT_THAT(judge(open_plan(), result).reasons, ElementsAre(HasSubstr("(frames_out by 2001 instead of 2000)")));
  result.agent_counts[1].name = "\x1b";
  EXPECT_THAT(judge(open_plan(), result).reasons, ElementsAre(HasSubstr("(\\x1b by")));
  result.agent_counts.resize(1);
  EXPECT_EQ(judge(open_plan(), result).kind, VerdictKind::pass);
}

TEST(VerdictTest, OfAPartHasNoSlos) {
  Plan plan = open_plan();
  plan.slos = {slo("p50<1us")};
  plan.load.shard = {1, 2};
  EXPECT_THAT(judge(plan, good_result()).slos, IsEmpty());
  EXPECT_EQ(judge(plan, good_result()).kind, VerdictKind::pass);
  EXPECT_THAT(judge(plan, good_result()).cautions, Contains(HasSubstr("part 2 of 2")));
}

TEST(Saturation, IsGrowthThroughTheWholeWindow) {
  const auto of = [](std::vector<std::uint64_t> quarters) {
    RunResult result;
    result.in_flight_by_quarter = std::move(quarters);
    return saturated(open_plan(), result);
  };
  EXPECT_TRUE(of({25, 50, 75, 100}));
  EXPECT_TRUE(of({5, 6, 8, 10}));
  EXPECT_FALSE(of({5, 6, 8, 9}));       // a handful
  EXPECT_FALSE(of({60, 70, 80, 100}));  // less than doubled
  EXPECT_FALSE(of({25, 50, 50, 100}));  // not all the time
  EXPECT_FALSE(of({100, 75, 50, 25}));
  EXPECT_FALSE(of({25, 50, 75}));  // interrupted
  RunResult result;
  result.in_flight_by_quarter = {25, 50, 75, 100};
  Plan closed = open_plan();
  closed.load.load = ClosedLoop{100};
  EXPECT_FALSE(saturated(closed, result));
}

TEST(VerdictTest, SaysEveryReason) {
  RunResult result;
  result.window = result.sending_time = seconds{10};
  result.connections_lost = 4;
  result.first_loss = "x";
  for (int i = 0; i < 10; ++i) result.metrics.unfinished({Nanos{0}, milliseconds{1}, {}, {}});
  for (int i = 0; i < 10; ++i) result.metrics.unsent();
  result.health = {seconds{10}, seconds{10}, Nanos{0}, 0.5, 0};
  result.agent_counts = {{"frames_in", 1, 2}};
  EXPECT_EQ(judge(open_plan(), result).reasons.size(), 8U);
}

}  // namespace
}  // namespace procedura::bench
