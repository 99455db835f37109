#pragma once

#include "load/plan.hpp"

#include <cstdint>

namespace procedura::bench {

/// A name for when the jobs of an open loop fall due: equal for equal schedules, on whichever shards they run. Of the whole
/// load, from the first arrival to the end of the window, but of no more than its first million. Of a closed loop 0.
std::uint64_t schedule_hash(const LoadPlan& plan);

}  // namespace procedura::bench
