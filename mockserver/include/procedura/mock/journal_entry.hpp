#pragma once

#include <cstdint>
#include <string>

namespace procedura::mock {

/// One event of a run, in the order in which the mock saw or made it.
struct JournalEntry {
  enum class Direction : std::uint8_t { in, out, note };

  std::uint64_t seq = 0;         ///< from 1
  std::int64_t t_ns = 0;         ///< nanoseconds since the mock started, monotonic
  std::uint64_t connection = 0;  ///< ordinal, from 1; 0: none
  Direction direction = Direction::note;
  std::string frame;            ///< the frame, redacted (AUT-7); for a note, its text
  std::string stub;             ///< that the frame belongs to; empty: none
  std::uint64_t instance = 0;   ///< of that stub's run, from 1; 0: none
  std::uint32_t step = 0;       ///< ordinal of the step in its stub, nested ones counted
  std::uint64_t caused_by = 0;  ///< `seq` of the entry that led to this one; 0: none
};

}  // namespace procedura::mock
