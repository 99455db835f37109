#pragma once

#include <procedura/options.hpp>

#include <cstddef>

namespace procedura::detail {

/// What one stream holds for its consumer. The connection's total is kept beside it, in a `Held`.
struct Held {
  std::size_t frames = 0;
  std::size_t bytes = 0;
};

enum class Admission {
  keep,
  keep_and_pause,  ///< keep the frame, and read nothing more until the consumer has caught up
  give_up,         ///< SLOW_CONSUMER: the frame is not kept
};

/// Takes one more frame in, or not. Pure. `alone`: the stream is the connection's only live exchange, so that nobody else
/// suffers when reading pauses. A frame is never refused for its own size: a bound is passed by one frame at most.
Admission admit(const StreamBounds& bounds, const Held& stream, const Held& connection, std::size_t frame_bytes, bool alone);

/// The consumer has caught up far enough for reading to go on: half of what the bounds allow.
bool caught_up(const StreamBounds& bounds, const Held& stream);

}  // namespace procedura::detail
