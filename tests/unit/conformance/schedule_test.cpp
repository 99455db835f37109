#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/schedule.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace procedura::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

void nothing(Case&) {}

CaseSpec simple(std::string_view id, std::vector<std::string_view> after = {}, std::vector<Need> needs = {}) {
  return {.id = id,
          .title = "a case",
          .needs = std::move(needs),
          .after = std::move(after),
          .session = false,
          .checks = {{"ok", "SYN-1", Source::documented, "right"}},
          .run = nothing};
}

const std::map<std::string_view, Finding> kept = {{"ok", Finding::kept()}};
const std::map<std::string_view, Finding> broken = {{"ok", Finding::broken("bad")}};

std::string told(const Schedule& schedule, std::string_view id) {
  for (const CaseResult& result : schedule.results()) {
    if (result.spec->id == id) {
      return std::string{to_string(result.checks.front().outcome)} +
             (result.checks.front().came.empty() ? "" : ": " + result.checks.front().came);
    }
  }
  return "nothing";
}

/// Runs all with what `finding` says of each; returns the order.
std::vector<std::string_view> drain(Schedule& schedule, const std::set<std::string_view>& bad = {}) {
  std::vector<std::string_view> order;
  while (const CaseSpec* spec = schedule.next()) {
    order.push_back(spec->id);
    schedule.finished(*spec, bad.count(spec->id) != 0 ? broken : kept, "");
  }
  EXPECT_TRUE(schedule.done());
  return order;
}

TEST(Schedule, runs_prerequisites_first_with_every_seed) {
  const Registry registry = {simple("a/three", {"a/two:ok"}), simple("a/two", {"a/one:ok"}), simple("a/one")};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Schedule schedule{registry, {}, {}, seed};
    EXPECT_THAT(drain(schedule), ElementsAre("a/one", "a/two", "a/three"));
  }
}

TEST(Schedule, has_one_order_for_each_seed) {
  Registry registry;
  const char* const ids[] = {"a/a", "a/b", "a/c", "a/d", "a/e", "a/f", "a/g", "a/h"};
  for (const char* id : ids) {
    registry.push_back(simple(id));
  }
  const auto order = [&registry](std::uint64_t seed) {
    Schedule schedule{registry, {}, {}, seed};
    return drain(schedule);
  };
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
}

TEST(Schedule, names_the_first_cause_all_the_way) {
  const Registry registry = {simple("a/one"), simple("a/two", {"a/one:ok"}), simple("a/three", {"a/two:ok"}), simple("a/four")};
  Schedule schedule{registry, {}, {}, 1};
  EXPECT_THAT(drain(schedule, {"a/one"}), UnorderedElementsAre("a/one", "a/four"));
  EXPECT_EQ(told(schedule, "a/one"), "FAIL: bad");
  EXPECT_EQ(told(schedule, "a/two"), "UNTESTABLE: needs a/one:ok, which is FAIL");
  EXPECT_EQ(told(schedule, "a/three"), "UNTESTABLE: needs a/one:ok, which is FAIL");
  EXPECT_EQ(told(schedule, "a/four"), "PASS");
}

TEST(Schedule, does_not_run_what_the_profile_does_not_offer) {
  Registry registry = {simple("a/echo", {}, {Need::echo}), simple("a/ours"), simple("a/one")};
  registry[1].checks = {{"ok", "REQ-6", Source::ours, "right"}};
  Schedule schedule{registry, {}, {}, 1};
  EXPECT_THAT(drain(schedule), ElementsAre("a/one"));
  EXPECT_EQ(told(schedule, "a/echo"), "N/A: the profile has no modules.echo");
  EXPECT_EQ(told(schedule, "a/ours"), "N/A: the profile does not declare REQ-6");

  Profile profile;
  profile.declares = {"REQ-6"};
  profile.modules[Need::echo] = {.cmd = "echo"};
  Schedule all{registry, profile.offering(), {}, 1};
  EXPECT_EQ(drain(all).size(), 3U);
}

TEST(Schedule, keeps_what_is_not_declared_out_of_a_case_that_is_run) {
  Registry registry = {simple("a/one")};
  registry[0].checks.push_back({"ours", "REQ-6", Source::ours, "right"});
  Schedule schedule{registry, {}, {}, 1};
  drain(schedule);
  EXPECT_EQ(schedule.results()[0].checks[1].outcome, Outcome::not_applicable);
  Schedule cut{registry, {}, {}, 1};
  cut.give_up("late");
  EXPECT_EQ(cut.results()[0].checks[0].outcome, Outcome::untestable);
  EXPECT_EQ(cut.results()[0].checks[1].outcome, Outcome::not_applicable) << "whatever becomes of its case";
}

TEST(Schedule, selects_and_brings_what_the_selected_need) {
  const Registry registry = {simple("a/one"), simple("a/two", {"a/one:ok"}), simple("b/three"),
                             simple("b/four", {}, {Need::echo})};
  Schedule schedule{registry, {}, {"a/two"}, 1};
  EXPECT_THAT(drain(schedule), ElementsAre("a/one", "a/two"));
  EXPECT_EQ(told(schedule, "b/three"), "nothing");
  Schedule odd{registry, {}, {"b/*", "c/*", "a/non"}, 1};
  EXPECT_THAT(odd.unmatched(), ElementsAre("c/*", "a/non"));
}

TEST(Schedule, brings_nothing_for_a_case_that_will_not_be_run) {
  const Registry registry = {simple("a/one"), simple("a/two", {"a/one:ok"}, {Need::echo})};
  Schedule schedule{registry, {}, {"a/two"}, 1};
  EXPECT_EQ(schedule.next(), nullptr);
  EXPECT_TRUE(schedule.done());
  EXPECT_EQ(schedule.results().size(), 1U);
}

TEST(Schedule, lets_sessions_wait_for_the_login_where_there_is_one) {
  Registry registry = {simple("a/one"), simple("login/token")};
  registry[0].session = true;
  registry[1].checks.front().slug = "issued";
  Profile profile;
  Schedule free{registry, profile.offering(), {"a/one"}, 1};
  EXPECT_EQ(free.order().size(), 1U);
  profile.credentials = {{"X", "u", "u:p"}};
  Schedule bound{registry, profile.offering(), {"a/one"}, 1};
  ASSERT_EQ(bound.order().size(), 2U);
  const CaseSpec* first = bound.next();
  EXPECT_EQ(first->id, "login/token");
  EXPECT_EQ(bound.next(), nullptr) << "it waits for a case that runs";
  EXPECT_FALSE(bound.done());
  bound.finished(*first, {{"issued", Finding::broken("no")}}, "");
  EXPECT_EQ(bound.next(), nullptr);
  EXPECT_TRUE(bound.done());
  EXPECT_EQ(told(bound, "a/one"), "UNTESTABLE: needs login/token:issued, which is FAIL");
}

TEST(Schedule, reports_what_a_case_did_not_judge) {
  const Registry registry = {simple("a/one"), simple("a/two")};
  Schedule schedule{registry, {}, {}, 1};
  schedule.finished(*schedule.next(), {}, "the connection was lost");
  schedule.finished(*schedule.next(), {}, "");
  EXPECT_THAT((std::vector<std::string>{told(schedule, "a/one"), told(schedule, "a/two")}),
              UnorderedElementsAre("UNTESTABLE: the connection was lost", "HARNESS: the case ended without judging this"));
}

TEST(Schedule, does_not_wait_for_a_circle) {
  const Registry registry = {simple("a/one", {"a/two:ok"}), simple("a/two", {"a/one:ok"}), simple("a/three")};
  Schedule schedule{registry, {}, {}, 1};
  EXPECT_THAT(drain(schedule), ElementsAre("a/three"));
  EXPECT_EQ(told(schedule, "a/one"), "HARNESS: its prerequisites wait for each other");
}

TEST(Schedule, gives_up_what_was_not_begun) {
  const Registry registry = {simple("a/one"), simple("a/two"), simple("a/three", {"a/one:ok"})};
  Schedule schedule{registry, {}, {}, 1};
  const CaseSpec* running = schedule.next();
  schedule.give_up("not reached");
  EXPECT_EQ(schedule.next(), nullptr);
  EXPECT_FALSE(schedule.done());
  schedule.finished(*running, kept, "");
  EXPECT_TRUE(schedule.done());
  std::size_t not_reached = 0;
  for (const CaseResult& result : schedule.results()) {
    not_reached += result.checks.front().came == "not reached" ? 1U : 0U;
  }
  EXPECT_EQ(schedule.results().size(), 3U);
  EXPECT_EQ(not_reached, 2U);
}

}  // namespace
}  // namespace procedura::conformance
