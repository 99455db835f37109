#pragma once

#include "io/dialing.hpp"
#include "io/runner.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <string>
#include <utility>

namespace procedura::bench {

/// A run without warm-up and without a floor; the rest is the test's.
inline Plan plan_for(const std::string& url, const std::string& module) {
  Plan plan;
  plan.url = url;
  plan.module = module;
  plan.floor = false;
  plan.load.warm_up = Nanos{0};
  return plan;
}

inline OpenLoop at_rate(double rate) {
  OpenLoop load;
  load.rate = rate;
  return load;
}

inline Result<RunResult> try_run(const Plan& plan, RunSetting setting = {}) {
  auto transport = transport_options(plan, Identity{});
  if (!transport) return std::move(transport).error();
  setting.transport = *std::move(transport);
  return run_load(plan, setting);
}

/// Throws where the run fails.
inline RunResult make_run(const Plan& plan, RunSetting setting = {}) {
  return try_run(plan, std::move(setting)).value();
}

}  // namespace procedura::bench
