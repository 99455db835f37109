#include <procedura/conformance/report.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Registry& registry() {
  static const Registry all = [] {
    Registry made;
    for (const char* id : {"a/one", "a/two", "a/three", "a/four"}) {
      made.push_back({.id = id,
                      .title = "t",
                      .needs = {},
                      .after = {},
                      .checks = {{"x", "SYN-1", Source::documented, "right"}, {"y", "ASY-1", Source::documented, "right"}},
                      .run = {}});
    }
    return made;
  }();
  return all;
}

struct Came {
  Outcome x;
  const char* because_x;
  Outcome y;
  const char* because_y;
  bool ran = true;
};

/// "FAIL why: a/one:x a/two:x | a/three"
std::vector<std::string> causes(const std::vector<Came>& cases) {
  RunReport report;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CaseResult result;
    result.spec = &registry()[i];
    result.ran = cases[i].ran;
    result.checks = {{&result.spec->checks[0], cases[i].x, cases[i].because_x},
                     {&result.spec->checks[1], cases[i].y, cases[i].because_y}};
    report.cases.push_back(std::move(result));
  }
  std::vector<std::string> out;
  for (const RootCause& cause : root_causes(report)) {
    std::string line = std::string{to_string(cause.outcome())} + " " + cause.why + ":";
    for (const auto& [result, check] : cause.hits) {
      line += " " + full_id(*result->spec, *check->check);
    }
    line += cause.blocked.empty() ? "" : " |";
    for (const CaseResult* result : cause.blocked) {
      line += " " + std::string{result->spec->id};
    }
    out.push_back(std::move(line));
  }
  return out;
}

constexpr Outcome pass = Outcome::pass;
constexpr Outcome fail = Outcome::fail;
constexpr Outcome untestable = Outcome::untestable;

TEST(RootCauses, are_none_where_nothing_is_wrong) {
  EXPECT_THAT(causes({}), IsEmpty());
  EXPECT_THAT(
      causes({{pass, "", Outcome::info, "a fact"}, {Outcome::not_applicable, "no", Outcome::expected_failure, "known"}}),
      IsEmpty());
  EXPECT_THAT(causes({{Outcome::unexpected_pass, "", pass, ""}}), IsEmpty()) << "that is the baseline's own news";
}

TEST(RootCauses, are_told_apart_by_clause_and_by_what_came) {
  EXPECT_THAT(causes({{fail, "finished", fail, "finished"}, {fail, "finished", fail, "error"}}),
              ElementsAre("FAIL finished: a/one:x a/two:x", "FAIL finished: a/one:y", "FAIL error: a/two:y"));
}

TEST(RootCauses, look_past_numbers) {
  EXPECT_THAT(causes({{fail, "started, 3 x running", pass, ""}, {fail, "started, 14 x running", pass, ""}}),
              ElementsAre("FAIL started, 3 x running: a/one:x a/two:x"));
}

// Silence and a lost connection are one fault, whichever clause meets them.
TEST(RootCauses, are_one_where_the_agent_broke_down) {
  EXPECT_THAT(causes({{fail, "ack, then nothing for 5.0 s", fail, "nothing for 0.3 s"},
                      {pass, "", fail, "started, then nothing for 5.0 s"}}),
              ElementsAre("FAIL ack, then nothing for 5.0 s: a/one:x a/one:y a/two:y"));
  EXPECT_THAT(causes({{fail, "the agent closed with 1011 (gone)", pass, ""},
                      {pass, "", fail, "ack, then the agent closed with 1011 (gone)"}}),
              ElementsAre("FAIL the agent closed with 1011 (gone): a/one:x a/two:y"));
}

TEST(RootCauses, have_with_them_what_they_keep_from_being_judged) {
  const char* needs = "needs a/one:x, which is FAIL";
  EXPECT_THAT(causes({{fail, "no token", pass, ""},
                      {untestable, needs, untestable, needs, false},
                      {untestable, needs, Outcome::not_applicable, "", false}}),
              ElementsAre("FAIL no token: a/one:x | a/two a/three"));
}

TEST(RootCauses, of_what_was_never_begun_are_its_reasons) {
  const char* needs = "needs a/one:x, which is XFAIL";
  const char* time = "not reached: the run's time was over (--max-time)";
  EXPECT_THAT(
      causes({{Outcome::expected_failure, "known", pass, ""},
              {untestable, needs, untestable, needs, false},
              {untestable, time, untestable, time, false},
              {untestable, time, untestable, time, false}}),
      ElementsAre(std::string{"UNTESTABLE "} + time + ": | a/three a/four", std::string{"UNTESTABLE "} + needs + ": | a/two"))
      << "what keeps more from being judged comes first";
}

TEST(RootCauses, come_with_the_worst_first) {
  EXPECT_THAT(causes({{Outcome::warn, "w", untestable, "u"}, {fail, "f", Outcome::harness, "h"}}),
              ElementsAre("HARNESS h: a/two:y", "FAIL f: a/two:x", "UNTESTABLE u: a/one:y", "WARN w: a/one:x"));
}

TEST(RootCauses, show_a_harness_fault_of_a_case_that_never_ran) {
  const char* why = "its prerequisites wait for each other";
  EXPECT_THAT(causes({{Outcome::harness, why, pass, "", false}}), ElementsAre(std::string{"HARNESS "} + why + ": a/one:x"));
}

}  // namespace
}  // namespace procedura::conformance
