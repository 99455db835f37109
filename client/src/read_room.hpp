#pragma once

#include <algorithm>
#include <cstddef>

namespace procedura {

/// How many bytes of room to ask a buffer for, before the next piece of a message is read into it. `held`: of the message so
/// far; `capacity`: of the buffer.
///
/// What is free is used before the buffer grows, and it grows by doubling: pieces may come as small as a TLS record, and a
/// buffer that grew for each of them would copy a message of 8 MiB five hundred times.
constexpr std::size_t read_room(std::size_t held, std::size_t capacity) noexcept {
  constexpr std::size_t first_piece = 1536;                  // most messages are smaller
  constexpr std::size_t next_piece = std::size_t{1} << 16U;  // at least
  const std::size_t free = capacity - held;
  if (held == 0) {
    return std::max(first_piece, free);
  }
  return free >= next_piece / 2 ? free : std::max(next_piece, held);
}

}  // namespace procedura
