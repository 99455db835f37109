#pragma once

#include "engine/lateness.hpp"
#include "engine/outputs.hpp"

#include <procedura/mock/journal_entry.hpp>
#include <procedura/protocol/deadlines.hpp>
#include <procedura/protocol/redaction.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock::engine {

/// What an event belongs to. `stub` and `partition` are names that outlive the journal.
struct Origin {
  std::string_view stub;
  std::uint64_t instance = 0;
  std::uint32_t step = 0;
  std::uint64_t caused_by = 0;  ///< `seq` of the entry that led to it; 0: none
  std::string_view partition = {};
};

using mock::JournalFilter;

/// A piece of the journal.
struct JournalPage {
  std::vector<JournalEntry> entries;
  std::uint64_t next = 0;    ///< ask on behind this `seq`: all up to it were looked at
  std::uint64_t missed = 0;  ///< entries behind the `seq` that was asked for, and dropped before
};

/// The last events of a run, in memory that is bounded and reused. Frames are kept as they were and redacted on their way out
/// (AUT-7): to parse each one as it passes would cost more than all else that the mock does with it.
class Journal {
 public:
  struct Bounds {
    std::size_t entries = 16384;
    std::size_t bytes = std::size_t{16} * 1024 * 1024;  ///< of frames
  };

  Journal(protocol::TimePoint start, Bounds bounds) : start_{start}, bounds_{bounds} {}

  // --- All of these return the `seq` of the new entry.

  /// A frame or, with `Direction::note`, words.
  std::uint64_t record(protocol::TimePoint now, JournalEntry::Direction direction, ConnectionId connection,
                       std::string_view frame, const Origin& origin = {});
  /// A frame goes out that should leave at `intended`. `measured`: its lateness counts, because a timer sent it and no fault
  /// holds it up.
  std::uint64_t record_sent(protocol::TimePoint now, ConnectionId connection, std::string_view frame, const Origin& origin,
                            protocol::TimePoint intended, bool measured);
  /// `fault` is a name that outlives the journal (`name_of`); `words` say more, if there is more.
  std::uint64_t record_fault(protocol::TimePoint now, ConnectionId connection, std::string_view fault, std::string_view words,
                             const Origin& origin = {});
  /// `via` outlives the journal (`to_string(Via)`).
  std::uint64_t record_opened(protocol::TimePoint now, ConnectionId connection, std::string_view via, const Origin& origin);
  std::uint64_t record_closed(protocol::TimePoint now, ConnectionId connection, std::uint16_t code, const Origin& origin);

  /// Says what the latest event belongs to, once that is known. Its cause and partition stay.
  void attribute(const Origin& origin) noexcept;
  /// Says who sent the request that the latest event is, by a name that outlives the journal.
  void asked_by(std::string_view user) noexcept;

  /// The bytes of an entry were handed to the system. One that is not there any more is not looked for.
  void left(std::uint64_t seq, protocol::TimePoint actual) noexcept;

  // --- looks

  /// What is still there, the oldest first.
  std::vector<JournalEntry> entries(const protocol::Redactor& secrets) const;
  /// The first `limit` entries behind `seq` that pass the filter; fewer if it had to look at much for them. There are more as
  /// long as `next` is less than `recorded()`. Costs what is looked at, wherever `seq` is.
  JournalPage since(std::uint64_t seq, std::size_t limit, const JournalFilter& filter, const protocol::Redactor& secrets) const;
  /// All entries behind `seq` as they are, with their secrets: for who redacts them elsewhere, with `redact`. It ends before
  /// the first frame that has not left yet, if that was recorded after `settled`: who waits a little learns when it did.
  JournalPage unredacted_since(std::uint64_t seq, protocol::TimePoint settled = protocol::TimePoint::max()) const;
  std::uint64_t recorded() const noexcept { return recorded_; }
  std::uint64_t dropped() const noexcept { return recorded_ - size_; }
  std::uint64_t bytes_recorded() const noexcept { return bytes_recorded_; }
  const Bounds& bounds() const noexcept { return bounds_; }
  const Lateness& lateness() const noexcept { return lateness_; }
  /// How often each fault fired.
  const std::map<std::string_view, std::uint64_t>& faults() const noexcept { return faults_; }

 private:
  struct Slot {
    std::uint64_t seq = 0;
    std::int64_t t_ns = 0;
    std::int64_t intended_ns = 0;
    std::int64_t sent_ns = -1;
    ConnectionId connection = 0;
    JournalEntry::Event event = JournalEntry::Event::note;
    JournalEntry::Direction direction = JournalEntry::Direction::note;
    bool measured = false;
    std::uint16_t code = 0;
    Origin origin;
    std::string_view label;  // of a fault its name, of an opening how the token came, of a request its user
    std::string frame;
  };
  Slot& add(protocol::TimePoint now, JournalEntry::Event event, ConnectionId connection, std::string_view frame,
            const Origin& origin);
  void drop_oldest();
  std::int64_t since_start(protocol::TimePoint time) const noexcept;
  /// Null: it is not there any more, or not yet.
  const Slot* find(std::uint64_t seq) const noexcept { return is_there(seq) ? &ring_[place(seq)] : nullptr; }
  bool is_there(std::uint64_t seq) const noexcept { return seq > dropped() && seq <= recorded_; }
  std::size_t place(std::uint64_t seq) const noexcept { return (oldest_ + (seq - dropped() - 1)) % ring_.size(); }
  JournalEntry unredacted(const Slot& slot) const;
  /// Adds to `looked_at` the bytes of frames that it reads.
  bool passes(const Slot& slot, const JournalFilter& filter, std::size_t& looked_at) const;

  protocol::TimePoint start_;
  Bounds bounds_;
  std::vector<Slot> ring_;  // grows to `bounds_.entries` slots, then is reused
  std::size_t oldest_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t recorded_ = 0;
  std::uint64_t bytes_recorded_ = 0;
  Lateness lateness_;
  std::map<std::string_view, std::uint64_t> faults_;
};

/// Makes an entry fit to be shown (AUT-7).
void redact(JournalEntry& entry, const protocol::Redactor& secrets);

}  // namespace procedura::mock::engine
