#include "program/arguments.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace procedura::bench {
namespace {

constexpr std::string_view general_help = R"(Examples:
  procedura-bench run --url ws://127.0.0.1:8765 --module worldstate_snapshot --rate 200
  procedura-bench run --help

Measures a Procedura agent. Commands:
  run    put a load on an agent, and report its latencies
)";

constexpr std::string_view run_help = R"(Examples:
  procedura-bench run --url ws://127.0.0.1:8765 --module worldstate_snapshot --rate 200 --duration 60s
  procedura-bench run --url ws://127.0.0.1:8765 --module place_ooi_sprites --mode async --concurrency 8 -- --dry-run --n 4
  procedura-bench run --url ws://127.0.0.1:8765 --module worldstate_snapshot --rate 500 --arrival poisson \
      --connections 8 --credential-env AGENT_CREDENTIAL --slo 'p99<20ms' --slo 'failed<0.1%' --out run.json

Usage: procedura-bench run --url URL --module NAME (--rate R | --concurrency C) [options] [-- MODULE ARGUMENTS]

What runs
  --url URL               the agent, for example ws://127.0.0.1:8765
  --module NAME           what to run; its arguments stand behind --
  --mode sync|async       default sync
  --args-style module-first|bare
                          whether args begin with the module's name; default: what the login
                          found to work, else module-first
  --token-file FILE       a session token for the handshake
  --credential-env NAME   log in first, with the credential in this environment variable

The load: one of
  --rate R                open loop: R jobs per second fall due, whatever the agent does
    --arrival constant|poisson
                          evenly spaced, or at random; default constant
    --max-in-flight K     a job that falls due beyond K waits, and its wait is measured; default 10000
  --concurrency C         closed loop: C jobs at any time, one begins when another ends
and
  --connections N         shared by all jobs in turn; default 1
  --duration TIME         the measured window; default 60s
  --warm-up TIME          before it, not measured; default 5s
  --cut-off TIME          how long jobs in flight are waited for after it; default 10s
  --seed N                of random arrivals; the same seed is the same schedule; default 1

What is made of it
  --slo EXPR              'p99<20ms', 'ack.p50<=1ms', 'service.response.p90<5ms', 'failed<0.1%'; as often as wanted
  --max-send-lag TIME     a send_lag p99 over it makes the run invalid; default 200us or 10 % of the median response
  --out FILE              the report as JSON; - for standard output (the text then goes to standard error)

Times are written as 500ms, 60s, 5m. Ctrl-C ends the run early, with a report of what there is.
Exit codes: 0 pass, 1 could not run, 2 usage, 97 the sample is too small for an SLO, 98 invalid run, 99 an SLO failed.
)";

// As CLI11 reads them: all strings, so that every message about a value is our own.
struct RawOptions {
  std::optional<std::string> url, module, mode, args_style, token_file, credential_env, rate, arrival, max_in_flight,
      concurrency, connections, duration, warm_up, cut_off, seed, max_send_lag, out;
  std::vector<std::string> slos;
};

// What is wrong is thrown between these functions and returned as a value from the public one.
[[noreturn]] void fail(std::string message) {
  throw UsageError{std::move(message)};
}

std::string shown(std::string_view text) {
  return fmt::format("'{}'", protocol::printable(text));
}

RawOptions read_options(std::span<const std::string> arguments) {
  RawOptions raw;
  CLI::App app;
  app.set_help_flag();
  app.add_option("--url", raw.url);
  app.add_option("--module", raw.module);
  app.add_option("--mode", raw.mode);
  app.add_option("--args-style", raw.args_style);
  app.add_option("--token-file", raw.token_file);
  app.add_option("--credential-env", raw.credential_env);
  app.add_option("--rate", raw.rate);
  app.add_option("--arrival", raw.arrival);
  app.add_option("--max-in-flight", raw.max_in_flight);
  app.add_option("--concurrency", raw.concurrency);
  app.add_option("--connections", raw.connections);
  app.add_option("--duration", raw.duration);
  app.add_option("--warm-up", raw.warm_up);
  app.add_option("--cut-off", raw.cut_off);
  app.add_option("--seed", raw.seed);
  app.add_option("--max-send-lag", raw.max_send_lag);
  app.add_option("--out", raw.out);
  app.add_option("--slo", raw.slos)->expected(1)->take_all();

  std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};  // CLI11 takes them from the back
  try {
    app.parse(reversed);
  } catch (const CLI::ExtrasError&) {
    // The first word that is neither an option of ours nor the value of one.
    const auto extras = app.remaining();
    fail(fmt::format("unknown argument {}; a module's own arguments stand behind --, ours are in 'procedura-bench run --help'",
                     shown(extras.empty() ? "" : extras.front())));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view message = error.what();
    fail(fmt::format("{}: give it once, with one value; see 'procedura-bench run --help'",
                     message.substr(0, message.find(':'))));
  } catch (const CLI::ParseError& error) {
    fail(fmt::format("{}; see 'procedura-bench run --help'", protocol::printable(error.what())));
  }
  return raw;
}

std::uint64_t whole(const std::optional<std::string>& text, std::string_view option, std::uint64_t least, std::uint64_t most,
                    std::uint64_t otherwise) {
  if (!text) return otherwise;
  const auto value = parse_whole(*text, least, most);
  if (!value) fail(fmt::format("{} {}: give a whole number from {} to {}", option, shown(*text), least, most));
  return *value;
}

std::optional<Nanos> duration(const std::optional<std::string>& text, std::string_view option, Nanos least) {
  if (!text) return std::nullopt;
  const auto value = parse_duration(*text);
  if (!value || *value < least) {
    fail(fmt::format("{} {}: give a time such as 500ms, 60s or 5m{}, at most 720h", option, shown(*text),
                     least > Nanos{0} ? fmt::format(", at least {}", exact_duration(least)) : ""));
  }
  return value;
}

template <class From>
auto word(const std::optional<std::string>& text, std::string_view option, std::string_view words, From from,
          decltype(*from("")) otherwise) {
  if (!text) return otherwise;
  const auto value = from(*text);
  if (!value) fail(fmt::format("{} {}: give {}", option, shown(*text), words));
  return *value;
}

std::optional<Arrival> arrival_from(std::string_view name) {
  if (name == "constant") return Arrival::constant;
  if (name == "poisson") return Arrival::poisson;
  return std::nullopt;
}

std::variant<OpenLoop, ClosedLoop> read_load(const RawOptions& raw) {
  if (raw.rate && raw.concurrency) fail("--rate and --concurrency: choose one, a load is either open or closed");
  if (!raw.rate && !raw.concurrency) {
    fail("how much load? give --rate R (jobs per second, open loop) or --concurrency C (closed loop)");
  }
  if (raw.concurrency) {
    if (raw.arrival) fail("--arrival goes with --rate; in a closed loop a job begins when another ends");
    if (raw.max_in_flight) fail("--max-in-flight goes with --rate; in a closed loop --concurrency is the bound");
    return ClosedLoop{whole(raw.concurrency, "--concurrency", 1, 100'000, 1)};
  }
  const auto rate = parse_positive(*raw.rate, 1e6);
  if (!rate) fail(fmt::format("--rate {}: give jobs per second, above 0 and at most 1000000", shown(*raw.rate)));
  return OpenLoop{*rate, word(raw.arrival, "--arrival", "constant or poisson", arrival_from, Arrival::constant),
                  whole(raw.max_in_flight, "--max-in-flight", 1, 1'000'000, 10'000)};
}

std::string required(const std::optional<std::string>& text, std::string_view option, std::string_view example) {
  if (!text || text->empty()) fail(fmt::format("{} is needed, for example {} {}", option, option, example));
  return *text;
}

Plan read_plan(std::span<const std::string> arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  const RawOptions raw = read_options({arguments.begin(), dashes});

  Plan plan;
  plan.url = required(raw.url, "--url", "ws://127.0.0.1:8765");
  plan.module = required(raw.module, "--module", "worldstate_snapshot");
  if (dashes != arguments.end()) plan.args.assign(dashes + 1, arguments.end());
  for (const std::string& text : plan.args) {
    if (!protocol::is_utf8(text)) fail("the module's arguments have to be UTF-8");
  }
  if (!protocol::is_utf8(plan.module)) fail("--module has to be UTF-8");
  plan.mode = word(raw.mode, "--mode", "sync or async", protocol::mode_from, protocol::Mode::sync);
  if (raw.args_style) {
    plan.args_style = word(raw.args_style, "--args-style", "module-first or bare", protocol::args_style_from,
                           protocol::ArgsStyle::module_first);
  }
  if (raw.token_file && raw.credential_env) fail("--token-file and --credential-env: choose one");
  plan.token_file = raw.token_file;
  plan.credential_env = raw.credential_env;

  LoadPlan& load = plan.load;
  load.load = read_load(raw);
  load.connections = whole(raw.connections, "--connections", 1, 10'000, load.connections);
  load.duration = duration(raw.duration, "--duration", std::chrono::milliseconds{1}).value_or(load.duration);
  load.warm_up = duration(raw.warm_up, "--warm-up", Nanos{0}).value_or(load.warm_up);
  load.cut_off = duration(raw.cut_off, "--cut-off", Nanos{0}).value_or(load.cut_off);
  load.seed = whole(raw.seed, "--seed", 0, UINT64_MAX, load.seed);

  for (const std::string& text : raw.slos) {
    auto slo = parse_slo(text);
    if (const auto* error = std::get_if<SloError>(&slo)) fail(error->message);
    plan.slos.push_back(std::move(std::get<Slo>(slo)));
  }
  plan.max_send_lag = duration(raw.max_send_lag, "--max-send-lag", Nanos{0});
  plan.out.json = raw.out;
  return plan;
}

bool asks_for_help(std::span<const std::string> arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  return std::any_of(arguments.begin(), end, [](const std::string& word) { return word == "--help" || word == "-h"; });
}

}  // namespace

std::variant<Plan, HelpWanted, UsageError> parse_arguments(std::span<const std::string> arguments) {
  if (arguments.empty()) return UsageError{"what to do? 'procedura-bench run --help' shows how to measure an agent"};
  const std::string& command = arguments.front();
  if (command == "--help" || command == "-h" || command == "help") return HelpWanted{std::string{general_help}};
  if (command == "--version") return HelpWanted{"procedura-bench " PROCEDURA_VERSION "\n"};
  if (command != "run") {
    return UsageError{fmt::format("unknown command {}; there is 'run', see 'procedura-bench --help'", shown(command))};
  }
  arguments = arguments.subspan(1);
  if (asks_for_help(arguments)) return HelpWanted{std::string{run_help}};
  try {
    return read_plan(arguments);
  } catch (UsageError& error) {
    return std::move(error);
  }
}

}  // namespace procedura::bench
