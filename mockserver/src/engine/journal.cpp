#include "engine/journal.hpp"

#include <procedura/protocol/json_text.hpp>

#include <algorithm>

namespace procedura::mock::engine {
namespace {

using Event = JournalEntry::Event;
using Direction = JournalEntry::Direction;

// A slot that held a huge frame gives its memory back: the bound is on what is allocated, not on what is used.
constexpr std::size_t kept_capacity = 4096;
// One look reads so many bytes of frames at most, so that no search keeps the agent from its clients.
constexpr std::size_t bytes_per_look = std::size_t{1024} * 1024;

bool asks_for(std::string_view frame, std::string_view cmd) {
  for (protocol::ObjectScanner scan{frame, 256}; const auto member = scan.next();) {
    if (protocol::string_equals(member->key, "cmd")) return protocol::string_equals(member->value, cmd);
  }
  return false;
}

}  // namespace

std::int64_t Journal::since_start(protocol::TimePoint time) const noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time - start_).count();
}

Journal::Slot& Journal::add(protocol::TimePoint now, Event event, ConnectionId connection, std::string_view frame,
                            const Origin& origin) {
  ++recorded_;
  while (size_ > 0 && (size_ >= bounds_.entries || bytes_ + frame.size() > bounds_.bytes)) drop_oldest();
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
  slot.t_ns = slot.intended_ns = since_start(now);
  slot.sent_ns = -1;
  slot.connection = connection;
  slot.event = event;
  slot.direction = Direction::note;
  slot.measured = false;
  slot.code = 0;
  slot.origin = origin;
  slot.label = {};
  slot.frame.assign(frame);
  bytes_ += frame.size();
  bytes_recorded_ += frame.size();
  ++size_;
  return slot;
}

std::uint64_t Journal::record(protocol::TimePoint now, Direction direction, ConnectionId connection, std::string_view frame,
                              const Origin& origin) {
  add(now, direction == Direction::note ? Event::note : Event::frame, connection, frame, origin).direction = direction;
  return recorded_;
}

std::uint64_t Journal::record_sent(protocol::TimePoint now, ConnectionId connection, std::string_view frame,
                                   const Origin& origin, protocol::TimePoint intended, bool measured) {
  Slot& slot = add(now, Event::frame, connection, frame, origin);
  slot.direction = Direction::out;
  slot.intended_ns = since_start(intended);
  slot.measured = measured;
  return recorded_;
}

std::uint64_t Journal::record_fault(protocol::TimePoint now, ConnectionId connection, std::string_view fault,
                                    std::string_view words, const Origin& origin) {
  add(now, Event::fault, connection, words, origin).label = fault;
  ++faults_[fault];
  return recorded_;
}

std::uint64_t Journal::record_opened(protocol::TimePoint now, ConnectionId connection, std::string_view via,
                                     const Origin& origin) {
  add(now, Event::opened, connection, {}, origin).label = via;
  return recorded_;
}

std::uint64_t Journal::record_closed(protocol::TimePoint now, ConnectionId connection, std::uint16_t code,
                                     const Origin& origin) {
  add(now, Event::closed, connection, {}, origin).code = code;
  return recorded_;
}

void Journal::left(std::uint64_t seq, protocol::TimePoint actual) noexcept {
  if (!is_there(seq)) {
    if (seq != 0 && seq <= recorded_) lateness_.lose();
    return;
  }
  Slot& slot = ring_[place(seq)];
  slot.sent_ns = since_start(actual);
  if (slot.measured) lateness_.record(slot.sent_ns - slot.intended_ns);
}

void Journal::attribute(const Origin& origin) noexcept {
  if (size_ == 0) return;
  Slot& slot = ring_[place(recorded_)];
  slot.origin = {origin.stub, origin.instance, origin.step, slot.origin.caused_by, slot.origin.partition};
}

void Journal::asked_by(std::string_view user) noexcept {
  if (size_ > 0) ring_[place(recorded_)].label = user;
}

void Journal::drop_oldest() {
  Slot& slot = ring_[oldest_];
  bytes_ -= slot.frame.size();
  slot.frame.clear();
  if (slot.frame.capacity() > kept_capacity) std::string{}.swap(slot.frame);
  oldest_ = (oldest_ + 1) % ring_.size();
  --size_;
}

JournalEntry Journal::unredacted(const Slot& slot) const {
  JournalEntry entry;
  entry.seq = slot.seq;
  entry.t_ns = slot.t_ns;
  entry.connection = slot.connection;
  entry.direction = slot.direction;
  entry.frame = slot.frame;
  entry.stub = slot.origin.stub;
  entry.instance = slot.origin.instance;
  entry.step = slot.origin.step;
  entry.caused_by = slot.origin.caused_by;
  entry.event = slot.event;
  entry.partition = slot.origin.partition;
  if (slot.event == Event::fault) entry.fault = slot.label;
  if (slot.event == Event::opened) entry.via = slot.label;
  if (slot.direction == Direction::in) entry.user = slot.label;
  entry.code = slot.code;
  if (slot.direction == Direction::out) {
    entry.intended_ns = slot.intended_ns;
    if (slot.sent_ns >= 0) entry.sent_ns = slot.sent_ns;
  }
  return entry;
}

// All but `contains`, which is about the text as it is shown.
bool Journal::passes(const Slot& slot, const JournalFilter& filter, std::size_t& looked_at) const {
  if (filter.partition && slot.origin.partition != *filter.partition) return false;
  if (filter.connection && slot.connection != *filter.connection) return false;
  if (filter.stub && slot.origin.stub != *filter.stub) return false;
  if (filter.direction && slot.direction != *filter.direction) return false;
  if (filter.faults_only && slot.event != Event::fault) return false;
  if (!filter.cmd) return true;
  const Slot* request = slot.direction == Direction::in ? &slot : find(slot.origin.caused_by);
  if (!request || request->direction != Direction::in) return false;
  looked_at += request->frame.size();
  return asks_for(request->frame, *filter.cmd);
}

JournalPage Journal::since(std::uint64_t seq, std::size_t limit, const JournalFilter& filter,
                           const protocol::Redactor& secrets) const {
  const std::uint64_t gone = dropped();
  JournalPage page{{}, std::max(std::min(seq, recorded_), gone), gone > seq ? gone - seq : 0};
  std::size_t looked_at = 0;
  while (page.next < recorded_ && page.entries.size() < limit && looked_at < bytes_per_look) {
    const Slot& slot = *find(++page.next);
    if (!passes(slot, filter, looked_at)) continue;
    looked_at += slot.frame.size();
    JournalEntry entry = unredacted(slot);
    redact(entry, secrets);
    if (filter.contains.empty() || entry.frame.find(filter.contains) != std::string::npos) {
      page.entries.push_back(std::move(entry));
    }
  }
  return page;
}

JournalPage Journal::unredacted_since(std::uint64_t seq, protocol::TimePoint settled) const {
  const std::uint64_t gone = dropped();
  JournalPage page{{}, std::max(std::min(seq, recorded_), gone), gone > seq ? gone - seq : 0};
  const bool all = settled == protocol::TimePoint::max();
  const std::int64_t settled_ns = all ? 0 : since_start(settled);
  page.entries.reserve(recorded_ - page.next);
  while (page.next < recorded_) {
    const Slot& slot = *find(page.next + 1);
    if (!all && slot.direction == Direction::out && slot.sent_ns < 0 && slot.t_ns > settled_ns) break;
    page.entries.push_back(unredacted(slot));
    ++page.next;
  }
  return page;
}

std::vector<JournalEntry> Journal::entries(const protocol::Redactor& secrets) const {
  auto all = unredacted_since(0).entries;
  for (auto& entry : all) redact(entry, secrets);
  return all;
}

void redact(JournalEntry& entry, const protocol::Redactor& secrets) {
  // Names are the scenario's and the clients' own: they may be anything.
  for (std::string* name : {&entry.stub, &entry.partition, &entry.user}) {
    if (!name->empty()) *name = secrets(*name);
  }
  if (entry.event != Event::frame) {
    entry.frame = secrets(entry.frame);
    return;
  }
  const std::string shown = protocol::redact_frame(entry.frame);
  const bool json = !shown.empty() && shown.front() != '<';  // else it is not shown at all
  entry.frame = json ? secrets.json(shown) : secrets(shown);
}

}  // namespace procedura::mock::engine
