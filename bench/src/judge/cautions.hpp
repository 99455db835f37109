#pragma once

#include "load/plan.hpp"
#include "measure/run_result.hpp"

#include <string>
#include <vector>

namespace procedura::bench {

/// What the figures of a run must not be taken for, even if it is valid: a sentence each, the gravest first.
std::vector<std::string> cautions(const Plan& plan, const RunResult& result);

}  // namespace procedura::bench
