#pragma once

#include "command_line.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::bench::peers {

using Clock = std::chrono::steady_clock;
using Nanos = std::chrono::nanoseconds;

/// When jobs are due, and what became of them: an open loop with `--rate`, a closed one with `--concurrency`. The measured
/// window begins when the warm-up ends; a job is measured when it is due in it, and its latency counts from then.
class Load {
 public:
  explicit Load(const CommandLine& options)
      : connections_{static_cast<std::size_t>(options.number("connections"))},
        rate_{options.has("rate") ? options.number("rate") : 0},
        concurrency_{options.has("rate") ? 0 : static_cast<std::size_t>(options.number("concurrency"))},
        window_begin_{seconds(options.number("warm-up"))},
        window_end_{window_begin_ + seconds(options.number("duration"))} {}

  void start(Clock::time_point now) { start_ = now; }
  std::size_t connections() const noexcept { return connections_; }
  std::size_t concurrency() const noexcept { return concurrency_; }
  bool open_loop() const noexcept { return rate_ > 0; }
  Clock::time_point end() const noexcept { return start_ + window_end_; }
  Clock::time_point next_due() const {
    return start_ + Nanos{static_cast<std::int64_t>(static_cast<double>(due_.size()) * 1e9 / rate_)};
  }
  std::size_t in_flight() const noexcept { return due_.size() - ended_; }

  /// A new job: its request. Its number is its id.
  std::string begin(Clock::time_point due) {
    const std::string id = std::to_string(due_.size());
    due_.push_back(due);
    return R"({"id":")" + id + R"(","cmd":"worldstate_snapshot","args":["worldstate_snapshot","--terse"],"mode":"sync"})";
  }

  /// True if the reply was the last one of its job.
  bool reply(std::string_view text, Clock::time_point now) {
    if (text.find(R"("status":"finished")") == std::string_view::npos) return false;
    constexpr std::string_view before = R"("id":")";
    const std::size_t begin = text.find(before);
    std::size_t job = due_.size();
    if (begin != std::string_view::npos) {
      std::from_chars(text.data() + begin + before.size(), text.data() + text.size(), job);
    }
    if (job >= due_.size()) return false;
    ++ended_;
    const Nanos due = due_[job] - start_;
    if (due >= window_begin_ && due < window_end_) latencies_.push_back(now - due_[job]);
    const Nanos at = now - start_;
    if (at >= window_begin_ && at < window_end_) ++ended_in_window_;
    return true;
  }

  /// One line of JSON. p99 needs 10,000 samples: with fewer, one slow job more or less would decide it.
  void report() {
    std::sort(latencies_.begin(), latencies_.end());
    const double window = std::chrono::duration<double>(window_end_ - window_begin_).count();
    std::cout << R"({"measured":)" << latencies_.size() << R"(,"rate":)" << static_cast<double>(ended_in_window_) / window
              << R"(,"unfinished":)" << in_flight() << R"(,"p50_ns":)" << quantile(50, 200) << R"(,"p99_ns":)"
              << quantile(99, 10'000) << "}" << std::endl;
  }

 private:
  static Nanos seconds(double seconds) { return Nanos{static_cast<std::int64_t>(seconds * 1e9)}; }
  std::string quantile(std::size_t percent, std::size_t needed) const {
    if (latencies_.size() < needed) return "null";
    return std::to_string(latencies_[(latencies_.size() * percent + 99) / 100 - 1].count());
  }

  std::size_t connections_;
  double rate_;
  std::size_t concurrency_;
  Nanos window_begin_;
  Nanos window_end_;
  Clock::time_point start_;
  std::vector<Clock::time_point> due_;  // by id
  std::vector<Nanos> latencies_;
  std::uint64_t ended_ = 0;
  std::uint64_t ended_in_window_ = 0;
};

}  // namespace procedura::bench::peers
