#include "judge/cautions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace procedura::bench {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A run that supports everything up to p99.9: 100,000 jobs of 1 ms in 100 seconds.
RunResult sound() {
  RunResult result;
  result.window = result.sending_time = result.ending_time = seconds{100};
  for (int i = 0; i < 100'000; ++i) {
    result.metrics.finished({Nanos{0}, Nanos{0}, {}, {}}, milliseconds{1});
    result.series.at(milliseconds{i}).of(Metric::response).record(milliseconds{1});
  }
  result.floor.emplace();
  for (int i = 0; i < 200; ++i) result.floor->response.record(microseconds{100});
  result.health = {seconds{100}, seconds{1}, Nanos{0}, 0.0, 0};
  return result;
}

Plan open_plan() {
  Plan plan;
  plan.load.load = OpenLoop{1000};
  plan.load.duration = seconds{100};
  return plan;
}

TEST(Cautions, AreNoneForASoundRun) {
  EXPECT_THAT(cautions(open_plan(), sound()), IsEmpty());
}

TEST(Cautions, AreEachForTheirCause) {
  struct Case {
    std::function<void(Plan&, RunResult&)> make;
    const char* sentence;
  };
  const Case cases[] = {
      {[](Plan& plan, RunResult&) {
         plan.load.shard = {2, 4};
       },
       "This is part 3 of 4 of a load: merge"},
      {[](Plan&, RunResult& result) {
         result.interrupted = true;
         result.window = seconds{90};
       },
       "The run was interrupted after 90.0 s of 100 s."},
      {[](Plan&, RunResult& result) {
         result.in_flight_by_quarter = {10, 20, 30, 40};
       },
       "The jobs in flight grew to the end"},
      {[](Plan& plan, RunResult&) { plan.load.load = ClosedLoop{4}; }, "In a closed loop the agent slows the load"},
      {[](Plan&, RunResult& result) { result.floor.reset(); }, "The floor was not measured"},
      {[](Plan&, RunResult& result) {
         for (int i = 0; i < 1000; ++i) result.floor->response.record(microseconds{501});
       },
       "The median service time, 1.00 ms, is under twice the floor, 501 us"},
      {[](Plan&, RunResult& result) {
         result.metrics = {};
         for (int i = 0; i < 99'999; ++i) result.metrics.finished({Nanos{0}, Nanos{0}, {}, {}}, milliseconds{1});
       },
       "p99.9 and beyond cannot be said: p99.9 needs 100000 finished jobs, there are 99999."},
      {[](Plan&, RunResult& result) { result.series.seconds.resize(9); }, "intervals need 10 seconds, there are 9."},
      {[](Plan&, RunResult& result) { result.series.seconds.resize(1); }, "intervals need 10 seconds, there is 1."},
      {[](Plan&, RunResult& result) { result.metrics.finished({}, hours{2}); }, "1 responses took longer than an hour"},
      {[](Plan&, RunResult& result) { result.health.steal.reset(); }, "Whether the host gave this machine's CPU time"},
      {[](Plan& plan, RunResult&) { plan.tls.insecure = true; }, "The agent's certificate was not checked"},
  };
  for (const Case& expected : cases) {
    Plan plan = open_plan();
    RunResult result = sound();
    expected.make(plan, result);
    EXPECT_THAT(cautions(plan, result), ElementsAre(HasSubstr(expected.sentence)));
  }
}

TEST(Cautions, SayWhereTheNextRunMayMissAnSlo) {
  RunResult result = sound();
  result.metrics = {};
  result.series = {};
  for (int i = 0; i < 100'000; ++i) {
    const Nanos took = milliseconds{i / 1000 < 12 ? 9 : 5};  // 12 of 100 seconds are slow: is the p90?
    result.metrics.finished({Nanos{0}, Nanos{0}, {}, {}}, took);
    result.series.at(milliseconds{i}).of(Metric::response).record(took);
  }
  const auto with = [&](const char* text) {
    Plan plan = open_plan();
    plan.slos = {std::get<Slo>(parse_slo(text))};
    return cautions(plan, result);
  };
  for (const char* text : {"p90<6ms", "p90<8ms"}) {
    EXPECT_THAT(with(text),
                ElementsAre(std::string{text} + " lies within the interval of what it bounds, 5.00 ms to 9.00 ms: another "
                                                "such run may decide otherwise."));
  }
  for (const char* text : {"p90<4ms", "p90<10ms", "p50<6ms", "failed<1%", "ack.p90<6ms"}) EXPECT_THAT(with(text), IsEmpty());
  Plan part = open_plan();
  part.slos = {std::get<Slo>(parse_slo("p90<6ms"))};
  part.load.shard = {0, 2};
  EXPECT_THAT(cautions(part, result), ElementsAre(HasSubstr("part 1 of 2")));
}

TEST(Cautions, TakeTwiceTheFloorForEnough) {
  RunResult result = sound();
  for (int i = 0; i < 1000; ++i) result.floor->response.record(microseconds{499});
  EXPECT_THAT(cautions(open_plan(), result), IsEmpty());
}

// A floor must not be one of the agent's own waits: it is compared with what the agent took from the write on.
TEST(Cautions, TakeTheFloorAgainstTheServiceTime) {
  RunResult result = sound();
  result.metrics = {};
  for (int i = 0; i < 100'000; ++i) result.metrics.finished({Nanos{0}, microseconds{900}, {}, {}}, milliseconds{1});
  EXPECT_THAT(cautions(open_plan(), result), ElementsAre(HasSubstr("The median service time, 100 us, is under twice")));
}

TEST(Cautions, OfAnEmptyRunAreStillSentences) {
  EXPECT_THAT(cautions(open_plan(), RunResult{}),
              ElementsAre(HasSubstr("floor was not measured"), HasSubstr("p50 needs 200 finished jobs, there are 0")));
}

}  // namespace
}  // namespace procedura::bench
