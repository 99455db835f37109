#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/report.hpp>

#include <gtest/gtest.h>

namespace procedura::conformance {
namespace {

// D and R as written, O at most a SHOULD, X as written.
TEST(Severity, is_decided_by_level_and_source) {
  struct Row {
    Level level;
    Source source;
    Level binding;
  };
  const Row rows[] = {
      {Level::must, Source::documented, Level::must},     {Level::must, Source::rfc, Level::must},
      {Level::must, Source::observed, Level::should},     {Level::must, Source::ours, Level::must},
      {Level::should, Source::documented, Level::should}, {Level::should, Source::rfc, Level::should},
      {Level::should, Source::observed, Level::should},   {Level::should, Source::ours, Level::should},
      {Level::may, Source::documented, Level::may},       {Level::may, Source::rfc, Level::may},
      {Level::may, Source::observed, Level::may},         {Level::may, Source::ours, Level::may},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(binding_level(row.level, row.source), row.binding) << to_string(row.level) << " " << to_string(row.source);
  }
}

TEST(Severity, makes_outcomes_of_findings) {
  using Kind = Finding::Kind;
  for (const Level level : {Level::must, Level::should, Level::may}) {
    EXPECT_EQ(weigh(Kind::kept, level), Outcome::pass);
    EXPECT_EQ(weigh(Kind::note, level), Outcome::info);
    EXPECT_EQ(weigh(Kind::untestable, level), Outcome::untestable);
    EXPECT_EQ(weigh(Kind::harness, level), Outcome::harness);
  }
  EXPECT_EQ(weigh(Kind::broken, Level::must), Outcome::fail);
  EXPECT_EQ(weigh(Kind::broken, Level::should), Outcome::warn);
  EXPECT_EQ(weigh(Kind::broken, Level::may), Outcome::info);
}

/// One case with one check of each clause given.
struct Sample {
  CaseSpec spec{.id = "area/slug", .title = "a case", .needs = {}, .after = {}, .checks = {}, .run = {}};
  RunReport report;

  Sample() { report.reached = true; }

  Sample& with(CheckSpec check, std::initializer_list<Outcome> outcomes) {
    specs.push_back(std::make_unique<CheckSpec>(check));
    CaseResult result;
    result.spec = &spec;
    for (const Outcome outcome : outcomes) {
      result.checks.push_back({specs.back().get(), outcome, "why"});
    }
    report.cases.push_back(std::move(result));
    return *this;
  }

  std::vector<std::unique_ptr<CheckSpec>> specs;
};

constexpr CheckSpec must{"m", "SYN-1", Source::documented, "right"};
constexpr CheckSpec should{"s", "SYN-4", Source::observed, "right"};
constexpr CheckSpec may{"y", "AUT-3", Source::documented, "right"};

TEST(ExitCode, says_what_became_of_the_run) {
  struct Row {
    CheckSpec check;
    Outcome outcome;
    int lenient;
    int strict;
  };
  const Row rows[] = {
      {must, Outcome::pass, 0, 0},        {must, Outcome::info, 0, 0},         {must, Outcome::fail, 1, 1},
      {must, Outcome::warn, 0, 1},        {must, Outcome::untestable, 1, 1},   {must, Outcome::harness, 70, 70},
      {should, Outcome::warn, 0, 1},      {should, Outcome::untestable, 0, 1}, {should, Outcome::pass, 0, 0},
      {may, Outcome::untestable, 0, 0},   {may, Outcome::info, 0, 0},          {must, Outcome::not_applicable, 0, 0},
      {should, Outcome::harness, 70, 70},
  };
  for (const Row& row : rows) {
    // A PASS beside it: alone, N/A is nothing judged.
    Sample sample;
    sample.with(row.check, {row.outcome, Outcome::pass});
    EXPECT_EQ(exit_code(sample.report), row.lenient) << to_string(row.outcome);
    sample.report.strict = true;
    EXPECT_EQ(exit_code(sample.report), row.strict) << to_string(row.outcome);
  }
}

TEST(ExitCode, is_1_for_a_run_that_was_cut_short_and_for_a_baseline_that_no_longer_holds) {
  const auto code_when = [](auto change) {
    Sample sample;
    sample.with(must, {Outcome::pass});
    change(sample.report);
    return exit_code(sample.report);
  };
  EXPECT_EQ(code_when([](RunReport&) {}), 0);
  EXPECT_EQ(code_when([](RunReport& report) { report.out_of_time = true; }), 1);
  EXPECT_EQ(code_when([](RunReport& report) { report.interrupted = true; }), 1);
  using Use = BaselineUse::Kind;
  for (const auto& [use, code] : {std::pair{Use::used, 0}, {Use::unused, 0}, {Use::stale, 1}, {Use::expired, 1}}) {
    EXPECT_EQ(code_when([use = use](RunReport& report) { report.baseline = {{use, {}}}; }), code) << to_string(use);
  }
  EXPECT_EQ(code_when([](RunReport& report) { report.discrepancies = {"one check is missing"}; }), 70);
}

TEST(Discrepancies, are_between_what_was_declared_and_what_reported) {
  const CaseSpec spec{.id = "area/slug", .title = "t", .needs = {}, .after = {}, .checks = {must, should}, .run = {}};
  CaseResult result;
  result.spec = &spec;
  result.checks = {{&spec.checks[0]}, {&spec.checks[1]}};
  EXPECT_TRUE(discrepancies_of({result}, {&spec}).empty());
  EXPECT_EQ(discrepancies_of({}, {&spec}), (std::vector<std::string>{"area/slug:m was declared and did not report",
                                                                     "area/slug:s was declared and did not report"}));
  EXPECT_EQ(discrepancies_of({result}, {}).size(), 2U);
  result.checks[1].check = &spec.checks[0];
  EXPECT_EQ(discrepancies_of({result}, {&spec}),
            (std::vector<std::string>{"area/slug:m reported more often than it was declared",
                                      "area/slug:s was declared and did not report"}));
}

TEST(ExitCode, tells_a_run_that_judged_nothing) {
  Sample sample;
  sample.with(must, {Outcome::not_applicable});
  EXPECT_EQ(exit_code(sample.report), 3);
  EXPECT_NE(exit_reason(sample.report).find("nothing was judged"), std::string::npos);
}

TEST(ExitCode, tells_an_absent_agent_from_a_bad_one) {
  Sample sample;
  sample.with(must, {Outcome::untestable});
  EXPECT_EQ(exit_code(sample.report), 1);
  sample.report.reached = false;
  EXPECT_EQ(exit_code(sample.report), 3);
  sample.with(must, {Outcome::harness});
  EXPECT_EQ(exit_code(sample.report), 70) << "our own fault goes before all";
}

TEST(Coverage, counts_the_clauses_that_apply_and_says_why_others_were_not_judged) {
  Sample sample;
  sample.with(must, {Outcome::fail}).with(should, {Outcome::untestable}).with(may, {Outcome::not_applicable});
  Profile profile;
  const Registry registry = {{.id = "area/all",
                              .title = "all",
                              .needs = {},
                              .after = {},
                              .checks = {must, should, may, {"o", "ORD-1", Source::documented, "right"}},
                              .run = {}}};
  const Coverage coverage = coverage_of(sample.report.cases, registry, profile.offering(), Subject::agent);
  std::size_t expected = 0;
  for (const Clause& clause : clauses()) {
    expected += clause.binds(Subject::agent) && !clause.only_ours() ? 1U : 0U;
  }
  EXPECT_EQ(coverage.applicable, expected);
  EXPECT_EQ(coverage.judged, 1U);
  const auto gap = [&coverage](std::string_view clause) -> std::string {
    for (const auto& [why, ids] : coverage.gaps) {
      if (std::find(ids.begin(), ids.end(), clause) != ids.end()) {
        return why;
      }
    }
    return "";
  };
  EXPECT_EQ(gap("SYN-1"), "");
  EXPECT_EQ(gap("SYN-4"), "why");
  EXPECT_EQ(gap("ORD-1"), "not selected");
  EXPECT_EQ(gap("CON-3"), "no case yet");
  EXPECT_EQ(gap("REQ-6"), "") << "ours alone, and not declared: it does not apply";

  profile.declares = {"REQ-6"};
  EXPECT_EQ(coverage_of(sample.report.cases, registry, profile.offering(), Subject::agent).applicable, expected + 1);
}

TEST(Coverage, takes_a_clause_for_judged_if_one_of_its_checks_was) {
  for (const auto& order : {std::pair{Outcome::untestable, Outcome::pass}, std::pair{Outcome::pass, Outcome::untestable}}) {
    Sample sample;
    sample.with(must, {order.first, order.second});
    EXPECT_EQ(coverage_of(sample.report.cases, {}, {}, Subject::agent).judged, 1U);
  }
}

}  // namespace
}  // namespace procedura::conformance
