#include "report/live.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>

namespace procedura::bench {
namespace {

constexpr std::array shown{Quantile{500'000}, Quantile{900'000}, Quantile{990'000}, Quantile{999'000}};

std::string clock(Nanos time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::max(time, Nanos{0})).count();
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string title(const Plan& plan) {
  const auto* open = std::get_if<OpenLoop>(&plan.load.load);
  return fmt::format("{} at {}, {}", protocol::printable(plan.module), protocol::redact_url(plan.url),
                     open != nullptr ? fmt::format("{} jobs/s", open->rate)
                                     : fmt::format("{} at a time", std::get<ClosedLoop>(plan.load.load).concurrency));
}

std::string how_far(const Progress& progress) {
  constexpr std::size_t cells = 30;
  if (progress.now < progress.window_begin) {
    return fmt::format("[{}] warm-up, {} left", std::string(cells, ' '), clock(progress.window_begin - progress.now));
  }
  if (progress.now >= progress.window_end) return fmt::format("[{}] waiting for jobs in flight", std::string(cells, '#'));
  const Nanos window = progress.window_end - progress.window_begin;
  const Nanos gone = progress.now - progress.window_begin;
  const double done = static_cast<double>(gone.count()) / static_cast<double>(window.count());
  const auto full = std::min(cells, static_cast<std::size_t>(std::lround(done * static_cast<double>(cells))));
  return fmt::format("[{}{}] {} of {}, {} left", std::string(full, '#'), std::string(cells - full, '.'), clock(gone),
                     clock(window), clock(progress.window_end - progress.now));
}

std::string jobs(const Progress& progress) {
  std::string text = fmt::format("jobs      {} finished", progress.metrics->jobs().finished);
  if (const auto rate = finished_per_second(progress)) text += fmt::format(" ({:.1f}/s)", *rate);
  return text + fmt::format(", {} in flight", progress.in_flight);
}

std::string errors(const Metrics& metrics) {
  std::string text = fmt::format("failed    {}", metrics.jobs().failed);
  std::size_t named = 0;
  for (const auto& [code, times] : metrics.errors()) {
    if (++named > 3) return text + ", ...";
    text += fmt::format("{} {} x {}", named == 1 ? ":" : ",", times, code);
  }
  return text;
}

// Of a histogram of either kind. The rule of the report holds here too: what the sample cannot carry is not shown.
template <class AnyHistogram>
std::string latencies(std::string_view name, const AnyHistogram* histogram) {
  std::string text = fmt::format("  {:<12}", name);
  for (const Quantile quantile : shown) {
    const bool carried = histogram != nullptr && quantile.carried_by(histogram->count());
    text += fmt::format(" {:>9}", carried ? format_duration(histogram->value_at(quantile)) : "-");
  }
  return text;
}

const SparseHistogram* last_second(const Progress& progress) {
  if (progress.series == nullptr || progress.now >= progress.window_end) return nullptr;
  const auto& [step, seconds] = *progress.series;
  // Jobs are told of in the second in which they fell due; of the last whole one most have ended by now.
  const auto over = (progress.now - progress.window_begin) / step;
  if (over < 1 || static_cast<std::size_t>(over) > seconds.size()) return nullptr;
  return &seconds[static_cast<std::size_t>(over) - 1].of(Metric::response);
}

}  // namespace

std::vector<std::string> live_lines(const Plan& plan, const Progress& progress, std::size_t rows) {
  std::string heads = "response      ";
  for (const Quantile quantile : shown) heads += fmt::format(" {:>9}", quantile.name());
  const Metrics& metrics = *progress.metrics;
  // In the order in which they stand, with how soon each may go where there is no room for all.
  const std::array<std::pair<int, std::string>, 7> lines{{
      {5, title(plan)},
      {1, how_far(progress)},
      {2, jobs(progress)},
      {4, std::move(heads)},
      {6, latencies("last second", last_second(progress))},
      {4, latencies("so far", &metrics.of(Metric::response))},
      {3, errors(metrics)},
  }};
  const auto shown_up_to = [&](int most) {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [most](const auto& line) { return line.first <= most; }));
  };
  int most = 6;
  while (most > 1 && shown_up_to(most) > rows) --most;
  std::vector<std::string> kept;
  for (const auto& [rank, line] : lines) {
    if (rank <= most) kept.push_back(line);
  }
  return kept;
}

std::string drawing_of(const std::vector<std::string>& lines) {
  constexpr std::string_view no_wrap = "\x1b[?7l";
  constexpr std::string_view wrap = "\x1b[?7h";
  std::string text{no_wrap};
  for (const std::string& line : lines) text += (&line == &lines.front() ? "\r" : "\n\r") + line + "\x1b[K";
  text += "\x1b[J\r";
  if (lines.size() > 1) text += fmt::format("\x1b[{}A", lines.size() - 1);
  return text.append(wrap);
}

}  // namespace procedura::bench
