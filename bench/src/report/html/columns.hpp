#pragma once

#include "measure/run_result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace procedura::bench::html {

class Picture;

/// The seconds of a run as columns of a picture: some together where there are too many for one each.
struct Column {
  double from = 0;  ///< seconds since the window's begin
  double to = 0;
  bool single = true;     ///< one second of the series alone
  Second sum;             ///< counts added up, latencies merged, `in_flight` the most
  double due_time = 0;    ///< how much of it the window covers, in seconds
  double sent_time = 0;   ///< the same of the time in which jobs were sent
  double ended_time = 0;  ///< and of that in which they ended

  /// "12s to 13s"
  std::string name() const;
};

class Columns {
 public:
  static constexpr std::size_t most = 120;

  explicit Columns(const RunResult& result);

  const std::vector<Column>& all() const { return columns_; }
  /// Where a time since the window's begin lies, in pixels of a picture.
  double x(double seconds) const;
  double left(const Column& column) const { return x(column.from); }
  double width(const Column& column) const { return x(column.to) - x(column.from); }
  /// Marks and names of seconds below a plot that ends at `bottom`; where the window ends, if jobs were waited for after it,
  /// with words at the height of `words`.
  void axis(Picture& picture, double top, double bottom, double words) const;

 private:
  std::vector<Column> columns_;
  double end_ = 0;  // seconds
  double window_;
};

}  // namespace procedura::bench::html
