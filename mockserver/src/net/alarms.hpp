#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>

namespace procedura::mock::net {

using protocol::Duration;
using protocol::TimePoint;

class Alarm;

/// What all connections wait for, in one ordered set, so that one timer is enough for ten thousand of them. It knows no clock.
class Alarms {
 public:
  std::optional<TimePoint> next() const noexcept {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->due;
  }
  std::size_t size() const noexcept { return waiting_.size(); }
  /// Rings the first one if it is due. Those that are due at the same time ring in the order in which they were set.
  bool ring_next(TimePoint now);

  /// Called when what is next has come to be sooner.
  std::function<void()> on_sooner = [] {};

 private:
  friend class Alarm;
  struct Entry {
    TimePoint due;
    std::uint64_t order;
    Alarm* alarm;
    bool operator<(const Entry& other) const noexcept { return std::pair{due, order} < std::pair{other.due, other.order}; }
  };
  std::set<Entry> waiting_;
  std::uint64_t set_ = 0;
};

/// Something that is done at a set time. Silent once it is destroyed; its `Alarms` outlive it.
class Alarm {
 public:
  Alarm(Alarms& alarms, std::function<void()> ring) : alarms_{alarms}, ring_{std::move(ring)} {}
  ~Alarm() { cancel(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Instead of the time that it was set to before.
  void set(TimePoint due) {
    cancel();
    at_ = alarms_.waiting_.insert({due, ++alarms_.set_, this}).first;
    if (*at_ == alarms_.waiting_.begin()) alarms_.on_sooner();
  }
  void cancel() noexcept {
    if (at_) alarms_.waiting_.erase(*std::exchange(at_, std::nullopt));
  }
  bool is_set() const noexcept { return at_.has_value(); }

 private:
  friend class Alarms;
  Alarms& alarms_;
  std::function<void()> ring_;
  std::optional<std::set<Alarms::Entry>::iterator> at_;
};

inline bool Alarms::ring_next(TimePoint now) {
  if (waiting_.empty() || waiting_.begin()->due > now) return false;
  Alarm& first = *waiting_.begin()->alarm;
  first.cancel();
  first.ring_();
  return true;
}

}  // namespace procedura::mock::net
