#include "report/command_line.hpp"
#include "report/report.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace procedura::bench {
namespace {

constexpr std::array columns{Quantile{500'000}, Quantile{900'000}, Quantile{990'000}, Quantile{999'000}};

class Page {
 public:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string of_load(const LoadPlan& load) {
  std::string text;
  if (const auto* open = std::get_if<OpenLoop>(&load.load)) {
    text = fmt::format("open loop, {} jobs/s, {} arrivals, seed {}", open->rate,
                       open->arrival == Arrival::poisson ? "poisson" : "constant", load.seed);
  } else {
    text = fmt::format("closed loop, {} at a time", std::get<ClosedLoop>(load.load).concurrency);
  }
  return fmt::format("{}, {} connection{}", text, load.connections, load.connections == 1 ? "" : "s");
}

std::string cell(const Histogram& histogram, Nanos value) {
  return histogram.count() == 0 ? "-" : format_duration(value);
}

void add_row(Page& page, std::string_view name, const Histogram& histogram) {
  std::string quantiles;
  for (const Quantile quantile : columns) {
    const bool carried = quantile.carried_by(histogram.count());
    quantiles += fmt::format(" {:>9}", carried ? format_duration(histogram.value_at(quantile)) : "-");
  }
  page.line("  {:<20}{:>9} {:>9}{} {:>9}", name, histogram.count(), cell(histogram, histogram.min()), quantiles,
            cell(histogram, histogram.max()));
}

void add_latencies(Page& page, const Plan& plan, const Metrics& metrics) {
  std::string heads;
  for (const Quantile quantile : columns) heads += fmt::format(" {:>9}", quantile.name());
  page.line("{:<22}{:>9} {:>9}{} {:>9}", "latency", "samples", "min", heads, "max");
  for (std::size_t i = 0; i < metric_count; ++i) {
    const auto metric = static_cast<Metric>(i);
    const bool events = metric == Metric::first_event || metric == Metric::service_first_event;
    if (metrics.of(metric).count() == 0 && (metric == Metric::failed || (events && plan.mode == protocol::Mode::sync)))
      continue;
    add_row(page, metric_names[i], metrics.of(metric));
  }
  page.line(
      "  From the intended start; service.* from the write. A quantile is shown when at least 100 samples lie beyond it.");
}

void add_verdict(Page& page, const Verdict& verdict) {
  for (const SloResult& slo : verdict.slos) {
    page.line("slo       {}: {} ({})", slo.slo.text, to_string(slo.state), slo.detail);
  }
  switch (verdict.kind) {
    case VerdictKind::pass:
      page.line("verdict   PASS");
      break;
    case VerdictKind::slo_failed:
      page.line("verdict   SLO FAILED");
      break;
    case VerdictKind::inconclusive:
      page.line("verdict   INCONCLUSIVE: the sample is too small for an SLO; raise --duration or --rate");
      break;
    case VerdictKind::invalid:
      page.line("verdict   INVALID: no figure above stands for the agent");
      for (const std::string& reason : verdict.reasons) page.line("          - {}", reason);
      break;
  }
}

}  // namespace

std::string text_report(const RunRecord& run, const Verdict& verdict) {
  const auto& [plan, result, surroundings, shards, complete] = run;
  const JobCounts& jobs = result.metrics.jobs();
  Page page;
  page.line("{} ({}) at {}", protocol::printable(plan.module), protocol::to_string(plan.mode), protocol::redact_url(plan.url));
  page.line("load      {}", of_load(plan.load));
  page.line("window    {} after {} of warm-up{}; {}, {} cores", format_duration(result.window),
            format_duration(plan.load.warm_up), result.interrupted ? ", INTERRUPTED" : "", surroundings.started_at,
            surroundings.cpus);
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
  page.line("in flight at most {}; {} connection{} opened in at most {} (name), {} (TCP) and {} (upgrade), {} lost",
            result.most_in_flight, result.connection_times.connect.count(),
            result.connection_times.connect.count() == 1 ? "" : "s", format_duration(result.connection_times.resolve.max()),
            format_duration(result.connection_times.connect.max()), format_duration(result.connection_times.upgrade.max()),
            result.connections_lost);
  if (saturated(plan, result)) {
    page.line("          SATURATED: still growing at the end ({}); a longer run would show longer latencies",
              fmt::join(result.in_flight_by_quarter, ", "));
  }
  page.line("traffic   {} frames, {} bytes out; {} frames, {} bytes in", result.traffic.frames_out, result.traffic.bytes_out,
            result.traffic.frames_in, result.traffic.bytes_in);
  page.line("");
  add_latencies(page, plan, result.metrics);
  page.line("");
  add_verdict(page, verdict);
  page.line("again     {}", protocol::printable(command_line(plan)));
  return page.take();
}

std::string progress_line(const Progress& progress) {
  const bool warming = progress.now < progress.window_begin;
  const bool draining = progress.now >= progress.window_end;
  std::string text = warming    ? "warm-up, " + format_duration(progress.window_begin - progress.now) + " left"
                     : draining ? std::string{"waiting for jobs in flight"}
                                : format_duration(progress.window_end - progress.now) + " left";
  const Metrics& metrics = *progress.metrics;
  const JobCounts& jobs = metrics.jobs();
  text += fmt::format(", {} in flight, {} finished, {} failed", progress.in_flight, jobs.finished, jobs.failed);
  const Histogram& response = metrics.of(Metric::response);
  for (const Quantile quantile : {Quantile{500'000}, Quantile{990'000}}) {
    if (!quantile.carried_by(response.count())) continue;
    text += fmt::format(", {} {}", quantile.name(), format_duration(response.value_at(quantile)));
  }
  return text;
}

}  // namespace procedura::bench
