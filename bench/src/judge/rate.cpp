#include "judge/rate.hpp"

#include <algorithm>

namespace procedura::bench {
namespace {

std::string told(const SloResult& slo) {
  return slo.slo.text + ": " + slo.detail;
}

}  // namespace

JudgedRate judge_rate(const Plan& plan, const RunResult& result, const Verdict& verdict) {
  if (!verdict.reasons.empty()) {
    const RateFinding finding = verdict.generator_at_fault ? RateFinding::generator : RateFinding::broken;
    return {finding, verdict.reasons.front()};
  }
  if (saturated(plan, result)) return {RateFinding::broken, "jobs in flight grew until the end"};
  const auto first = [&](SloResult::State state) {
    return std::find_if(verdict.slos.begin(), verdict.slos.end(), [&](const SloResult& slo) { return slo.state == state; });
  };
  if (const auto failed = first(SloResult::State::failed); failed != verdict.slos.end()) {
    return {RateFinding::broken, told(*failed)};
  }
  if (const auto unclear = first(SloResult::State::inconclusive); unclear != verdict.slos.end()) {
    return {RateFinding::unclear, told(*unclear)};
  }
  return {RateFinding::kept, verdict.slos.empty() ? "" : told(verdict.slos.front())};
}

}  // namespace procedura::bench
