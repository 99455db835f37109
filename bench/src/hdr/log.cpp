#include "hdr/log.hpp"

#include "hdr/codec.hpp"
#include "measure/moment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace procedura::bench {
namespace {

constexpr double nanos_per_ms = 1e6;

double seconds(Nanos time) {
  return static_cast<double>(time.count()) / 1e9;
}

std::int64_t upper_bound_of(std::size_t index) {
  return Histogram::highest_equivalent(Histogram::value_from_index(index));
}

double in_ms(std::size_t index) {
  return static_cast<double>(upper_bound_of(index)) / nanos_per_ms;
}

double middle_of(std::size_t index) {
  const std::int64_t low = Histogram::value_from_index(index);
  return static_cast<double>(low + (upper_bound_of(index) + 1 - low) / 2);
}

/// Where the distribution is looked at: five steps to 50 %, five more to 75 %, and so on. The arithmetic is Java's to the
/// letter, so that both stop at the same buckets.
class Levels {
 public:
  double percent() const { return percent_; }
  void next() {
    constexpr double per_half = 5;
    const double halves = std::floor(std::log(100 / (100 - percent_)) / std::log(2.0)) + 1;
    percent_ += 100 / (per_half * std::pow(2.0, halves));
  }

 private:
  double percent_ = 0;
};

}  // namespace

std::string hdr_log(const Series& series, std::string_view started_at, Nanos window_begin) {
  const auto start = parse_moment(started_at);
  std::string text = "#[Logged by procedura-bench]\n#[Histogram log format version 1.3]\n";
  fmt::format_to(std::back_inserter(text), "#[StartTime: {}.000 (seconds since epoch), {}]\n",
                 start ? start->time_since_epoch().count() : 0, start ? started_at : "not known");
  text += R"("StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram")"
          "\n";
  for (std::size_t i = 0; i < series.seconds.size(); ++i) {
    const double from = seconds(window_begin + series.step * static_cast<std::int64_t>(i));
    for (std::size_t metric = 0; metric < metric_count; ++metric) {
      const SparseHistogram& histogram = series.seconds[i].latencies[metric];
      if (histogram.count() == 0) continue;
      fmt::format_to(std::back_inserter(text), "Tag={},{:.3f},{:.3f},{:.3f},{}\n", metric_names[metric], from,
                     seconds(series.step), in_ms(histogram.buckets().back().index), encode_hdr(histogram));
    }
  }
  return text;
}

std::string hdr_percentiles(const Histogram& histogram) {
  std::string text;
  const auto add = [&text](auto format, const auto&... values) { fmt::format_to(std::back_inserter(text), format, values...); };
  add(FMT_STRING("{:>12} {:>14} {:>10} {:>14}\n\n"), "Value", "Percentile", "TotalCount", "1/(1-Percentile)");

  const auto counts = histogram.counts();
  const auto total = static_cast<double>(histogram.count());
  std::uint64_t seen = 0;
  double sum = 0;
  std::size_t last = 0;
  Levels level;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    last = i;
    seen += counts[i];
    sum += middle_of(i) * static_cast<double>(counts[i]);
    for (; seen < histogram.count() && 100 * static_cast<double>(seen) / total >= level.percent(); level.next()) {
      add(FMT_STRING("{:12.3f} {:.12f} {:10} {:14.2f}\n"), in_ms(i), level.percent() / 100, seen,
          1 / (1 - level.percent() / 100));
    }
  }
  if (seen > 0) {
    add(FMT_STRING("{:12.3f} {:.12f} {:10} {:14.2f}\n"), in_ms(last), level.percent() / 100, seen,
        1 / (1 - level.percent() / 100));
    add(FMT_STRING("{:12.3f} {:.12f} {:10}\n"), in_ms(last), 1.0, seen);
  }

  const double mean = seen == 0 ? 0 : sum / total;
  double squares = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) squares += (middle_of(i) - mean) * (middle_of(i) - mean) * static_cast<double>(counts[i]);
  }
  const double deviation = seen == 0 ? 0 : std::sqrt(squares / total);
  add(FMT_STRING("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n"), mean / nanos_per_ms, deviation / nanos_per_ms);
  add(FMT_STRING("#[Max     = {:12.3f}, Total count    = {:12}]\n"), seen == 0 ? 0 : in_ms(last), seen);
  add(FMT_STRING("#[Buckets = {:12}, SubBuckets     = {:12}]\n"), counts.size() / 1024 - 1, 2048);
  return text;
}

}  // namespace procedura::bench
