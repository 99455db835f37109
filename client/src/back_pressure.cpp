#include "back_pressure.hpp"

namespace procedura::detail {

Admission admit(const StreamBounds& bounds, const Held& stream, const Held& connection, std::size_t frame_bytes, bool alone) {
  const bool full =
      stream.frames >= bounds.frames || stream.bytes >= bounds.bytes || connection.bytes >= bounds.connection_bytes;
  if (full) return alone ? Admission::keep_and_pause : Admission::give_up;
  const bool fills = stream.frames + 1 >= bounds.frames || stream.bytes + frame_bytes >= bounds.bytes ||
                     connection.bytes + frame_bytes >= bounds.connection_bytes;
  return fills && alone ? Admission::keep_and_pause : Admission::keep;
}

bool caught_up(const StreamBounds& bounds, const Held& stream) {
  return stream.frames <= bounds.frames / 2 && stream.bytes <= bounds.bytes / 2;
}

}  // namespace procedura::detail
