#include "judge/slo.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace procedura::bench {
namespace {

SloError error(std::string_view text, std::string_view what) {
  return {
      fmt::format("--slo '{}': {}; write it as 'p99<20ms', 'ack.p50<=1ms' or 'failed<0.1%'", protocol::printable(text), what)};
}

std::optional<Metric> metric_from(std::string_view name) {
  const auto* at = std::find(metric_names.begin(), metric_names.end(), name);
  if (at == metric_names.end()) return std::nullopt;
  return static_cast<Metric>(at - metric_names.begin());
}

struct Comparison {
  std::string_view left;
  std::string right;
  bool or_equal = false;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

// "20 ms" is 20ms, as reports write it; "2 0ms" is nothing.
std::string without_blank_before_unit(std::string_view bound) {
  const std::size_t unit = bound.find_last_of("0123456789.") + 1;
  return std::string{bound.substr(0, unit)}.append(trimmed(bound.substr(unit)));
}

std::optional<Comparison> split(std::string_view text) {
  const std::size_t at = text.find('<');
  if (at == std::string_view::npos) return std::nullopt;
  const bool or_equal = text.substr(at, 2) == "<=";
  return Comparison{trimmed(text.substr(0, at)), without_blank_before_unit(trimmed(text.substr(at + (or_equal ? 2 : 1)))),
                    or_equal};
}

// Jobs without an end are in none of these, and would be the worst of each.
bool is_of_finished(Metric metric) noexcept {
  return metric != Metric::send_lag && metric != Metric::failed && metric != Metric::gap;
}

SloResult judge_latency(const Slo& slo, const Slo::Latency& latency, const Metrics& metrics) {
  const Histogram& histogram = metrics.of(latency.metric);
  if (!latency.quantile.carried_by(histogram.count())) {
    return {SloResult::State::inconclusive, slo,
            fmt::format("{} needs {} samples, there are {}", latency.quantile.name(), latency.quantile.needed_samples(),
                        histogram.count())};
  }
  const auto keeps = [&](Nanos value) { return slo.or_equal ? value <= latency.bound : value < latency.bound; };
  const Nanos value = histogram.value_at(latency.quantile);
  if (!keeps(value)) return {SloResult::State::failed, slo, format_duration(value)};
  const std::uint64_t censored = is_of_finished(latency.metric) ? metrics.jobs().censored() : 0;
  const auto at_worst = histogram.value_at(latency.quantile, censored);
  if (at_worst && keeps(*at_worst)) return {SloResult::State::met, slo, format_duration(value)};
  return {SloResult::State::inconclusive, slo,
          fmt::format("{} of the jobs that ended, and {} had not ended at the cut-off", format_duration(value), censored)};
}

SloResult judge_failures(const Slo& slo, const Slo::FailedShare& share, const Metrics& metrics) {
  const JobCounts& jobs = metrics.jobs();
  const std::uint64_t ended = jobs.finished + jobs.failed;
  if (ended == 0) return {SloResult::State::inconclusive, slo, "no job ended"};
  const double percent = 100.0 * static_cast<double>(jobs.failed) / static_cast<double>(ended);
  const bool met = slo.or_equal ? percent <= share.percent : percent < share.percent;
  return {met ? SloResult::State::met : SloResult::State::failed, slo,
          fmt::format("{} of {} jobs, {:.3g}%", jobs.failed, ended, percent)};
}

}  // namespace

std::variant<Slo, SloError> parse_slo(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return error(text, "an SLO is an upper bound, with < or <=");

  if (parts->left == "failed") {
    std::string_view percent = parts->right;
    if (percent.empty() || percent.back() != '%') return error(text, "the bound on failed jobs is a percentage");
    percent.remove_suffix(1);
    const auto value = percent == "0" ? std::optional{0.0} : parse_positive(percent, 100);
    if (!value) return error(text, "the percentage is a number from 0 to 100");
    if (*value == 0 && !parts->or_equal) return error(text, "no share lies below 0; failed<=0% is that no job fails");
    return Slo{std::string{text}, Slo::FailedShare{*value}, parts->or_equal};
  }

  // The quantile is the last word, and may have a point in it itself: ack.p99.9.
  const std::string_view left = parts->left;
  const std::size_t dot = left.rfind(".p");
  const auto metric = dot == std::string_view::npos ? std::optional{Metric::response} : metric_from(left.substr(0, dot));
  if (!metric) {
    return error(text, fmt::format("the metric is one of {}", fmt::join(metric_names, ", ")));
  }
  const auto quantile = Quantile::parse(dot == std::string_view::npos ? left : left.substr(dot + 1));
  if (!quantile) return error(text, "the quantile is one between p0 and p100, with at most four decimals");
  const auto bound = parse_duration(parts->right);
  if (!bound) return error(text, "the bound is a duration in ns, us, ms, s, m or h");
  return Slo{std::string{text}, Slo::Latency{*metric, *quantile, *bound}, parts->or_equal};
}

std::string_view to_string(SloResult::State state) noexcept {
  switch (state) {
    case SloResult::State::met:
      return "met";
    case SloResult::State::failed:
      return "failed";
    case SloResult::State::inconclusive:
      return "inconclusive";
  }
  return "";
}

SloResult judge(const Slo& slo, const Metrics& metrics) {
  if (const auto* latency = std::get_if<Slo::Latency>(&slo.what)) return judge_latency(slo, *latency, metrics);
  return judge_failures(slo, std::get<Slo::FailedShare>(slo.what), metrics);
}

}  // namespace procedura::bench
