// What a run writes for programs, against its published schema, read again, and compared.
#include "sample_report.hpp"
#include "schema.hpp"

#include <procedura/conformance/baseline.hpp>
#include <procedura/conformance/render.hpp>
#include <procedura/conformance/results.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>

namespace procedura::conformance::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Results, are_of_their_schema) {
  EXPECT_EQ(by_schema("results.schema.json", render_json(sample_report())), "");
  RunReport empty;
  empty.registry_hash = std::string(16, '0');
  empty.profile_hash = empty.registry_hash;
  EXPECT_EQ(by_schema("results.schema.json", render_json(empty)), "");
}

// A schema that takes everything proves nothing: without any one of its members a report is none.
TEST(Results, that_lack_anything_are_not) {
  const json good = json::parse(render_json(sample_report()));
  for (const auto& [key, value] : good.items()) {
    json bad = good;
    bad.erase(key);
    EXPECT_NE(by_schema("results.schema.json", bad.dump()), "") << key;
  }
  for (const char* list : {"checks", "cases", "causes", "mapping", "baseline"}) {
    for (const auto& [key, value] : good[list][0].items()) {
      if (key == "issue" || key == "was" || key == "excluded") {
        continue;
      }
      json bad = good;
      bad[list][0].erase(key);
      EXPECT_NE(by_schema("results.schema.json", bad.dump()), "") << list << " " << key;
    }
  }
  json bad = good;
  bad["checks"][0]["outcome"] = "OK";
  EXPECT_NE(by_schema("results.schema.json", bad.dump()), "");
}

// What the schema of baselines refuses, the reader refuses too; it alone knows which cases there are and which days.
TEST(Results, baseline_schema_and_reader_agree) {
  const auto takes = [](const std::string& text) {
    return std::holds_alternative<Baseline>(parse_baseline(text, Excuse::Kind::failing, sample_registry()));
  };
  const std::string entry = R"("reason":"r","expires":"2026-12-31")";
  for (const std::string& good :
       {std::string{R"({"entries":[]})"}, R"({"$schema":"x","entries":[{"case":"sync/good","issue":"#1",)" + entry + "}]}",
        R"({"entries":[{"check":"**:ack",)" + entry + "}]}"}) {
    EXPECT_EQ(by_schema("baseline.schema.json", good), "") << good;
    EXPECT_TRUE(takes(good)) << good;
  }
  for (const std::string& bad :
       {std::string{"[]"}, std::string{"{}"}, std::string{R"({"entries":{}})"}, std::string{R"({"entries":[7]})"},
        R"({"entries":[{)" + entry + "}]}", R"({"entries":[{"case":"sync/good","check":"**:ack",)" + entry + "}]}",
        R"({"entries":[{"case":"",)" + entry + "}]}", R"({"entries":[{"case":"sync/good","until":"",)" + entry + "}]}",
        std::string{R"({"entries":[{"case":"sync/good","reason":"r"}]})"},
        std::string{R"({"entries":[{"case":"sync/good","expires":"2026-12-31"}]})"},
        std::string{R"({"entries":[{"case":"sync/good","reason":"r","expires":"soon"}]})"},
        std::string{R"({"entries":[],"more":1})"}}) {
    EXPECT_NE(by_schema("baseline.schema.json", bad), "") << bad;
    EXPECT_FALSE(takes(bad)) << bad;
  }
}

TEST(Results, are_read_again) {
  const auto parsed = parse_results(render_json(sample_report()));
  const auto* results = std::get_if<Results>(&parsed);
  ASSERT_NE(results, nullptr);
  EXPECT_EQ(results->subject, "agent");
  EXPECT_EQ(results->suite, "1.2.3");
  EXPECT_EQ(results->registry_hash, "0123456789abcdef");
  EXPECT_EQ(results->profile_hash, "fedcba9876543210");
  EXPECT_EQ(results->checks.size(), 11U);
  const auto& known = results->checks.at("tls/known:failing");
  EXPECT_EQ(known.outcome, "XFAIL");
  EXPECT_EQ(known.bare, "FAIL");
  const Comparison same = compare(*results, *results);
  EXPECT_THAT(same.changes, IsEmpty());
  EXPECT_THAT(same.caveats, IsEmpty());
  EXPECT_EQ(same.same, 11U);
  EXPECT_FALSE(same.regressed());
  EXPECT_EQ(render_text(same, false), "0 regression, 0 fix, 0 N/A, 0 new, 0 gone, 11 the same\n");
}

std::vector<std::string> problems_of(const std::string& text) {
  const auto parsed = parse_results(text);
  std::vector<std::string> out;
  if (const auto* problems = std::get_if<std::vector<ProfileProblem>>(&parsed)) {
    for (const auto& [pointer, message] : *problems) {
      out.push_back(pointer + ": " + message);
    }
  }
  return out;
}

TEST(Results, of_another_kind_are_told) {
  const json good = json::parse(render_json(sample_report()));
  EXPECT_THAT(problems_of(""), ElementsAre(HasSubstr("not valid JSON")));
  EXPECT_THAT(problems_of(std::string(200'000, '[')), ElementsAre(HasSubstr("not valid JSON")));
  for (const char* foreign : {"[]", "null", "7", "{}", R"({"checks":[]})", R"({"tests":3,"failures":1})"}) {
    EXPECT_THAT(problems_of(foreign), ElementsAre(": these are no results of procedura-conformance --json")) << foreign;
  }
  const auto changed = [&good](const char* pointer, const json& value) {
    json bad = good;
    bad[json::json_pointer{pointer}] = value;
    return problems_of(bad.dump());
  };
  EXPECT_THAT(changed("/format", 2), ElementsAre(HasSubstr("/format: another version")));
  EXPECT_THAT(changed("/checks", 7), ElementsAre("/checks: expected an array, found a number"));
  EXPECT_THAT(changed("/checks/0", 7), ElementsAre("/checks/0: expected an object, found a number"));
  EXPECT_THAT(changed("/checks/0/id", 7), ElementsAre("/checks/0/id: expected a string, found a number"));
  EXPECT_THAT(changed("/checks/1/id", good["checks"][0]["id"]), ElementsAre(HasSubstr("is there twice")));
  EXPECT_THAT(changed("/checks/0/outcome", "OK"), ElementsAre("/checks/0/outcome: this is no outcome: OK"));
  EXPECT_THAT(changed("/suite", nullptr), ElementsAre("/suite: expected a string, found null"));
  json other = good;
  other["checks"] = std::vector<int>(10'000);
  EXPECT_LE(problems_of(other.dump()).size(), 20U);
}

Results with(std::initializer_list<std::pair<const char*, const char*>> outcomes, const char* level = "MUST") {
  Results results{"agent", "1", "r", "p", "an agent", "", {}};
  for (const auto& [id, outcome] : outcomes) {
    results.checks[id] = {outcome, outcome, "SYN-1", level, "what came"};
  }
  return results;
}

std::string change_of(const char* before, const char* now, const char* level = "MUST") {
  const Comparison comparison = compare(with({{"a/b:c", before}}, level), with({{"a/b:c", now}}, level));
  EXPECT_EQ(comparison.changes.size() + comparison.same, 1U);
  return comparison.changes.empty() ? "same" : std::string{to_string(comparison.changes[0].kind)};
}

// Every outcome against every other.
TEST(Compare, tells_worse_from_better) {
  constexpr std::array all = {"PASS", "INFO", "WARN", "UNTESTABLE", "FAIL", "HARNESS", "N/A"};
  const auto rank = [](std::string_view outcome) {
    return outcome == "WARN" ? 1 : outcome == "UNTESTABLE" ? 2 : outcome == "FAIL" ? 3 : outcome == "HARNESS" ? 4 : 0;
  };
  for (const std::string_view before : all) {
    for (const std::string_view now : all) {
      const std::string expected = before == now                     ? "same"
                                   : before == "N/A" || now == "N/A" ? "N/A"
                                   : rank(now) > rank(before)        ? "regression"
                                   : rank(now) < rank(before)        ? "fix"
                                                                     : "same";
      EXPECT_EQ(change_of(before.data(), now.data()), expected) << before << " then " << now;
    }
  }
  EXPECT_EQ(change_of("PASS", "UNTESTABLE", "SHOULD"), "regression");
  EXPECT_EQ(change_of("PASS", "UNTESTABLE", "MAY"), "same");
}

TEST(Compare, looks_past_the_baselines) {
  Results before = with({{"a/b:c", "XFAIL"}, {"a/b:d", "XPASS"}});
  before.checks["a/b:c"].bare = "FAIL";
  before.checks["a/b:d"].bare = "PASS";
  EXPECT_THAT(compare(before, with({{"a/b:c", "FAIL"}, {"a/b:d", "PASS"}})).changes, IsEmpty());
}

TEST(Compare, says_first_what_makes_the_two_differ) {
  const Results before = with({{"a/b:c", "PASS"}, {"a/b:gone", "FAIL"}, {"a/b:fix", "FAIL"}});
  Results now = with({{"a/b:c", "FAIL"}, {"a/b:new", "FAIL"}, {"a/b:fix", "PASS"}});
  now.suite = "2";
  now.registry_hash = "s";
  now.profile_hash = "q";
  now.agent = "another\x1b[2J";
  const Comparison comparison = compare(before, now);
  EXPECT_TRUE(comparison.regressed());
  EXPECT_EQ(render_text(comparison, false), R"(differs in who was judged: an agent, then another\x1b[2J
differs in suite: 1, then 2
differs in registry (other questions were asked): r, then s
differs in profile (other answers were expected): p, then q

regression  a/b:c  SYN-1 (MUST)  PASS -> FAIL
            came what came
fix         a/b:fix  SYN-1 (MUST)  FAIL -> PASS
new         a/b:new  SYN-1 (MUST)  FAIL
gone        a/b:gone  SYN-1 (MUST)  FAIL

1 regression, 1 fix, 0 N/A, 1 new, 1 gone, 0 the same
)");
  EXPECT_THAT(render_text(comparison, true), HasSubstr("\x1b[1;31mregression"));
  EXPECT_THAT(render_text(comparison, true), Not(HasSubstr("\x1b[2J")));
  const auto document = json::parse(render_json(comparison));
  EXPECT_EQ(document["regressed"], true);
  EXPECT_EQ(document["differs_in"].size(), 4U);
  EXPECT_EQ(document["changes"][0]["before"]["outcome"], "PASS");
  EXPECT_FALSE(document["changes"][2].contains("before"));
  EXPECT_FALSE(document["changes"][3].contains("now"));
}

}  // namespace
}  // namespace procedura::conformance::testing
