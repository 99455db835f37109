#include "report/command_line.hpp"
#include "report/json/parts.hpp"

#include <procedura/protocol/redaction.hpp>

namespace procedura::bench::json {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<std::string> text_or_null(const Node& node) {
  return node.is_null() ? std::nullopt : std::optional{node.text()};
}

template <class From>
auto word(const Node& node, From from) {
  const auto value = from(node.text());
  if (!value) node.refuse("is none of the words that may stand there");
  return *value;
}

std::optional<Arrival> arrival_from(std::string_view name) {
  if (name == "constant") return Arrival::constant;
  if (name == "poisson") return Arrival::poisson;
  return std::nullopt;
}

std::optional<Churn> churn_from(std::string_view name) {
  if (name == "none") return Churn::none;
  if (name == "connect") return Churn::connect;
  return std::nullopt;
}

Json of_load(const LoadPlan& load) {
  if (const auto* open = std::get_if<OpenLoop>(&load.load)) {
    return {{"kind", "open"},
            {"rate", open->rate},
            {"arrival", open->arrival == Arrival::poisson ? "poisson" : "constant"},
            {"max_in_flight", open->max_in_flight}};
  }
  return {{"kind", "closed"}, {"concurrency", std::get<ClosedLoop>(load.load).concurrency}};
}

std::variant<OpenLoop, ClosedLoop> read_load(const Node& node) {
  const std::string kind = node["kind"].text();
  if (kind == "open") {
    return OpenLoop{node["rate"].number(OpenLoop::lowest_rate, OpenLoop::highest_rate), word(node["arrival"], arrival_from),
                    node["max_in_flight"].count(1)};
  }
  if (kind != "closed") node["kind"].refuse("needs \"open\" or \"closed\"");
  return ClosedLoop{node["concurrency"].count(1)};
}

}  // namespace

Json of_plan(const Plan& plan) {
  const LoadPlan& load = plan.load;
  Json slos = Json::array();
  for (const Slo& slo : plan.slos) slos.push_back(slo.text);
  return {{"url", protocol::redact_url(plan.url)},
          {"module", plan.module},
          {"args", shown_arguments(plan)},
          {"mode", protocol::to_string(plan.mode)},
          {"args_style", plan.args_style ? Json(protocol::to_string(*plan.args_style)) : Json(nullptr)},
          {"load", of_load(load)},
          {"connections", load.connections},
          {"duration_ns", load.duration.count()},
          {"ramp_ns", load.ramp.count()},
          {"warm_up_ns", load.warm_up.count()},
          {"cut_off_ns", load.cut_off.count()},
          {"seed", load.seed},
          {"shard", {{"index", load.shard.index}, {"of", load.shard.of}}},
          {"churn", plan.churn == Churn::connect ? "connect" : "none"},
          {"tls", {{"ca", or_null(plan.tls.ca)}, {"insecure", plan.tls.insecure}}},
          {"floor", plan.floor},
          {"slos", std::move(slos)},
          {"max_send_lag_ns", plan.max_send_lag ? Json(plan.max_send_lag->count()) : Json(nullptr)},
          {"token_file", or_null(plan.token_file)},
          {"credential_env", or_null(plan.credential_env)}};
}

Plan read_plan(const Node& node) {
  Plan plan;
  plan.url = node["url"].printable_text();
  plan.module = node["module"].text();
  for (const Node& argument : node["args"].items(100'000)) plan.args.push_back(argument.text());
  plan.mode = word(node["mode"], protocol::mode_from);
  if (!node["args_style"].is_null()) plan.args_style = word(node["args_style"], protocol::args_style_from);

  LoadPlan& load = plan.load;
  load.load = read_load(node["load"]);
  load.connections = node["connections"].count(1);
  load.duration = node["duration_ns"].time();
  load.ramp = node["ramp_ns"].time();
  load.warm_up = node["warm_up_ns"].time();
  load.cut_off = node["cut_off_ns"].time();
  load.seed = node["seed"].any_count();
  load.shard.of = node["shard"]["of"].count(1);
  load.shard.index = node["shard"]["index"].count(0, load.shard.of - 1);

  plan.churn = word(node["churn"], churn_from);
  plan.tls = {text_or_null(node["tls"]["ca"]), node["tls"]["insecure"].flag()};
  plan.floor = node["floor"].flag();
  for (const Node& text : node["slos"].items(1000)) {
    auto slo = parse_slo(text.text());
    if (const auto* error = std::get_if<SloError>(&slo)) text.refuse(error->message);
    plan.slos.push_back(std::get<Slo>(std::move(slo)));
  }
  plan.max_send_lag = node["max_send_lag_ns"].time_or_null();
  plan.token_file = text_or_null(node["token_file"]);
  plan.credential_env = text_or_null(node["credential_env"]);
  return plan;
}

}  // namespace procedura::bench::json
