#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace procedura::bench {

/// Reads what a program writes, so that it never has to wait for that, and keeps the end of it. On a thread of its own.
class LastWords {
 public:
  static constexpr std::size_t most = 4096;

  LastWords() = default;
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;
  ~LastWords();

  /// `pipe` is its own from now on. Once.
  void read_from(int pipe);
  /// Until nobody can write any more, and no longer than this.
  void wait_for_the_end(std::chrono::milliseconds at_most);
  std::string text() const;

 private:
  void read();

  int pipe_ = -1;
  std::array<int, 2> stop_{-1, -1};
  mutable std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::string text_;
  std::thread thread_;
};

}  // namespace procedura::bench
