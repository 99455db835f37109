#pragma once

#include "fake_agent.hpp"

#include <procedura/conformance/runner.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace procedura::conformance::testing {

/// The whole suite against an agent in memory.
inline RunReport judge(FakeAgent& agent, RunOptions options = {}, const Profile& profile = fake_profile()) {
  options.seed = options.seed == 0 ? 7 : options.seed;
  options.url = "ws://fake";
  options.max_time = options.max_time == std::chrono::seconds{90} ? std::chrono::seconds{3600} : options.max_time;
  return run_suite(
      server_cases(), profile, [&agent] { return dial_to(agent); }, options);
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
