#include "measure/health.hpp"

#include <algorithm>
#include <tuple>

namespace procedura::bench {

double Health::busy() const noexcept {
  if (wall.count() <= 0) return 0;
  return std::clamp(static_cast<double>((cpu - spun).count()) / static_cast<double>(wall.count()), 0.0, 1.0);
}

void Health::merge(const Health& other) {
  // One of them whole, so that its parts still belong together; which one does not depend on the order of the shards.
  const auto rank = [](const Health& health) { return std::tuple{health.busy(), health.wall, health.cpu}; };
  if (rank(*this) < rank(other)) {
    wall = other.wall;
    cpu = other.cpu;
    spun = other.spun;
  }
  steal = std::max(steal, other.steal);  // nothing is less than anything
  preempted += other.preempted;
}

}  // namespace procedura::bench
