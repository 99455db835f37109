#pragma once

#include "measure/histogram.hpp"
#include "measure/series.hpp"

#include <string>
#include <string_view>

namespace procedura::bench {

/// An `.hlog`: interval histograms, a line per second and metric, tagged with the metric's name, for HistogramLogProcessor,
/// HistogramLogAnalyzer and their like. Times are seconds, values nanoseconds; an interval's maximum is in milliseconds, as
/// theirs is. `started_at`: RFC 3339, UTC; `window_begin`: how long after that the first second of the series began.
std::string hdr_log(const Series& series, std::string_view started_at, Nanos window_begin);

/// An `.hgrm`: the percentile distribution as HdrHistogram's plotters read it, in milliseconds, five steps to each half of
/// what is left.
std::string hdr_percentiles(const Histogram& histogram);

}  // namespace procedura::bench
