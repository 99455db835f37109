#include "judge/interval.hpp"
#include "report/command_line.hpp"
#include "report/lines.hpp"
#include "report/report.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace procedura::bench {
namespace {

constexpr std::array columns{Quantile{500'000}, Quantile{900'000}, Quantile{990'000}, Quantile{999'000}};

std::string of_load(const Plan& plan) {
  const LoadPlan& load = plan.load;
  std::string text;
  if (const auto* open = std::get_if<OpenLoop>(&load.load)) {
    text = fmt::format("open loop, {} jobs/s, {} arrivals, seed {}", open->rate,
                       open->arrival == Arrival::poisson ? "poisson" : "constant", load.seed);
  } else {
    text = fmt::format("closed loop, {} at a time", std::get<ClosedLoop>(load.load).concurrency);
  }
  text += plan.churn == Churn::connect ? ", a connection for each job"
                                       : fmt::format(", {} connection{}", load.connections, load.connections == 1 ? "" : "s");
  if (load.shard.of > 1) text += fmt::format("; part {} of {}", load.shard.index + 1, load.shard.of);
  return text;
}

std::string of_window(const RunRecord& run) {
  const LoadPlan& load = run.plan.load;
  std::string text = fmt::format("{} after ", format_duration(run.result.window));
  if (load.ramp.count() > 0) text += fmt::format("{} of ramp and ", format_duration(load.ramp));
  text += fmt::format("{} of warm-up", format_duration(load.warm_up));
  if (run.shards > 1) text += fmt::format(", merged from {} shards", run.shards);
  if (run.result.interrupted) text += ", INTERRUPTED";
  if (!run.complete) text += ", NOT OVER YET";
  return text;
}

std::string cell(const Histogram& histogram, Nanos value) {
  return histogram.count() == 0 ? "-" : format_duration(value);
}

void add_row(Lines& page, std::string_view name, const Histogram& histogram) {
  std::string quantiles;
  for (const Quantile quantile : columns) {
    const bool carried = quantile.carried_by(histogram.count());
    quantiles += fmt::format(" {:>9}", carried ? format_duration(histogram.value_at(quantile)) : "-");
  }
  page.line("  {:<20}{:>9} {:>9}{} {:>9}", name, histogram.count(), cell(histogram, histogram.min()), quantiles,
            cell(histogram, histogram.max()));
}

void add_latencies(Lines& page, const Plan& plan, const Metrics& metrics) {
  std::string heads;
  for (const Quantile quantile : columns) heads += fmt::format(" {:>9}", quantile.name());
  page.line("{:<22}{:>9} {:>9}{} {:>9}", "latency", "samples", "min", heads, "max");
  for (std::size_t i = 0; i < metric_count; ++i) {
    const auto metric = static_cast<Metric>(i);
    const bool events = metric == Metric::first_event || metric == Metric::service_first_event;
    const bool may_lack = metric == Metric::failed || metric == Metric::gap || (events && plan.mode == protocol::Mode::sync);
    if (metrics.of(metric).count() == 0 && may_lack) continue;
    add_row(page, metric_names[i], metrics.of(metric));
  }
  page.line(
      "  From the intended start; service.* from the write. A quantile is shown when at least 100 samples lie beyond it.");
}

void add_intervals(Lines& page, const Series& series) {
  std::string text;
  for (const Quantile quantile : columns) {
    const auto interval = quantile_interval(series, Metric::response, quantile);
    if (!interval) continue;
    text += fmt::format("{} {} {} to {}", text.empty() ? "" : ",", quantile.name(), format_duration(interval->low),
                        format_duration(interval->high));
  }
  if (!text.empty()) page.line("  95 % intervals of the response, from the seconds of the run:{}", text);
}

void add_floor(Lines& page, const std::optional<Floor>& floor) {
  if (!floor) return;
  std::string quantiles;
  for (const Quantile quantile : columns) {
    if (!quantile.carried_by(floor->response.count())) continue;
    quantiles += fmt::format(", {} {}", quantile.name(), format_duration(floor->response.value_at(quantile)));
  }
  page.line("floor     {} jobs to a responder that does nothing{}", floor->response.count(), quantiles);
}

void add_health(Lines& page, const Health& health) {
  if (health.wall.count() <= 0) return;
  const double spinning =
      std::clamp(static_cast<double>(health.spun.count()) / static_cast<double>(health.wall.count()), 0.0, 1.0);
  page.line("generator {:.0f}% of a core at work and {:.0f}% asking the socket, preempted {} time{}, {} taken by the host",
            100 * health.busy(), 100 * spinning, health.preempted, health.preempted == 1 ? "" : "s",
            health.steal ? fmt::format("{:.1f}%", 100 * *health.steal) : "an unknown share");
}

void add_agent_counts(Lines& page, const std::vector<AgentCount>& counts) {
  std::string same;
  for (const AgentCount& count : counts) {
    const std::string name = protocol::printable(count.name);
    if (count.agent == count.expected) {
      same += fmt::format("{} {} {}", same.empty() ? "" : ",", name, count.agent);
    } else {
      page.line("agent     counted {} {}, but {} here", name, count.agent, count.expected);
    }
  }
  if (!same.empty()) page.line("agent     counted the same:{}", same);
}

void add_connections(Lines& page, const RunResult& result) {
  const ConnectionTimes& times = result.connection_times;
  std::string text = fmt::format("{} opened, {} lost", times.connect.count(), result.connections_lost);
  const auto add = [&](std::string_view what, const Histogram& histogram) {
    if (histogram.count() == 0) return;
    text += fmt::format(", {} {}", what, format_duration(histogram.value_at(Quantile{500'000})));
    if (histogram.count() > 1) text += fmt::format(" to {}", format_duration(histogram.max()));
  };
  add("name", times.resolve);
  add("TCP", times.connect);
  add("TLS", times.tls);
  add("upgrade", times.upgrade);
  page.line("connected {}", text);
  if (!result.tls_version.empty())
    page.line("          {} with {}", protocol::printable(result.tls_version), protocol::printable(result.tls_cipher));
}

void add_verdict(Lines& page, const Plan& plan, const Verdict& verdict) {
  for (const SloResult& slo : verdict.slos) {
    page.line("slo       {}: {} ({})", slo.slo.text, to_string(slo.state), slo.detail);
  }
  switch (verdict.kind) {
    case VerdictKind::pass:
      page.line("verdict   {}",
                plan.load.shard.of > 1 ? "VALID, as far as this part goes; SLOs are judged after the merge" : "PASS");
      break;
    case VerdictKind::slo_failed:
      page.line("verdict   SLO FAILED");
      break;
    case VerdictKind::inconclusive:
      page.line("verdict   INCONCLUSIVE: an SLO can be neither met nor failed by this run; its line says what is missing");
      break;
    case VerdictKind::invalid:
      page.line("verdict   INVALID: no figure above stands for the agent");
      for (const std::string& reason : verdict.reasons) page.line("          - {}", reason);
      break;
  }
  for (const std::string& caution : verdict.cautions)
    page.line("          {} {}", &caution == &verdict.cautions.front() ? "But:" : "    ", caution);
}

}  // namespace

std::string text_report(const RunRecord& run, const Verdict& verdict) {
  const Plan& plan = run.plan;
  const RunResult& result = run.result;
  const JobCounts& jobs = result.metrics.jobs();
  Lines page;
  page.line("{} ({}) at {}", protocol::printable(plan.module), protocol::to_string(plan.mode), protocol::redact_url(plan.url));
  page.line("load      {}", of_load(plan));
  page.line("window    {}; {}, {} cores", of_window(run), run.surroundings.started_at, run.surroundings.cpus);
  page.line("jobs      {} due, {} sent: {} finished, {} failed, {} unfinished, {} unsent", jobs.due, jobs.sent, jobs.finished,
            jobs.failed, jobs.unfinished, jobs.unsent);
  if (plan.mode == protocol::Mode::async && jobs.no_event > 0)
    page.line("          {} finished without an event", jobs.no_event);
  for (const auto& [code, times] : result.metrics.errors()) page.line("errors    {} x {}", times, code);
  if (std::holds_alternative<OpenLoop>(plan.load.load)) {
    page.line("rate      offered {:.1f}/s, achieved {:.1f}/s, finished {:.1f}/s", per_second(jobs.due, result.window),
              per_second(jobs.sent, result.sending_time), per_second(jobs.finished, result.ending_time));
  } else {
    page.line("rate      finished {:.1f}/s", per_second(jobs.finished, result.ending_time));
  }
  page.line("in flight at most {}", result.most_in_flight);
  if (saturated(plan, result)) {
    page.line("          SATURATED: still growing at the end ({}); a longer run would show longer latencies",
              fmt::join(result.in_flight_by_quarter, ", "));
  }
  add_connections(page, result);
  page.line("traffic   {} frames, {} bytes out; {} frames, {} bytes in", result.traffic.frames_out, result.traffic.bytes_out,
            result.traffic.frames_in, result.traffic.bytes_in);
  page.line("");
  add_latencies(page, plan, result.metrics);
  add_intervals(page, result.series);
  page.line("");
  add_floor(page, result.floor);
  add_health(page, result.health);
  add_agent_counts(page, result.agent_counts);
  add_verdict(page, plan, verdict);
  page.line("again     {}", protocol::printable(command_line(plan)));
  return page.take();
}

}  // namespace procedura::bench
