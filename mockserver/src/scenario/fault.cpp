#include "scenario/fault.hpp"

#include <array>

namespace procedura::mock {

const char* name_of(const Fault& fault) noexcept {
  static constexpr std::array<const char*, std::variant_size_v<Fault>> names = {
      "reset",     "drop",    "close",    "illegal", "half-open",     "no-pong",     "no-close",
      "bandwidth", "latency", "fragment", "dribble", "truncate",      "wrong-id",    "unknown-job",
      "duplicate", "omit",    "coalesce", "extra",   "stall-upgrade", "drop-upgrade"};
  return names[fault.index()];
}

}  // namespace procedura::mock
