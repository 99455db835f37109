#pragma once

#include "measure/metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace procedura::bench {

/// One job with the times of all that came, for the picture of what a job is like. Times since the run's start.
struct Timeline {
  std::uint64_t arrival = 0;  ///< the number of the arrival in the whole load; in a closed loop: how many began before it
  JobTimes times;
  std::vector<Nanos> events;  ///< of each `running`, at most `most_events`
  std::uint64_t more_events = 0;
  Nanos end{0};
  std::string error;  ///< its code, printable; empty: it finished

  static constexpr std::size_t most_events = 100;
  Nanos response() const noexcept { return end - times.intended; }
  bool operator==(const Timeline&) const = default;
};

/// A few jobs of a run: the slowest, and some that nothing but a hash of their numbers chose. Which they are depends on the
/// jobs alone, not on their order, so that the samples of shards merge to that of the whole. Not thread-safe.
class TimelineSample {
 public:
  static constexpr std::size_t most = 20;  ///< of each kind

  /// Whether `add` would keep a job with these; asked first, so that nothing is copied for the others.
  bool wants(std::uint64_t arrival, Nanos response) const noexcept;
  void add(const Timeline& job);  ///< one that is there already changes nothing
  void merge(const TimelineSample& other);

  const std::vector<Timeline>& slowest() const noexcept { return slowest_; }  ///< slowest first
  const std::vector<Timeline>& drawn() const noexcept { return drawn_; }      ///< in the order of their arrivals
  bool operator==(const TimelineSample&) const = default;

 private:
  bool among_slowest(std::uint64_t arrival, Nanos response) const noexcept;
  bool among_drawn(std::uint64_t arrival) const noexcept;
  void add_slowest(const Timeline& job);
  void add_drawn(const Timeline& job);

  std::vector<Timeline> slowest_;
  std::vector<Timeline> drawn_;
  std::uint64_t highest_draw_ = std::numeric_limits<std::uint64_t>::max();  // of those in drawn_, once they are all there
};

}  // namespace procedura::bench
