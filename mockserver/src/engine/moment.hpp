#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <cstdint>

namespace procedura::mock::engine {

using protocol::Duration;
using protocol::TimePoint;

/// Any sum of times: no later than the clock can tell.
constexpr TimePoint later(TimePoint from, Duration by) noexcept {
  return by > TimePoint::max() - from ? TimePoint::max() : from + by;
}

/// When an input came. Machines are told the time and never ask.
struct Moment {
  TimePoint now;             ///< what delays and lifetimes are measured by
  std::int64_t wall_ms = 0;  ///< Unix time, only ever shown
};

}  // namespace procedura::mock::engine
