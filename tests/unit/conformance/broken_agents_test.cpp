// Agents that break one rule each, and the check that must turn red.
#include "suite_run.hpp"

#include <procedura/conformance/render.hpp>

namespace procedura::conformance::testing {
namespace {

const std::set<std::string> none;

/// Breaks one rule, and the check that must turn red.
struct Broken {
  const char* name;
  void (*spoil)(FakeAgent&);
  const char* check;
  Outcome outcome = Outcome::fail;
};

class BrokenAgents : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenAgents, turn_the_named_check_red) {
  FakeAgent agent;
  GetParam().spoil(agent);
  RunOptions options;
  const std::string check = GetParam().check;
  options.select = {check.substr(0, check.find(':'))};
  const RunReport report = judge(agent, options);
  EXPECT_EQ(outcome_of(report, check), GetParam().outcome) << render_text(report);
  EXPECT_EQ(with(report, Outcome::harness), none);
  // Every broken agent is told from a good one, at the latest where SHOULDs count.
  RunReport strict = report;
  strict.strict = true;
  EXPECT_EQ(exit_code(strict), 1);
}

const Broken broken_agents[] = {

    Broken{"no_upgrade", [](FakeAgent& a) { a.answers_upgrade = false; }, "handshake/upgrade:accepted"},
    Broken{"foreign_subprotocol", [](FakeAgent& a) { a.selects = "chat"; }, "handshake/upgrade:no-subprotocol"},
    Broken{"foreign_subprotocol_to_token", [](FakeAgent& a) { a.selects = "chat"; }, "handshake/token-by-both:selected"},
    Broken{"foreign_subprotocol_to_bearer", [](FakeAgent& a) { a.selects = "chat"; },
           "handshake/token-by-bearer:no-subprotocol"},
    Broken{"subprotocol_not_offered", [](FakeAgent& a) { a.selects = "chat"; }, "handshake/token-by-subprotocol:selected"},
    Broken{"no_subprotocol_token", [](FakeAgent& a) { a.takes_subprotocol = false; }, "handshake/token-by-subprotocol:taken"},
    Broken{"no_bearer_token", [](FakeAgent& a) { a.takes_bearer = false; }, "handshake/token-by-bearer:taken"},
    Broken{"no_token", [](FakeAgent& a) { a.takes_bearer = a.takes_subprotocol = false; }, "handshake/token-by-both:taken"},
    Broken{"protects_nothing", [](FakeAgent& a) { a.protects = false; }, "handshake/unknown-token:refused"},
    Broken{"no_proof_without_protection", [](FakeAgent& a) { a.protects = false; }, "handshake/token-by-bearer:taken",
           Outcome::untestable},
    Broken{"no_goodbye", [](FakeAgent& a) { a.answers_close = false; }, "handshake/goodbye:answered"},
    Broken{"no_session_token",
           [](FakeAgent& a) {
             twist(a, "login_password", [](auto& plan) { replace(plan.back().text, "session_token", "token"); });
           },
           "login/token:issued"},
    Broken{"token_no_header_can_carry",
           [](FakeAgent& a) { twist(a, "login_password", [](auto& plan) { replace(plan.back().text, "fake-", "fa=/"); }); },
           "login/token:subprotocol"},
    Broken{"no_base64", [](FakeAgent& a) { a.knows_base64 = false; }, "login/credential-forms:base64"},
    Broken{"no_prefix", [](FakeAgent& a) { a.knows_base64 = false; }, "login/credential-forms:prefixed"},
    Broken{"no_attach", [](FakeAgent& a) { a.knows_attach = false; }, "login/options:attach"},
    Broken{"new_token_each_time", [](FakeAgent& a) { a.forgets_devices = true; }, "login/devices:same"},
    Broken{"one_token_for_all", [](FakeAgent& a) { a.ignores_devices = true; }, "login/devices:other"},
    Broken{"any_password", [](FakeAgent& a) { a.takes_any_password = true; }, "login/wrong-password:refused"},
    Broken{"telling_errors",
           [](FakeAgent& a) {
             twist(a, "login_password", [](auto& plan) { replace(plan.back().text, "AUTH_FAILED", "NO_SUCH_USER"); });
           },
           "login/wrong-password:alike"},
    Broken{"protects_nothing_at_all", [](FakeAgent& a) { a.protects = false; }, "handshake/unknown-token:not-run"},
    Broken{"one_token_for_logins_without_device", [](FakeAgent& a) { a.ignores_devices = true; }, "login/devices:none"},
    Broken{"tells_users_apart_in_words",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request& request) {
               if (!request.args.empty() && request.args.front().rfind("nobody", 0) == 0) {
                 replace(plan.back().text, "\"no\"", "\"no such user\"");
               }
             };
           },
           "login/wrong-password:same-words"},
    Broken{"token_for_a_wrong_password",
           [](FakeAgent& a) {
             twist(a, "login_password",
                   [](auto& plan) { replace(plan.back().text, "\"code\"", "\"session_token\":\"x\",\"code\""); });
           },
           "login/wrong-password:no-token"},
    Broken{"hangs_up", [](FakeAgent& a) { a.closes_when_asked = true; }, "login/token:issued"},
    Broken{"no_ack", [](FakeAgent& a) { twist(a, "world", [](auto& plan) { plan.erase(plan.begin()); }); },
           "sync/lifecycle:ack-first"},
    Broken{"never_finishes", [](FakeAgent& a) { twist(a, "world", [](auto& plan) { plan.pop_back(); }); },
           "sync/lifecycle:finished"},
    Broken{"two_acks", [](FakeAgent& a) { twist(a, "world", [](auto& plan) { plan.insert(plan.begin(), plan.front()); }); },
           "sync/lifecycle:order"},
    Broken{"talks_after_the_end", [](FakeAgent& a) { twist(a, "world", [](auto& plan) { plan.push_back(plan.back()); }); },
           "sync/lifecycle:silence"},
    Broken{"another_result",
           [](FakeAgent& a) { twist(a, "world", [](auto& plan) { replace(plan.back().text, "entities", "things"); }); },
           "sync/lifecycle:result"},
    Broken{"frames_of_nobody",
           [](FakeAgent& a) {
             twist(a, "world", [](auto& plan) { plan.push_back({{}, R"({"id":"zz","status":"running"})"}); });
           },
           "sync/lifecycle:nothing-foreign"},
    Broken{"wrong_id",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request& request) {
               if (request.cmd == "world") {
                 for (auto& planned : plan) {
                   replace(planned.text, request.id, "1" + request.id);
                 }
               }
             };
           },
           "sync/lifecycle:finished"},
    Broken{"numeric_id",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request& request) {
               if (request.id == "007") {
                 for (auto& planned : plan) {
                   replace(planned.text, "\"007\"", "7");
                 }
               }
             };
           },
           "request/id:digits"},
    Broken{"cuts_long_ids",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request& request) {
               for (auto& planned : plan) {
                 replace(planned.text, request.id, request.id.substr(0, 64));
               }
             };
           },
           "request/id:long"},
    Broken{"sorts_args",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request&) {
               replace(plan.back().text, R"("b","a","b")", R"("a","b","b")");
             };
           },
           "request/args-verbatim:order"},
    Broken{"drops_empty_args",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request&) { replace(plan.back().text, R"(,"",)", ","); };
           },
           "request/args-verbatim:empty"},
    Broken{"keeps_the_name", [](FakeAgent& a) { a.keeps_the_name = true; }, "request/args-style:module-first"},
    Broken{"ack_held_back", [](FakeAgent& a) { twist(a, "slow", [](auto& plan) { plan.front().after = plan.back().after; }); },
           "sync/ack-early:not-held-back", Outcome::warn},
    Broken{"fails_as_if_done",
           [](FakeAgent& a) { twist(a, "broken", [](auto& plan) { replace(plan.back().text, "\"error\"", "\"finished\""); }); },
           "sync/failure:error"},
    Broken{"no_reason",
           [](FakeAgent& a) { twist(a, "broken", [](auto& plan) { replace(plan.back().text, "\"message\"", "\"text\""); }); },
           "async/failure:reason"},
    Broken{"other_code",
           [](FakeAgent& a) { twist(a, "broken", [](auto& plan) { replace(plan.back().text, "NO_LUCK", "LUCK"); }); },
           "sync/failure:code", Outcome::warn},
    Broken{"no_started", [](FakeAgent& a) { twist(a, "stream", [](auto& plan) { plan.erase(plan.begin()); }); },
           "async/lifecycle:started-first"},
    Broken{"no_job_id",
           [](FakeAgent& a) { twist(a, "stream", [](auto& plan) { replace(plan.front().text, "\"job_id\"", "\"job\""); }); },
           "async/lifecycle:job-id"},
    Broken{"few_updates", [](FakeAgent& a) { twist(a, "stream", [](auto& plan) { plan.erase(plan.begin() + 1); }); },
           "async/lifecycle:updates"},
    Broken{"started_late", [](FakeAgent& a) { twist(a, "stream", [](auto& plan) { plan.front().after = milliseconds{15}; }); },
           "async/lifecycle:order"},
    Broken{"stream_never_finishes", [](FakeAgent& a) { twist(a, "stream", [](auto& plan) { plan.pop_back(); }); },
           "async/lifecycle:finished"},
    Broken{"stream_talks_after_the_end",
           [](FakeAgent& a) {
             twist(a, "stream", [](auto& plan) {
               plan.push_back(plan[1]);
               plan.back().after = milliseconds{60};
             });
           },
           "async/lifecycle:silence"},
    Broken{"one_job_id",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request& request) {
               const auto job = plan.empty() ? std::nullopt : protocol::decode_reply(plan.front().text).reply.job_id;
               for (auto& planned : plan) {
                 if (request.cmd == "slow" && job) {
                   replace(planned.text, *job, "job");
                 }
               }
             };
           },
           "async/job-ids:unique", Outcome::warn},
    Broken{"tells_everybody", [](FakeAgent& a) { a.tells_everybody = true; }, "async/bystander:sees-nothing"},
    Broken{"crosses_connections", [](FakeAgent& a) { a.tells_everybody = true; }, "concurrency/same-id-elsewhere:no-crossing"},
    Broken{"one_at_a_time", [](FakeAgent& a) { a.one_at_a_time = true; }, "concurrency/no-waiting:overtakes", Outcome::warn},
    Broken{"swaps_results",
           [](FakeAgent& a) {
             a.twist = [last = std::string{"{}"}](std::vector<Planned>& plan, const protocol::Request& request) mutable {
               if (request.cmd == "echo") {
                 const std::string mine{protocol::decode_reply(plan.back().text).reply.result()};
                 replace(plan.back().text, mine, last);
                 last = mine;
               }
             };
           },
           "concurrency/own-results:own"},
    Broken{"no_pong", [](FakeAgent& a) { a.pongs = false; }, "keepalive/idle:pong"},
    Broken{"no_pong_at_work", [](FakeAgent& a) { a.pongs = false; }, "keepalive/during-job:pong"},
    Broken{"other_unknown_module",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request&) {
               replace(plan.back().text, "UNKNOWN_MODULE", "NOT_FOUND");
             };
           },
           "errors/unknown-module:code"},
    Broken{"minds_unknown_members", [](FakeAgent& a) { a.knows_only_its_members = true; }, "request/unknown-members:ignored"},
    Broken{"loses_fragments", [](FakeAgent& a) { a.joins_fragments = false; }, "request/fragments:answered"},
    Broken{"no_replace_with_ttl", [](FakeAgent& a) { a.knows_ttl = false; }, "login/options:replace"},
    Broken{"ascii_ids",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request&) {
               for (auto& planned : plan) {
                 replace(planned.text, "\u00e9", "?");
               }
             };
           },
           "request/id:unicode"},
    Broken{"unescaped_ids",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request&) {
               for (auto& planned : plan) {
                 replace(planned.text, R"(\\)", "/");
               }
             };
           },
           "request/id:escapes"},
    Broken{"ascii_args",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request&) {
               replace(plan.back().text, "\U0001F30D", "?");
             };
           },
           "request/args-verbatim:unicode"},
    Broken{"reads_options",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request&) { replace(plan.back().text, R"("--",)", ""); };
           },
           "request/args-verbatim:options"},
    Broken{"cuts_the_first_arg",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request& request) {
               if (request.args.size() == 1) {  // bare: the name was not there to be taken away
                 replace(plan.back().text, "style-", "");
               }
             };
           },
           "request/args-style:bare", Outcome::warn},
    Broken{"failure_without_reason",
           [](FakeAgent& a) { twist(a, "broken", [](auto& plan) { replace(plan.back().text, "it never works", ""); }); },
           "sync/failure:reason"},
    Broken{"failure_twice_begun",
           [](FakeAgent& a) { twist(a, "broken", [](auto& plan) { plan.insert(plan.begin(), plan.front()); }); },
           "sync/failure:order"},
    Broken{"failure_twice_told", [](FakeAgent& a) { twist(a, "broken", [](auto& plan) { plan.push_back(plan.back()); }); },
           "sync/failure:silence"},
    Broken{"async_failure_as_if_done",
           [](FakeAgent& a) { twist(a, "broken", [](auto& plan) { replace(plan.back().text, "\"error\"", "\"finished\""); }); },
           "async/failure:error"},
    Broken{"async_failure_twice_begun",
           [](FakeAgent& a) { twist(a, "broken", [](auto& plan) { plan.insert(plan.begin(), plan.front()); }); },
           "async/failure:order"},
    Broken{"async_failure_twice_told",
           [](FakeAgent& a) { twist(a, "broken", [](auto& plan) { plan.push_back(plan.back()); }); }, "async/failure:silence"},
    Broken{"stream_of_somebody_else",
           [](FakeAgent& a) {
             twist(a, "stream", [](auto& plan) { plan.push_back({{}, R"({"job_id":"zz","status":"running"})"}); });
           },
           "async/lifecycle:nothing-foreign", Outcome::warn},
    Broken{"loses_jobs",
           [](FakeAgent& a) {
             a.twist = [n = 0](std::vector<Planned>& plan, const protocol::Request& request) mutable {
               if (request.cmd == "slow" && request.mode == protocol::Mode::async && ++n % 10 == 0) {
                 plan.pop_back();
               }
             };
           },
           "async/job-ids:finished"},
    Broken{"starts_jobs_twice",
           [](FakeAgent& a) { twist(a, "slow", [](auto& plan) { plan.insert(plan.begin(), plan.front()); }); },
           "async/job-ids:order"},
    Broken{"starts_echoes_twice",
           [](FakeAgent& a) { twist(a, "echo", [](auto& plan) { plan.insert(plan.begin(), plan.front()); }); },
           "concurrency/own-results:order"},
    Broken{"echoes_to_nobody",
           [](FakeAgent& a) {
             twist(a, "echo", [](auto& plan) { plan.push_back({{}, R"({"id":"zz","status":"finished","result":1})"}); });
           },
           "concurrency/own-results:nothing-foreign"},
    Broken{"one_id_for_all_connections",
           [](FakeAgent& a) {
             a.twist = [last = std::string{}](std::vector<Planned>& plan, const protocol::Request& request) mutable {
               if (request.cmd == "slow" && request.id == last) {
                 plan.clear();
               }
               last = request.id;
             };
           },
           "concurrency/same-id-elsewhere:both-end"},
    Broken{"unknown_module_without_reason",
           [](FakeAgent& a) {
             a.twist = [](std::vector<Planned>& plan, const protocol::Request&) {
               replace(plan.back().text, "no: UNKNOWN_MODULE", "");
             };
           },
           "errors/unknown-module:reason", Outcome::warn},
    Broken{"silent_on_unknown_mode", [](FakeAgent& a) { a.refuses = false; }, "errors/bad-members:mode"},
    Broken{"silent_on_missing_mode", [](FakeAgent& a) { a.refuses = false; }, "errors/bad-members:mode-missing"},
    Broken{"silent_on_missing_cmd", [](FakeAgent& a) { a.refuses = false; }, "errors/bad-members:cmd-missing"},
    Broken{"silent_on_bad_args", [](FakeAgent& a) { a.refuses = false; }, "errors/bad-members:args-type"},
    Broken{"silent_on_duplicates", [](FakeAgent& a) { a.refuses = false; }, "errors/duplicate-id:told"},
    Broken{"ends_the_first_for_a_duplicate", [](FakeAgent& a) { a.targets_duplicates = true; },
           "errors/duplicate-id:first-goes-on"},
    Broken{"silent_on_text", [](FakeAgent& a) { a.refuses = false; }, "errors/bad-frames:text"},
    Broken{"silent_on_broken_json", [](FakeAgent& a) { a.refuses = false; }, "errors/bad-frames:truncated"},
    Broken{"silent_on_arrays", [](FakeAgent& a) { a.refuses = false; }, "errors/bad-frames:array"},
    Broken{"silent_on_binary", [](FakeAgent& a) { a.refuses = false; }, "errors/bad-frames:binary"}};

INSTANTIATE_TEST_SUITE_P(Rules, BrokenAgents, ::testing::ValuesIn(broken_agents), name_of<Broken>);

// That every check has a broken agent is for the catalogue in conformance/mutants to keep; here they are in memory, and quick.
TEST(Suite, has_the_checks_that_these_agents_turn_red) {
  std::set<std::string> checks;
  for (const CaseSpec& spec : server_cases()) {
    if (matches("frames/*", spec.id)) {
      continue;  // broken_frames_test.cpp
    }
    for (const CheckSpec& check : spec.checks) {
      checks.insert(full_id(spec, check));
    }
  }
  for (const Broken& broken : broken_agents) {
    EXPECT_TRUE(checks.contains(broken.check)) << broken.check;
  }
}

}  // namespace
}  // namespace procedura::conformance::testing
