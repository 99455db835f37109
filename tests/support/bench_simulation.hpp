#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <queue>
#include <vector>

/// What a load on an agent with stalls must come to, worked out without any of the load generator's code.
namespace procedura::testing {

/// Answers each request after a fixed delay, any number at a time; but every so often it stands still altogether, and neither
/// reads nor answers. Times since the run's start.
struct StallingAgent {
  using Nanos = std::chrono::nanoseconds;

  Nanos delay = std::chrono::milliseconds{5};
  Nanos stall = std::chrono::milliseconds{200};
  Nanos every = std::chrono::seconds{10};
  Nanos first = std::chrono::seconds{5};  ///< when it stands still for the first time

  Nanos when_awake(Nanos at) const {
    if (at < first) return at;
    const Nanos into_the_period = (at - first) % every;
    return into_the_period < stall ? at + (stall - into_the_period) : at;
  }
  Nanos replies_at(Nanos sent) const { return when_awake(when_awake(sent) + delay); }
};

struct SimulatedJob {
  std::chrono::nanoseconds due;
  std::chrono::nanoseconds sent;
  std::chrono::nanoseconds replied;
};

/// Jobs are sent when they are due, but no more than `most_in_flight` are without a reply; those held back go in their order.
inline std::vector<SimulatedJob> simulate(const std::vector<std::chrono::nanoseconds>& due, const StallingAgent& agent,
                                          std::size_t most_in_flight) {
  std::priority_queue<std::chrono::nanoseconds, std::vector<std::chrono::nanoseconds>, std::greater<>> in_flight;
  std::vector<SimulatedJob> jobs;
  for (const auto at : due) {
    auto sent = at;
    if (in_flight.size() == most_in_flight) {
      sent = std::max(sent, in_flight.top());
      in_flight.pop();
    }
    jobs.push_back({at, sent, agent.replies_at(sent)});
    in_flight.push(jobs.back().replied);
  }
  return jobs;
}

/// The arrivals of an even load: `rate` a second, from 0, before `end`.
inline std::vector<std::chrono::nanoseconds> even_arrivals(double rate, std::chrono::nanoseconds end) {
  std::vector<std::chrono::nanoseconds> due;
  const auto at = [&] { return std::chrono::nanoseconds{std::llround(static_cast<double>(due.size()) * 1e9 / rate)}; };
  while (at() < end) due.push_back(at());
  return due;
}

/// The value at rank ceil(percent / 100 * n), from 1, of values in ascending order.
inline std::chrono::nanoseconds percentile(std::vector<std::chrono::nanoseconds> values, std::size_t percent) {
  std::sort(values.begin(), values.end());
  return values[(values.size() * percent + 99) / 100 - 1];
}

}  // namespace procedura::testing
