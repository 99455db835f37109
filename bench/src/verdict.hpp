#pragma once

#include "metrics.hpp"
#include "plan.hpp"
#include "slo.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace procedura::bench {

/// What came out of a run, before it is judged.
struct RunResult {
  Metrics metrics;
  Nanos window{0};        ///< the measured window as it was
  Nanos sending_time{0};  ///< from its begin to its end, or to the last write of a measured job if that was later
  Nanos ending_time{0};   ///< from its begin to its end, or to the end of the last measured job if that was later
  std::size_t most_in_flight = 0;
  std::vector<std::uint64_t> in_flight_by_quarter;  ///< at the end of each quarter of the window; fewer if interrupted
  bool held_back = false;
  bool interrupted = false;
  std::size_t connections_lost = 0;
  std::string first_loss;  ///< for people: why the first connection was lost; untrusted text made printable

  Histogram resolve_times;  ///< one per connection, as are the next two: the name
  Histogram connect_times;  ///< TCP
  Histogram upgrade_times;  ///< the WebSocket handshake
  std::uint64_t frames_out = 0;
  std::uint64_t frames_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
};

/// `invalid`: the run did not make the load that was asked for, or what it measured is not the agent; its figures stand for
/// nothing, whatever they are.
enum class VerdictKind : std::uint8_t { pass, slo_failed, inconclusive, invalid };

std::string_view to_string(VerdictKind kind) noexcept;

struct Verdict {
  VerdictKind kind = VerdictKind::pass;
  std::vector<std::string> reasons;  ///< of an invalid run: each says what was found and what to change
  std::vector<SloResult> slos;
};

Verdict judge(const Plan& plan, const RunResult& result);

/// True when the jobs in flight grew in an open loop through the whole window: the agent is slower than the load, and the
/// latencies say more about how long the run was than about the agent.
bool saturated(const Plan& plan, const RunResult& result);

/// 0 pass, 97 inconclusive, 98 invalid, 99 SLO failed.
int exit_code(VerdictKind kind) noexcept;

/// Jobs per second of a number over a time; 0 for no time.
double per_second(std::uint64_t jobs, Nanos time) noexcept;

}  // namespace procedura::bench
