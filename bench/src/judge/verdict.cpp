#include "judge/verdict.hpp"

#include "judge/cautions.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace procedura::bench {
namespace {

using Reason = std::optional<std::string>;

constexpr Quantile median{500'000};
constexpr Quantile p99{990'000};

Reason nothing_measured(const RunResult& result) {
  const JobCounts& jobs = result.metrics.jobs();
  if (jobs.due == 0 && result.interrupted) return "interrupted during the warm-up: nothing was measured";
  if (jobs.due == 0 && result.connections_lost > 0 && result.window == Nanos{0}) return std::nullopt;  // that is the reason
  if (jobs.due == 0) return "no job was due in the measured window: raise --rate or --duration";
  if (jobs.finished > 0) return std::nullopt;
  if (jobs.failed == 0)
    return fmt::format("none of {} jobs ended: is this the right module, and does the agent answer?", jobs.due);
  const auto& errors = result.metrics.errors();
  const auto most = std::max_element(errors.begin(), errors.end(), [](auto& a, auto& b) { return a.second < b.second; });
  std::string reason = fmt::format("no job finished; {} of {} ended with {}", most->second, jobs.failed, most->first);
  if (most->first == "AUTH_REQUIRED" || most->first == "AUTH_EXPIRED")
    reason += ": log in with --token-file or --credential-env";
  return reason;
}

Reason connections_lost(const Plan& plan, const RunResult& result) {
  if (result.connections_lost == 0) return std::nullopt;
  return fmt::format("{} of {} connections lost: {}", result.connections_lost, share_of(plan.load.connections, plan.load.shard),
                     result.first_loss);
}

Nanos send_lag_limit(const Plan& plan, const RunResult& result) {
  const Nanos response = result.metrics.of(Metric::response).value_at(median);
  return plan.max_send_lag.value_or(std::max<Nanos>(std::chrono::microseconds{200}, response / 10));
}

// An open loop is only one as long as it keeps its schedule. What is no later than a request may be, is on time.
Reason load_not_made(const Plan& plan, const RunResult& result) {
  const auto* open = std::get_if<OpenLoop>(&plan.load.load);
  if (open == nullptr || result.metrics.jobs().due == 0) return std::nullopt;
  const double offered = per_second(result.metrics.jobs().due, result.window);
  const Nanos overtime = result.sending_time - result.window;
  const Nanos sending_time = result.sending_time - std::min(overtime, send_lag_limit(plan, result));
  const double achieved = per_second(result.metrics.jobs().sent, sending_time);
  if (achieved >= 0.99 * offered) return std::nullopt;
  return fmt::format(
      "sent {:.1f} of {:.1f} jobs per second: {}", achieved, offered,
      result.held_back ? fmt::format("--max-in-flight {} was reached, the agent is slower than this load", open->max_in_flight)
                       : "this machine cannot make this load; lower --rate");
}

Reason sent_late(const Plan& plan, const RunResult& result) {
  const Histogram& lag = result.metrics.of(Metric::send_lag);
  const Nanos limit = send_lag_limit(plan, result);
  const Nanos found = lag.value_at(p99);
  if (lag.count() == 0 || found <= limit) return std::nullopt;
  return fmt::format("send_lag p99 is {}, over {}: {}", format_duration(found), format_duration(limit),
                     result.held_back ? "jobs waited for --max-in-flight"
                                      : "requests left this machine late; lower the load, or free a core for the generator");
}

// The jobs that never ended are the slow ones: quantiles of the others flatter.
Reason censored(const RunResult& result) {
  const JobCounts& jobs = result.metrics.jobs();
  if (jobs.censored() * 1000 <= jobs.due) return std::nullopt;
  return fmt::format("{} of {} jobs had not ended at the cut-off: lower the load, or raise --cut-off", jobs.censored(),
                     jobs.due);
}

// The spinning is not work: it stops as soon as there is some.
Reason generator_busy(const RunResult& result) {
  const double busy = result.health.busy();
  if (busy <= 0.8) return std::nullopt;
  return fmt::format(
      "the generator's thread worked {:.0f}% of the time: requests and replies waited for it; lower the load, or share it over "
      "processes with --shard",
      100 * busy);
}

Reason cpu_stolen(const RunResult& result) {
  const double steal = result.health.steal.value_or(0);
  if (steal <= 0.02) return std::nullopt;
  return fmt::format("the host took {:.1f}% of this machine's CPU time for others: measure where the machine is yours alone",
                     100 * steal);
}

Reason agent_disagrees(const RunResult& result) {
  std::vector<std::string> differences;
  for (const AgentCount& count : result.agent_counts) {
    if (count.agent == count.expected) continue;
    differences.push_back(fmt::format("{} by {} instead of {}", protocol::printable(count.name), count.agent, count.expected));
  }
  if (differences.empty()) return std::nullopt;
  return fmt::format("the agent's counters grew otherwise ({}): who else uses it, or what was lost?",
                     fmt::join(differences, ", "));
}

}  // namespace

std::string_view to_string(VerdictKind kind) noexcept {
  switch (kind) {
    case VerdictKind::pass:
      return "pass";
    case VerdictKind::slo_failed:
      return "slo_failed";
    case VerdictKind::inconclusive:
      return "inconclusive";
    case VerdictKind::invalid:
      return "invalid";
  }
  return "";
}

double per_second(std::uint64_t jobs, Nanos time) noexcept {
  if (time.count() <= 0) return 0;
  return static_cast<double>(jobs) * 1e9 / static_cast<double>(time.count());
}

Verdict judge(const Plan& plan, const RunResult& result) {
  Verdict verdict;
  // Jobs that were held back are late because the agent did not end others.
  const bool generator_sends = !result.held_back;
  const std::pair<Reason, bool> found[] = {{connections_lost(plan, result), false},
                                           {nothing_measured(result), false},
                                           {load_not_made(plan, result), generator_sends},
                                           {sent_late(plan, result), generator_sends},
                                           {censored(result), false},
                                           {generator_busy(result), true},
                                           {cpu_stolen(result), true},
                                           {agent_disagrees(result), false}};
  for (const auto& [reason, generators] : found) {
    if (!reason) continue;
    verdict.reasons.push_back(*reason);
    verdict.generator_at_fault = verdict.generator_at_fault || generators;
  }
  verdict.cautions = cautions(plan, result);
  if (plan.load.shard.of == 1) {
    for (const Slo& slo : plan.slos) verdict.slos.push_back(judge(slo, result.metrics));
  }

  const auto any = [&](SloResult::State state) {
    return std::any_of(verdict.slos.begin(), verdict.slos.end(), [&](const SloResult& slo) { return slo.state == state; });
  };
  if (!verdict.reasons.empty()) {
    verdict.kind = VerdictKind::invalid;
  } else if (any(SloResult::State::failed)) {
    verdict.kind = VerdictKind::slo_failed;
  } else if (any(SloResult::State::inconclusive)) {
    verdict.kind = VerdictKind::inconclusive;
  }
  return verdict;
}

bool saturated(const Plan& plan, const RunResult& result) {
  const auto& quarters = result.in_flight_by_quarter;
  if (!std::holds_alternative<OpenLoop>(plan.load.load) || quarters.size() < 4) return false;
  const bool growing = std::adjacent_find(quarters.begin(), quarters.end(), std::greater_equal<>{}) == quarters.end();
  // Steady growth from nothing is fourfold between the first quarter and the last; a handful of jobs is chance.
  return growing && quarters.back() >= 2 * quarters.front() && quarters.back() >= 10;
}

int exit_code(VerdictKind kind) noexcept {
  switch (kind) {
    case VerdictKind::pass:
      return 0;
    case VerdictKind::slo_failed:
      return 99;
    case VerdictKind::inconclusive:
      return 97;
    case VerdictKind::invalid:
      return 98;
  }
  return 1;
}

}  // namespace procedura::bench
