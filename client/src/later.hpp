#pragma once

#include <procedura/protocol/deadlines.hpp>

namespace procedura::detail {

/// `from` and so long after it; the end of time for a wait that leaves the clock's range, such as `Duration::max()`.
inline protocol::TimePoint later(protocol::TimePoint from, protocol::Duration wait) {
  return wait > protocol::TimePoint::max() - from ? protocol::TimePoint::max() : from + wait;
}

}  // namespace procedura::detail
