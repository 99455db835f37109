#pragma once

#include "io/cpu_time.hpp"
#include "measure/health.hpp"

#include <procedura/protocol/deadlines.hpp>

#include <optional>

namespace procedura::bench {

/// Measures how the generator does, from `begin` on. Used by the thread that makes the load, and by no other.
class HealthMeter {
 public:
  void begin(protocol::TimePoint now);
  bool begun() const noexcept { return begun_; }
  /// The socket was asked for so long, and had nothing. Before `begin` it is not counted.
  void spun(Nanos time) noexcept;
  /// All zero before `begin`.
  Health until(protocol::TimePoint now) const;

 private:
  bool begun_ = false;
  protocol::TimePoint began_{};
  Nanos cpu_{0};
  std::uint64_t preempted_ = 0;
  std::optional<MachineCpu> machine_;
  Nanos spun_{0};
};

}  // namespace procedura::bench
