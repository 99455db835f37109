#include "scenario/delay.hpp"

#include <procedura/protocol/random.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace procedura::mock {
namespace {

/// More than anybody waits for: doubles beyond it would not fit a Duration.
constexpr double longest = 365.0 * 24 * 3600 * 1e9;

double nanoseconds(Duration duration) {
  return static_cast<double>(duration.count());
}

/// Standard normal, by Box and Muller from two draws derived from one.
double normal(std::uint64_t draw) {
  const double u = 1.0 - protocol::unit(protocol::mix(draw, 1));  // in (0, 1]
  const double v = protocol::unit(protocol::mix(draw, 2));
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

struct Sample {
  std::uint64_t draw;

  double operator()(const FixedDelay& delay) const { return nanoseconds(delay.value); }
  double operator()(const UniformDelay& delay) const {
    return nanoseconds(delay.min) + (nanoseconds(delay.max) - nanoseconds(delay.min)) * protocol::unit(draw);
  }
  double operator()(const NormalDelay& delay) const {
    return nanoseconds(delay.mean) + nanoseconds(delay.stddev) * normal(draw);
  }
  double operator()(const LognormalDelay& delay) const {
    return nanoseconds(delay.median) * std::exp(delay.sigma * normal(draw));
  }
};

}  // namespace

Duration sample(const Delay& delay, std::uint64_t draw) {
  const double drawn = std::clamp(std::visit(Sample{draw}, delay.distribution), 0.0, longest);
  const Duration duration{static_cast<Duration::rep>(drawn)};
  return delay.max ? std::min(duration, *delay.max) : duration;
}

}  // namespace procedura::mock
