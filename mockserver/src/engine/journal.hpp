#pragma once

#include "engine/outputs.hpp"

#include <procedura/mock/journal_entry.hpp>
#include <procedura/protocol/deadlines.hpp>
#include <procedura/protocol/redaction.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace procedura::mock::engine {

/// What an event belongs to in the scenario. `stub` is a name in the scenario, which outlives the journal.
struct Origin {
  std::string_view stub;
  std::uint64_t instance = 0;
  std::uint32_t step = 0;
  std::uint64_t caused_by = 0;  ///< `seq` of the entry that led to it; 0: none
};

/// The last events of a run, in memory that is bounded and reused. Frames are kept as they were and can be had redacted only
/// (AUT-7): to parse each one as it passes would cost more than all else that the mock does with it.
class Journal {
 public:
  struct Bounds {
    std::size_t entries = 16384;
    std::size_t bytes = std::size_t{16} * 1024 * 1024;  ///< of frames
  };

  Journal(protocol::TimePoint start, Bounds bounds) : start_{start}, bounds_{bounds} {}

  /// Returns its `seq`.
  std::uint64_t record(protocol::TimePoint now, JournalEntry::Direction direction, ConnectionId connection,
                       std::string_view frame, const Origin& origin = {});
  /// Says what the latest event belongs to, once that is known.
  void attribute(const Origin& origin) noexcept;

  /// The bytes of an entry were handed to the system. One that is not there any more is not looked for.
  void left(std::uint64_t seq, protocol::TimePoint actual) noexcept;

  /// What is still there, the oldest first.
  std::vector<JournalEntry> entries(const protocol::Redactor& secrets) const;
  std::uint64_t recorded() const noexcept { return recorded_; }
  std::uint64_t dropped() const noexcept { return recorded_ - size_; }

 private:
  struct Slot {
    std::uint64_t seq = 0;
    std::int64_t t_ns = 0;
    std::int64_t sent_ns = -1;
    ConnectionId connection = 0;
    JournalEntry::Direction direction = JournalEntry::Direction::note;
    Origin origin;
    std::string frame;
  };
  void drop_oldest();

  protocol::TimePoint start_;
  Bounds bounds_;
  std::vector<Slot> ring_;  // grows to `bounds_.entries` slots, then is reused
  std::size_t oldest_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t recorded_ = 0;
};

}  // namespace procedura::mock::engine
