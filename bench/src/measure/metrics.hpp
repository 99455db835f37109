#pragma once

#include "measure/histogram.hpp"
#include "measure/units.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace procedura::bench {

/// What is measured of a job.
///
/// The first four count from the *intended* start, so that a job that had to wait because the agent was slow with others is
/// measured with its wait (no coordinated omission). The `service_` ones count from the write, as the agent could see them.
/// All but `send_lag`, `failed` and `gap` are of finished jobs alone.
enum class Metric : std::uint8_t {
  send_lag,     ///< to the write of the request
  ack,          ///< to the first ack or started
  first_event,  ///< to the first running
  response,     ///< to the finished
  service_ack,
  service_first_event,
  service_response,
  failed,  ///< to the error, of the jobs that failed
  gap,     ///< from one running to the next, of all jobs, as they come
};
inline constexpr std::size_t metric_count = 9;
/// Their names in SLOs, in `--out` and in the report, in order: "response", "service.response".
inline constexpr std::array<std::string_view, metric_count> metric_names{
    "send_lag", "ack", "first_event", "response", "service.ack", "service.first_event", "service.response", "failed", "gap"};

/// When the things happened that make up a job.
struct JobTimes {
  Nanos intended{0};
  std::optional<Nanos> sent;
  std::optional<Nanos> ack;
  std::optional<Nanos> first_event;
  bool operator==(const JobTimes&) const = default;
};

enum class JobEnd : std::uint8_t { finished, failed, unfinished };

/// Tells `record(Metric, Nanos)` everything that a job which ended so has to say. `end` is of no meaning for an unfinished one.
template <class Record>
void each_latency(const JobTimes& job, JobEnd how, Nanos end, Record record) {
  if (job.sent) record(Metric::send_lag, *job.sent - job.intended);
  if (how == JobEnd::failed) record(Metric::failed, end - job.intended);
  if (how != JobEnd::finished) return;
  // What came without having been sent has no service time; it cannot happen, and must not be invented.
  const auto both = [&](Metric from_intended, Metric from_write, Nanos when) {
    record(from_intended, when - job.intended);
    if (job.sent) record(from_write, when - *job.sent);
  };
  if (job.ack) both(Metric::ack, Metric::service_ack, *job.ack);
  if (job.first_event) both(Metric::first_event, Metric::service_first_event, *job.first_event);
  both(Metric::response, Metric::service_response, end);
}

/// due = finished + failed + unfinished + unsent, always.
struct JobCounts {
  std::uint64_t due = 0;         ///< whose intended start lies in the measured window
  std::uint64_t sent = 0;        ///< written to a connection
  std::uint64_t finished = 0;    ///< got their result
  std::uint64_t failed = 0;      ///< ended with an error, the agent's or ours
  std::uint64_t unfinished = 0;  ///< begun, and without an end at the cut-off
  std::uint64_t unsent = 0;      ///< due, and never begun: held back by the bound on jobs in flight until the cut-off
  std::uint64_t no_ack = 0;      ///< of the finished: without ack or started
  std::uint64_t no_event = 0;    ///< of the finished: without running

  std::uint64_t censored() const noexcept { return unfinished + unsent; }
  bool operator==(const JobCounts&) const = default;
};

/// The `code` of an error frame as it may be shown. It may be an agent's: it is made printable and cut at 64 bytes.
std::string shown_code(std::string_view code);

/// The measured jobs of a run, as counts and histograms. A job enters once, when it is over, whole; but for its gaps, which
/// enter as they come, because a job may have any number of them.
class Metrics {
 public:
  Metrics() = default;
  /// Those of a run that was read back.
  Metrics(const JobCounts& jobs, std::array<Histogram, metric_count> histograms, std::map<std::string, std::uint64_t> errors)
      : jobs_{jobs}, histograms_{std::move(histograms)}, errors_{std::move(errors)} {}

  void finished(const JobTimes& job, Nanos now);
  /// `code` is the `code` of the error frame, counted as `shown_code`, and as "(other codes)" when there are more than 32
  /// different ones.
  void failed(const JobTimes& job, Nanos now, std::string_view code);
  void unfinished(const JobTimes& job);
  void unsent() noexcept;
  void gap(Nanos length) noexcept { at(Metric::gap).record(length); }
  void merge(const Metrics& other);

  const JobCounts& jobs() const noexcept { return jobs_; }
  const Histogram& of(Metric metric) const noexcept { return histograms_[static_cast<std::size_t>(metric)]; }
  const std::map<std::string, std::uint64_t>& errors() const noexcept { return errors_; }

 private:
  Histogram& at(Metric metric) noexcept { return histograms_[static_cast<std::size_t>(metric)]; }
  void ended(const JobTimes& job, JobEnd how, Nanos end) noexcept;
  void add_error(std::string code, std::uint64_t times);

  JobCounts jobs_;
  std::array<Histogram, metric_count> histograms_;
  std::map<std::string, std::uint64_t> errors_;
};

}  // namespace procedura::bench
