#pragma once

#include "judge/slo.hpp"
#include "load/plan.hpp"
#include "measure/run_result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace procedura::bench {

/// `invalid`: the run did not make the load that was asked for, or what it measured is not the agent; its figures stand for
/// nothing, whatever they are.
enum class VerdictKind : std::uint8_t { pass, slo_failed, inconclusive, invalid };

std::string_view to_string(VerdictKind kind) noexcept;

struct Verdict {
  VerdictKind kind = VerdictKind::pass;
  std::vector<std::string> reasons;   ///< of an invalid run: each says what was found and what to change
  std::vector<SloResult> slos;        ///< none for the part of one shard: they are judged after the merge
  bool generator_at_fault = false;    ///< of an invalid run: it says nothing about the agent, which might do well
  std::vector<std::string> cautions;  ///< what this run cannot support even if it is valid, a sentence each
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
