#include "engine/stall.hpp"

#include <utility>

namespace procedura::mock::engine {

std::optional<TimePoint> StallClock::until(TimePoint now) const noexcept {
  if (!ever() || now < start_) return std::nullopt;
  const auto round = (now - start_) / stall_.every;
  const TimePoint end = start_ + (round + 1) * stall_.every;
  return now >= end - stall_.length ? std::optional{end} : std::nullopt;
}

bool DeferredInputs::add(DeferredInput input) {
  const std::size_t bytes = cost(input);
  std::size_t& waiting = of_connection_[input.connection];
  const bool has_room = waiting == 0 || (waiting + bytes <= most_of_one && bytes_ + bytes <= most_of_all);
  if (!has_room && input.kind != DeferredInput::Kind::closed) return false;
  waiting += bytes;
  bytes_ += bytes;
  inputs_.push_back(std::move(input));
  return true;
}

std::optional<DeferredInput> DeferredInputs::next() {
  if (inputs_.empty()) return std::nullopt;
  DeferredInput input = std::move(inputs_.front());
  inputs_.pop_front();
  const std::size_t bytes = cost(input);
  bytes_ -= bytes;
  const auto waiting = of_connection_.find(input.connection);
  waiting->second -= bytes;
  if (waiting->second == 0) of_connection_.erase(waiting);
  return input;
}

}  // namespace procedura::mock::engine
