#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>

namespace procedura::bench {

std::optional<double> finished_per_second(const Progress& progress) {
  if (progress.series == nullptr || progress.now >= progress.window_end) return std::nullopt;
  const auto& [step, seconds] = *progress.series;
  const auto over = (progress.now - progress.window_begin) / step;
  if (over < 1 || static_cast<std::size_t>(over) > seconds.size()) return std::nullopt;
  return per_second(seconds[static_cast<std::size_t>(over) - 1].finished, step);
}

std::string progress_line(const Progress& progress) {
  const bool warming = progress.now < progress.window_begin;
  const bool draining = progress.now >= progress.window_end;
  std::string text = warming    ? "warm-up, " + format_duration(progress.window_begin - progress.now) + " left"
                     : draining ? std::string{"waiting for jobs in flight"}
                                : format_duration(progress.window_end - progress.now) + " left";
  const Metrics& metrics = *progress.metrics;
  const JobCounts& jobs = metrics.jobs();
  text += fmt::format(", {} in flight, {} finished", progress.in_flight, jobs.finished);
  if (const auto rate = finished_per_second(progress)) text += fmt::format(" ({:.1f}/s)", *rate);
  text += fmt::format(", {} failed", jobs.failed);
  const auto& errors = metrics.errors();
  const auto most = std::max_element(errors.begin(), errors.end(), [](auto& a, auto& b) { return a.second < b.second; });
  if (most != errors.end()) text += fmt::format(" ({}{})", most->first, errors.size() > 1 ? " and others" : "");
  const Histogram& response = metrics.of(Metric::response);
  for (const Quantile quantile : {Quantile{500'000}, Quantile{990'000}}) {
    if (!quantile.carried_by(response.count())) continue;
    text += fmt::format(", {} {}", quantile.name(), format_duration(response.value_at(quantile)));
  }
  return text;
}

}  // namespace procedura::bench
