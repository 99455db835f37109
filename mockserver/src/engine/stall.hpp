#pragma once

#include "engine/moment.hpp"
#include "engine/outputs.hpp"
#include "scenario/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace procedura::mock::engine {

/// When the whole agent stands still: for `length` at the end of every `every`, from `start` on. Not scaled: it is a fault of
/// the agent's machine, not a delay of its modules.
class StallClock {
 public:
  /// Never.
  StallClock() = default;
  StallClock(const Stall& stall, TimePoint start) : stall_{stall}, start_{start} {}

  bool ever() const noexcept { return stall_.length > Duration::zero(); }
  /// The end of the stall that `now` lies in; nothing: the agent moves.
  std::optional<TimePoint> until(TimePoint now) const noexcept;
  Duration length() const noexcept { return stall_.length; }

 private:
  Stall stall_;
  TimePoint start_{};
};

/// Something that happened on a connection while the agent stood still.
struct DeferredInput {
  enum class Kind : std::uint8_t { text, binary, closed } kind = Kind::text;
  ConnectionId connection = 0;
  std::string message = {};
  std::size_t size = 0;    ///< of a binary message
  std::uint16_t code = 0;  ///< of an end
};

/// Inputs that wait for the end of a stall, in their order and in bounded memory.
class DeferredInputs {
 public:
  static constexpr std::size_t most_of_one = std::size_t{1024} * 1024;  ///< bytes of one connection, beyond its first message
  static constexpr std::size_t most_of_all = std::size_t{64} * 1024 * 1024;  ///< bytes

  /// False: there is no room, and it was not taken. An end always has room.
  bool add(DeferredInput input);
  std::optional<DeferredInput> next();
  bool empty() const noexcept { return inputs_.empty(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  // A message costs something even if it is empty.
  static std::size_t cost(const DeferredInput& input) noexcept { return sizeof(DeferredInput) + input.message.size(); }

  std::deque<DeferredInput> inputs_;
  std::unordered_map<ConnectionId, std::size_t> of_connection_;
  std::size_t bytes_ = 0;
};

}  // namespace procedura::mock::engine
