#include "report/command_line.hpp"
#include "report/json/parts.hpp"
#include "report/report.hpp"

#include <procedura/protocol/json_text.hpp>

#include <fmt/format.h>

namespace procedura::bench {
namespace {

using json::Json;
using json::Node;

constexpr std::string_view format_name = "procedura-bench-run";
constexpr std::uint64_t format_version = 2;
// A thousand seconds with every metric full are about 30 MB; a document of numbers takes thirty times its text.
constexpr std::size_t longest_report = std::size_t{64} << 20U;
constexpr std::size_t deepest_report = 16;

// A hundred bytes may unpack to a histogram of half a megabyte, and there may be thousands of them: what nobody has measured
// must not take the memory of whoever reads it. What was measured takes most of a byte for each value; the few of a short run
// may take less.
constexpr std::size_t most_buckets_in(std::string_view report) {
  return 4'000'000 + 2 * report.size();
}

Json of_tool(const RunRecord& run) {
  const Surroundings& here = run.surroundings;
  return {{"version", here.version},
          {"started_at", here.started_at},
          {"cpus", here.cpus},
          {"machine", here.machine},
          {"affinity", here.affinity}};
}

Json of_rates(const Plan& plan, const RunResult& result) {
  const JobCounts& jobs = result.metrics.jobs();
  const bool open = std::holds_alternative<OpenLoop>(plan.load.load);
  return {{"offered", open ? Json(per_second(jobs.due, result.window)) : Json(nullptr)},
          {"achieved", per_second(jobs.sent, result.sending_time)},
          {"finished", per_second(jobs.finished, result.ending_time)}};
}

Json of_in_flight(const Plan& plan, const RunResult& result) {
  return {{"most", result.most_in_flight},
          {"by_quarter", result.in_flight_by_quarter},
          {"saturated", saturated(plan, result)},
          {"held_back", result.held_back}};
}

Json of_verdict(const Verdict& verdict) {
  Json slos = Json::array();
  for (const SloResult& slo : verdict.slos) {
    slos.push_back({{"slo", slo.slo.text}, {"state", to_string(slo.state)}, {"detail", slo.detail}});
  }
  return {{"kind", to_string(verdict.kind)},
          {"exit_code", exit_code(verdict.kind)},
          {"reasons", verdict.reasons},
          {"slos", std::move(slos)},
          {"cautions", verdict.cautions}};
}

RunRecord read_run(const Node& report, std::size_t most_buckets) {
  if (report["format"].text() != format_name) report["format"].refuse(fmt::format("needs \"{}\"", format_name));
  if (const auto version = report["format_version"].count(); version != format_version) {
    report["format_version"].refuse(
        fmt::format("is {}; this program reads {}: make the report again", version, format_version));
  }
  RunRecord run;
  run.complete = report["complete"].flag();
  run.shards = report["shards"].count(1);
  const Node tool = report["tool"];
  run.surroundings = {tool["started_at"].printable_text(), tool["version"].printable_text(),
                      static_cast<unsigned>(tool["cpus"].count(0, 1'000'000)), tool["machine"].printable_text(),
                      tool["affinity"].printable_text()};
  run.plan = json::read_plan(report["plan"]);

  RunResult& result = run.result;
  result.interrupted = report["interrupted"].flag();
  result.window = report["window_ns"].time();
  result.sending_time = report["sending_ns"].time();
  result.ending_time = report["ending_ns"].time();
  result.metrics = json::read_metrics(report["jobs"], report["errors"], report["latency_ns"]);
  json::read_connections(report["connections"], result);
  const Node in_flight = report["in_flight"];
  result.most_in_flight = in_flight["most"].count();
  for (const Node& quarter : in_flight["by_quarter"].items(4)) result.in_flight_by_quarter.push_back(quarter.count());
  result.held_back = in_flight["held_back"].flag();
  result.traffic = json::read_traffic(report["traffic"]);
  result.health = json::read_health(report["health"]);
  result.floor = json::read_floor(report["floor"]);
  result.agent_counts = json::read_agent_counts(report["agent_counts"]);
  run.capacity = json::read_capacity(report["capacity"]);
  result.series = json::read_series(report["series"], run.plan.load.duration, most_buckets);
  if (run.complete) json::check_sums(report["series"], result.series, result.metrics);
  result.timelines = json::read_timelines(report["timelines"]);
  return run;
}

}  // namespace

std::string json_report(const RunRecord& run, const Verdict& verdict) {
  const Plan& plan = run.plan;
  const RunResult& result = run.result;
  const Json report{{"format", format_name},
                    {"format_version", format_version},
                    {"complete", run.complete},
                    {"shards", run.shards},
                    {"tool", of_tool(run)},
                    {"command", command_line(plan)},
                    {"plan", json::of_plan(plan)},
                    {"verdict", of_verdict(verdict)},
                    {"interrupted", result.interrupted},
                    {"window_ns", result.window.count()},
                    {"sending_ns", result.sending_time.count()},
                    {"ending_ns", result.ending_time.count()},
                    {"jobs", json::of_jobs(result.metrics.jobs())},
                    {"errors", result.metrics.errors()},
                    {"rate_per_s", of_rates(plan, result)},
                    {"latency_ns", json::of_latencies(result.metrics)},
                    {"connections", json::of_connections(result)},
                    {"in_flight", of_in_flight(plan, result)},
                    {"traffic", json::of_traffic(result.traffic)},
                    {"health", json::of_health(result.health)},
                    {"floor", json::of_floor(result.floor)},
                    {"agent_counts", json::of_agent_counts(result.agent_counts)},
                    {"capacity", json::of_capacity(run.capacity)},
                    {"series", json::of_series(result.series)},
                    {"timelines", json::of_timelines(result.timelines)}};
  // Names of files may be no UTF-8.
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::variant<RunRecord, ReportError> read_report(std::string_view text) {
  if (text.size() > longest_report) return ReportError{"the report is larger than any that this program writes"};
  // Bounded first: nlohmann's documents are copied and destroyed by recursion.
  if (const auto check = protocol::check_json(text, deepest_report); check.fault != protocol::JsonFault::none) {
    return ReportError{fmt::format("no report: {} at byte {}", protocol::describe(check.fault), check.offset)};
  }
  try {
    const auto document = nlohmann::json::parse(text, nullptr, false);
    if (document.is_discarded()) return ReportError{"no report: it has a number that is too large"};
    return read_run(Node{document}, most_buckets_in(text));
  } catch (json::Fault& fault) {
    return ReportError{std::move(fault.message)};
  }
}

}  // namespace procedura::bench
