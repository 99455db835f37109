#pragma once

#include "load/plan.hpp"
#include "measure/health.hpp"

#include <procedura/error.hpp>

namespace procedura::bench {

/// The load with which the floor of a run is measured: its jobs, at its rate or one at a time, for a second. At 200 to 1,000
/// jobs per second whatever the run's rate is: fewer would not carry a median, more would measure how many jobs fit.
Plan floor_plan(const Plan& run, std::string url);

/// Runs it against a `NullResponder`. Blocks. Fails with `cancelled` when it is interrupted by a signal.
Result<Floor> measure_floor(const Plan& run);

}  // namespace procedura::bench
