#pragma once

#include "load/capacity.hpp"
#include "load/plan.hpp"
#include "measure/run_result.hpp"
#include "report/json/node.hpp"

#include <nlohmann/json.hpp>

/// The parts of a report as JSON: each is written and read in one place. What reads throws `Fault`.
namespace procedura::bench::json {

using Json = nlohmann::ordered_json;

/// The plan, but for the files that it writes. Secrets are redacted, and stay so.
Json of_plan(const Plan& plan);
Plan read_plan(const Node& node);

/// The figures for those who look, and the histogram whole for those who go on with it.
Json of_histogram(const Histogram& histogram);
Histogram read_histogram(const Node& node);

Json of_jobs(const JobCounts& jobs);
Json of_latencies(const Metrics& metrics);
/// Counts and histograms that contradict one another are a `Fault`.
Metrics read_metrics(const Node& jobs, const Node& errors, const Node& latencies);

Json of_series(const Series& series);
/// `window`: as planned; it says how long a second has to be. `most_buckets`: of all its histograms together.
Series read_series(const Node& node, Nanos window, std::size_t most_buckets);
/// A series of a whole run whose seconds do not add up to its metrics is a `Fault`.
void check_sums(const Node& node, const Series& series, const Metrics& metrics);

Json of_timelines(const TimelineSample& sample);
TimelineSample read_timelines(const Node& node);

Json of_connections(const RunResult& result);
void read_connections(const Node& node, RunResult& result);

Json of_traffic(const Traffic& traffic);
Traffic read_traffic(const Node& node);

Json of_health(const Health& health);
Health read_health(const Node& node);

Json of_floor(const std::optional<Floor>& floor);
std::optional<Floor> read_floor(const Node& node);

Json of_agent_counts(const std::vector<AgentCount>& counts);
std::vector<AgentCount> read_agent_counts(const Node& node);

Json of_capacity(const std::optional<CapacityReport>& capacity);
std::optional<CapacityReport> read_capacity(const Node& node);

}  // namespace procedura::bench::json
