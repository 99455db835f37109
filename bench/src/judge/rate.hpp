#pragma once

#include "judge/verdict.hpp"
#include "load/capacity.hpp"

#include <string>

namespace procedura::bench {

/// What a run says about its rate, in a search for the capacity, and why: the SLO or the reason that decided.
struct JudgedRate {
  RateFinding finding = RateFinding::kept;
  std::string why;
};

/// `verdict` is that of the run. A run that is invalid because of its generator says nothing about the agent; one that is
/// because of the agent (it lost a connection, finished nothing, left jobs without an end) or that saturated it is `broken`.
JudgedRate judge_rate(const Plan& plan, const RunResult& result, const Verdict& verdict);

}  // namespace procedura::bench
