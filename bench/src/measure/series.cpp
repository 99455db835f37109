#include "measure/series.hpp"

#include <algorithm>

namespace procedura::bench {

void Second::merge(const Second& other) {
  due += other.due;
  sent += other.sent;
  finished += other.finished;
  failed += other.failed;
  in_flight += other.in_flight;
  for (std::size_t i = 0; i < metric_count; ++i) latencies[i].merge(other.latencies[i]);
}

Nanos Series::step_for(Nanos window) noexcept {
  constexpr Nanos longest_in_seconds = std::chrono::seconds{most_seconds};
  const auto steps = window / longest_in_seconds + (window % longest_in_seconds > Nanos{0} ? 1 : 0);
  return std::chrono::seconds{std::max<Nanos::rep>(1, steps)};
}

std::size_t Series::index_of(Nanos since_begin) const noexcept {
  return static_cast<std::size_t>(std::clamp<Nanos::rep>(since_begin / step, 0, 2 * most_seconds - 1));
}

Second& Series::at(Nanos since_begin) {
  const std::size_t index = index_of(since_begin);
  while (seconds.size() <= index) {
    // Neighbours are alike: what the last one needed, this one has from the start, and does not grow while a job waits.
    const std::size_t last = seconds.size();
    seconds.emplace_back();
    if (last == 0) continue;
    for (std::size_t i = 0; i < metric_count; ++i) {
      seconds[last].latencies[i].reserve(seconds[last - 1].latencies[i].buckets().size());
    }
  }
  return seconds[index];
}

void Series::merge(const Series& other) {
  if (seconds.empty()) step = other.step;
  if (seconds.size() < other.seconds.size()) seconds.resize(other.seconds.size());
  for (std::size_t i = 0; i < other.seconds.size(); ++i) seconds[i].merge(other.seconds[i]);
}

}  // namespace procedura::bench
