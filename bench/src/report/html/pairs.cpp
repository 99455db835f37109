#include "comparison_parts.hpp"
#include "markup.hpp"
#include "ratio_axis.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace procedura::bench::html {
namespace {

constexpr double top = 10;
constexpr double bottom = 190;
constexpr double height = 222;

double ratio_of(const PairedMetric& samples, std::size_t i) {
  return samples.a[i] > 0 && samples.b[i] > 0 ? samples.b[i] / samples.a[i] : 0;
}

std::size_t pairs_in(const PairedMetric& samples) {
  return std::min(samples.a.size(), samples.b.size());
}

double reach(const ComparedMetric& metric) {
  double most = 1 + metric.margin;
  for (std::size_t i = 0; i < pairs_in(metric.samples); ++i) {
    if (const double ratio = ratio_of(metric.samples, i); ratio > 0) most = std::max({most, ratio, 1 / ratio});
  }
  return most;
}

class Strip {
 public:
  Strip(const ComparisonRecord& comparison, const ComparedMetric& metric, std::string_view id)
      : comparison_{comparison},
        metric_{metric},
        picture_{
            id, height,
            fmt::format("{}: the ratio of B to A in each pair, in the order in which they were measured", metric.samples.name)},
        y_{reach(metric), bottom, top},
        step_{(Picture::right - Picture::left) / static_cast<double>(std::max<std::size_t>(pairs_in(metric.samples), 1))} {}

  std::string draw();

 private:
  double x(std::size_t i) const { return Picture::left + (static_cast<double>(i) + 0.5) * step_; }
  void background();
  void point(std::size_t i);

  const ComparisonRecord& comparison_;
  const ComparedMetric& metric_;
  Picture picture_;
  RatioAxis y_;
  double step_;
};

void Strip::background() {
  const double most = y_(1 + metric_.margin);
  picture_.rect("within", Picture::left, most, Picture::right - Picture::left, y_(1 / (1 + metric_.margin)) - most);
  for (const Tick& tick : y_.ticks()) {
    picture_.line("grid", Picture::left, tick.at, Picture::right, tick.at);
    picture_.words("label", "end", Picture::left - 8, tick.at + 4, tick.label);
  }
  picture_.line("axis", Picture::left, y_(1), Picture::right, y_(1));
  picture_.line("line side-b", Picture::left, y_(metric_.ratio), Picture::right, y_(metric_.ratio));
}

void Strip::point(std::size_t i) {
  const double ratio = ratio_of(metric_.samples, i);
  const bool b_first = i < comparison_.b_first.size() && comparison_.b_first[i];
  std::string what = fmt::format("pair {}, {} first: ", i + 1, b_first ? "B" : "A");
  if (ratio > 0) {
    picture_.add(fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"5\"/>", b_first ? "point" : "point open", px(x(i)),
                             px(y_(ratio))));
    what += change(ratio);
  } else {
    what += "no ratio, a side is not above 0";
  }
  picture_.field(x(i) - step_ / 2, top, step_, bottom - top, what);
}

std::string Strip::draw() {
  background();
  const std::size_t count = pairs_in(metric_.samples);
  for (std::size_t i = 0; i < count; ++i) point(i);
  picture_.words("label", "start", Picture::left, bottom + 24, "first pair");
  picture_.words("label", "end", Picture::right, bottom + 24, "last pair");
  return figure(picture_.take(), {});
}

}  // namespace

std::string pairs_of(const ComparisonRecord& comparison) {
  std::string gated;
  std::string others;
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    const ComparedMetric& metric = comparison.metrics[i];
    if (pairs_in(metric.samples) == 0) continue;
    std::string& part = metric.samples.gated ? gated : others;
    part += fmt::format("<h3><code>{}</code></h3>\n", text(metric.samples.name)) +
            Strip{comparison, metric, fmt::format("pairs-{}", i)}.draw();
  }
  if (gated.empty() && others.empty()) return {};
  if (!others.empty()) {
    gated += "<details><summary>The same of what does not decide, because its noise is too great</summary>\n" + others +
             "</details>\n";
  }
  return section(
      "pairs", "Pair by pair",
      "Each point is one pair: B's run against the run of A beside it. Filled: B went first; hollow: A did. A trend or "
      "a step is this machine's, and is why they were alternated; the line is the median.",
      gated);
}

}  // namespace procedura::bench::html
