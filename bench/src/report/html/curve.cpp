#include "curve.hpp"

#include "markup.hpp"
#include "picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace procedura::bench::html {
namespace {

constexpr double top = 12;
constexpr double bottom = 330;
constexpr double height = 366;

/// At what number of nines a sample has `beyond` left.
double nines_until(const Histogram& histogram, double beyond) {
  return std::max(0.0, std::log10(static_cast<double>(histogram.count()) / beyond));
}

std::string name_at(double nines) {
  return fmt::format("p{:.{}f}", 100 * (1 - std::pow(10.0, -nines)), static_cast<int>(nines));
}

/// The stretches of a line: what stands on 100 samples, on 10, on fewer.
struct Stretch {
  std::string_view css;
  double from;
  double to;
};

std::array<Stretch, 3> stretches(const Histogram& histogram) {
  const double sure = nines_until(histogram, 100);
  const double thin = nines_until(histogram, 10);
  return {{{"sure", 0, sure}, {"thin", sure, thin}, {"thinner", thin, nines_until(histogram, 1)}}};
}

class Curve {
 public:
  Curve(std::string_view id, std::string_view label, std::span<const CurveLine> lines);

  void axes();
  void line(const CurveLine& line);
  void mark(const SloResult& slo);
  void fields(std::span<const CurveLine> lines);
  std::string take() { return picture_.take(); }

 private:
  double x(double nines) const { return Picture::left + (Picture::right - Picture::left) * nines / most_; }

  Picture picture_;
  double most_ = 1;  // nines
  LogAxis y_;
};

Nanos lowest(std::span<const CurveLine> lines) {
  return std::min_element(lines.begin(), lines.end(), [](auto& a, auto& b) { return a.histogram->min() < b.histogram->min(); })
      ->histogram->min();
}

Nanos highest(std::span<const CurveLine> lines) {
  return std::max_element(lines.begin(), lines.end(), [](auto& a, auto& b) { return a.histogram->max() < b.histogram->max(); })
      ->histogram->max();
}

Curve::Curve(std::string_view id, std::string_view label, std::span<const CurveLine> lines)
    : picture_{id, height, label}, y_{lowest(lines), highest(lines), bottom, top} {
  for (const CurveLine& line : lines) most_ = std::max(most_, nines_until(*line.histogram, 1));
}

void Curve::axes() {
  for (const Tick& tick : y_.ticks()) {
    picture_.line("grid", Picture::left, tick.at, Picture::right, tick.at);
    picture_.words("label", "end", Picture::left - 8, tick.at + 4, tick.label);
  }
  constexpr std::array ticks{Quantile{500'000}, Quantile{900'000}, Quantile{990'000},
                             Quantile{999'000}, Quantile{999'900}, Quantile{999'990}};
  for (const Quantile quantile : ticks) {
    const double at = nines(quantile);
    if (at > most_) break;
    picture_.line("grid", x(at), top, x(at), bottom);
    picture_.words("label", "middle", x(at), bottom + 24, quantile.name());
  }
  picture_.line("axis", Picture::left, bottom, Picture::right, bottom);
}

void Curve::line(const CurveLine& line) {
  constexpr int points = 160;  // over the whole axis
  Walk walk{*line.histogram};
  for (const Stretch& part : stretches(*line.histogram)) {
    if (part.to <= part.from) continue;
    Pen pen;
    const int steps = std::max(2, static_cast<int>(std::ceil(points * (part.to - part.from) / most_)));
    for (int i = 0; i <= steps; ++i) {
      const double at = part.from + (part.to - part.from) * i / steps;
      pen.to(x(at), y_(walk.at(at)));
    }
    // The slowest is beyond all quantiles.
    if (part.css == "thinner") pen.to(x(part.to), y_(line.histogram->max()));
    picture_.path(fmt::format("{} {}", line.css, part.css), line.name, pen.d());
  }
}

void Curve::mark(const SloResult& slo) {
  const auto* latency = std::get_if<Slo::Latency>(&slo.slo.what);
  if (latency == nullptr || nines(latency->quantile) > most_ || !y_.reaches(latency->bound)) return;
  const double at = x(nines(latency->quantile));
  const double y = y_(latency->bound);
  const Look look = slo.state == SloResult::State::met ? good : slo.state == SloResult::State::failed ? bad : doubtful;
  // Its tip is the bound: the line has to stay below.
  picture_.add(fmt::format("<path class=\"slo {}\" d=\"M{} {}l-7 -10h14z\"/>\n", look.css, px(at), px(y)));
}

void Curve::fields(std::span<const CurveLine> lines) {
  constexpr int columns = 64;
  std::vector<Walk> walks;
  for (const CurveLine& line : lines) walks.emplace_back(*line.histogram);
  const double step = (Picture::right - Picture::left) / columns;
  for (int i = 0; i < columns; ++i) {
    const double at = most_ * (i + 0.5) / columns;
    std::string what = name_at(at) + ":";
    for (std::size_t j = 0; j < lines.size(); ++j) {
      if (at > nines_until(*lines[j].histogram, 1)) continue;
      what += fmt::format(" {} {}{},", lines[j].name, format_duration(walks[j].at(at)),
                          at > nines_until(*lines[j].histogram, 100) ? " (few samples)" : "");
    }
    what.pop_back();
    picture_.field(Picture::left + i * step, top, step, bottom - top, what);
  }
}

}  // namespace

double nines(Quantile quantile) {
  return -std::log10(static_cast<double>(Quantile::whole - quantile.ppm()) / Quantile::whole);
}

Nanos Walk::at(double nines) {
  const std::uint64_t count = histogram_->count();
  if (count == 0) return Nanos{0};
  const double exact = (1 - std::pow(10.0, -nines)) * static_cast<double>(count);
  // A hair's breadth over a whole number is that number: 0.9 of 10 is 9, whatever its floating point says.
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(exact * (1 - 1e-12))), 1, count);
  const auto counts = histogram_->counts();
  while (seen_ < rank) seen_ += counts[index_++];
  return std::min(Nanos{Histogram::highest_equivalent(Histogram::value_from_index(index_ - 1))}, histogram_->max());
}

std::string percentile_curve(std::string_view id, std::string_view label, std::span<const CurveLine> lines,
                             std::span<const SloResult> marks) {
  Curve curve{id, label, lines};
  curve.axes();
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) curve.line(*line);  // the first one on top
  for (const SloResult& mark : marks) curve.mark(mark);
  curve.fields(lines);
  return curve.take();
}

}  // namespace procedura::bench::html
