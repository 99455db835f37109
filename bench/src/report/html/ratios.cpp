#include "comparison_parts.hpp"
#include "markup.hpp"
#include "ratio_axis.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace procedura::bench::html {
namespace {

constexpr double row_height = 34;
constexpr double names_end = 250;
constexpr double top = 8;
constexpr std::size_t longest_name = 16;  // as much as there is room for

Look look_of(const ComparedMetric& metric) {
  if (!metric.samples.gated) return plain;
  switch (metric.verdict) {
    case Difference::equivalent:
    case Difference::faster:
      return good;
    case Difference::slower:
      return bad;
    case Difference::inconclusive:
      break;
  }
  return doubtful;
}

double either_way(double ratio) {
  return ratio > 0 ? std::max(ratio, 1 / ratio) : 1;
}

/// What an axis has to reach so that all that matters is on it; beyond three times as much, points lie on its end.
double reach(const std::vector<ComparedMetric>& metrics) {
  double most = 1;
  for (const ComparedMetric& metric : metrics) {
    for (const double ratio : {metric.ratio, metric.low, metric.high, 1 + metric.margin})
      most = std::max(most, either_way(ratio));
  }
  return std::min(most, 3.0);
}

void add_row(Picture& picture, const RatioAxis& x, const ComparedMetric& metric, double y) {
  const double middle = y + row_height / 2;
  picture.words("strong", "end", names_end - 14, middle + 4, protocol::excerpt(metric.samples.name, longest_name));
  if (!known(metric)) {
    picture.words("label", "start", x(1) + 8, middle + 4, "not known");
    return;
  }
  const double within = x(1 / (1 + metric.margin));
  picture.rect("within", within, y + 4, x(1 + metric.margin) - within, row_height - 8);
  const Look look = look_of(metric);
  picture.line(fmt::format("interval {}", look.css), x(metric.low), middle, x(metric.high), middle);
  picture.add(
      fmt::format("<circle class=\"point {}\" cx=\"{}\" cy=\"{}\" r=\"5\"/>\n", look.css, px(x(metric.ratio)), px(middle)));
  picture.field(0, y, Picture::page, row_height,
                fmt::format("{}: {}, between {} and {}; {} either way counts as nothing; {}", metric.samples.name,
                            change(metric.ratio), change(metric.low), change(metric.high), share(metric.margin),
                            metric.samples.gated ? to_string(metric.verdict) : "not gated"));
}

}  // namespace

std::string change(double ratio) {
  const double percent = 100 * (ratio - 1);
  const int decimals = std::abs(percent) < 9.95 ? 2 : 1;
  const std::string figure = fmt::format("{:.{}f}", std::abs(percent), decimals);
  const bool nothing = figure.find_first_not_of("0.") == std::string::npos;
  return fmt::format("{}{} %", nothing ? "" : percent < 0 ? "−" : "+", figure);
}

std::string ratios_of(const ComparisonRecord& comparison) {
  const std::vector<ComparedMetric>& metrics = comparison.metrics;
  if (metrics.empty()) {
    return section("ratios", "B against A", "", "<p class=nothing>No pair was measured whole.</p>\n");
  }
  const double bottom = top + row_height * static_cast<double>(metrics.size());
  Picture picture{"ratio", bottom + 32,
                  "B against A: the ratio of each metric with its interval, and the margin within which it counts as none"};
  const RatioAxis x{reach(metrics), names_end, Picture::right - 20};
  for (const Tick& tick : x.ticks()) {
    picture.line("grid", tick.at, top, tick.at, bottom);
    picture.words("label", "middle", tick.at, bottom + 24, tick.label);
  }
  picture.line("axis", x(1), top, x(1), bottom);
  double y = top;
  for (const ComparedMetric& metric : metrics) {
    add_row(picture, x, metric, y);
    y += row_height;
  }
  return section(
      "ratios", "B against A",
      fmt::format("The median of the pairs' ratios, with its interval at {:g} %. Left of 0: B needs less. In the grey band a "
                  "difference counts as none: it is what was asked for, or what an agent differs from itself here.",
                  100 * (1 - comparison.plan.options.alpha)),
      figure(picture.take(), {}));
}

}  // namespace procedura::bench::html
