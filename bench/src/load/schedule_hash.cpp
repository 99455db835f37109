#include "load/schedule_hash.hpp"

#include "load/schedule.hpp"

namespace procedura::bench {
namespace {

constexpr std::uint64_t most = 1'000'000;

// FNV-1a over the bytes of a number, lowest first.
std::uint64_t mixed(std::uint64_t hash, std::uint64_t number) {
  for (int byte = 0; byte < 8; ++byte, number >>= 8) hash = (hash ^ (number & 0xff)) * 0x100000001b3;
  return hash;
}

}  // namespace

std::uint64_t schedule_hash(const LoadPlan& plan) {
  const auto* open = std::get_if<OpenLoop>(&plan.load);
  if (open == nullptr) return 0;
  Schedule schedule{open->arrival, open->rate, plan.seed, {}, plan.ramp};
  const Nanos end = plan.ramp + plan.warm_up + plan.duration;
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::uint64_t i = 0; i < most && schedule.at() < end; ++i, schedule.advance()) {
    hash = mixed(hash, static_cast<std::uint64_t>(schedule.at().count()));
  }
  return hash;
}

}  // namespace procedura::bench
