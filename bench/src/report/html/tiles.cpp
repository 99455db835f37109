#include "markup.hpp"
#include "parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace procedura::bench::html {
namespace {

constexpr Quantile median{500'000};

std::string tile(std::string_view name, std::string_view value, std::string_view note) {
  return fmt::format("<div class=tile><dt>{}</dt><dd class=value>{}</dd><dd class=dim>{}</dd></div>\n", name, value, note);
}

std::string shown(const std::optional<Interval>& interval) {
  return interval ? fmt::format("95 %: {} to {}", format_duration(interval->low), format_duration(interval->high))
                  : std::string{"no interval: too few seconds"};
}

std::string quantile_tile(const RunResult& result, Intervals& intervals, Metric metric, Quantile quantile) {
  const std::string name = fmt::format("<code>{}</code> {}", metric_names[static_cast<std::size_t>(metric)], quantile.name());
  const Histogram& histogram = result.metrics.of(metric);
  if (!quantile.carried_by(histogram.count())) {
    return tile(name, "–",
                fmt::format("needs {} jobs, {} there", grouped(quantile.needed_samples()), grouped(histogram.count())));
  }
  return tile(name, format_duration(histogram.value_at(quantile)), shown(intervals.of(metric, quantile)));
}

std::string rate_tile(const RunRecord& run) {
  const RunResult& result = run.result;
  const JobCounts& jobs = result.metrics.jobs();
  if (!std::holds_alternative<OpenLoop>(run.plan.load.load)) {
    return tile("finished", rate(per_second(jobs.finished, result.ending_time)), "the agent sets the rate");
  }
  return tile("achieved", rate(per_second(jobs.sent, result.sending_time)),
              fmt::format("of {} offered", rate(per_second(jobs.due, result.window))));
}

std::string failed_tile(const JobCounts& jobs) {
  return tile("failed", share(jobs.failed, jobs.failed + jobs.finished),
              fmt::format("{} of {} that ended", grouped(jobs.failed), grouped(jobs.failed + jobs.finished)));
}

std::string floor_tile(const RunResult& result) {
  if (!result.floor) return tile("floor", "–", "not measured");
  const Histogram& floor = result.floor->response;
  if (!median.carried_by(floor.count())) return tile("floor p50", "–", "too few answers of the null responder");
  return tile("floor p50", format_duration(floor.value_at(median)), "a responder that does nothing, on this machine");
}

}  // namespace

std::string tiles_of(const RunRecord& run, Intervals& intervals) {
  const RunResult& result = run.result;
  std::string out = "<dl class=tiles aria-label=\"The figures\">\n";
  for (const std::uint32_t ppm : {500'000U, 990'000U, 999'000U})
    out += quantile_tile(result, intervals, Metric::response, Quantile{ppm});
  if (run.plan.mode == protocol::Mode::async && result.metrics.of(Metric::first_event).count() > 0)
    out += quantile_tile(result, intervals, Metric::first_event, median);
  if (result.metrics.of(Metric::ack).count() > 0) out += quantile_tile(result, intervals, Metric::ack, median);
  return out + rate_tile(run) + failed_tile(result.metrics.jobs()) + floor_tile(result) + "</dl>\n";
}

}  // namespace procedura::bench::html
