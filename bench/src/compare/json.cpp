#include "compare/record.hpp"

#include <nlohmann/json.hpp>

namespace procedura::bench {
namespace {

using Json = nlohmann::ordered_json;

Json of_load(const LoadPlan& load) {
  if (const auto* open = std::get_if<OpenLoop>(&load.load)) {
    return {{"kind", "open"},
            {"rate", open->rate},
            {"arrival", open->arrival == Arrival::poisson ? "poisson" : "constant"},
            {"max_in_flight", open->max_in_flight}};
  }
  return {{"kind", "closed"}, {"concurrency", std::get<ClosedLoop>(load.load).concurrency}};
}

Json of_plan(const ComparePlan& plan) {
  return {{"module", plan.run.module},
          {"mode", protocol::to_string(plan.run.mode)},
          {"load", of_load(plan.run.load)},
          {"connections", plan.run.load.connections},
          {"duration_ns", plan.run.load.duration.count()},
          {"warm_up_ns", plan.run.load.warm_up.count()},
          {"pairs", plan.pairs},
          {"alpha", plan.options.alpha},
          {"margin", plan.options.margin},
          {"seed", plan.options.seed}};
}

Json of_side(std::string_view given, const ComparedSide& side) {
  const JobCounts& jobs = side.metrics.jobs();
  return {{"given", shown_side(given)},
          {"jobs",
           {{"due", jobs.due},
            {"finished", jobs.finished},
            {"failed", jobs.failed},
            {"unfinished", jobs.unfinished},
            {"unsent", jobs.unsent}}},
          {"errors", side.metrics.errors()},
          {"invalid_runs", side.invalid_runs}};
}

Json of_metric(const ComparedMetric& metric) {
  return {{"name", metric.samples.name},   {"unit", metric.samples.unit},
          {"gated", metric.samples.gated}, {"verdict", to_string(metric.verdict)},
          {"ratio", metric.ratio},         {"low", metric.low},
          {"high", metric.high},           {"p", metric.p},
          {"noise", metric.noise},         {"margin", metric.margin},
          {"a", metric.samples.a},         {"b", metric.samples.b}};
}

}  // namespace

std::string json_report(const ComparisonRecord& comparison, const ComparisonVerdict& verdict) {
  Json metrics = Json::array();
  for (const ComparedMetric& metric : comparison.metrics) metrics.push_back(of_metric(metric));
  Json first = Json::array();
  for (const bool b : comparison.b_first) first.push_back(b ? "b" : "a");
  const Surroundings& machine = comparison.surroundings;
  const Json report{{"format", "procedura-bench-comparison"},
                    {"format_version", 1},
                    {"tool",
                     {{"version", machine.version},
                      {"started_at", machine.started_at},
                      {"cpus", machine.cpus},
                      {"machine", machine.machine},
                      {"affinity", machine.affinity}}},
                    {"command", command_line(comparison.plan)},
                    {"plan", of_plan(comparison.plan)},
                    {"verdict",
                     {{"kind", verdict.valid() ? to_string(verdict.difference) : "invalid"},
                      {"exit_code", exit_code(verdict)},
                      {"reasons", verdict.reasons},
                      {"notes", verdict.notes}}},
                    {"interrupted", comparison.interrupted},
                    {"first", std::move(first)},
                    {"a", of_side(comparison.plan.a, comparison.a)},
                    {"b", of_side(comparison.plan.b, comparison.b)},
                    {"metrics", std::move(metrics)}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace procedura::bench
