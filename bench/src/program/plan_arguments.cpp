#include "program/plan_arguments.hpp"

#include <procedura/protocol/json_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

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

std::variant<OpenLoop, ClosedLoop> read_load(const PlanWords& words) {
  if (words.rate && words.concurrency) refuse("--rate and --concurrency: choose one, a load is either open or closed");
  if (!words.rate && !words.concurrency) {
    refuse("how much load? give --rate R (jobs per second, open loop) or --concurrency C (closed loop)");
  }
  if (words.concurrency) {
    if (words.arrival) refuse("--arrival goes with --rate; in a closed loop a job begins when another ends");
    if (words.max_in_flight) refuse("--max-in-flight goes with --rate; in a closed loop --concurrency is the bound");
    return ClosedLoop{whole(words.concurrency, "--concurrency", 1, 100'000, 1)};
  }
  const auto rate = parse_positive(*words.rate, OpenLoop::highest_rate);
  if (!rate || *rate < OpenLoop::lowest_rate) {
    refuse(fmt::format("--rate {}: give jobs per second, from {} to {}", in_quotes(*words.rate),
                       exact_number(OpenLoop::lowest_rate), exact_number(OpenLoop::highest_rate)));
  }
  return OpenLoop{*rate, word(words.arrival, "--arrival", "constant or poisson", arrival_from, Arrival::constant),
                  whole(words.max_in_flight, "--max-in-flight", 1, 1'000'000, 10'000)};
}

void read_module(Plan& plan, const PlanWords& words, std::vector<std::string> module_arguments) {
  plan.module = required(words.module, "--module", "worldstate_snapshot");
  if (!protocol::is_utf8(plan.module)) refuse("--module has to be UTF-8");
  plan.args = std::move(module_arguments);
  if (!std::all_of(plan.args.begin(), plan.args.end(), [](const auto& text) { return protocol::is_utf8(text); })) {
    refuse("the module's arguments have to be UTF-8");
  }
  plan.mode = word(words.mode, "--mode", "sync or async", protocol::mode_from, protocol::Mode::sync);
  if (words.args_style) {
    plan.args_style = word(words.args_style, "--args-style", "module-first or bare", protocol::args_style_from,
                           protocol::ArgsStyle::module_first);
  }
}

// Whoever gives the credential itself here by mistake does not want to see it in a log.
void check_variable(std::string_view name) {
  const auto fits = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '_'); };
  if (!name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
      std::all_of(name.begin(), name.end(), fits)) {
    return;
  }
  refuse("--credential-env: give the name of an environment variable that has email:password in it, such as AGENT_CREDENTIAL");
}

}  // namespace

void PlanWords::bind(Arguments& arguments) {
  arguments.take("--module", module);
  arguments.take("--mode", mode);
  arguments.take("--args-style", args_style);
  arguments.take("--token-file", token_file);
  arguments.take("--credential-env", credential_env);
  arguments.take("--rate", rate);
  arguments.take("--arrival", arrival);
  arguments.take("--max-in-flight", max_in_flight);
  arguments.take("--concurrency", concurrency);
  arguments.take("--connections", connections);
  arguments.take("--duration", duration);
  arguments.take("--ramp", ramp);
  arguments.take("--warm-up", warm_up);
  arguments.take("--cut-off", cut_off);
  arguments.take("--seed", seed);
  arguments.take("--churn", churn);
  arguments.take("--ca", ca);
  arguments.take_flag("--insecure", insecure);
  arguments.take_flag("--no-floor", no_floor);
  arguments.take("--max-send-lag", max_send_lag);
  arguments.take_all("--slo", slos);
}

SplitArguments split_at_dashes(std::span<const std::string> arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  SplitArguments split{{arguments.begin(), dashes}, {}};
  if (dashes != arguments.end()) split.of_module.assign(dashes + 1, arguments.end());
  return split;
}

Plan read_plan(const PlanWords& words, std::vector<std::string> module_arguments) {
  Plan plan;
  read_module(plan, words, std::move(module_arguments));
  if (words.token_file && words.credential_env) refuse("--token-file and --credential-env: choose one");
  if (words.credential_env) check_variable(*words.credential_env);
  plan.token_file = words.token_file;
  plan.credential_env = words.credential_env;

  LoadPlan& load = plan.load;
  load.load = read_load(words);
  load.connections = whole(words.connections, "--connections", 1, 10'000, load.connections);
  load.duration = duration(words.duration, "--duration", std::chrono::milliseconds{1}).value_or(load.duration);
  load.ramp = duration(words.ramp, "--ramp", Nanos{0}).value_or(load.ramp);
  load.warm_up = duration(words.warm_up, "--warm-up", Nanos{0}).value_or(load.warm_up);
  load.cut_off = duration(words.cut_off, "--cut-off", Nanos{0}).value_or(load.cut_off);
  load.seed = whole(words.seed, "--seed", 0, UINT64_MAX, load.seed);

  plan.churn = word(words.churn, "--churn", "none or connect", churn_from, Churn::none);
  if (words.connections && plan.churn == Churn::connect) {
    refuse("--connections and --churn connect: choose one, with churn each job makes a connection of its own");
  }
  if (words.ca && words.insecure) refuse("--ca and --insecure: choose one, with --insecure nothing is checked");
  plan.tls = {words.ca, words.insecure};
  plan.floor = !words.no_floor;

  for (const std::string& text : words.slos) {
    auto slo = parse_slo(text);
    if (const auto* error = std::get_if<SloError>(&slo)) refuse(error->message);
    plan.slos.push_back(std::move(std::get<Slo>(slo)));
  }
  plan.max_send_lag = duration(words.max_send_lag, "--max-send-lag", Nanos{0});
  return plan;
}

}  // namespace procedura::bench
