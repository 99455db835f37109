#include "measure/metrics.hpp"

#include <procedura/protocol/redaction.hpp>

#include <utility>

namespace procedura::bench {
namespace {

constexpr std::size_t most_codes = 32;
constexpr std::size_t longest_code = 64;
constexpr std::string_view other_codes = "(other codes)";
constexpr std::string_view no_code = "(no code)";

}  // namespace

std::string shown_code(std::string_view code) {
  return code.empty() ? std::string{no_code} : protocol::printable(code.substr(0, longest_code));
}

void Metrics::ended(const JobTimes& job, JobEnd how, Nanos end) noexcept {
  ++jobs_.due;
  if (job.sent) ++jobs_.sent;
  each_latency(job, how, end, [this](Metric metric, Nanos value) { at(metric).record(value); });
}

void Metrics::finished(const JobTimes& job, Nanos now) {
  ended(job, JobEnd::finished, now);
  ++jobs_.finished;
  if (!job.ack) ++jobs_.no_ack;
  if (!job.first_event) ++jobs_.no_event;
}

void Metrics::failed(const JobTimes& job, Nanos now, std::string_view code) {
  ended(job, JobEnd::failed, now);
  ++jobs_.failed;
  add_error(shown_code(code), 1);
}

void Metrics::unfinished(const JobTimes& job) {
  ended(job, JobEnd::unfinished, {});
  ++jobs_.unfinished;
}

void Metrics::unsent() noexcept {
  ++jobs_.due;
  ++jobs_.unsent;
}

void Metrics::merge(const Metrics& other) {
  jobs_.due += other.jobs_.due;
  jobs_.sent += other.jobs_.sent;
  jobs_.finished += other.jobs_.finished;
  jobs_.failed += other.jobs_.failed;
  jobs_.unfinished += other.jobs_.unfinished;
  jobs_.unsent += other.jobs_.unsent;
  jobs_.no_ack += other.jobs_.no_ack;
  jobs_.no_event += other.jobs_.no_event;
  for (std::size_t i = 0; i < metric_count; ++i) histograms_[i].merge(other.histograms_[i]);
  for (const auto& [code, times] : other.errors_) add_error(code, times);
}

void Metrics::add_error(std::string code, std::uint64_t times) {
  // An agent that makes up a new code for every job must not make the report grow with it.
  if (errors_.size() >= most_codes && errors_.find(code) == errors_.end()) code = other_codes;
  errors_[std::move(code)] += times;
}

}  // namespace procedura::bench
