#pragma once

#include "hdr/codec.hpp"
#include "measure/series.hpp"

#include <string>

namespace procedura::bench {

/// An `.hlog`: interval histograms, one line per second and metric, tagged with the metric's name, for HistogramLogProcessor,
/// HistogramLogAnalyzer and their like. Times are seconds, values nanoseconds. `started_at`: RFC 3339, UTC.
std::string hdr_log(const Series& series, std::string_view started_at);

/// An `.hgrm`: the percentile distribution as HdrHistogram's plotters read it, in milliseconds.
std::string hdr_percentiles(const Histogram& histogram);

}  // namespace procedura::bench
