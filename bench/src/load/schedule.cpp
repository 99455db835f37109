#include "load/schedule.hpp"

#include <procedura/protocol/random.hpp>

#include <cmath>

namespace procedura::bench {
namespace {

// Whole nanoseconds per gap: sums of integers are the same wherever and in whatever order they are made.
Nanos exponential_gap(double mean_ns, std::uint64_t draw) {
  return Nanos{std::llround(-std::log1p(-protocol::unit(draw)) * mean_ns)};
}

}  // namespace

Schedule::Schedule(Arrival arrival, double rate, std::uint64_t seed, Shard shard, Nanos ramp)
    : arrival_{arrival}, interval_ns_{1e9 / rate}, seed_{seed}, shard_{shard}, ramp_{ramp} {
  if (arrival_ == Arrival::poisson) at_ = exponential_gap(interval_ns_, protocol::mix(seed_, 0));
  while (number_ % shard_.of != shard_.index) step();
}

void Schedule::advance() {
  do {
    step();
  } while (number_ % shard_.of != shard_.index);
}

// Half of the ramp at the full rate has as many arrivals as the whole of it, of which a share of t^2 has come after a share t.
Nanos Schedule::after_ramp(Nanos at_full_rate) const noexcept {
  const Nanos half = ramp_ / 2;
  if (at_full_rate >= half) return at_full_rate + (ramp_ - half);
  const double share = static_cast<double>(at_full_rate.count()) / static_cast<double>(half.count());
  return Nanos{std::llround(std::sqrt(share) * static_cast<double>(ramp_.count()))};
}

void Schedule::step() {
  ++number_;
  if (arrival_ == Arrival::poisson) {
    at_ += exponential_gap(interval_ns_, protocol::mix(seed_, number_));
  } else {
    at_ = Nanos{std::llround(static_cast<double>(number_) * interval_ns_)};  // from the number: no error adds up
  }
}

}  // namespace procedura::bench
