#include "markup.hpp"
#include "parts.hpp"

#include <fmt/format.h>

#include <array>

namespace procedura::bench::html {
namespace {

constexpr std::array columns{Quantile{500'000}, Quantile{900'000}, Quantile{990'000}, Quantile{999'000}, Quantile{999'900}};

/// A quantile with where it may lie; a dash where the sample cannot carry it.
std::string cell(const Histogram& histogram, Quantile quantile, const std::optional<Interval>& interval) {
  if (!quantile.carried_by(histogram.count())) return "<td class=dim>–";
  std::string out = "<td>" + format_duration(histogram.value_at(quantile));
  if (interval) out += fmt::format("<small>{} to {}</small>", format_duration(interval->low), format_duration(interval->high));
  return out;
}

std::string row(std::string_view name, const Histogram& histogram, Intervals* intervals, Metric metric) {
  if (histogram.count() == 0) return {};
  std::string out = fmt::format("<tr><th scope=row><code>{}</code><td>{}<td>{}", name, grouped(histogram.count()),
                                format_duration(histogram.min()));
  for (const Quantile quantile : columns) {
    out += cell(histogram, quantile, intervals == nullptr ? std::nullopt : intervals->of(metric, quantile));
  }
  return out + fmt::format("<td>{}\n", format_duration(histogram.max()));
}

std::string table(std::string_view name, std::string_view first, const std::string& rows) {
  std::string out = fmt::format(
      "<div class=\"scroll card\" tabindex=0 role=group aria-label=\"{}\"><table class=figures>"
      "<thead><tr><th scope=col>{}<th scope=col>samples<th scope=col>min",
      name, first);
  for (const Quantile quantile : columns) out += fmt::format("<th scope=col>{}", quantile.name());
  return out + "<th scope=col>max</thead><tbody>\n" + rows + "</tbody></table></div>\n";
}

std::string connections_of(const RunResult& result) {
  const ConnectionTimes& times = result.connection_times;
  const std::string rows = row("resolve", times.resolve, nullptr, {}) + row("connect", times.connect, nullptr, {}) +
                           row("tls", times.tls, nullptr, {}) + row("upgrade", times.upgrade, nullptr, {});
  return rows.empty() ? "" : "<h3>Connections</h3>\n" + table("Connections", "step", rows);
}

std::string fact(std::string_view name, const std::string& value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::string errors_of(const Metrics& metrics) {
  if (metrics.errors().empty()) return {};
  std::string rows;
  for (const auto& [code, times] : metrics.errors()) {
    rows += fmt::format("<tr><th scope=row><code class=foreign>{}</code><td>{}<td>{}\n", text(code), grouped(times),
                        share(times, metrics.jobs().failed));
  }
  return "<h3>Errors</h3>\n<table class=\"card figures\"><thead><tr><th scope=col>code<th scope=col>jobs<th scope=col>of the "
         "failed</thead><tbody>\n" +
         rows + "</tbody></table>\n";
}

}  // namespace

std::string latencies_of(const RunRecord& run, Intervals& intervals) {
  const RunResult& result = run.result;
  std::string rows;
  for (std::size_t i = 0; i < metric_count; ++i) {
    const auto metric = static_cast<Metric>(i);
    rows += row(metric_names[i], result.metrics.of(metric), &intervals, metric);
  }
  return section(
      "latencies", "Latencies",
      "From when a job was due; <code>service.</code> from when it was sent. Below each quantile its interval at 95 "
      "%, from drawing the seconds of the run anew. A dash: fewer than 100 samples lie beyond.",
      (rows.empty() ? "<p class=nothing>No job was sent.</p>\n" : table("Latencies", "metric", rows)) + connections_of(result));
}

std::string counts_of(const RunRecord& run) {
  const RunResult& result = run.result;
  const JobCounts& jobs = result.metrics.jobs();
  const Traffic& traffic = result.traffic;
  std::string facts = "<dl class=\"facts card\">\n";
  facts += fact("due", grouped(jobs.due)) + fact("sent", grouped(jobs.sent)) + fact("finished", grouped(jobs.finished)) +
           fact("failed", grouped(jobs.failed)) + fact("unfinished", grouped(jobs.unfinished)) +
           fact("unsent", grouped(jobs.unsent)) + fact("finished without an ack", grouped(jobs.no_ack)) +
           (run.plan.mode == protocol::Mode::async ? fact("finished without an event", grouped(jobs.no_event)) : "") +
           fact("most in flight", grouped(result.most_in_flight)) +
           fact("out", fmt::format("{}, {} bytes", counted(traffic.frames_out, "frame"), grouped(traffic.bytes_out))) +
           fact("in", fmt::format("{}, {} bytes", counted(traffic.frames_in, "frame"), grouped(traffic.bytes_in))) +
           fact("connections", fmt::format("{} opened, {} lost", grouped(result.connection_times.connect.count()),
                                           grouped(result.connections_lost)));
  return section("counts", "Jobs and traffic", "Every job that was due is finished, failed, unfinished or unsent.",
                 facts + "</dl>\n" + errors_of(result.metrics));
}

}  // namespace procedura::bench::html
