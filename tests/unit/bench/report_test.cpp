#include "report/report.hpp"

#include "json_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace procedura::bench {
namespace {

using nlohmann::json;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

const Surroundings here{"2026-01-02T03:04:05Z", "0.1.0", 2, "a machine", "0-1"};

Plan some_plan() {
  Plan plan;
  plan.url = "ws://127.0.0.1:8765";
  plan.module = "worldstate_snapshot";
  plan.args = {"--terse"};
  plan.load.load = OpenLoop{200, Arrival::poisson, 50};
  plan.load.connections = 4;
  plan.slos = {std::get<Slo>(parse_slo("p50<20ms")), std::get<Slo>(parse_slo("ack.p99<1ms"))};
  return plan;
}

RunResult some_result() {
  RunResult result;
  result.window = result.sending_time = result.ending_time = seconds{10};
  for (int i = 1; i <= 1000; ++i) result.metrics.finished({Nanos{0}, microseconds{5}, microseconds{500}, {}}, microseconds{i});
  result.metrics.failed({Nanos{0}, microseconds{5}, {}, {}}, milliseconds{2}, "OUT_OF_MANA");
  for (Histogram* times :
       {&result.connection_times.resolve, &result.connection_times.connect, &result.connection_times.upgrade})
    times->record(milliseconds{1});
  result.most_in_flight = 3;
  result.traffic.frames_out = 1001;
  return result;
}

std::string problems(const json& document) {
  return procedura::testing::schema_problems(BENCH_SCHEMA, document);
}

json report(const Plan& plan, const RunResult& result) {
  return json::parse(json_report({plan, result, here}, judge(plan, result)));
}

TEST(JsonReport, IsAsItsSchemaSays) {
  EXPECT_EQ(problems(report(some_plan(), some_result())), "");

  Plan closed = some_plan();
  closed.load.load = ClosedLoop{8};
  closed.mode = protocol::Mode::async;
  closed.slos.clear();
  EXPECT_EQ(problems(report(closed, RunResult{})), "");
}

TEST(JsonReport, SchemaRefusesWhatIsNone) {
  const json good = report(some_plan(), some_result());
  for (const auto& [name, value] : good.items()) {
    json without = good;
    without.erase(name);
    EXPECT_NE(problems(without), "") << name;
  }
  json more = good;
  more["latency_ns"]["response"]["p42"] = 1;
  EXPECT_NE(problems(more), "");
  json wrong = good;
  wrong["jobs"]["due"] = -1;
  EXPECT_NE(problems(wrong), "");
}

TEST(JsonReport, HoldsTheFigures) {
  const json j = report(some_plan(), some_result());
  EXPECT_EQ(j["jobs"], (json{{"due", 1001},
                             {"sent", 1001},
                             {"finished", 1000},
                             {"failed", 1},
                             {"unfinished", 0},
                             {"unsent", 0},
                             {"no_ack", 0},
                             {"no_event", 1000}}));
  EXPECT_EQ(j["errors"], (json{{"OUT_OF_MANA", 1}}));
  EXPECT_EQ(j["rate_per_s"], (json{{"offered", 100.1}, {"achieved", 100.1}, {"finished", 100.0}}));
  const json& response = j["latency_ns"]["response"];
  EXPECT_EQ(response["count"], 1000);
  EXPECT_EQ(response["min"], 1000);
  EXPECT_EQ(response["max"], 1'000'000);
  EXPECT_EQ(response["p50"], Histogram::highest_equivalent(500'000));
  EXPECT_EQ(response["p90"], Histogram::highest_equivalent(900'000));
  EXPECT_EQ(response["p99"], nullptr);
  EXPECT_EQ(j["latency_ns"]["first_event"]["min"], nullptr);
  EXPECT_EQ(j["plan"]["load"], (json{{"kind", "open"}, {"rate", 200.0}, {"arrival", "poisson"}, {"max_in_flight", 50}}));
  EXPECT_EQ(j["verdict"]["kind"], "inconclusive");
  EXPECT_EQ(j["verdict"]["exit_code"], 97);
  EXPECT_EQ(j["verdict"]["slos"][0]["state"], "met");
  EXPECT_EQ(j["interrupted"], false);
}

TEST(TextReport, HoldsTheFigures) {
  const Plan plan = some_plan();
  const RunResult result = some_result();
  const std::string text = text_report({plan, result, here}, judge(plan, result));
  for (const char* part :
       {"worldstate_snapshot (sync) at ws://127.0.0.1:8765", "open loop, 200 jobs/s, poisson arrivals, seed 1, 4 connections",
        "1001 due, 1001 sent: 1000 finished, 1 failed, 0 unfinished, 0 unsent", "1 x OUT_OF_MANA", "offered 100.1/s",
        "slo       p50<20ms: met (500 us)", "ack.p99<1ms: inconclusive (p99 needs 10000 samples, there are 1000)",
        "verdict   INCONCLUSIVE: an SLO can be neither met nor failed",
        "again     procedura-bench run --url ws://127.0.0.1:8765"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Reports, SayThatTheAgentIsSaturated) {
  RunResult result = some_result();
  const Plan plan = some_plan();
  EXPECT_EQ(report(plan, result)["in_flight"]["saturated"], false);
  EXPECT_THAT(text_report({plan, result, here}, judge(plan, result)), Not(HasSubstr("SATURATED")));
  result.in_flight_by_quarter = {10, 20, 30, 40};
  EXPECT_EQ(report(plan, result)["in_flight"]["saturated"], true);
  EXPECT_EQ(report(plan, result)["in_flight"]["by_quarter"], (json{10, 20, 30, 40}));
  EXPECT_THAT(text_report({plan, result, here}, judge(plan, result)),
              HasSubstr("SATURATED: still growing at the end (10, 20, 30, 40)"));
}

TEST(TextReport, SaysThatAnInvalidRunIsWorthNothing) {
  RunResult result = some_result();
  result.connections_lost = 2;
  result.first_loss = "closed with 1001";
  result.interrupted = true;
  const Plan plan = some_plan();
  const std::string text = text_report({plan, result, here}, judge(plan, result));
  EXPECT_THAT(text, HasSubstr("verdict   INVALID: no figure above stands for the agent\n          - 2 of 4 connections lost"));
  EXPECT_THAT(text, HasSubstr("INTERRUPTED"));
}

TEST(Reports, ShowNoSecretAndNoControlCharacters) {
  Plan plan = some_plan();
  plan.url = "ws://127.0.0.1:8765/?token=geheim1";
  plan.module = "login_password";
  plan.args = {"admin:geheim2", "\x1b[2J"};
  const RunResult result = some_result();
  const Verdict verdict = judge(plan, result);
  for (const std::string& text : {text_report({plan, result, here}, verdict), json_report({plan, result, here}, verdict)}) {
    EXPECT_THAT(text, Not(HasSubstr("geheim")));
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
  }
}

TEST(ProgressLine, SaysWhereTheRunIs) {
  Metrics metrics;
  Progress progress{seconds{1}, seconds{5}, seconds{65}, 3, &metrics};
  EXPECT_EQ(progress_line(progress), "warm-up, 4.00 s left, 3 in flight, 0 finished, 0 failed");
  for (int i = 0; i < 200; ++i) metrics.finished({}, milliseconds{2});
  progress.now = seconds{55};
  EXPECT_EQ(progress_line(progress), "10.0 s left, 3 in flight, 200 finished, 0 failed, p50 2.00 ms");
  progress.now = seconds{66};
  EXPECT_THAT(progress_line(progress), ::testing::StartsWith("waiting for jobs in flight, 3 in flight"));
}

}  // namespace
}  // namespace procedura::bench
