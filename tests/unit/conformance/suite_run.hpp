#pragma once

#include "fake_agent.hpp"

#include <procedura/conformance/runner.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace procedura::conformance::testing {

/// The cases that an agent in memory can stand for. The others are about handshakes, time or bytes that only a socket has:
/// tests/integration and the broken agents of conformance/mutants prove them.
inline const Registry& fake_cases() {
  static const Registry cases = [] {
    static const std::set<std::string_view> areas = {"request", "sync",      "async",  "concurrency",
                                                     "errors",  "keepalive", "frames", "limits"};
    static const std::set<std::string_view> by_hand = {"errors/framing", "errors/invalid-utf8", "keepalive/between-fragments",
                                                       "keepalive/unsolicited-pong"};
    static const std::set<std::string_view> single = {"handshake/upgrade",
                                                      "handshake/token-by-subprotocol",
                                                      "handshake/token-by-bearer",
                                                      "handshake/token-by-both",
                                                      "handshake/unknown-token",
                                                      "handshake/goodbye",
                                                      "login/token",
                                                      "login/credential-forms",
                                                      "login/options",
                                                      "login/devices",
                                                      "login/wrong-password"};
    Registry some;
    for (const CaseSpec& spec : server_cases()) {
      const bool in_area = areas.contains(spec.id.substr(0, spec.id.find('/')));
      if ((in_area && !by_hand.contains(spec.id)) || single.contains(spec.id)) {
        some.push_back(spec);
      }
    }
    return some;
  }();
  return cases;
}

/// All of them against an agent in memory.
inline RunReport judge(FakeAgent& agent, RunOptions options = {}, const Profile& profile = fake_profile()) {
  options.seed = options.seed == 0 ? 7 : options.seed;
  options.url = "ws://fake";
  options.max_time = options.max_time == std::chrono::seconds{90} ? std::chrono::seconds{3600} : options.max_time;
  return run_suite(
      fake_cases(), profile, [&agent] { return dial_to(agent); }, options);
}

inline std::set<std::string> with(const RunReport& report, Outcome outcome) {
  std::set<std::string> ids;
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      if (check.outcome == outcome) {
        ids.insert(full_id(*result.spec, *check.check) + (outcome == Outcome::pass ? "" : " because " + check.came));
      }
    }
  }
  return ids;
}

inline Outcome outcome_of(const RunReport& report, std::string_view id) {
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      if (full_id(*result.spec, *check.check) == id) {
        return check.outcome;
      }
    }
  }
  ADD_FAILURE() << "no check " << id;
  return Outcome::harness;
}

inline void twist(FakeAgent& agent, const char* cmd, void (*change)(std::vector<Planned>&)) {
  agent.twist = [cmd = std::string{cmd}, change](std::vector<Planned>& plan, const protocol::Request& request) {
    if (request.cmd == cmd && plan.size() > 1) {
      change(plan);
    }
  };
}

inline void replace(std::string& text, std::string_view from, std::string_view to) {
  if (const auto at = text.find(from); at != std::string::npos) {
    text.replace(at, from.size(), to);
  }
}

template <class Param>
std::string name_of(const ::testing::TestParamInfo<Param>& param) {
  return param.param.name;
}

}  // namespace procedura::conformance::testing
