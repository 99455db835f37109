#include "measure/run_result.hpp"

#include <algorithm>

namespace procedura::bench {
namespace {

void merge_floors(std::optional<Floor>& mine, const std::optional<Floor>& other) {
  if (!other) return;
  if (!mine) {
    mine = other;
    return;
  }
  mine->response.merge(other->response);
  mine->duration = std::max(mine->duration, other->duration);
}

void merge_counts(std::vector<AgentCount>& mine, const std::vector<AgentCount>& others) {
  for (const AgentCount& other : others) {
    const auto same = std::find_if(mine.begin(), mine.end(), [&](const AgentCount& count) { return count.name == other.name; });
    if (same == mine.end()) {
      mine.push_back(other);
    } else {
      same->agent += other.agent;
      same->expected += other.expected;
    }
  }
}

}  // namespace

void Traffic::merge(const Traffic& other) noexcept {
  frames_out += other.frames_out;
  frames_in += other.frames_in;
  bytes_out += other.bytes_out;
  bytes_in += other.bytes_in;
}

void ConnectionTimes::merge(const ConnectionTimes& other) noexcept {
  resolve.merge(other.resolve);
  connect.merge(other.connect);
  tls.merge(other.tls);
  upgrade.merge(other.upgrade);
}

void RunResult::merge(const RunResult& other) {
  metrics.merge(other.metrics);
  series.merge(other.series);
  timelines.merge(other.timelines);

  window = std::max(window, other.window);
  sending_time = std::max(sending_time, other.sending_time);
  ending_time = std::max(ending_time, other.ending_time);
  most_in_flight += other.most_in_flight;
  in_flight_by_quarter.resize(std::min(in_flight_by_quarter.size(), other.in_flight_by_quarter.size()));
  for (std::size_t i = 0; i < in_flight_by_quarter.size(); ++i) in_flight_by_quarter[i] += other.in_flight_by_quarter[i];
  held_back = held_back || other.held_back;
  interrupted = interrupted || other.interrupted;

  connections_lost += other.connections_lost;
  if (first_loss.empty()) first_loss = other.first_loss;
  connection_times.merge(other.connection_times);
  if (tls_version.empty()) {
    tls_version = other.tls_version;
    tls_cipher = other.tls_cipher;
  }
  traffic.merge(other.traffic);

  health.merge(other.health);
  merge_floors(floor, other.floor);
  merge_counts(agent_counts, other.agent_counts);
}

}  // namespace procedura::bench
