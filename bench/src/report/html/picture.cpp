#include "picture.hpp"

#include "markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace procedura::bench::html {

std::string px(double coordinate) {
  const double tenth = std::round(coordinate * 10) / 10;
  return fmt::format("{}", tenth == 0 ? 0.0 : tenth);  // and not -0
}

LogAxis::LogAxis(Nanos low, Nanos high, double from, double to)
    : low_{std::log10(static_cast<double>(std::max<std::int64_t>(low.count(), 1)))},
      high_{std::log10(static_cast<double>(std::max<std::int64_t>(high.count(), 1)))},
      from_{from},
      to_{to} {
  // Some room on either side, and never less than a factor of four: equal values are a line and no division by nothing.
  const double room = std::max(0.04 * (high_ - low_), (std::log10(4.0) - (high_ - low_)) / 2);
  low_ = std::max(low_ - room, 0.0);
  high_ += room;
}

double LogAxis::along(double nanos) const {
  const double way = (std::log10(std::max(nanos, 1.0)) - low_) / (high_ - low_);
  return from_ + (to_ - from_) * std::clamp(way, 0.0, 1.0);
}

bool LogAxis::reaches(Nanos value) const {
  const double log = std::log10(std::max(static_cast<double>(value.count()), 1.0));
  return log >= low_ && log <= high_;
}

double LogAxis::value_at(double way) const {
  return std::pow(10.0, low_ + (high_ - low_) * way);
}

std::vector<Tick> LogAxis::ticks() const {
  const double decades = high_ - low_;
  const auto steps = decades < 1.3   ? std::vector<std::int64_t>{1, 2, 3, 5, 7}
                     : decades < 3.5 ? std::vector<std::int64_t>{1, 2, 5}
                                     : std::vector<std::int64_t>{1};
  std::vector<Tick> ticks;
  std::int64_t decade = 1;
  for (int exponent = 0; exponent <= 14; ++exponent, decade *= 10) {
    for (const std::int64_t step : steps) {
      const Nanos value{step * decade};
      const double log = std::log10(static_cast<double>(value.count()));
      if (log >= low_ && log <= high_) ticks.push_back({(*this)(value), exact_duration(value)});
    }
  }
  return ticks;
}

double round_up(double value) {
  if (value <= 0) return 1;
  const double decade = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * decade >= value * (1 - 1e-9)) return step * decade;
  }
  return 10 * decade;
}

std::vector<double> EvenAxis::steps(double wanted) const {
  const double step = round_up(most_ / wanted);
  std::vector<double> steps;
  for (int i = 0; i * step <= most_ * (1 + 1e-9); ++i) steps.push_back(i * step);
  return steps;
}

Picture::Picture(std::string_view id, double height, std::string_view label) : id_{id}, label_{label}, height_{height} {}

void Picture::line(std::string_view css, double x1, double y1, double x2, double y2) {
  add(fmt::format(R"(<path class="{}" d="M{} {}L{} {}"/>)", css, px(x1), px(y1), px(x2), px(y2)));
}

void Picture::rect(std::string_view css, double x, double y, double width, double height) {
  add(fmt::format(R"(<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>)", css, px(x), px(y), px(width), px(height)));
}

void Picture::words(std::string_view css, std::string_view anchor, double x, double y, std::string_view words) {
  add(fmt::format(R"(<text class="{}" text-anchor="{}" x="{}" y="{}">{}</text>)", css, anchor, px(x), px(y), text(words)));
}

void Picture::path(std::string_view css, std::string_view series, const std::string& d) {
  if (d.empty()) return;
  add(fmt::format("<path class=\"line {}\" data-series={} d=\"{}\"/>\n", css, series, d));
}

void Picture::field(double x, double y, double width, double height, std::string_view what) {
  add(fmt::format("<rect class=field x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n", px(x), px(y),
                  px(width), px(height), text(what)));
}

std::string Picture::take() {
  return fmt::format("<svg id={0} role=img aria-labelledby={0}-label viewBox=\"0 0 {1} {2}\"><title id={0}-label>{3}</title>\n",
                     id_, px(page), px(height_), text(label_)) +
         std::move(body_) + "</svg>\n";
}

void Pen::to(double x, double y) {
  d_ += fmt::format("{}{} {}", down_ ? "L" : "M", px(x), px(y));
  down_ = true;
}

std::string figure(std::string picture, const std::vector<Key>& keys, std::string_view note) {
  std::string out = "<figure class=card>\n";
  if (!keys.empty()) {
    out += "<ul class=keys>\n";
    for (const Key& key : keys) {
      out += fmt::format(
          "<li data-series={}><svg class=swatch viewBox=\"0 0 26 8\" aria-hidden=true><path class=\"line {}\" "
          "d=\"M1 4H25\"/></svg>{}</li>\n",
          key.series, key.css, text(key.name));
    }
    out += "</ul>\n";
  }
  out += "<div class=scroll tabindex=0 role=group aria-label=\"Picture; arrow keys go through it\">\n" + std::move(picture) +
         "</div>\n";
  if (!note.empty()) out += fmt::format("<figcaption class=dim>{}</figcaption>\n", note);
  return out + "</figure>\n";
}

}  // namespace procedura::bench::html
