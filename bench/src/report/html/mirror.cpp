#include "comparison_parts.hpp"
#include "markup.hpp"
#include "picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace procedura::bench::html {
namespace {

constexpr double top = 12;
constexpr double middle = 150;
constexpr double bottom = 288;
constexpr double height = 322;
constexpr std::size_t bins = 80;

using Shares = std::array<double, bins>;  // of all jobs of a side

struct Sides {
  const Histogram& a;
  const Histogram& b;
};

class Mirror {
 public:
  Mirror(std::string_view id, std::string_view label, Sides sides);

  std::string draw();

 private:
  Shares shares_of(const Histogram& side) const;
  double left_of(std::size_t bin) const {
    return Picture::left + (Picture::right - Picture::left) * static_cast<double>(bin) / bins;
  }
  void axes();
  void bars(std::string_view css, const Shares& shares, bool up);
  void median(std::string_view name, const Histogram& side, bool up);
  void fields();

  Picture picture_;
  Sides sides_;
  LogAxis x_;
  Shares a_;
  Shares b_;
  double most_;
};

Mirror::Mirror(std::string_view id, std::string_view label, Sides sides)
    : picture_{id, height, label},
      sides_{sides},
      x_{std::min(sides.a.min(), sides.b.min()), std::max(sides.a.max(), sides.b.max()), Picture::left, Picture::right},
      a_{shares_of(sides.a)},
      b_{shares_of(sides.b)},
      most_{std::max(*std::max_element(a_.begin(), a_.end()), *std::max_element(b_.begin(), b_.end()))} {}

Shares Mirror::shares_of(const Histogram& side) const {
  Shares shares{};
  const auto counts = side.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const double way = (x_(Nanos{Histogram::value_from_index(i)}) - Picture::left) / (Picture::right - Picture::left);
    const auto bin = std::min(bins - 1, static_cast<std::size_t>(way * bins));
    shares[bin] += static_cast<double>(counts[i]) / static_cast<double>(side.count());
  }
  return shares;
}

void Mirror::axes() {
  for (const Tick& tick : x_.ticks()) {
    picture_.line("grid", tick.at, top, tick.at, bottom);
    picture_.words("label", "middle", tick.at, bottom + 24, tick.label);
  }
  picture_.words("strong", "end", Picture::left - 12, middle - 20, "A");
  picture_.words("strong", "end", Picture::left - 12, middle + 30, "B");
}

void Mirror::bars(std::string_view css, const Shares& shares, bool up) {
  std::string d;
  for (std::size_t i = 0; i < bins; ++i) {
    if (shares[i] == 0) continue;
    const double high = std::max(1.0, (middle - top) * shares[i] / most_);  // one slow job is seen too
    const double wide = left_of(i + 1) - left_of(i) - 1;
    d += fmt::format("M{} {}h{}v{}h-{}z", px(left_of(i)), px(middle), px(wide), px(up ? -high : high), px(wide));
  }
  picture_.add(fmt::format("<path class={} d=\"{}\"/>\n", css, d));
}

void Mirror::median(std::string_view name, const Histogram& side, bool up) {
  constexpr Quantile quantile{500'000};
  if (!quantile.carried_by(side.count())) return;
  const double at = x_(side.value_at(quantile));
  picture_.line("axis", at, up ? top : middle, at, up ? middle : bottom);
  const bool before = at > Picture::left + 0.75 * (Picture::right - Picture::left);  // or it would stick out
  picture_.words("strong", before ? "end" : "start", at + (before ? -5 : 5), up ? top + 12 : bottom - 6,
                 fmt::format("{} p50 {}", name, format_duration(side.value_at(quantile))));
}

void Mirror::fields() {
  for (std::size_t i = 0; i < bins; ++i) {
    const auto from = static_cast<double>(i) / bins;
    const auto nanos = [&](double way) { return format_duration(Nanos{static_cast<std::int64_t>(x_.value_at(way))}); };
    picture_.field(
        left_of(i), top, left_of(i + 1) - left_of(i), bottom - top,
        fmt::format("{} to {}: {} of A's jobs, {} of B's", nanos(from), nanos(from + 1.0 / bins), share(a_[i]), share(b_[i])));
  }
}

std::string Mirror::draw() {
  axes();
  bars("side-a", a_, true);
  bars("side-b", b_, false);
  picture_.line("axis", Picture::left, middle, Picture::right, middle);
  median("A", sides_.a, true);
  median("B", sides_.b, false);
  fields();
  return figure(picture_.take(), {});
}

}  // namespace

std::string mirrors_of(const ComparisonRecord& comparison) {
  std::string body;
  for (const Metric metric : {Metric::response, Metric::first_event, Metric::ack}) {
    const Sides sides{comparison.a.metrics.of(metric), comparison.b.metrics.of(metric)};
    if (sides.a.count() == 0 || sides.b.count() == 0) continue;
    const std::string_view name = metric_names[static_cast<std::size_t>(metric)];
    const std::string picture =
        Mirror{fmt::format("mirror-{}", name), fmt::format("How {} is spread: A upwards, B downwards", name), sides}.draw();
    body += metric == Metric::response
                ? picture
                : fmt::format("<details><summary>The same for <code>{}</code></summary>\n{}</details>\n", name, picture);
  }
  if (body.empty()) return {};
  return section(
      "mirror", "A and B, all jobs together",
      "How many jobs took how long: A upwards, B downwards, each as shares of its own. Where one leans to the left, it "
      "was faster; that alone decides nothing, the pairs do.",
      body);
}

}  // namespace procedura::bench::html
