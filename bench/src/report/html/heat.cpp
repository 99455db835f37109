#include "columns.hpp"
#include "markup.hpp"
#include "parts.hpp"
#include "picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace procedura::bench::html {
namespace {

constexpr double errors_top = 8;  // of the lane of failed jobs
constexpr double errors_height = 22;
constexpr double top = 40;
constexpr double bottom = 292;
constexpr double height = 326;
constexpr std::size_t rows = 36;
constexpr std::size_t levels = 7;

using Cells = std::vector<std::array<std::uint64_t, rows>>;  // per column, from the fastest up

class Heat {
 public:
  explicit Heat(const RunResult& result);

  bool empty() const { return most_ == 0; }
  std::string picture() const;
  std::string legend() const;

 private:
  std::size_t row_of(Nanos value) const;
  /// 1 to `levels`: by how many times as many, so that the few slow ones are seen beside the many fast ones.
  std::size_t level_of(std::uint64_t count) const;
  void add_cells(Picture& picture) const;
  void add_errors(Picture& picture) const;
  void add_fields(Picture& picture) const;
  double row_height() const { return (bottom - top) / rows; }

  Columns columns_;
  LogAxis y_;
  Cells cells_;
  std::uint64_t most_ = 0;
  std::array<std::uint64_t, levels> least_{};  // jobs in a cell of each level
};

Heat::Heat(const RunResult& result)
    : columns_{result},
      y_{result.metrics.of(Metric::response).min(), result.metrics.of(Metric::response).max(), bottom, top},
      cells_(columns_.all().size()) {
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    for (const auto& bucket : columns_.all()[i].sum.of(Metric::response).buckets()) {
      const Nanos value{Histogram::value_from_index(bucket.index)};
      std::uint64_t& cell = cells_[i][row_of(value)];
      cell += bucket.count;
      most_ = std::max(most_, cell);
    }
  }
  for (std::size_t i = 0; i < levels; ++i) {
    const double exact = std::pow(static_cast<double>(most_), static_cast<double>(i) / levels);
    least_[i] = static_cast<std::uint64_t>(std::ceil(exact));
  }
}

std::size_t Heat::row_of(Nanos value) const {
  return std::min(rows - 1, static_cast<std::size_t>((bottom - y_(value)) / row_height()));
}

std::size_t Heat::level_of(std::uint64_t count) const {
  return static_cast<std::size_t>(std::upper_bound(least_.begin(), least_.end(), count) - least_.begin());
}

// One path for each level: a rectangle per cell would make up most of the page.
void Heat::add_cells(Picture& picture) const {
  std::array<std::string, levels> paths;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const double x = columns_.left(columns_.all()[i]);
    const double wide = columns_.width(columns_.all()[i]);
    for (std::size_t row = 0; row < rows; ++row) {
      if (cells_[i][row] == 0) continue;
      const double y = bottom - static_cast<double>(row + 1) * row_height();
      paths[level_of(cells_[i][row]) - 1] +=
          fmt::format("M{} {}h{}v{}h-{}z", px(x), px(y), px(wide), px(row_height()), px(wide));
    }
  }
  for (std::size_t level = 0; level < levels; ++level) {
    if (!paths[level].empty()) picture.add(fmt::format("<path class=\"heat h{}\" d=\"{}\"/>\n", level + 1, paths[level]));
  }
}

void Heat::add_errors(Picture& picture) const {
  picture.words("label", "end", Picture::left - 8, errors_top + 15, "failed");
  picture.line("grid", Picture::left, errors_top + errors_height, Picture::right, errors_top + errors_height);
  for (const Column& column : columns_.all()) {
    if (column.sum.failed == 0) continue;
    const auto ended = static_cast<double>(column.sum.failed + column.sum.finished);
    const double high = std::max(4.0, errors_height * static_cast<double>(column.sum.failed) / ended);
    picture.rect("error", columns_.left(column), errors_top + errors_height - high, columns_.width(column), high);
  }
}

void Heat::add_fields(Picture& picture) const {
  for (const Column& column : columns_.all()) {
    const SparseHistogram& latency = column.sum.of(Metric::response);
    std::string what = column.name() + ": " + counted(latency.count(), "job");
    for (const Quantile quantile : {Quantile{500'000}, Quantile{990'000}}) {
      if (quantile.carried_by(latency.count()))
        what += fmt::format(", {} {}", quantile.name(), format_duration(latency.value_at(quantile)));
    }
    if (latency.count() > 0) what += ", slowest " + format_duration(latency.value_at(Quantile{Quantile::whole - 1}));
    if (column.sum.failed > 0) what += fmt::format(", {} failed", grouped(column.sum.failed));
    picture.field(columns_.left(column), errors_top, columns_.width(column), bottom - errors_top, what);
  }
}

std::string Heat::picture() const {
  Picture picture{"heat", height, "Response over time: how many jobs of each second took how long, and where jobs failed"};
  for (const Tick& tick : y_.ticks()) {
    picture.line("grid", Picture::left, tick.at, Picture::right, tick.at);
    picture.words("label", "end", Picture::left - 8, tick.at + 4, tick.label);
  }
  add_cells(picture);
  add_errors(picture);
  columns_.axis(picture, top, bottom, top + 12);
  add_fields(picture);
  return picture.take();
}

std::string Heat::legend() const {
  std::string out = "<ul class=keys><li>jobs in a field:</li>\n";
  for (std::size_t level = 1; level <= levels; ++level) {
    if (level < levels && least_[level] == least_[level - 1]) continue;  // no count has this level
    out += fmt::format(
        "<li><svg class=swatch viewBox=\"0 0 26 12\" aria-hidden=true><path class=\"heat h{}\" "
        "d=\"M0 0H26V12H0z\"/></svg>{}+</li>\n",
        level, grouped(least_[level - 1]));
  }
  return out + "</ul>\n";
}

}  // namespace

std::string heat_of(const RunResult& result) {
  const Heat heat{result};
  const std::string body = heat.empty() ? "<p class=nothing>No job finished in any second of the window.</p>\n"
                                        : figure(heat.picture(), {}, heat.legend());
  return section(
      "time", "Response over time",
      "Each column is the jobs that were due then; the stronger the colour, the more of them took so long. A band that "
      "rises is an agent that falls behind; a column that spreads is a stall.",
      body);
}

}  // namespace procedura::bench::html
