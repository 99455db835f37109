#include "columns.hpp"

#include "picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace procedura::bench::html {
namespace {

double in_seconds(Nanos time) {
  return std::chrono::duration<double>(time).count();
}

/// How much of a column lies before `end`.
double covered(const Column& column, Nanos end) {
  return std::clamp(in_seconds(end) - column.from, 0.0, column.to - column.from);
}

}  // namespace

std::string Column::name() const {
  return fmt::format("{:.10g}s to {:.10g}s", from, to);
}

Columns::Columns(const RunResult& result) : window_{in_seconds(result.window)} {
  const std::vector<Second>& seconds = result.series.seconds;
  const double step = in_seconds(result.series.step);
  const std::size_t each = std::max<std::size_t>(1, (seconds.size() + most - 1) / most);
  for (std::size_t begin = 0; begin < seconds.size(); begin += each) {
    const std::size_t end = std::min(begin + each, seconds.size());
    Column column;
    column.from = static_cast<double>(begin) * step;
    column.to = static_cast<double>(end) * step;
    column.single = end == begin + 1;
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint64_t in_flight = std::max(column.sum.in_flight, seconds[i].in_flight);
      column.sum.merge(seconds[i]);
      column.sum.in_flight = in_flight;
    }
    column.due_time = covered(column, result.window);
    column.sent_time = covered(column, result.sending_time);
    column.ended_time = covered(column, result.ending_time);
    end_ = column.to;
    columns_.push_back(std::move(column));
  }
}

double Columns::x(double seconds) const {
  return Picture::left + (Picture::right - Picture::left) * seconds / std::max(end_, 1e-9);
}

void Columns::axis(Picture& picture, double top, double bottom, double words) const {
  picture.line("axis", Picture::left, bottom, Picture::right, bottom);
  for (const double second : EvenAxis{end_, Picture::left, Picture::right}.steps(8)) {
    picture.line("axis", x(second), bottom, x(second), bottom + 4);
    picture.words("label", "middle", x(second), bottom + 24, fmt::format("{:.10g}s", second));
  }
  if (!columns_.empty() && window_ > 0 && window_ <= columns_.back().from) {
    picture.line("window-end", x(window_), top, x(window_), bottom);
    constexpr double room = 170;  // for its words where they are largest
    const bool before = x(window_) - room > Picture::left;
    picture.words("label", before ? "end" : "start", x(window_) + (before ? -4 : 4), words, "end of the window");
  }
}

}  // namespace procedura::bench::html
