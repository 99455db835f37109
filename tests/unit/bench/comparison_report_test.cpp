#include "compare/pairs.hpp"
#include "json_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace procedura::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

ComparePlan plan() {
  ComparePlan plan;
  plan.a = "./agent-1.4 --port {port} --token geheim";
  plan.b = "TOKEN=geheim ./agent-1.5 --port {port}";
  plan.pairs = 20;
  plan.run.module = "world";
  plan.run.load.load = ClosedLoop{4};
  plan.run.load.duration = seconds{2};
  plan.run.load.warm_up = milliseconds{500};
  plan.options.seed = plan.run.load.seed = 7;
  return plan;
}

/// B takes `percent` of A's CPU.
ComparisonRecord measured(int percent, std::size_t pairs_measured = 20) {
  Pairs pairs{plan()};
  for (std::size_t i = 0; i < 2 * pairs_measured; ++i) {
    SideRun run;
    run.result.window = run.result.sending_time = run.result.ending_time = seconds{2};
    for (int job = 0; job < 300; ++job) {
      run.result.metrics.finished({Nanos{0}, Nanos{0}, microseconds{50}, {}}, microseconds{120});
    }
    run.result.traffic.bytes_in = 300 * 250;
    run.cpu = 300 * Nanos{200} * (pairs.next()->side == Side::b ? percent : 100);
    pairs.add(std::move(run));
  }
  if (pairs_measured < 20) pairs.interrupt();
  return pairs.record({"2024-05-01T12:00:00Z", "1.2.3", 2, "a processor, Linux", "0-1"});
}

TEST(ComparisonText, SaysWhatWasComparedAndWhatCameOfIt) {
  const ComparisonRecord record = measured(130);
  const std::string text = text_report(record, judge(record));
  EXPECT_EQ(text,
            R"(world (sync), B against A
A         ./agent-1.4 --port {port} --token <redacted>
B         TOKEN=<redacted> ./agent-1.5 --port {port}
load      closed loop, 4 at a time, 1 connection; each run 2.00 s after 500 ms of warm-up
pairs     20, B first in 11, seed 7; 2024-05-01T12:00:00Z, 2 cores
jobs      A 6000 due, 6000 finished; B 6000 due, 6000 finished

median of the runs           A           B      B/A      99 % interval        p      noise   margin
  response.p50          120 us      120 us    1.000    1.000 to 1.000    1.0000      0.0 %    5.0 %  equivalent
  cpu_per_job          20.0 us     26.0 us    1.300    1.300 to 1.300   <0.0001      0.0 %    5.0 %  slower
  bytes_per_job    250.0 bytes 250.0 bytes    1.000    1.000 to 1.000    1.0000      0.0 %    5.0 %  equivalent
  ack.p50              50.0 us     50.0 us    1.000    1.000 to 1.000    1.0000      0.0 %    5.0 %  not gated
  B/A: median of the pairs' ratios. noise: how far from 1 A/A would come, in 95 of 100 such comparisons.

verdict   SLOWER: B is worse than A in a gated metric
again     procedura-bench compare --a './agent-1.4 --port {port} --token <redacted>' )"
            R"(--b 'TOKEN=<redacted> ./agent-1.5 --port {port}' --pairs 20 --margin 5% --start-within 10s )"
            R"(--module world --mode sync --concurrency 4 --connections 1 --duration 2s --warm-up 500ms --cut-off 10s --seed 7
)");
}

TEST(ComparisonText, HasNoFigureOfWhatIsNotKnown) {
  ComparisonRecord record = measured(130);
  record.metrics[1] = {{"cpu_per_job", "ns", true, {}, {}}};
  EXPECT_THAT(text_report(record, judge(record)),
              ::testing::HasSubstr(
                  "\n  cpu_per_job                -           -        -        -                  -          -        -  "
                  "inconclusive\n"));
}

TEST(ComparisonText, SaysTheVerdictAndHowToRepeatIt) {
  const auto text = [](const ComparisonRecord& record) { return text_report(record, judge(record)); };
  EXPECT_THAT(text(measured(100)), HasSubstr("verdict   EQUIVALENT: "));
  EXPECT_THAT(text(measured(70)), HasSubstr("verdict   FASTER: "));
  EXPECT_THAT(text(measured(130)), HasSubstr("verdict   SLOWER: "));
  EXPECT_THAT(text(measured(105)), HasSubstr("verdict   INCONCLUSIVE: "));
  EXPECT_THAT(text(measured(105)), HasSubstr("note      cpu_per_job: too near to the margin of 5.0 %"));
  EXPECT_THAT(text(measured(130, 3)), HasSubstr("pairs     3 of 20, INTERRUPTED"));
  EXPECT_THAT(text(measured(130, 3)),
              HasSubstr("verdict   INVALID: no figure above stands\n          - interrupted after 3 of 20 pairs\n"));
  EXPECT_THAT(text(measured(130)),
              HasSubstr("again     procedura-bench compare --a './agent-1.4 --port {port} --token <redacted>' "
                        "--b 'TOKEN=<redacted> ./agent-1.5 --port {port}' --pairs 20 --margin 5% --start-within 10s --module "
                        "world --mode sync --concurrency 4"));
}

TEST(ComparisonJson, HoldsToItsSchema) {
  for (const ComparisonRecord& record : {measured(130), measured(100), measured(100, 0), measured(105, 4)}) {
    const std::string text = json_report(record, judge(record));
    EXPECT_THAT(text, Not(HasSubstr("geheim")));
    EXPECT_EQ(text.back(), '\n');
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(::procedura::testing::schema_problems(BENCH_COMPARISON_SCHEMA, json), "");
  }
}

TEST(ComparisonJson, HasEachSample) {
  const ComparisonRecord record = measured(130);
  const auto json = nlohmann::json::parse(json_report(record, judge(record)));
  EXPECT_EQ(json["verdict"]["kind"], "slower");
  EXPECT_EQ(json["verdict"]["exit_code"], 99);
  EXPECT_EQ(json["first"].size(), 20U);
  const auto& cpu = json["metrics"][1];
  EXPECT_EQ(cpu["name"], "cpu_per_job");
  EXPECT_EQ(cpu["verdict"], "slower");
  EXPECT_EQ(cpu["a"], nlohmann::json(std::vector(20, 20'000.0)));
  EXPECT_EQ(cpu["b"], nlohmann::json(std::vector(20, 26'000.0)));
  EXPECT_DOUBLE_EQ(cpu["ratio"], 1.3);
  EXPECT_EQ(json["a"]["jobs"]["finished"], 6000);
  const ComparisonRecord cut = measured(130, 3);
  EXPECT_EQ(nlohmann::json::parse(json_report(cut, judge(cut)))["verdict"]["kind"], "invalid");
}

TEST(ShownSide, HidesWhatIsSecret) {
  EXPECT_EQ(shown_side("ws://user:geheim@host:1/x?token=geheim"), "ws://<redacted>@host:1/x?token=<redacted>");
  EXPECT_EQ(shown_side("./agent {port}"), "./agent {port}");
  EXPECT_EQ(shown_side("agent --token geheim --port {port}"), "agent --token <redacted> --port {port}");
  EXPECT_EQ(shown_side("agent --api-key=geheim {port}"), "agent --api-key=<redacted> {port}");
  EXPECT_EQ(shown_side("API_KEY=geheim X=1 agent {port}"), "API_KEY=<redacted> X=1 agent {port}");
  EXPECT_EQ(shown_side("agent --up ws://me:geheim@host/ {port}"), "agent --up ws://<redacted>@host/ {port}");
  EXPECT_EQ(shown_side("a  'b c' =x"), "a  'b c' =x");
  EXPECT_EQ(shown_side("\xff {port}"), "<redacted>");  // nothing can be known of it
}

TEST(IsCommand, IsWhatIsNoUrl) {
  EXPECT_FALSE(is_command("ws://host"));
  EXPECT_FALSE(is_command("wss://host"));
  EXPECT_TRUE(is_command("./agent ws://host {port}"));
  EXPECT_TRUE(is_command(""));
}

}  // namespace
}  // namespace procedura::bench
