#pragma once

#include "scenario/fault.hpp"

#include <cstdint>
#include <optional>

namespace procedura::mock::engine {

/// Whether `--chaos RATE` gives a frame a fault, and which: a pure function of the frame's draw. Of a hundred faults 22 are
/// fragment, 15 duplicate, 14 omit, 12 truncate, 10 coalesce, 8 wrong-id, 7 unknown-job, 4 dribble, 3 reset, 2 drop, 2 a Close
/// with 1011 and 1 half-open. Those that last for ever or that no agent outside a test bench has are left to scripts.
std::optional<Fault> chaos_fault(double rate, std::uint64_t draw);

}  // namespace procedura::mock::engine
