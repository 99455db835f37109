#include "engine/chaos.hpp"

#include <procedura/protocol/random.hpp>

namespace procedura::mock::engine {

std::optional<Fault> chaos_fault(double rate, std::uint64_t draw) {
  if (rate <= 0 || protocol::unit(protocol::mix(draw, 1)) >= rate) return std::nullopt;
  struct Share {
    std::uint64_t percent;
    Fault fault;
  };
  const std::uint64_t some = protocol::mix(draw, 2);
  const Share shares[] = {{22, fault::Fragment{1 + some % 16}},
                          {15, fault::Duplicate{2}},
                          {14, fault::Omit{}},
                          {12, fault::Truncate{}},
                          {10, fault::Coalesce{2 + some % 3}},
                          {8, fault::WrongId{}},
                          {7, fault::UnknownJob{}},
                          {4, fault::Dribble{std::chrono::milliseconds{1}}},
                          {3, fault::Reset{}},
                          {2, fault::Drop{}},
                          {2, fault::CloseCode{1011}},
                          {1, fault::HalfOpen{}}};
  std::uint64_t left = protocol::mix(draw, 3) % 100;
  for (const auto& [percent, fault] : shares) {
    if (left < percent) return fault;
    left -= percent;
  }
  return std::nullopt;
}

}  // namespace procedura::mock::engine
