// Agents that keep the rules in different ways, and what the suite promises whatever it is up against.
#include "suite_run.hpp"

#include <procedura/conformance/render.hpp>

namespace procedura::conformance::testing {
namespace {

const std::set<std::string> none;

struct Freedom {
  const char* name;
  void (*take)(FakeAgent&);
};

class CorrectAgents : public ::testing::TestWithParam<Freedom> {};

TEST_P(CorrectAgents, have_no_fail_and_no_warn) {
  FakeAgent agent;
  GetParam().take(agent);
  const RunReport report = judge(agent);
  EXPECT_EQ(with(report, Outcome::fail), none);
  EXPECT_EQ(with(report, Outcome::warn), none);
  EXPECT_EQ(with(report, Outcome::untestable), none);
  EXPECT_EQ(with(report, Outcome::harness), none);
  EXPECT_EQ(with(report, Outcome::not_applicable), none);
  EXPECT_EQ(exit_code(report), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Freedoms, CorrectAgents,
    ::testing::Values(Freedom{"plain", [](FakeAgent&) {}},
                      Freedom{"by_id",
                              [](FakeAgent& a) {
                                a.target = {true, false};
                              }},
                      Freedom{"by_job",
                              [](FakeAgent& a) {
                                a.target = {false, true};
                              }},
                      Freedom{"ack_with_job",
                              [](FakeAgent& a) {
                                a.ack_has_job_id = true;
                                a.target = {false, true};
                              }},
                      Freedom{"started_without_id",
                              [](FakeAgent& a) {
                                a.started_has_id = false;
                                a.target = {false, true};
                              }},
                      Freedom{"no_echo", [](FakeAgent& a) { a.echoes_token = false; }},
                      Freedom{"http_401", [](FakeAgent& a) { a.refuses_unknown_token = true; }},
                      Freedom{"immediate_errors",
                              [](FakeAgent& a) {
                                a.twist = [](std::vector<Planned>& plan, const protocol::Request& request) {
                                  if (request.cmd == "broken") {
                                    plan.erase(plan.begin());
                                    plan.front().text =
                                        R"({"id":")" + request.id + R"(","status":"error","code":"NO_LUCK","message":"no"})";
                                  }
                                };
                              }},
                      Freedom{"running_in_sync",
                              [](FakeAgent& a) {
                                a.twist = [](std::vector<Planned>& plan, const protocol::Request& request) {
                                  if (request.mode == protocol::Mode::sync && plan.size() == 2) {
                                    plan.insert(plan.begin() + 1, Planned{{},
                                                                          R"({"id":)" + nlohmann::json(request.id).dump() +
                                                                              R"(,"status":"running","p":1})"});
                                  }
                                };
                              }},
                      Freedom{"chatty",
                              [](FakeAgent& a) {
                                a.twist = [](std::vector<Planned>& plan, const protocol::Request&) {
                                  plan.insert(plan.begin(), Planned{{}, R"({"status":"news","text":"x"})"});
                                };
                              }}),
    name_of<Freedom>);

TEST(Suite, costs_a_flooding_agent_its_cases_only) {
  FakeAgent agent;
  agent.floods = true;
  const RunReport report = judge(agent);
  EXPECT_EQ(exit_code(report), 1);
  EXPECT_EQ(outcome_of(report, "login/token:issued"), Outcome::fail);
  EXPECT_EQ(report.cases.size(), fake_cases().size());
}

TEST(Suite, ends_a_run_that_is_over_with_a_complete_report) {
  FakeAgent agent;
  twist(agent, "world", [](auto& plan) { plan.back().after = std::chrono::seconds{4}; });
  RunOptions options;
  options.max_time = std::chrono::seconds{11};
  const RunReport report = judge(agent, options);
  EXPECT_TRUE(report.out_of_time);
  EXPECT_EQ(exit_code(report), 1);
  std::size_t checks = 0;
  for (const CaseSpec& spec : fake_cases()) {
    checks += spec.checks.size();
  }
  std::size_t told = 0;
  for (const CaseResult& result : report.cases) {
    told += result.checks.size();
  }
  EXPECT_EQ(told, checks);
  EXPECT_EQ(with(report, Outcome::fail), none) << "what was cut short by the run's end is nobody's fault";
  EXPECT_LE(report.took, std::chrono::seconds{12});
}

TEST(Suite, tells_a_silent_agent_at_the_cost_of_one_patience) {
  FakeAgent agent;
  agent.answers_upgrade = false;
  const RunReport report = judge(agent);
  EXPECT_LE(report.took, std::chrono::seconds{6});
  EXPECT_EQ(with(report, Outcome::fail).size(), 1U);
  EXPECT_EQ(report.cases.size(), fake_cases().size());
}

TEST(Suite, shows_no_secret_whatever_the_agent_says) {
  FakeAgent agent;
  agent.leaks = " for admin@procedura.org:secret:123 with fake-token-1";
  agent.takes_bearer = false;
  const RunReport report = judge(agent);
  ASSERT_NE(report.count(Outcome::fail), 0U);
  for (const std::string& text : {render_text(report, {true, true}), render_junit(report), render_json(report)}) {
    EXPECT_EQ(text.find("secret:123"), std::string::npos);
    EXPECT_EQ(text.find("fake-token-"), std::string::npos);
    EXPECT_NE(text.find("redacted"), std::string::npos);
  }
}

TEST(Suite, repeats_itself_with_the_same_seed) {
  FakeAgent one;
  FakeAgent other;
  one.selects = other.selects = "chat";
  EXPECT_EQ(render_json(judge(one)), render_json(judge(other)));
}

TEST(Suite, judges_nothing_of_ours_that_is_not_declared) {
  FakeAgent agent;
  agent.ignores_devices = true;
  agent.takes_any_password = true;
  agent.protects = false;
  Profile profile = fake_profile();
  profile.declares.clear();
  const RunReport report = judge(agent, {}, profile);
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      EXPECT_EQ(check.check->source == Source::ours, check.outcome == Outcome::not_applicable)
          << full_id(*result.spec, *check.check);
    }
  }
}

}  // namespace
}  // namespace procedura::conformance::testing
