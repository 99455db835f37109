#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <cstdint>
#include <optional>
#include <variant>

namespace procedura::mock {

using protocol::Duration;

struct FixedDelay {
  Duration value{};
};
struct UniformDelay {
  Duration min{};
  Duration max{};
};
struct NormalDelay {
  Duration mean{};
  Duration stddev{};
};
struct LognormalDelay {
  Duration median{};
  double sigma = 0;  ///< of the logarithm
};

/// How long to wait, before `--time-scale`. Never less than 0, never more than `max`.
struct Delay {
  std::variant<FixedDelay, UniformDelay, NormalDelay, LognormalDelay> distribution;
  std::optional<Duration> max;
};

/// The delay that a draw stands for: a pure function, so that a seed is a timetable.
Duration sample(const Delay& delay, std::uint64_t draw);

}  // namespace procedura::mock
