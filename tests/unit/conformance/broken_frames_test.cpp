// Agents whose frames look wrong, and the check of the area `frames` that must turn red.
#include "suite_run.hpp"

#include <procedura/conformance/render.hpp>

namespace procedura::conformance::testing {
namespace {

struct BrokenFrame {
  const char* name;
  const char* cmd;
  const char* from;
  const char* to;
  const char* check;
  const char* member;  ///< that the report must name
  Outcome outcome = Outcome::fail;
};

RunReport judge_frames(FakeAgent& agent) {
  RunOptions options;
  options.seed = 7;
  options.select = {"frames/*"};
  options.max_time = std::chrono::hours{1};
  return run_suite(
      server_cases(), fake_profile(), [&agent] { return dial_to(agent); }, options);
}

/// Replaces text in every frame that answers `cmd`.
RunReport judge_frames(FakeAgent& agent, const BrokenFrame& broken) {
  agent.twist = [&broken](std::vector<Planned>& plan, const protocol::Request& request) {
    if (request.cmd == broken.cmd) {
      for (Planned& planned : plan) {
        replace(planned.text, broken.from, broken.to);
      }
    }
  };
  return judge_frames(agent);
}

class BrokenFrames : public ::testing::TestWithParam<BrokenFrame> {};

TEST_P(BrokenFrames, turn_the_named_check_red_and_are_told_by_member) {
  FakeAgent agent;
  agent.ack_has_job_id = true;
  const RunReport report = judge_frames(agent, GetParam());
  EXPECT_EQ(outcome_of(report, GetParam().check), GetParam().outcome) << render_text(report);
  EXPECT_EQ(with(report, Outcome::harness), std::set<std::string>{});
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      if (full_id(*result.spec, *check.check) == GetParam().check) {
        EXPECT_NE(check.came.find(GetParam().member), std::string::npos) << check.came;
      }
    }
  }
}

const BrokenFrame broken_frames[] = {
    {"ack_without_id", "world", R"({"id":)", R"({"di":)", "frames/sync:ack", "/id is missing"},
    {"ack_job_id_of_a_number", "world", R"("job_id":"job-)", R"("job_id":7,"x":")", "frames/sync:ack-job-id",
     "/job_id is of type number", Outcome::info},
    {"finished_without_result", "world", R"("result":)", R"("results":)", "frames/sync:finished", "/result is missing"},
    {"started_without_job_id", "stream", R"("job_id":)", R"("job":)", "frames/async:started", "/job_id is missing"},
    {"started_id_of_an_object", "stream", R"({"id":")", R"({"id":{},"x":")", "frames/async:started-id", "/id is of type object",
     Outcome::warn},
    {"running_job_id_of_a_number", "stream", R"("status":"running")", R"("status":"running","job_id":7)",
     "frames/async:running", "/job_id is of type number", Outcome::warn},
    {"stream_without_result", "stream", R"("result":)", R"("results":)", "frames/async:finished", "/result is missing",
     Outcome::warn},
    {"error_message_of_a_number", "broken", R"("message":"it never works")", R"("message":404)", "frames/error:error",
     "/message is of type number"},
    {"error_code_of_a_number", "broken", R"("code":"NO_LUCK")", R"("code":404)", "frames/error:code", "/code is of type number",
     Outcome::warn},
    {"token_of_a_number", "login_password", R"("session_token":"fake-)", R"("session_token":7,"x":")", "frames/login:result",
     "/session_token is of type number"},
    {"token_by_another_name", "login_password", R"("expires_in":60)", R"("expires_in":"60")", "frames/login:session",
     "/expires_in is of type string"},
    {"no_clock", "__keepalive", R"("server_time_ms":)", R"("time":)", "frames/built-ins:keepalive",
     "/server_time_ms is missing"},
    {"negative_counters", "__diag_ws_metrics", R"("in":1)", R"("in":-1)", "frames/built-ins:ws-metrics", "/frames/in"},
    {"another_way_in", "__diag_auth", R"("login")", R"("cookie")", "frames/built-ins:auth", "/via"}};

INSTANTIATE_TEST_SUITE_P(Members, BrokenFrames, ::testing::ValuesIn(broken_frames), name_of<BrokenFrame>);

TEST(Frames, of_a_good_agent_fit_with_each_freedom) {
  for (const bool ids : {false, true}) {
    FakeAgent agent;
    agent.ack_has_job_id = agent.started_has_id = ids;
    agent.target = {ids, true};
    agent.twist = [](std::vector<Planned>& plan, const protocol::Request&) {
      plan.insert(plan.begin(), {{}, R"({"status":"running","note":"for whom it may concern"})"});
      plan.insert(plan.begin(), {{}, R"({"status":"pondering"})"});
    };
    const RunReport report = judge_frames(agent);
    for (const Outcome wrong : {Outcome::fail, Outcome::warn, Outcome::untestable, Outcome::harness, Outcome::not_applicable}) {
      EXPECT_EQ(with(report, wrong), std::set<std::string>{});
    }
  }
}

// Each check of the area has an agent here that it catches.
TEST(Frames, have_a_broken_agent_for_every_check) {
  std::set<std::string> caught;
  for (const BrokenFrame& broken : broken_frames) {
    caught.insert(broken.check);
  }
  for (const CaseSpec& spec : server_cases()) {
    for (const CheckSpec& check : spec.checks) {
      EXPECT_TRUE(!matches("frames/*", spec.id) || caught.contains(full_id(spec, check))) << full_id(spec, check);
    }
  }
}

}  // namespace
}  // namespace procedura::conformance::testing
