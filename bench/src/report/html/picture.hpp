#pragma once

#include "measure/units.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Pictures as SVG that needs no script: axes, lines, and fields that say what is at a place when one points at it.
namespace procedura::bench::html {

/// A coordinate: a tenth of a pixel is more than anybody sees.
std::string px(double coordinate);

/// Where something lies on an axis.
struct Tick {
  double at = 0;
  std::string label;
};

/// Durations on a logarithmic axis: what one wants to know of them is how many times as long.
class LogAxis {
 public:
  /// `from` and `to` are where `low` and `high` lie, in pixels. What does not reach from 1 ns to beyond is made to.
  LogAxis(Nanos low, Nanos high, double from, double to);

  double operator()(Nanos value) const { return along(static_cast<double>(value.count())); }
  double operator()(double nanos) const { return along(nanos); }
  /// False for what would lie on an end of the axis although it is beyond it.
  bool reaches(Nanos value) const;
  /// The value at a share of the way, 0 to 1.
  double value_at(double way) const;
  std::vector<Tick> ticks() const;

 private:
  double along(double nanos) const;

  double low_;  // log10 of nanoseconds
  double high_;
  double from_;
  double to_;
};

/// Counts, rates and times on an even axis, from 0 to `most`.
class EvenAxis {
 public:
  EvenAxis(double most, double from, double to) : most_{most > 0 ? most : 1}, from_{from}, to_{to} {}

  double operator()(double value) const { return from_ + (to_ - from_) * value / most_; }
  double most() const { return most_; }
  /// Round steps from 0, about `wanted` of them.
  std::vector<double> steps(double wanted) const;

 private:
  double most_;
  double from_;
  double to_;
};

/// The smallest of 1, 2, 5, 10, 20 ... that is not below.
double round_up(double value);

/// One SVG. Its width is the page's; text in it keeps its size because style sheets say so.
class Picture {
 public:
  static constexpr double page = 960;         ///< its width, in pixels of its own
  static constexpr double left = 74;          ///< where the plot begins; labels stand before it
  static constexpr double right = page - 34;  ///< half of a label may stand behind it

  /// `label` says in words what the picture shows, for those who do not see it.
  Picture(std::string_view id, double height, std::string_view label);

  void add(std::string_view markup) { body_ += markup; }
  void line(std::string_view css, double x1, double y1, double x2, double y2);
  void rect(std::string_view css, double x, double y, double width, double height);
  /// `anchor` is SVG's: start, middle, end. `words` are ours.
  void words(std::string_view css, std::string_view anchor, double x, double y, std::string_view words);
  /// A line through points, as a part of the series that a reader can switch off.
  void path(std::string_view css, std::string_view series, const std::string& d);
  /// Says `what` when it is pointed at. It lies over what was added before.
  void field(double x, double y, double width, double height, std::string_view what);

  std::string take();

 private:
  std::string id_;
  std::string label_;
  double height_;
  std::string body_;
};

/// Gives a path its points, one by one.
class Pen {
 public:
  void to(double x, double y);
  void lift() { down_ = false; }
  const std::string& d() const { return d_; }
  bool empty() const { return d_.empty(); }

 private:
  std::string d_;
  bool down_ = false;
};

struct Key {
  std::string_view series;  ///< as in `Picture::path`
  std::string_view css;     ///< how its line looks
  std::string_view name;
};

/// A picture in its frame: scrolls alone where the page is too narrow; with scripts the keys switch their series.
std::string figure(std::string picture, const std::vector<Key>& keys, std::string_view note = {});

}  // namespace procedura::bench::html
