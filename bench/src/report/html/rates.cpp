#include "columns.hpp"
#include "markup.hpp"
#include "parts.hpp"
#include "picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace procedura::bench::html {
namespace {

constexpr double top = 26;
constexpr double bottom = 194;  // of the rates
constexpr double flight_top = 230;
constexpr double flight_bottom = 314;
constexpr double height = 348;

using Figure = std::optional<double>;
using PerColumn = std::function<Figure(const Column&)>;

/// Jobs per second. Less than a tenth of a second says nothing about a rate.
Figure rate_of(std::uint64_t jobs, double seconds) {
  if (seconds < 0.1) return std::nullopt;
  return static_cast<double>(jobs) / seconds;
}

Figure due(const Column& column) {
  return rate_of(column.sum.due, column.due_time);
}
Figure sent(const Column& column) {
  return rate_of(column.sum.sent, column.sent_time);
}
Figure finished(const Column& column) {
  return rate_of(column.sum.finished, column.ended_time);
}
Figure failed(const Column& column) {
  return rate_of(column.sum.failed, column.ended_time);
}
Figure in_flight(const Column& column) {
  return static_cast<double>(column.sum.in_flight);
}

double most_of(const Columns& columns, const std::vector<PerColumn>& figures) {
  double most = 0;
  for (const Column& column : columns.all()) {
    for (const PerColumn& figure : figures) most = std::max(most, figure(column).value_or(0));
  }
  return most;
}

/// A step for each column, and none where there is nothing to be said.
std::string steps(const Columns& columns, const EvenAxis& y, const PerColumn& figure) {
  Pen pen;
  for (const Column& column : columns.all()) {
    const Figure found = figure(column);
    if (!found) {
      pen.lift();
      continue;
    }
    pen.to(columns.x(column.from), y(*found));
    pen.to(columns.x(column.to), y(*found));
  }
  return pen.d();
}

void add_axis(Picture& picture, const EvenAxis& y, double wanted) {
  for (const double step : y.steps(wanted)) {
    picture.line("grid", Picture::left, y(step), Picture::right, y(step));
    picture.words("label", "end", Picture::left - 8, y(step) + 4,
                  step >= 1000 ? grouped(static_cast<std::uint64_t>(step)) : fmt::format("{:g}", step));
  }
}

std::string picture_of(const Columns& columns, bool open) {
  Picture picture{"load", height, "Jobs per second over time, and how many were in flight"};
  const double most = most_of(columns, {due, sent, finished, failed});
  const EvenAxis y{most * 1.05, bottom, top};
  const EvenAxis y_flight{std::max(most_of(columns, {in_flight}), 1.0) * 1.05, flight_bottom, flight_top};
  add_axis(picture, y, 5);
  add_axis(picture, y_flight, 3);
  picture.words("label", "start", Picture::left, flight_top - 10, "in flight at the end of each second");
  if (open) picture.path("offered", "offered", steps(columns, y, due));
  picture.path("achieved", "achieved", steps(columns, y, sent));
  picture.path("finished", "finished", steps(columns, y, finished));
  if (most_of(columns, {failed}) > 0) picture.path("failed", "failed", steps(columns, y, failed));
  picture.path("in-flight", "in-flight", steps(columns, y_flight, in_flight));
  columns.axis(picture, top - 14, flight_bottom, top - 6);  // above the lines
  for (const Column& column : columns.all()) {
    picture.field(columns.left(column), top, columns.width(column), flight_bottom - top,
                  fmt::format("{}: {} due, {} sent, {} finished, {} failed, {}{} in flight", column.name(),
                              grouped(column.sum.due), grouped(column.sum.sent), grouped(column.sum.finished),
                              grouped(column.sum.failed), column.single ? "" : "at most ", grouped(column.sum.in_flight)));
  }
  return picture.take();
}

}  // namespace

std::string rates_of(const RunRecord& run) {
  const bool open = std::holds_alternative<OpenLoop>(run.plan.load.load);
  const Columns columns{run.result};
  if (columns.all().empty()) {
    return section("rates", "Load over time", "", "<p class=nothing>No second of the window was measured.</p>\n");
  }
  std::vector<Key> keys;
  if (open) keys.push_back({"offered", "offered", "offered"});
  keys.push_back({"achieved", "achieved", "achieved"});
  keys.push_back({"finished", "finished", "finished"});
  if (run.result.metrics.jobs().failed > 0) keys.push_back({"failed", "failed", "failed"});
  return section(
      "rates", "Load over time",
      open ? "Jobs per second: what fell due, what was sent of it, and what came back. In flight should hover, not "
             "climb."
           : "Jobs per second. In a closed loop the agent sets the rate: nothing is offered that it does not ask for.",
      figure(picture_of(columns, open), keys));
}

}  // namespace procedura::bench::html
