#include "io/health_meter.hpp"

#include <algorithm>

namespace procedura::bench {
namespace {

// To ask the socket takes a microsecond or two. Where it took longer, somebody else had the CPU, and what he used is not in our
// CPU time either.
constexpr Nanos longest_turn = std::chrono::microseconds{20};

}  // namespace

void HealthMeter::begin(protocol::TimePoint now) {
  begun_ = true;
  began_ = now;
  cpu_ = thread_cpu_time();
  preempted_ = thread_preemptions();
  machine_ = MachineCpu::now();
}

void HealthMeter::spun(Nanos time) noexcept {
  if (begun_) spun_ += std::min(time, longest_turn);
}

void HealthMeter::end(protocol::TimePoint now) {
  if (begun_ && !whole_) whole_ = until(now);
}

Health HealthMeter::until(protocol::TimePoint now) const {
  Health health;
  if (!begun_) return health;
  if (whole_) return *whole_;
  health.wall = now - began_;
  health.cpu = thread_cpu_time() - cpu_;
  health.spun = std::min(spun_, health.cpu);
  health.preempted = thread_preemptions() - preempted_;
  if (const auto machine = MachineCpu::now(); machine && machine_) health.steal = stolen_share(*machine_, *machine);
  return health;
}

}  // namespace procedura::bench
