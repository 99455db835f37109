#include "full_record.hpp"
#include "hdr/codec.hpp"
#include "hdr/log.hpp"
#include "json_schema.hpp"

#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace procedura::bench {
namespace {

using nlohmann::json;
using ::testing::ElementsAreArray;
using testing::full_record;
using ::testing::HasSubstr;

std::string written(const RunRecord& run) {
  return json_report(run, judge(run.plan, run.result));
}

RunRecord read(std::string_view text) {
  auto outcome = read_report(text);
  if (const auto* error = std::get_if<ReportError>(&outcome)) throw std::runtime_error{error->message};
  return std::get<RunRecord>(std::move(outcome));
}

std::string fault(std::string_view text) {
  const auto outcome = read_report(text);
  const auto* error = std::get_if<ReportError>(&outcome);
  return error == nullptr ? "" : error->message;
}

TEST(ReadReport, GivesTheRunBack) {
  const RunRecord run = full_record();
  const std::string text = written(run);
  const RunRecord again = read(text);
  EXPECT_EQ(written(again), text);

  EXPECT_EQ(again.result.metrics.jobs(), run.result.metrics.jobs());
  EXPECT_EQ(again.result.metrics.errors(), run.result.metrics.errors());
  for (std::size_t i = 0; i < metric_count; ++i) {
    const auto metric = static_cast<Metric>(i);
    EXPECT_THAT(again.result.metrics.of(metric).counts(), ElementsAreArray(run.result.metrics.of(metric).counts()));
    EXPECT_EQ(again.result.metrics.of(metric).min(), run.result.metrics.of(metric).min());
    EXPECT_EQ(again.result.metrics.of(metric).max(), run.result.metrics.of(metric).max());
    EXPECT_GT(run.result.metrics.of(metric).count(), 0U) << metric_names[i];
  }
  EXPECT_EQ(again.result.series, run.result.series);
  EXPECT_EQ(again.result.timelines, run.result.timelines);
  EXPECT_EQ(again.plan.load.seed, run.plan.load.seed);
  EXPECT_EQ(again.plan.max_send_lag, run.plan.max_send_lag);
  EXPECT_EQ(again.plan.slos.size(), 2U);
  EXPECT_EQ(again.surroundings.machine, run.surroundings.machine);
}

TEST(ReadReport, GivesAnEmptyRunBack) {
  RunRecord run;
  run.complete = false;
  run.shards = 3;
  run.plan.url = "ws://127.0.0.1:1";
  run.plan.module = "ping";
  run.plan.load.seed = 18'446'744'073'709'551'615U;
  const std::string text = written(run);
  EXPECT_EQ(written(read(text)), text);
  EXPECT_EQ(read(text).complete, false);
  EXPECT_EQ(read(text).shards, 3U);
}

// It has neither: series and timelines are too much to write while the load runs.
TEST(ReadReport, GivesALookBackThatHasNoSecondsAndNoJobs) {
  RunRecord look = full_record({1, 2});
  look.complete = false;
  look.plan.load.duration = std::chrono::hours{2};  // steps of more than a second, in a series that is not there
  look.result.series = {};
  look.result.timelines = {};
  EXPECT_EQ(written(read(written(look))), written(look));
  look.complete = true;
  EXPECT_THAT(fault(written(look)), HasSubstr("series: its seconds have 0 due"));
}

TEST(ReadReport, WhatItReadsIsAsTheSchemaSays) {
  for (const RunRecord& run : {full_record(), RunRecord{}}) {
    EXPECT_EQ(procedura::testing::schema_problems(BENCH_SCHEMA, json::parse(written(run))), "");
  }
}

TEST(ReadReport, KeepsSecretsRedacted) {
  RunRecord run = full_record();
  run.plan.url = "ws://127.0.0.1:8765/?token=geheim1";
  run.plan.module = "login_password";
  run.plan.args = {"admin:geheim2"};
  const std::string text = written(read(written(run)));
  EXPECT_EQ(text, written(run));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("geheim")));
}

TEST(ReadReport, MakesTextOfOthersPrintable) {
  json report = json::parse(written(full_record()));
  report["plan"]["url"] = "ws://\x1b[2J";
  report["tool"]["machine"] = "\x1b]0;title\x07";
  report["connections"]["first_loss"] = "\x1b[31m";
  report["errors"] = {{"\x1b[1m", report["jobs"]["failed"]}};
  const RunRecord run = read(report.dump());
  for (const std::string& text : {text_report(run, judge(run.plan, run.result)), run.surroundings.machine}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
  }
}

struct Wrong {
  const char* at;  // JSON pointer
  json value;      // discarded: the member is taken away
  const char* message;
  bool beyond_schema = false;  // whether the published schema cannot say so: what contradicts something else, or is a text
};

TEST(ReadReport, SaysWhereAReportIsWrong) {
  const json good = json::parse(written(full_record()));
  ASSERT_EQ(fault(good.dump()), "");
  const json gone = json(json::value_t::discarded);
  Histogram most;
  most.add(5, 1'000'000'000'000'001);
  const std::string most_samples = encode_hdr(most);
  const Wrong cases[] = {
      {"/format", "k6", "format: needs \"procedura-bench-run\""},
      {"/format_version", 1, "format_version: is 1; this program reads 2: make the report again"},
      {"/shards", 0, "shards: needs a whole number from 1 to"},
      {"/jobs", gone, "the report: has no \"jobs\""},
      {"/jobs", json::array(), "jobs: needs an object"},
      {"/jobs/due", -1, "jobs.due: needs a whole number from 0 to 1000000000000000"},
      {"/jobs/due", 1.5, "jobs.due: needs a whole number"},
      {"/jobs/due", 1e300, "jobs.due: needs a whole number"},
      {"/jobs/due", 18'446'744'073'709'551'615U, "jobs.due: needs a whole number"},
      {"/jobs/due", 1, "jobs: due is not the sum of finished, failed, unfinished and unsent", true},
      {"/jobs/sent", 2995, "jobs: sent and unsent are more than due", true},
      {"/jobs/no_ack", 2971, "jobs: no_ack and no_event are of the finished, and there are not as many", true},
      {"/jobs/no_event", 2971, "jobs: no_ack and no_event are of the finished, and there are not as many", true},
      {"/jobs/no_ack", 0, "jobs: finished without no_ack is 29", true},
      {"/jobs/no_event", 0, "jobs: finished without no_event is 29", true},
      {"/errors", json::object(), "errors: they are 0 together, and jobs.failed says 1", true},
      {"/errors/OUT_OF_MANA", 900, "errors: they are 9", true},
      {"/latency_ns/response/count", 7, "latency_ns.response: its histogram has 2970 samples, and its count says 7", true},
      {"/latency_ns/response/hdr", nullptr, "latency_ns.response: its histogram has 0 samples", true},
      {"/latency_ns/response/hdr", "?", "latency_ns.response.hdr: the histogram is no base64", true},
      {"/latency_ns/response/max", 1, "latency_ns.response: min, max or clamped contradict its histogram", true},
      {"/latency_ns/response/clamped", 1, "latency_ns.response: min, max or clamped contradict its histogram", true},
      {"/latency_ns/gap", gone, "latency_ns: has no \"gap\""},
      {"/plan/mode", "both", "plan.mode: is none of the words that may stand there"},
      {"/plan/load/kind", "half-open", "plan.load.kind: needs \"open\" or \"closed\""},
      {"/plan/load/rate", 0, "plan.load.rate: needs a number from"},
      {"/plan/load/rate", 1e6 + 1, "plan.load.rate: needs a number from"},
      {"/plan/load/max_in_flight", 0, "plan.load.max_in_flight: needs a whole number from 1"},
      {"/plan/load/rate", "fast", "plan.load.rate: needs a number from"},
      {"/plan/connections", 0, "plan.connections: needs a whole number from 1"},
      {"/plan/shard/index", 1, "plan.shard.index: needs a whole number from 0 to 0", true},
      {"/plan/slos/0", "p50", "plan.slos[0]: --slo 'p50': an SLO is an upper bound", true},
      {"/plan/args/1", 4, "plan.args[1]: needs a text"},
      {"/plan/seed", 1.5, "plan.seed: needs a whole number of at most 64 bits"},
      {"/in_flight/by_quarter", {1, 2, 3, 4, 5}, "in_flight.by_quarter: needs an array of at most 4"},
      {"/errors", 3, "errors: needs an object of at most 100 members"},
      {"/health/steal", 2, "health.steal: needs a number from 0 to 1"},
      {"/agent_counts/0/agent", -1'000'000'000'000'001, "agent_counts[0].agent: needs a whole number"},
      {"/window_ns", 200'000'000'000'000'000, "window_ns: needs a whole number"},
      {"/agent_counts/0/agent", -1e15, "agent_counts[0].agent: needs a whole number"},
      {"/series/step_ns", 0, "series.step_ns: needs to be 1000000000 for a window of 10000000000 ns"},
      {"/series/step_ns", 100'000'000'000'000'000, "series.step_ns: needs to be 1000000000", true},
      {"/plan/duration_ns", 1'001'000'000'000, "series.step_ns: needs to be 2000000000 for a window of 1001000000000 ns", true},
      {"/series/seconds/2/latency_ns/ack", "AAAA", "series.seconds[2].latency_ns.ack: the histogram is shorter than", true},
      {"/series/seconds/2/latency_ns/ack", most_samples, "series.seconds[2].latency_ns.ack: the histogram counts more samples",
       true},
      {"/series/seconds/2/latency_ns/ack", gone, "series: the histograms of its seconds do not add up to latency_ns.ack", true},
      {"/series/seconds/2/latency_ns", json::object(),
       "series: the histograms of its seconds do not add up to latency_ns.send_lag", true},
      {"/series/seconds/0/due", 1, "series: its seconds have 2701 due, and jobs has 3000", true},
      {"/series/seconds/0/sent", 1, "series: its seconds have ", true},
      {"/series/seconds/0/finished", 1, "series: its seconds have ", true},
      {"/series/seconds/0/failed", 1, "series: its seconds have ", true},
      {"/series/seconds", json::array(), "series: its seconds have 0 due, and jobs has 3000", true},
      {"/timelines/drawn/0/end_ns", "late", "timelines.drawn[0].end_ns: needs a whole number"},
      {"/timelines/drawn/0/end_ns", 0, "timelines.drawn[0]: ends before it was due", true},
      {"/timelines/drawn/0/arrival", good["timelines"]["drawn"][1]["arrival"], "timelines.drawn[0]: job", true},
      {"/complete", "yes", "complete: needs true or false"},
  };
  const procedura::testing::JsonSchema schema{json::parse(std::ifstream{BENCH_SCHEMA})};
  for (const Wrong& wrong : cases) {
    SCOPED_TRACE(wrong.at);
    json report = good;
    const json::json_pointer at{wrong.at};
    if (wrong.value.is_discarded()) {
      report[at.parent_pointer()].erase(at.back());
    } else {
      report[at] = wrong.value;
    }
    EXPECT_THAT(fault(report.dump()), ::testing::StartsWith(wrong.message));
    EXPECT_EQ(schema.problems(report).empty(), wrong.beyond_schema);
  }
}

TEST(ReadReport, DoesNotUnpackMoreThanARunHas) {
  Histogram wide;
  for (std::size_t i = 0; i <= Histogram::index_of(Histogram::highest_trackable); ++i) wide.add(i, 1);
  const std::string text = encode_hdr(wide);
  ASSERT_LT(text.size(), 300U);
  json report = json::parse(written(full_record({}, 100)));
  for (const std::string_view metric : metric_names) report["series"]["seconds"][0]["latency_ns"][std::string{metric}] = text;
  const json second = report["series"]["seconds"][0];
  const auto with = [&](int seconds) {
    report["series"]["seconds"] = json::array();
    for (int i = 0; i < seconds; ++i) report["series"]["seconds"].push_back(second);
    return fault(report.dump());
  };
  EXPECT_THAT(with(12), HasSubstr("its seconds have"));
  EXPECT_THAT(with(15), HasSubstr(": the histograms of the seconds unpack to more than a run has"));
}

TEST(ReadReport, RefusesWhatIsNoReport) {
  EXPECT_EQ(fault("{}"), "the report: has no \"format\"");
  EXPECT_EQ(fault("[]"), "the report: needs an object");
  EXPECT_THAT(fault(""), HasSubstr("no report: "));
  EXPECT_THAT(fault("{\"a\": \xff}"), HasSubstr("no report: "));
  EXPECT_THAT(fault(std::string(100'000, '[')), HasSubstr("nested too deep"));
  EXPECT_EQ(fault(R"({"format": 1e999})"), "no report: it has a number that is too large");
  EXPECT_THAT(fault(std::string((std::size_t{64} << 20U) + 1, ' ')), HasSubstr("larger than any"));
  const std::string text = written(full_record({}, 100));
  for (std::size_t length = 0; length + 2 < text.size(); length += 97) EXPECT_NE(fault(text.substr(0, length)), "");
}

// Every value in turn becomes some of these: the report is refused, or what is read writes a report that reads as the same, and
// all other forms of it. In parts, since the sanitizers make it a minute's work.
class ReadReportPart : public ::testing::TestWithParam<std::size_t> {};

TEST_P(ReadReportPart, SurvivesEveryMemberBeingAnything) {
  constexpr std::size_t parts = 4;
  const json good = json::parse(written(full_record({}, 40)));
  json flat = good.flatten();
  for (auto member = flat.begin(); member != flat.end();) {
    // What is in an array is alike: its first one is enough.
    const std::string& pointer = member.key();
    const std::size_t digit = pointer.find_first_of("123456789");
    const bool later = digit != std::string::npos && pointer[digit - 1] == '/';
    member = later ? flat.erase(member) : std::next(member);
  }
  const json others[] = {nullptr,       true,           0,     1, -1, 9'223'372'036'854'775'807, 0.5, "", "x",
                         json::array(), json::object(), {1, 2}};
  std::size_t refused = 0;
  std::size_t turn = 0;
  std::size_t number = 0;
  for (const auto& [pointer, value] : flat.items()) {
    if (number++ % parts != GetParam()) {
      turn += 4;
      continue;
    }
    for (int i = 0; i < 4; ++i) {
      const json& other = others[turn++ % std::size(others)];
      json report = good;
      report[json::json_pointer{pointer}] = other;
      const auto outcome = read_report(report.dump());
      const auto* run = std::get_if<RunRecord>(&outcome);
      if (run == nullptr) {
        ++refused;
        continue;
      }
      const std::string text = written(*run);
      ASSERT_EQ(written(read(text)), text) << pointer << " " << other;
      if (turn % 5 != 0) continue;  // pages take their time
      const Verdict verdict = judge(run->plan, run->result);
      ASSERT_NE(text_report(*run, verdict), "");
      ASSERT_NE(html_report(*run, verdict), "");
      ASSERT_NE(hdr_log(run->result.series, run->surroundings.started_at, run->plan.load.ramp + run->plan.load.warm_up), "");
    }
  }
  EXPECT_GT(flat.size(), 150U);
  EXPECT_GT(refused, flat.size() * 3 / 2 / parts);  // of four others for each member, hardly half fit as well
}
INSTANTIATE_TEST_SUITE_P(All, ReadReportPart, ::testing::Values(0, 1, 2, 3));

}  // namespace
}  // namespace procedura::bench
