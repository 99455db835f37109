#include <procedura/protocol/backoff.hpp>
#include <procedura/protocol/random.hpp>

#include <algorithm>
#include <cmath>

namespace procedura::protocol {

Duration Backoff::next() noexcept {
  const double doublings = std::min<double>(attempt_, 62);
  const double ceiling =
      std::min(static_cast<double>(options_.base.count()) * std::exp2(doublings), static_cast<double>(options_.cap.count()));
  ++attempt_;
  return Duration{static_cast<Duration::rep>(ceiling * unit(mix(seed_, draws_++)))};
}

void Backoff::was_up(Duration uptime) noexcept {
  if (uptime >= options_.steady_after) attempt_ = 0;
}

}  // namespace procedura::protocol
