#pragma once

#include "measure/health.hpp"
#include "measure/metrics.hpp"
#include "measure/series.hpp"
#include "measure/timeline.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace procedura::bench {

/// Messages and their bytes, of the whole run, without WebSocket's framing.
struct Traffic {
  std::uint64_t frames_out = 0;
  std::uint64_t frames_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;

  void merge(const Traffic& other) noexcept;
};

/// How long connections took to make, one sample for each.
struct ConnectionTimes {
  Histogram resolve;  ///< the name
  Histogram connect;  ///< TCP
  Histogram tls;      ///< its handshake; empty for ws://
  Histogram upgrade;  ///< the WebSocket handshake

  void merge(const ConnectionTimes& other) noexcept;
};

/// What came out of a run, before it is judged. Results of shards that ran together merge into that of the whole.
struct RunResult {
  Metrics metrics;
  Series series;
  TimelineSample timelines;

  Nanos window{0};                 ///< the measured window as it was
  Nanos sending_time{0};           ///< from its begin to its end, or to the last write of a measured job if that was later
  Nanos ending_time{0};            ///< from its begin to its end, or to the end of the last measured job if that was later
  std::size_t most_in_flight = 0;  ///< of shards their sum: no more than that were in flight together
  std::vector<std::uint64_t> in_flight_by_quarter;  ///< at the end of each quarter of the window; fewer if interrupted
  bool held_back = false;
  bool interrupted = false;

  std::size_t connections_lost = 0;
  std::string first_loss;  ///< for people: why the first connection was lost; untrusted text made printable
  ConnectionTimes connection_times;
  std::string tls_version;  ///< of the first connection, and its cipher; empty for ws://
  std::string tls_cipher;
  Traffic traffic;

  Health health;
  std::optional<Floor> floor;            ///< nothing: not asked for
  std::vector<AgentCount> agent_counts;  ///< empty: the agent tells none

  /// `other` is of another shard of the same run; begin with one of them, not with an empty result. The order changes nothing
  /// but which loss and which cipher are named.
  void merge(const RunResult& other);
};

}  // namespace procedura::bench
