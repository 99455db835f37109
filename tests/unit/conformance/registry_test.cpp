#include <procedura/conformance/registry.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace procedura::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void nothing(Case&) {}

CaseSpec sound(std::string_view id) {
  return {.id = id,
          .title = "a case",
          .needs = {},
          .after = {},
          .checks = {{"fine", "SYN-1", Source::documented, "what is right"}},
          .run = nothing};
}

TEST(Registry, has_nothing_that_lint_complains_about) {
  EXPECT_THAT(lint(server_cases()), IsEmpty());
  EXPECT_GE(server_cases().size(), 20U);
  EXPECT_THAT(lint(client_cases()), IsEmpty());
}

TEST(Registry, gives_no_id_to_cases_of_both_directions) {
  for (const CaseSpec& spec : client_cases()) {
    EXPECT_EQ(spec.subject(), Subject::client) << spec.id;
    EXPECT_EQ(spec.id.rfind("client-", 0), 0U) << spec.id;
    EXPECT_TRUE(std::none_of(server_cases().begin(), server_cases().end(), [&](const CaseSpec& other) {
      return other.id == spec.id;
    })) << spec.id;
  }
}

TEST(Registry, has_a_session_check_that_is_documented) {
  const std::string id{session_check};
  for (const CaseSpec& spec : server_cases()) {
    for (const CheckSpec& check : spec.checks) {
      if (full_id(spec, check) == id) {
        EXPECT_EQ(check.source, Source::documented);
        EXPECT_FALSE(spec.session) << "it would wait for itself";
        return;
      }
    }
  }
  FAIL() << "there is no check " << id;
}

TEST(Lint, accepts_a_sound_case) {
  EXPECT_THAT(lint({sound("area/slug")}), IsEmpty());
}

struct Flaw {
  const char* name;
  void (*make)(Registry&);
  const char* complaint;
};

class LintComplains : public ::testing::TestWithParam<Flaw> {};

TEST_P(LintComplains, about_each_flaw) {
  Registry registry = {sound("area/slug"), sound("area/other")};
  GetParam().make(registry);
  EXPECT_THAT(lint(registry), ElementsAre(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    Flaws, LintComplains,
    ::testing::Values(
        Flaw{"repeated_id", [](Registry& r) { r[1].id = "area/slug"; }, "area/slug is there twice"},
        Flaw{"odd_id", [](Registry& r) { r[0].id = "Area/slug"; }, "Area/slug is no id of the form area/slug"},
        Flaw{"id_without_area", [](Registry& r) { r[0].id = "slug"; }, "slug is no id of the form area/slug"},
        Flaw{"no_code", [](Registry& r) { r[0].run = {}; }, "area/slug lacks a title, code, checks or a deadline"},
        Flaw{"no_title", [](Registry& r) { r[0].title = ""; }, "area/slug lacks a title, code, checks or a deadline"},
        Flaw{"no_checks", [](Registry& r) { r[0].checks.clear(); }, "area/slug lacks a title, code, checks or a deadline"},
        Flaw{"no_deadline", [](Registry& r) { r[0].deadline = {}; }, "area/slug lacks a title, code, checks or a deadline"},
        Flaw{"repeated_check", [](Registry& r) { r[0].checks.push_back(r[0].checks.front()); },
             "area/slug has a check with a bad or repeated name: fine"},
        Flaw{"odd_check", [](Registry& r) { r[0].checks.front().slug = "not fine"; },
             "area/slug has a check with a bad or repeated name: not fine"},
        Flaw{"no_such_clause", [](Registry& r) { r[0].checks.front().clause = "SYN-9"; },
             "area/slug judges fine by a clause that does not exist: SYN-9"},
        Flaw{"client_clause", [](Registry& r) { r[0].checks.front().clause = "AUT-1"; },
             "area/slug judges fine by AUT-1, which binds no agent"},
        Flaw{"foreign_source", [](Registry& r) { r[0].checks.front().source = Source::rfc; },
             "area/slug judges fine by a source that SYN-1 does not have"},
        Flaw{"too_strict",
             [](Registry& r) {
               r[0].checks.front() = {"fine", "SYN-4", Source::observed, "right", Level::must};
             },
             "area/slug judges fine more strictly than SYN-4"},
        Flaw{"nothing_allowed", [](Registry& r) { r[0].checks.front().allowed = ""; },
             "area/slug does not say what fine allows"},
        Flaw{"unknown_prerequisite", [](Registry& r) { r[0].after = {"area/none:fine"}; },
             "area/slug waits for a check that does not exist: area/none:fine"},
        Flaw{"greedy_prerequisite",
             [](Registry& r) {
               r[0].after = {"area/other:fine"};
               r[1].needs = {Need::echo};
             },
             "area/slug waits for area/other:fine, which needs modules.echo"},
        Flaw{"undeclared_prerequisite",
             [](Registry& r) {
               r[0].after = {"area/other:fine"};
               r[1].checks.front() = {"fine", "REQ-6", Source::ours, "right"};
             },
             "area/slug waits for area/other:fine, which is judged only where it is declared"},
        Flaw{"circle", [](Registry& r) { r[0].after = {"area/slug:fine"}; }, "area/slug waits for itself"}),
    [](const ::testing::TestParamInfo<Flaw>& flaw) { return std::string{flaw.param.name}; });

TEST(Selection, understands_one_star_and_two) {
  EXPECT_TRUE(matches("sync/lifecycle", "sync/lifecycle"));
  EXPECT_TRUE(matches("sync/lifecycle:ack-first", "sync/lifecycle"));
  EXPECT_TRUE(matches("sync/*", "sync/lifecycle"));
  EXPECT_TRUE(matches("*/lifecycle", "async/lifecycle"));
  EXPECT_TRUE(matches("*/*", "async/lifecycle"));
  EXPECT_TRUE(matches("**", "async/lifecycle"));
  EXPECT_TRUE(matches("**cycle", "async/lifecycle"));
  EXPECT_TRUE(matches("a**e", "async/lifecycle"));
  EXPECT_TRUE(matches("a*c/l*e", "async/lifecycle"));
  EXPECT_FALSE(matches("*", "async/lifecycle"));
  EXPECT_FALSE(matches("sync/*", "async/lifecycle"));
  EXPECT_FALSE(matches("sync", "sync/lifecycle"));
  EXPECT_FALSE(matches("", "sync/lifecycle"));
  EXPECT_FALSE(matches("sync/lifecycle/", "sync/lifecycle"));
  EXPECT_FALSE(matches("*********************x", "sync/lifecycle"));
}

TEST(Clauses, have_ids_of_their_own_and_a_source) {
  std::set<std::string_view> ids;
  for (const Clause& clause : clauses()) {
    EXPECT_TRUE(ids.insert(clause.id).second) << clause.id;
    EXPECT_FALSE(clause.sources.empty()) << clause.id;
    EXPECT_EQ(clause.sources.find_first_not_of("DROX"), std::string_view::npos) << clause.id;
    EXPECT_FALSE(clause.sentence.empty()) << clause.id;
  }
  EXPECT_EQ(find_clause("NO-1"), nullptr);
  ASSERT_NE(find_clause("AUT-2a"), nullptr);
  EXPECT_TRUE(find_clause("AUT-2a")->only_ours());
  EXPECT_FALSE(find_clause("LOG-3")->only_ours());
}

}  // namespace
}  // namespace procedura::conformance
