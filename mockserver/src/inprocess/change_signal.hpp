#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace procedura::mock::inprocess {

/// Lets threads wait for something to have happened on the mock's thread, without asking again and again. Costs that thread an
/// atomic increment as long as nobody waits.
class ChangeSignal {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// How much has happened so far. Look at this before you look at the thing itself.
  std::uint64_t count() const noexcept { return count_; }

  void happened() {
    ++count_;
    if (waiting_ == 0) return;
    const std::lock_guard lock{mutex_};
    changed_.notify_all();
  }

  /// Nothing more will happen.
  void end() {
    ended_ = true;
    happened();
  }

  /// Waits until more has happened than `seen`. False: it did not in time, or never will.
  bool wait(std::uint64_t seen, Deadline deadline) {
    ++waiting_;
    std::unique_lock lock{mutex_};
    const bool more = changed_.wait_until(lock, deadline, [&] { return count_ != seen || ended_; });
    --waiting_;
    return more && count_ != seen;
  }

 private:
  // Sequentially consistent, all of them: who waits says so before looking at the count, who counts does it before looking for
  // those who wait.
  std::atomic<std::uint64_t> count_{0};
  std::atomic<int> waiting_{0};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace procedura::mock::inprocess
