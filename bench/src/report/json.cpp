#include "report/command_line.hpp"
#include "report/report.hpp"

#include <procedura/protocol/redaction.hpp>

#include <nlohmann/json.hpp>

#include <array>

namespace procedura::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array reported{Quantile{500'000}, Quantile{900'000}, Quantile{990'000}, Quantile{999'000}, Quantile{999'900}};

Json of_histogram(const Histogram& histogram) {
  Json json{{"count", histogram.count()}};
  const bool empty = histogram.count() == 0;
  const auto or_null = [&](Nanos value) { return empty ? Json(nullptr) : Json(value.count()); };
  json["min"] = or_null(histogram.min());
  json["mean"] = or_null(histogram.mean());
  json["max"] = or_null(histogram.max());
  for (const Quantile quantile : reported) {
    json[quantile.name()] = quantile.carried_by(histogram.count()) ? Json(histogram.value_at(quantile).count()) : Json(nullptr);
  }
  if (histogram.clamped() > 0) json["clamped"] = histogram.clamped();
  return json;
}

Json of_plan(const Plan& plan) {
  const LoadPlan& load = plan.load;
  Json json{{"url", protocol::redact_url(plan.url)},
            {"module", plan.module},
            {"args", shown_arguments(plan)},
            {"mode", protocol::to_string(plan.mode)},
            {"args_style", protocol::to_string(plan.args_style.value_or(protocol::ArgsStyle::module_first))}};
  if (const auto* open = std::get_if<OpenLoop>(&load.load)) {
    json["load"] = {{"kind", "open"},
                    {"rate", open->rate},
                    {"arrival", open->arrival == Arrival::poisson ? "poisson" : "constant"},
                    {"max_in_flight", open->max_in_flight}};
  } else {
    json["load"] = {{"kind", "closed"}, {"concurrency", std::get<ClosedLoop>(load.load).concurrency}};
  }
  json["connections"] = load.connections;
  json["duration_ns"] = load.duration.count();
  json["warm_up_ns"] = load.warm_up.count();
  json["cut_off_ns"] = load.cut_off.count();
  json["seed"] = load.seed;
  return json;
}

Json of_jobs(const JobCounts& jobs) {
  return {{"due", jobs.due},
          {"sent", jobs.sent},
          {"finished", jobs.finished},
          {"failed", jobs.failed},
          {"unfinished", jobs.unfinished},
          {"unsent", jobs.unsent},
          {"no_ack", jobs.no_ack},
          {"no_event", jobs.no_event}};
}

Json of_rates(const Plan& plan, const RunResult& result) {
  const JobCounts& jobs = result.metrics.jobs();
  const bool open = std::holds_alternative<OpenLoop>(plan.load.load);
  return {{"offered", open ? Json(per_second(jobs.due, result.window)) : Json(nullptr)},
          {"achieved", per_second(jobs.sent, result.sending_time)},
          {"finished", per_second(jobs.finished, result.ending_time)}};
}

Json of_verdict(const Verdict& verdict) {
  Json slos = Json::array();
  for (const SloResult& slo : verdict.slos) {
    slos.push_back({{"slo", slo.slo.text}, {"state", to_string(slo.state)}, {"detail", slo.detail}});
  }
  return {{"kind", to_string(verdict.kind)},
          {"exit_code", exit_code(verdict.kind)},
          {"reasons", verdict.reasons},
          {"slos", std::move(slos)}};
}

}  // namespace

std::string json_report(const RunRecord& run, const Verdict& verdict) {
  const auto& [plan, result, surroundings, shards, complete] = run;
  Json latency = Json::object();
  for (std::size_t i = 0; i < metric_count; ++i) {
    latency[std::string{metric_names[i]}] = of_histogram(result.metrics.of(static_cast<Metric>(i)));
  }
  const Json report{
      {"format", "procedura-bench-run"},
      {"format_version", 1},
      {"tool", {{"version", surroundings.version}, {"started_at", surroundings.started_at}, {"cpus", surroundings.cpus}}},
      {"command", command_line(plan)},
      {"plan", of_plan(plan)},
      {"verdict", of_verdict(verdict)},
      {"interrupted", result.interrupted},
      {"window_ns", result.window.count()},
      {"jobs", of_jobs(result.metrics.jobs())},
      {"errors", result.metrics.errors()},
      {"rate_per_s", of_rates(plan, result)},
      {"latency_ns", std::move(latency)},
      {"connections",
       {{"opened", result.connection_times.connect.count()},
        {"lost", result.connections_lost},
        {"resolve_ns", of_histogram(result.connection_times.resolve)},
        {"connect_ns", of_histogram(result.connection_times.connect)},
        {"upgrade_ns", of_histogram(result.connection_times.upgrade)}}},
      {"in_flight",
       {{"most", result.most_in_flight},
        {"by_quarter", result.in_flight_by_quarter},
        {"saturated", saturated(plan, result)},
        {"held_back", result.held_back}}},
      {"traffic",
       {{"frames_out", result.traffic.frames_out},
        {"frames_in", result.traffic.frames_in},
        {"bytes_out", result.traffic.bytes_out},
        {"bytes_in", result.traffic.bytes_in}}}};
  // Names of files may be no UTF-8.
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace procedura::bench
