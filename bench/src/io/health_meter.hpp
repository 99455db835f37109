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
  /// The window is over, and what comes after it does not count. Of several times the first one.
  void end(protocol::TimePoint now);
  /// All zero before `begin`, and after `end` what there was then.
  Health until(protocol::TimePoint now) const;

 private:
  bool begun_ = false;
  protocol::TimePoint began_{};
  Nanos cpu_{0};
  std::uint64_t preempted_ = 0;
  std::optional<MachineCpu> machine_;
  Nanos spun_{0};
  std::optional<Health> whole_;
};

}  // namespace procedura::bench
