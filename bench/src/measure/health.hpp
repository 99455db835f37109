#pragma once

#include "measure/histogram.hpp"
#include "measure/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace procedura::bench {

/// How the generator itself did while it measured: of the measured window alone, one thread.
struct Health {
  Nanos wall{0};                ///< of the window; the drain behind it may be long, and idle
  Nanos cpu{0};                 ///< that its thread used in it, asking the socket included
  Nanos spun{0};                ///< of it: asking the socket before a job is due, when nothing was there
  std::optional<double> steal;  ///< the share of this machine's CPU time that its host gave to others; nothing: not known
  std::uint64_t preempted = 0;  ///< how often its thread had to leave the CPU to another (involuntary switches)

  /// The share of a core that work took, 0 to 1: what is left of it is what the generator could still do.
  double busy() const noexcept;
  void merge(const Health& other);  ///< the busiest and the most stolen from count: one bad shard is a bad run
};

/// What this machine, this program and a responder that does nothing need for a job: no agent can be measured faster. It is
/// shown beside the figures, never subtracted.
struct Floor {
  Histogram response;
  Nanos duration{0};
};

/// The agent's own counters (`__diag_ws_metrics`) over the run, beside ours.
struct AgentCount {
  std::string name;           ///< "frames_in"
  std::int64_t agent = 0;     ///< how much its counter grew
  std::int64_t expected = 0;  ///< what we sent or got
};

}  // namespace procedura::bench
