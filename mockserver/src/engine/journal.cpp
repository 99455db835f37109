#include "engine/journal.hpp"

#include <algorithm>

namespace procedura::mock::engine {
namespace {

// A slot that held a huge frame gives its memory back: the bound is on what is allocated, not on what is used.
constexpr std::size_t kept_capacity = 4096;

}  // namespace

std::uint64_t Journal::record(protocol::TimePoint now, JournalEntry::Direction direction, ConnectionId connection,
                              std::string_view frame, const Origin& origin) {
  ++recorded_;
  while (size_ > 0 && (size_ == bounds_.entries || bytes_ + frame.size() > bounds_.bytes)) drop_oldest();
  const std::size_t at = size_ < ring_.size() ? (oldest_ + size_) % ring_.size() : ring_.size();
  if (at == ring_.size()) {
    // Full only in the sense of slots made so far. They are in order from 0 here, or the ring would have to be turned.
    if (oldest_ != 0) {
      std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(oldest_), ring_.end());
      oldest_ = 0;
    }
    ring_.emplace_back();
  }
  Slot& slot = ring_[at];
  slot.seq = recorded_;
  slot.t_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now - start_).count();
  slot.connection = connection;
  slot.direction = direction;
  slot.sent_ns = -1;
  slot.origin = origin;
  slot.frame.assign(frame);
  bytes_ += frame.size();
  ++size_;
  return recorded_;
}

void Journal::left(std::uint64_t seq, protocol::TimePoint actual) noexcept {
  const std::uint64_t first = recorded_ - size_ + 1;
  if (seq < first || seq > recorded_) return;
  ring_[(oldest_ + (seq - first)) % ring_.size()].sent_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(actual - start_).count();
}

void Journal::attribute(const Origin& origin) noexcept {
  if (size_ == 0) return;
  Slot& slot = ring_[(oldest_ + size_ - 1) % ring_.size()];
  const std::uint64_t caused_by = slot.origin.caused_by;
  slot.origin = origin;
  slot.origin.caused_by = caused_by;
}

void Journal::drop_oldest() {
  Slot& slot = ring_[oldest_];
  bytes_ -= slot.frame.size();
  slot.frame.clear();
  if (slot.frame.capacity() > kept_capacity) std::string{}.swap(slot.frame);
  oldest_ = (oldest_ + 1) % ring_.size();
  --size_;
}

std::vector<JournalEntry> Journal::entries(const protocol::Redactor& secrets) const {
  std::vector<JournalEntry> entries;
  entries.reserve(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    const Slot& slot = ring_[(oldest_ + i) % ring_.size()];
    const bool is_frame = slot.direction != JournalEntry::Direction::note;
    entries.push_back({slot.seq, slot.t_ns, slot.connection, slot.direction,
                       secrets(is_frame ? protocol::redact_frame(slot.frame) : slot.frame), std::string{slot.origin.stub},
                       slot.origin.instance, slot.origin.step, slot.origin.caused_by});
  }
  return entries;
}

}  // namespace procedura::mock::engine
