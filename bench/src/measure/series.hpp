#pragma once

#include "measure/metrics.hpp"
#include "measure/sparse_histogram.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace procedura::bench {

/// A second of the measured window (the last one may be shorter). All but `in_flight` are counts that add up over shards.
struct Second {
  std::uint64_t due = 0;        ///< jobs whose intended start lies in it
  std::uint64_t sent = 0;       ///< measured jobs that were written in it
  std::uint64_t finished = 0;   ///< measured jobs that got their result in it
  std::uint64_t failed = 0;     ///< measured jobs that failed in it
  std::uint64_t in_flight = 0;  ///< jobs begun and not ended, at its end; of several shards their sum

  /// One per metric: what `Metrics` has of the jobs whose intended start lies in this second, but of `gap` those that came in
  /// it. So the seconds add up to `Metrics`.
  std::array<SparseHistogram, metric_count> latencies;

  const SparseHistogram& of(Metric metric) const noexcept { return latencies[static_cast<std::size_t>(metric)]; }
  SparseHistogram& of(Metric metric) noexcept { return latencies[static_cast<std::size_t>(metric)]; }
  void merge(const Second& other);
  bool operator==(const Second&) const = default;
};

/// The measured window, second by second, and what came after it in the second in which it came.
struct Series {
  /// A window is told in at most so many seconds. A longer one has longer "seconds", so that a run of days needs no more memory
  /// than one of a quarter of an hour. What is after the window may have as many again; what is later counts as in the last.
  static constexpr std::size_t most_seconds = 1000;

  /// For a window of this length: whole seconds, one if it has no more than `most_seconds`.
  static Nanos step_for(Nanos window) noexcept;

  Nanos step{std::chrono::seconds{1}};  ///< how long each is
  std::vector<Second> seconds;

  /// Which second this time since the window's begin lies in.
  std::size_t index_of(Nanos since_begin) const noexcept;
  /// That second; it and those before it are made if they are not there. A reference is good until the next one is made.
  Second& at(Nanos since_begin);

  void merge(const Series& other);  ///< second by second: shards begin together, and of the same window
  bool operator==(const Series&) const = default;
};

}  // namespace procedura::bench
