#pragma once

#include <procedura/connection_event.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace procedura::testing {

/// Keeps what a listener is told, for another thread to wait for.
class Told {
 public:
  ConnectionListener listener() {
    return [this](const ConnectionEvent& event) {
      const std::lock_guard lock{mutex_};
      events_.push_back(event);
      changed_.notify_all();
    };
  }
  /// All so far, once there are so many.
  std::vector<ConnectionEvent> wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return events_.size() >= count; }))
        << "only " << events_.size();
    return events_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ConnectionEvent> events_;
};

inline std::vector<ConnectionEvent::Kind> kinds(const std::vector<ConnectionEvent>& events) {
  std::vector<ConnectionEvent::Kind> list;
  for (const ConnectionEvent& event : events) list.push_back(event.kind);
  return list;
}

/// What a call fails with.
template <class Call>
Failure failure_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.failure();
  }
  ADD_FAILURE() << "it did not fail";
  return {};
}

}  // namespace procedura::testing
