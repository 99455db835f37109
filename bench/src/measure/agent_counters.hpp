#pragma once

#include "measure/health.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace procedura::bench {

/// The counters that an agent and its client both can keep of the same traffic.
struct AgentCounters {
  std::int64_t frames_in = 0;  ///< to the agent
  std::int64_t frames_out = 0;
  std::int64_t bytes_in = 0;  ///< of messages
  std::int64_t bytes_out = 0;
  std::int64_t jobs_finished = 0;

  /// From the result of `__diag_ws_metrics`. Nothing if it is not of the documented shape. The text is hostile.
  static std::optional<AgentCounters> parse(std::string_view result);
};

/// What the agent said, and what we had counted when we asked: without the question, and without what it led to.
struct CounterReading {
  AgentCounters agent;
  AgentCounters ours;
};

/// How the agent's counters grew from `second` to `last`, beside ours.
///
/// Agents may count in their own way, with WebSocket's framing or without their own built-ins, and may serve others too. So it
/// is asked twice before the run: a counter that did not grow by what the first question led to, `first` to `second`, is left
/// out.
std::vector<AgentCount> cross_check(const CounterReading& first, const CounterReading& second, const CounterReading& last);

/// Whether each grew as expected.
bool agree(const std::vector<AgentCount>& counts) noexcept;

}  // namespace procedura::bench
