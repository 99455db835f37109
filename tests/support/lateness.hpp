#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace procedura::testing {

/// How late this machine serves a thread that wants to run every 5 ms, in all, so that a test of a duration can tell a slow
/// machine from a slow program.
class Lateness {
  using Clock = std::chrono::steady_clock;

 public:
  Lateness() = default;
  ~Lateness() {
    {
      const std::lock_guard lock{mutex_};
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Lateness(const Lateness&) = delete;
  Lateness& operator=(const Lateness&) = delete;

  Clock::duration so_far() const {
    const std::lock_guard lock{mutex_};
    return late_;
  }

 private:
  void watch() {
    std::unique_lock lock{mutex_};
    while (!over_) {
      const auto due = Clock::now() + std::chrono::milliseconds{5};
      changed_.wait_until(lock, due, [this] { return over_; });
      if (const auto now = Clock::now(); now > due) late_ += now - due;
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  Clock::duration late_{};
  std::thread thread_{[this] { watch(); }};  // last: it uses the rest
};

}  // namespace procedura::testing
