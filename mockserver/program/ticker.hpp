#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace procedura::mock {

/// Calls something again and again, on a thread of its own, until it is destroyed.
class Ticker {
 public:
  Ticker(std::chrono::milliseconds every, std::function<void()> task)
      : thread_{[this, every, task = std::move(task)](const std::stop_token& stop) {
          std::unique_lock lock{mutex_};
          while (!wake_.wait_for(lock, stop, every, [] { return false; }) && !stop.stop_requested()) task();
        }} {}

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace procedura::mock
