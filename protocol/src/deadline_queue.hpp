#pragma once

#include <procedura/protocol/client_session.hpp>

#include <algorithm>
#include <vector>

namespace procedura::protocol {

/// When to look at which exchange next. Most exchanges end long before their deadline and most frames only put it off, so
/// entries are never moved: an exchange is looked at when its earliest entry is due, and entered again if it was too early.
class DeadlineQueue {
 public:
  struct Entry {
    TimePoint at;
    ExchangeKey key;
  };

  bool empty() const noexcept { return heap_.empty(); }
  std::size_t size() const noexcept { return heap_.size(); }
  TimePoint earliest() const noexcept { return heap_.front().at; }

  void push(Entry entry) {
    heap_.push_back(entry);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  Entry pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Entry entry = heap_.back();
    heap_.pop_back();
    return entry;
  }

  /// Drops the entries that nobody waits for any more. Called when they are the majority: constant time per exchange.
  template <typename Wanted>
  void sweep(Wanted wanted) {
    std::erase_if(heap_, [&wanted](const Entry& entry) { return !wanted(entry); });
    std::make_heap(heap_.begin(), heap_.end(), later);
  }

 private:
  static bool later(const Entry& a, const Entry& b) noexcept { return a.at > b.at; }
  std::vector<Entry> heap_;
};

}  // namespace procedura::protocol
