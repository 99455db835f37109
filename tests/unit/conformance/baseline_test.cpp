#include <procedura/conformance/baseline.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace procedura::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* today = "2026-11-23";

const Registry& registry() {
  static const Registry all = {{.id = "one/first",
                                .title = "t",
                                .needs = {},
                                .after = {},
                                .checks = {{"must", "SYN-1", Source::documented, "right"},
                                           {"should", "SYN-4", Source::observed, "right"},
                                           {"may", "AUT-3", Source::documented, "right"}},
                                .run = {}},
                               {.id = "one/second",
                                .title = "t",
                                .needs = {},
                                .after = {},
                                .checks = {{"must", "SYN-1", Source::documented, "right"}},
                                .run = {}}};
  return all;
}

BaselineEntry entry(Excuse::Kind kind, const std::string& pattern, const std::string& expires = "2026-12-31") {
  return {{kind, pattern, "a reason", "", expires}, pattern.find(':') == std::string::npos};
}

RunReport report_with(std::initializer_list<std::pair<const char*, Outcome>> outcomes) {
  RunReport report;
  report.reached = true;
  for (const CaseSpec& spec : registry()) {
    CaseResult result;
    result.spec = &spec;
    for (const CheckSpec& check : spec.checks) {
      Outcome outcome = Outcome::pass;
      for (const auto& [id, wanted] : outcomes) {
        outcome = full_id(spec, check) == id ? wanted : outcome;
      }
      result.checks.push_back({&check, outcome, "why"});
    }
    report.cases.push_back(std::move(result));
  }
  return report;
}

const CheckResult& check_of(const RunReport& report, std::string_view id) {
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      if (full_id(*result.spec, *check.check) == id) {
        return check;
      }
    }
  }
  throw std::logic_error("no such check");
}

// Every outcome, at every level, lenient and strict, under each kind of entry and under none: what it becomes, what becomes of
// the entry, and the exit code.
TEST(Baseline, weighs_every_outcome) {
  constexpr std::array all = {Outcome::pass,       Outcome::fail,           Outcome::warn,   Outcome::info,
                              Outcome::untestable, Outcome::not_applicable, Outcome::harness};
  for (const Outcome outcome : all) {
    for (const char* id : {"one/first:must", "one/first:should", "one/first:may"}) {
      for (const bool strict : {false, true}) {
        const Level binding = check_of(report_with({}), id).check->binding();
        const bool bad = outcome == Outcome::fail || outcome == Outcome::warn || outcome == Outcome::untestable;
        const bool good = outcome == Outcome::pass || outcome == Outcome::info;
        const int bare = outcome == Outcome::harness ? 70 : weighs(outcome, binding, strict) ? 1 : 0;
        const auto told = [&](int kind, const char* expires = "2026-12-31") {
          RunReport report = report_with({{id, outcome}});
          report.strict = strict;
          if (kind >= 0) {
            apply_baseline(report, {entry(static_cast<Excuse::Kind>(kind), id, expires)}, today);
          }
          return report;
        };
        SCOPED_TRACE(std::string{id} + " " + std::string{to_string(outcome)} + (strict ? " strict" : ""));

        EXPECT_EQ(exit_code(told(-1)), bare);

        const RunReport failing = told(static_cast<int>(Excuse::Kind::failing));
        const CheckResult& known = check_of(failing, id);
        EXPECT_EQ(known.outcome, bad ? Outcome::expected_failure : good ? Outcome::unexpected_pass : outcome);
        EXPECT_EQ(known.bare(), outcome);
        EXPECT_EQ(known.excuse.has_value(), bad || good);
        EXPECT_EQ(failing.baseline.at(0).kind, bad    ? BaselineUse::Kind::used
                                               : good ? BaselineUse::Kind::stale
                                                      : BaselineUse::Kind::unused);
        EXPECT_EQ(exit_code(failing), bad ? 0 : good ? 1 : bare);

        const RunReport flaky = told(static_cast<int>(Excuse::Kind::flaky));
        EXPECT_EQ(check_of(flaky, id).outcome, bad ? Outcome::expected_failure : outcome);
        EXPECT_EQ(check_of(flaky, id).excuse.has_value(), bad || good);
        EXPECT_EQ(flaky.baseline.at(0).kind, bad || good ? BaselineUse::Kind::used : BaselineUse::Kind::unused);
        EXPECT_EQ(exit_code(flaky), bad || good ? 0 : bare);

        for (const auto kind : {Excuse::Kind::failing, Excuse::Kind::flaky}) {
          const RunReport expired = told(static_cast<int>(kind), "2026-11-22");
          EXPECT_EQ(check_of(expired, id).outcome, outcome);
          EXPECT_EQ(expired.baseline.at(0).kind, BaselineUse::Kind::expired);
          EXPECT_EQ(exit_code(expired), outcome == Outcome::harness ? 70 : 1);
        }
      }
    }
  }
}

TEST(Baseline, holds_through_the_day_on_which_it_expires) {
  for (const auto& [expires, kind] :
       {std::pair{"2026-11-23", BaselineUse::Kind::used}, std::pair{"2026-11-22", BaselineUse::Kind::expired},
        std::pair{"2025-12-31", BaselineUse::Kind::expired}}) {
    RunReport report = report_with({{"one/first:must", Outcome::fail}});
    apply_baseline(report, {entry(Excuse::Kind::failing, "one/first:must", expires)}, today);
    EXPECT_EQ(report.baseline.at(0).kind, kind) << expires;
  }
}

TEST(Baseline, of_a_case_wants_one_of_its_checks_to_fail) {
  RunReport report = report_with({{"one/first:should", Outcome::warn}});
  apply_baseline(report, {entry(Excuse::Kind::failing, "one/first")}, today);
  EXPECT_EQ(check_of(report, "one/first:should").outcome, Outcome::expected_failure);
  EXPECT_EQ(check_of(report, "one/first:must").outcome, Outcome::pass);
  EXPECT_EQ(exit_code(report), 0);

  report = report_with({});
  apply_baseline(report, {entry(Excuse::Kind::failing, "one/first")}, today);
  EXPECT_EQ(check_of(report, "one/first:must").outcome, Outcome::unexpected_pass);
  EXPECT_EQ(report.baseline.at(0).kind, BaselineUse::Kind::stale);
}

TEST(Baseline, of_a_pattern_is_stale_as_soon_as_one_match_does_not_fail) {
  RunReport report = report_with({{"one/first:must", Outcome::fail}});
  apply_baseline(report, {entry(Excuse::Kind::failing, "one/*:must")}, today);
  EXPECT_EQ(check_of(report, "one/first:must").outcome, Outcome::expected_failure);
  EXPECT_EQ(check_of(report, "one/second:must").outcome, Outcome::unexpected_pass);
  EXPECT_EQ(report.baseline.at(0).kind, BaselineUse::Kind::stale);
  EXPECT_EQ(exit_code(report), 1);
}

TEST(Baseline, of_checks_wants_each_of_them_to_fail_also_within_one_case) {
  RunReport report = report_with({{"one/first:must", Outcome::fail}});
  apply_baseline(report, {entry(Excuse::Kind::failing, "one/first:*")}, today);
  EXPECT_EQ(check_of(report, "one/first:must").outcome, Outcome::expected_failure);
  EXPECT_EQ(check_of(report, "one/first:should").outcome, Outcome::unexpected_pass);
}

TEST(Baseline, does_not_hide_what_was_never_reached) {
  RunReport report = report_with({{"one/second:must", Outcome::untestable}});
  report.cases[1].checks[0].came = "not reached: the run was interrupted";
  apply_baseline(report, {entry(Excuse::Kind::failing, "one/second:must")}, today);
  EXPECT_EQ(check_of(report, "one/second:must").outcome, Outcome::untestable);
  EXPECT_EQ(report.baseline.at(0).kind, BaselineUse::Kind::unused);
}

TEST(Baseline, is_read) {
  const auto parsed = parse_baseline(
      R"({"$schema": "x", "entries": [{"case": "one/**", "reason": "r", "issue": "#1", "expires": "2028-02-29"},
                                      {"check": "**:must", "reason": "r", "expires": "2026-12-31"}]})",
      Excuse::Kind::flaky, registry());
  const auto* baseline = std::get_if<Baseline>(&parsed);
  ASSERT_NE(baseline, nullptr);
  ASSERT_EQ(baseline->size(), 2U);
  EXPECT_EQ((*baseline)[0].excuse.issue, "#1");
  EXPECT_EQ((*baseline)[0].excuse.kind, Excuse::Kind::flaky);
  EXPECT_TRUE((*baseline)[0].whole_case);
  EXPECT_FALSE((*baseline)[1].whole_case);
  EXPECT_TRUE((*baseline)[1].covers(registry()[0], registry()[0].checks[0]));
  EXPECT_FALSE((*baseline)[1].covers(registry()[0], registry()[0].checks[1]));
  EXPECT_EQ(overlaps(*baseline, registry()).size(), 2U);
}

std::vector<std::string> problems_of(std::string_view text) {
  const auto parsed = parse_baseline(text, Excuse::Kind::failing, registry());
  std::vector<std::string> out;
  if (const auto* problems = std::get_if<std::vector<ProfileProblem>>(&parsed)) {
    for (const auto& [pointer, message] : *problems) {
      out.push_back(pointer + ": " + message);
    }
  }
  return out;
}

TEST(Baseline, that_is_malformed_is_told_whole) {
  EXPECT_THAT(problems_of(R"({"entries": []})"), IsEmpty());
  EXPECT_THAT(problems_of("{"), ElementsAre(::testing::StartsWith(": not valid JSON at byte")));
  EXPECT_THAT(problems_of("[]"), ElementsAre(": expected an object, found an array"));
  EXPECT_THAT(problems_of("{}"), ElementsAre(": the member \"entries\" (an array) is missing"));
  EXPECT_THAT(problems_of(std::string(100'000, '[')), ElementsAre(::testing::StartsWith(": not valid JSON")));
  const std::string rest = R"("reason": "r", "expires": "2026-12-31"})";
  EXPECT_THAT(problems_of(R"({"entries": [{"case": "one/first", "check": "one/first:must", )" + rest + "]}"),
              ElementsAre("/entries/0: has both \"case\" and \"check\": an entry has one of them"));
  EXPECT_THAT(problems_of(R"({"entries": [{)" + rest + "]}"),
              ElementsAre("/entries/0: lacks \"case\" (area/slug) or \"check\" (area/slug:check)"));
  EXPECT_THAT(problems_of(R"({"entries": [{"case": "one/first:must", )" + rest + "]}"),
              ElementsAre("/entries/0/case: names a check: write \"check\" instead of \"case\""));
  for (const std::string check : {"one/first", "one/first:must:must"}) {
    EXPECT_THAT(problems_of(R"({"entries": [{"check": ")" + check + R"(", )" + rest + "]}"),
                ElementsAre("/entries/0/check: names no one check; expected area/slug:check, with * and ** where wanted"));
  }
  for (const std::string check : {"two/*:must", "one/first:nothing", "one:must"}) {
    EXPECT_THAT(problems_of(R"({"entries": [{"check": ")" + check + R"(", )" + rest + "]}"),
                ElementsAre("/entries/0/check: " + check +
                            " matches nothing; `procedura-conformance list` shows all cases and checks"));
  }
  for (const std::string day :
       {"2026-02-29", "2026-13-01", "2026-00-01", "2026-1-01", "tomorrow!!", "2026-11-3x", "2026/11/30", "20261130"}) {
    EXPECT_THAT(problems_of(R"({"entries": [{"case": "one/first", "reason": "r", "expires": ")" + day + R"("}]})"),
                ElementsAre("/entries/0/expires: expected a day as YYYY-MM-DD, found " + day));
  }
  EXPECT_EQ(problems_of(R"({"entry": 1, "entries": [7, {"case": 7, "reson": "r"}]})").size(), 6U);
}

}  // namespace
}  // namespace procedura::conformance
