#pragma once

#include "engine/moment.hpp"

#include <fmt/format.h>

#include <string>

namespace procedura::mock::engine {

/// A duration for people, to four digits: `1.52s`, `20ms`, `35us`.
inline std::string duration_text(Duration duration) {
  const auto count = static_cast<double>(duration.count());
  if (count >= 1e12) return fmt::format("{:.0f}s", count / 1e9);
  if (count >= 1e9) return fmt::format("{:.4g}s", count / 1e9);
  if (count >= 1e6) return fmt::format("{:.4g}ms", count / 1e6);
  if (count >= 1e3) return fmt::format("{:.4g}us", count / 1e3);
  return fmt::format("{:.0f}ns", count);
}

}  // namespace procedura::mock::engine
