// Reports as they are shown, from one run made by hand. Most of it is in golden/.
#include "golden.hpp"
#include "sample_report.hpp"

#include <procedura/conformance/mapping.hpp>
#include <procedura/conformance/render.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>
#include <sstream>

namespace procedura::conformance::testing {
namespace {

using procedura::testing::expect_golden;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Text, begins_with_what_was_judged_and_shows_the_evidence) {
  const std::string text = render_text(sample_report());
  EXPECT_THAT(text, StartsWith("6 of 8 applicable clauses judged; 2 not, because\n"));
  expect_golden("report.txt", text);
}

TEST(Text, is_coloured_when_asked_and_only_by_us) {
  const std::string text = render_text(sample_report(), {.colour = true});
  EXPECT_THAT(text, HasSubstr("\x1b[32mPASS"));
  EXPECT_THAT(text, HasSubstr("\x1b[1;31mFAIL"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b[31m<&>")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b[2Jagent")));
}

TEST(Text, shows_every_check_when_verbose) {
  const std::string text = render_text(sample_report(), {.verbose = true});
  EXPECT_THAT(text, HasSubstr("            PASS ack\n"));
  EXPECT_THAT(text, HasSubstr("            N/A ours: the profile does not declare REQ-6\n"));
}

// What is to be pasted stays whole: a wrapped command is none.
TEST(Text, fits_a_narrow_terminal) {
  std::istringstream text{render_text(sample_report(), {.columns = 60})};
  for (std::string line; std::getline(text, line);) {
    const bool pasted = line.rfind("    ", 0) == 0 || line.rfind("  again", 0) == 0;
    EXPECT_TRUE(pasted || line.size() <= 60) << line;
  }
  expect_golden("report-60-columns.txt", render_text(sample_report(), {.columns = 60}));
  EXPECT_EQ(render_text(sample_report(), {.columns = 20}), render_text(sample_report())) << "too narrow to wrap";
}

TEST(Text, says_why_a_run_is_worth_nothing) {
  RunReport report = sample_report();
  report.reached = false;
  EXPECT_THAT(render_text(report), HasSubstr("nobody answered at ws://127.0.0.1:8765/\n"));
}

TEST(Text, shortens_long_transcripts) {
  RunReport report = sample_report();
  report.cases[1].transcript.assign(1000, {Entry::Kind::received, 1, {}, "{}"});
  const std::string text = render_text(report);
  EXPECT_THAT(text, HasSubstr("    ... 920 more ...\n"));
  EXPECT_LT(text.size(), 12'000U);
}

TEST(Text, repeats_by_hand_no_more_than_a_hand_would) {
  RunReport report = sample_report();
  report.cases[1].transcript.assign(50, {Entry::Kind::sent, 1, {}, "{}"});
  const std::string text = render_text(report);
  EXPECT_THAT(text, HasSubstr("    # ... and 30 more\n"));
}

TEST(Text, puts_what_no_word_can_hold_into_a_comment) {
  RunReport report = sample_report();
  report.cases[1].transcript = {{Entry::Kind::sent, 1, {}, std::string{"a\0b", 3}},
                                {Entry::Kind::sent_raw, 1, {}, "binary message: \xff"},
                                {Entry::Kind::sent_raw, 1, {}, "text message: not\x01json"},
                                {Entry::Kind::sent, 1, {}, "{\"id\": \xe2\x80\xa6 (5000 bytes in all)"}};
  const std::string text = render_text(report);
  EXPECT_THAT(text, HasSubstr("    # a\\x00b\n"));
  EXPECT_THAT(text, HasSubstr("    # binary message: \\xff\n"));
  EXPECT_THAT(text, HasSubstr("    say $'not\\x01json'\n"));
  EXPECT_THAT(text, HasSubstr("    # {\"id\": \xe2\x80\xa6 (5000 bytes in all)\n"));
}

TEST(Text, speaks_tls_by_hand_where_the_agent_does) {
  RunReport report = sample_report();
  report.url = "wss://agent.example.org/";
  EXPECT_THAT(render_text(report), HasSubstr("openssl s_client -quiet -connect 'agent.example.org:443'"));
  report.subject = Subject::client;
  EXPECT_THAT(render_text(report), Not(HasSubstr("by hand")));
}

TEST(JUnit, holds_what_xml_can_hold) {
  expect_golden("report.xml", render_junit(sample_report()));
}

TEST(JUnit, calls_our_own_faults_errors) {
  RunReport report = sample_report();
  report.cases[0].checks[0].outcome = Outcome::harness;
  EXPECT_THAT(render_junit(report), HasSubstr("<error message=\"HARNESS SYN-1 (MUST, documented): \">"));
  report.discrepancies = {"a/b:c was declared and did not report"};
  EXPECT_THAT(render_junit(report), HasSubstr("<error message=\"a/b:c was declared and did not report\"/>"));
}

// A server that reads this file alone must not show green where the program exits with something else.
TEST(JUnit, is_red_whenever_the_exit_code_is) {
  const auto red = [](const RunReport& report) {
    const std::string xml = render_junit(report);
    return xml.find("<failure") != std::string::npos || xml.find("<error") != std::string::npos;
  };
  RunReport report = sample_report();
  for (CaseResult& result : report.cases) {
    for (CheckResult& check : result.checks) {
      check.outcome = Outcome::pass;
    }
  }
  report.baseline.clear();
  ASSERT_EQ(exit_code(report), 0);
  EXPECT_FALSE(red(report));
  const auto when = [&](auto change) {
    RunReport changed = report;
    change(changed);
    EXPECT_NE(exit_code(changed), 0);
    EXPECT_TRUE(red(changed)) << exit_reason(changed);
  };
  when([](RunReport& r) { r.interrupted = true; });
  when([](RunReport& r) { r.out_of_time = true; });
  when([](RunReport& r) { r.reached = false; });
  when([](RunReport& r) { r.discrepancies = {"x"}; });
  when([](RunReport& r) { r.baseline = {{BaselineUse::Kind::stale, {}}}; });
  when([](RunReport& r) { r.baseline = {{BaselineUse::Kind::expired, {}}}; });
  when([](RunReport& r) { r.cases.clear(); });
  when([](RunReport& r) { r.cases[0].checks[0].outcome = Outcome::harness; });
  when([](RunReport& r) { r.cases[0].checks[0].outcome = Outcome::fail; });
}

TEST(Json, has_each_check_with_its_clause) {
  const std::string text = render_json(sample_report());
  const auto report = nlohmann::json::parse(text);
  EXPECT_EQ(report["exit_code"], 1);
  ASSERT_EQ(report["checks"].size(), 11U);
  const auto& early = report["checks"][3];
  EXPECT_EQ(early["id"], "async/bad:early");
  EXPECT_EQ(early["clause"], "SYN-4");
  EXPECT_EQ(early["level"], "SHOULD");
  EXPECT_EQ(early["source"], "O");
  EXPECT_EQ(early["outcome"], "WARN");
  EXPECT_EQ(early["came"], "late");
  // The clauses' own sentences are no part of what is tested here, and grow.
  auto shown = nlohmann::ordered_json::parse(text);
  shown.erase("mapping");
  expect_golden("report.json", shown.dump(2) + "\n");
}

TEST(Json, maps_every_clause_of_the_subject) {
  const auto report = nlohmann::json::parse(render_json(sample_report()));
  std::set<std::string> ids;
  for (const auto& clause : report["mapping"]) {
    ids.insert(clause["id"]);
    EXPECT_EQ(clause["checks"].empty(), clause.contains("excluded"));
  }
  for (const Clause& clause : clauses()) {
    EXPECT_EQ(ids.contains(std::string{clause.id}), clause.binds(Subject::agent)) << clause.id;
  }
}

TEST(List, shows_cases_and_clauses) {
  const Proofs proofs = {{"sync/good:ack", {"no-ack", "late-ack"}}};
  expect_golden("list.txt", list_text(sample_registry(), proofs));
  expect_golden("list-verbose.txt", list_text(sample_registry(), proofs, true));
  const auto list = nlohmann::json::parse(list_json(sample_registry(), {}, proofs));
  ASSERT_EQ(list["cases"].size(), 5U);
  EXPECT_EQ(list["cases"][1]["checks"][1]["id"], "async/bad:early");
  EXPECT_EQ(list["cases"][0]["checks"][0]["proven_by"], (nlohmann::json{"no-ack", "late-ack"}));
  EXPECT_EQ(list["cases"][4]["checks"][2]["unproven"], "only its author could break it");
  EXPECT_EQ(list["clauses"].size(), clauses().size());
}

TEST(Mapping, says_which_checks_hold_a_clause) {
  const auto mapping = mapping_of(sample_registry(), Subject::agent);
  std::string found;
  for (const ClauseMapping& entry : mapping) {
    EXPECT_TRUE(entry.clause->binds(Subject::agent));
    if (entry.clause->id == "ASY-1") {
      for (const std::string& id : entry.checks) {
        found += id + " ";
      }
    }
  }
  EXPECT_EQ(found, "async/bad:started errors/alike:started ");
  EXPECT_THAT(render_markdown(mapping), HasSubstr("| ASY-1 | MUST | D | `async/bad:started` `errors/alike:started` |\n"));
  EXPECT_THAT(render_text(mapping), HasSubstr("CON-8   MAY     X   none: "));
}

TEST(Mapping, lint_wants_a_check_or_a_reason_and_not_both) {
  const Clause& clause = clauses().front();
  EXPECT_TRUE(lint({{&clause, {"a/b:c"}, ""}, {&clause, {}, "a reason"}}).empty());
  EXPECT_EQ(lint({{&clause, {}, ""}, {&clause, {"a/b:c"}, "a reason"}}).size(), 2U);
}

}  // namespace
}  // namespace procedura::conformance::testing
