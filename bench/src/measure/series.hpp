#pragma once

#include "measure/metrics.hpp"
#include "measure/sparse_histogram.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace procedura::bench {

/// A second of the measured window (the last one may be shorter). All but `in_flight` are counts that add up over shards.
struct Second {
  std::uint64_t due = 0;        ///< jobs whose intended start lies in it
  std::uint64_t sent = 0;       ///< measured jobs that were written in it
  std::uint64_t finished = 0;   ///< measured jobs that got their result in it
  std::uint64_t failed = 0;     ///< measured jobs that failed in it
  std::uint64_t in_flight = 0;  ///< jobs begun and not ended, at its end; of several shards their sum

  /// Of the finished jobs whose intended start lies in this second, one per metric; `gap`: of those that came in it.
  std::array<SparseHistogram, metric_count> latencies;

  const SparseHistogram& of(Metric metric) const noexcept { return latencies[static_cast<std::size_t>(metric)]; }
  void merge(const Second& other);
  bool operator==(const Second&) const = default;
};

/// The measured window, second by second, and what came after it in the second in which it came.
struct Series {
  std::vector<Second> seconds;

  void merge(const Series& other);  ///< second by second: shards begin together
  bool operator==(const Series&) const = default;
};

}  // namespace procedura::bench
