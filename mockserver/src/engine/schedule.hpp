#pragma once

#include "engine/moment.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <set>

namespace procedura::mock::engine {

class Partition;

/// When an instance goes on. Those due at the same time go on in the order in which they would if time were not scaled, so that
/// a scenario played in no time still interleaves as it was written; then in the order of their partitions and instances. An
/// instance has one timer, for the step it has come to.
struct Timer {
  TimePoint due;
  TimePoint scripted;           ///< when it would be due if time were not scaled
  std::uint64_t partition = 0;  ///< its ordinal
  std::uint64_t instance = 0;
  Partition* of = nullptr;

  friend std::strong_ordering operator<=>(const Timer& a, const Timer& b) noexcept {
    if (const auto order = a.due <=> b.due; order != 0) return order;
    if (const auto order = a.scripted <=> b.scripted; order != 0) return order;
    if (const auto order = a.partition <=> b.partition; order != 0) return order;
    return a.instance <=> b.instance;
  }
  friend bool operator==(const Timer& a, const Timer& b) noexcept { return (a <=> b) == 0; }
};

/// The timers of all instances of the agent.
using Schedule = std::set<Timer>;

}  // namespace procedura::mock::engine
