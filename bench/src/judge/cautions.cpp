#include "judge/cautions.hpp"

#include "judge/interval.hpp"
#include "judge/verdict.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace procedura::bench {
namespace {

using Caution = std::optional<std::string>;

constexpr Quantile median{500'000};

Caution is_a_part(const Plan& plan) {
  const Shard shard = plan.load.shard;
  if (shard.of == 1) return std::nullopt;
  return fmt::format("This is part {} of {} of a load: merge all of them before quoting a figure.", shard.index + 1, shard.of);
}

Caution was_interrupted(const Plan& plan, const RunResult& result) {
  if (!result.interrupted) return std::nullopt;
  return fmt::format("The run was interrupted after {} of {}.", format_duration(result.window),
                     format_duration(plan.load.duration));
}

Caution is_saturated(const Plan& plan, const RunResult& result) {
  if (!saturated(plan, result)) return std::nullopt;
  return "The jobs in flight grew to the end: a longer run would show longer latencies. Only the rate of finished jobs stands.";
}

Caution is_closed(const Plan& plan) {
  if (!std::holds_alternative<ClosedLoop>(plan.load.load)) return std::nullopt;
  return "In a closed loop the agent slows the load: these latencies are not what users would wait.";
}

Caution near_floor(const RunResult& result) {
  if (!result.floor) return "The floor was not measured: how much of a latency is this machine's is not known.";
  const Histogram& response = result.metrics.of(Metric::service_response);
  const Histogram& floor = result.floor->response;
  if (response.count() == 0 || floor.count() == 0) return std::nullopt;
  const Nanos found = response.value_at(median);
  const Nanos least = floor.value_at(median);
  if (found >= 2 * least) return std::nullopt;
  return fmt::format(
      "The median service time, {}, is under twice the floor, {}: most of it is this machine and this program, not the agent.",
      format_duration(found), format_duration(least));
}

Caution too_few(const RunResult& result) {
  const std::uint64_t finished = result.metrics.of(Metric::response).count();
  for (const std::uint32_t ppm : {500'000U, 900'000U, 990'000U, 999'000U}) {
    const Quantile quantile{ppm};
    if (quantile.carried_by(finished)) continue;
    return fmt::format("{} and beyond cannot be said: {} needs {} finished jobs, there are {}.", quantile.name(),
                       quantile.name(), quantile.needed_samples(), finished);
  }
  return std::nullopt;
}

Caution without_intervals(const RunResult& result) {
  if (result.metrics.of(Metric::response).count() == 0) return std::nullopt;
  const std::size_t seconds = seconds_with_jobs(result.series, Metric::response);
  if (seconds >= least_seconds_for_interval) return std::nullopt;
  return fmt::format("How far another run may differ cannot be said: intervals need {} seconds, there {} {}.",
                     least_seconds_for_interval, seconds == 1 ? "is" : "are", seconds);
}

// Whether an SLO is met is said of this run; whether the next one meets it may be open.
Caution bound_in_interval(const Slo& slo, const RunResult& result) {
  const auto* latency = std::get_if<Slo::Latency>(&slo.what);
  if (latency == nullptr) return std::nullopt;
  const auto interval = quantile_interval(result.series, latency->metric, latency->quantile);
  if (!interval || latency->bound < interval->low || latency->bound > interval->high) return std::nullopt;
  return fmt::format("{} lies within the interval of what it bounds, {} to {}: another such run may decide otherwise.",
                     slo.text, format_duration(interval->low), format_duration(interval->high));
}

Caution clamped(const RunResult& result) {
  const std::uint64_t times = result.metrics.of(Metric::response).clamped();
  if (times == 0) return std::nullopt;
  return fmt::format("{} responses took longer than an hour and count as one.", times);
}

Caution steal_unknown(const RunResult& result) {
  if (result.health.wall.count() == 0 || result.health.steal) return std::nullopt;
  return "Whether the host gave this machine's CPU time to others is not known.";
}

Caution unchecked_certificate(const Plan& plan) {
  if (!plan.tls.insecure) return std::nullopt;
  return "The agent's certificate was not checked: who answered is not known.";
}

}  // namespace

std::vector<std::string> cautions(const Plan& plan, const RunResult& result) {
  std::vector<std::string> sentences;
  for (Caution caution :
       {is_a_part(plan), was_interrupted(plan, result), is_saturated(plan, result), is_closed(plan), near_floor(result),
        too_few(result), without_intervals(result), clamped(result), steal_unknown(result), unchecked_certificate(plan)}) {
    if (caution) sentences.push_back(std::move(*caution));
  }
  if (plan.load.shard.of > 1) return sentences;
  for (const Slo& slo : plan.slos) {
    if (auto caution = bound_in_interval(slo, result)) sentences.push_back(std::move(*caution));
  }
  return sentences;
}

}  // namespace procedura::bench
