#include "program/run_arguments.hpp"

#include "measure/moment.hpp"
#include "program/plan_arguments.hpp"
#include "program/shard_choice.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace procedura::bench {

const std::string_view run_help = R"(Examples:
  procedura-bench run --url ws://127.0.0.1:8765 --module worldstate_snapshot --rate 200 --duration 60s
  procedura-bench run --url ws://127.0.0.1:8765 --module place_ooi_sprites --mode async --concurrency 8 -- --dry-run --n 4
  procedura-bench run --url wss://agent.example:8765 --ca ca.pem --module worldstate_snapshot --rate 500 --arrival poisson \
      --connections 8 --credential-env AGENT_CREDENTIAL --slo 'p99<20ms' --slo 'failed<0.1%' --out run.json --html run.html
  procedura-bench run --url ws://127.0.0.1:8765 --module worldstate_snapshot --find-capacity --slo 'p99<20ms' --duration 10s

Usage: procedura-bench run --url URL --module NAME (--rate R | --concurrency C | --find-capacity) [options] [-- MODULE ARGUMENTS]

What runs
  --url URL               the agent, for example ws://127.0.0.1:8765
  --module NAME           what to run; its arguments stand behind --
  --mode sync|async       default sync
  --args-style module-first|bare
                          whether args begin with the module's name; default: what the login
                          found to work, else module-first
  --token-file FILE       a session token for the handshake
  --credential-env NAME   log in first, with the credential in this environment variable
  --ca PATH               trust this authority for wss://: a PEM file, or a folder of them; default the system's
  --insecure              check nothing of the agent's certificate

The load: one of
  --rate R                open loop: R jobs per second fall due, whatever the agent does
    --arrival constant|poisson
                          evenly spaced, or at random; default constant
    --max-in-flight K     a job that falls due beyond K waits, and its wait is measured; default 10000
  --concurrency C         closed loop: C jobs at any time, one begins when another ends
  --find-capacity         look for the highest rate that keeps every --slo: doubled from --rate (default 10) until one
                          is broken, narrowed to 5 %, and confirmed by two runs; each run takes --duration, and the
                          reports are of the last one
and
  --connections N         shared by all jobs in turn; default 1
  --churn none|connect    connect: each job makes a connection of its own, and connecting is part of its latency
  --duration TIME         the measured window; default 60s
  --ramp TIME             before all else: the load grows from nothing; default 0s
  --warm-up TIME          before the window, not measured; default 5s
  --cut-off TIME          how long jobs in flight are waited for after it; default 10s
  --seed N                of random arrivals; the same seed is the same schedule; default 1
  --shard I/N|auto|auto/N make part I (from 0) of a load that N processes make together; auto: OpenMPI, Slurm, Kubernetes
                          or GNU parallel tells which. Each writes its --out every second, and {shard} in a file's name
                          is its number; 'procedura-bench merge' makes the report
  --start-at TIME         when the load begins, in UTC, such as 2026-01-31T12:00:00Z: the same for all shards, and late
                          enough that all have their connections by then; default: at once

What is made of it
  --slo EXPR              'p99<20ms', 'ack.p50<=1ms', 'service.response.p90<5ms', 'failed<0.1%'; as often as wanted
  --max-send-lag TIME     a send_lag p99 over it makes the run invalid; default 200us or 10 % of the median response
  --no-floor              do not measure first what this machine and a responder that does nothing need
  --out FILE              the report as JSON; - for standard output (the text then goes to standard error)
  --html FILE             the report as one page, which needs no other file and no network
  --hdr FILE              the histograms for HdrHistogram's tools: .hlog second by second, .hgrm percentiles of the response
  --jobs FILE             a line of JSON for each measured job

Times are written as 500ms, 60s, 5m. Ctrl-C ends the run early, with a report of what there is.
Exit codes: 0 pass, 1 could not run, 2 usage, 97 an SLO cannot be decided, 98 invalid run, 99 an SLO failed.
)";

namespace {

struct RunWords {
  std::optional<std::string> url, out, html, hdr, jobs, shard, start_at;
  bool find_capacity = false;
  PlanWords plan;

  void bind(Arguments& arguments) {
    arguments.take("--url", url);
    arguments.take("--out", out);
    arguments.take("--html", html);
    arguments.take("--hdr", hdr);
    arguments.take("--jobs", jobs);
    arguments.take("--shard", shard);
    arguments.take("--start-at", start_at);
    arguments.take_flag("--find-capacity", find_capacity);
    plan.bind(arguments);
  }
};

// Shards that are told apart by the environment alone have the same command line, and must not write the same files.
void name_files(Outputs& out, std::string_view shard_text, Shard shard) {
  const auto name = [&](std::string_view option, std::optional<std::string>& path) {
    if (!path || *path == "-") return;
    std::string of_shard = for_shard(*path, shard);
    if (of_shard == *path && shard_text.substr(0, 4) == "auto") {
      refuse(fmt::format("{} {}: all shards would write it; put {{shard}} into its name, such as shard-{{shard}}.json", option,
                         in_quotes(*path)));
    }
    path = std::move(of_shard);
  };
  name("--out", out.json);
  name("--html", out.html);
  name("--hdr", out.hdr);
  name("--jobs", out.jobs);
}

std::chrono::sys_seconds read_start(std::string_view text) {
  const auto moment = parse_moment(text);
  if (!moment) refuse(fmt::format("--start-at {}: give a time in UTC, such as 2026-01-31T12:00:00Z", in_quotes(text)));
  return *moment;
}

void prepare_search(RunWords& words) {
  if (words.plan.concurrency) refuse("--find-capacity and --concurrency: capacity is a rate; give --rate, or nothing");
  if (words.start_at) refuse("--find-capacity and --start-at: it makes many runs, one after the other");
  if (words.shard) refuse("--find-capacity and --shard: each rate is decided on after the one before, by one process");
  if (words.plan.slos.empty()) refuse("--find-capacity needs an --slo to keep, for example --slo 'p99<20ms'");
  if (!words.plan.rate) words.plan.rate = "10";
}

}  // namespace

void take_share(Plan& plan, Shard shard) {
  LoadPlan& load = plan.load;
  load.shard = shard;
  // With churn a process keeps one, which carries no job.
  if (plan.churn == Churn::connect) load.connections = shard.of;
  if (load.connections < shard.of) {
    refuse(fmt::format("--connections {}: there are {} shards, and each needs one at the least", load.connections, shard.of));
  }
  if (const auto* closed = std::get_if<ClosedLoop>(&load.load); closed != nullptr && closed->concurrency < shard.of) {
    refuse(fmt::format("--concurrency {}: there are {} shards, and each needs one job at the least", closed->concurrency,
                       shard.of));
  }
}

std::variant<RunArguments, UsageError> parse_run(std::span<const std::string> arguments, const Environment& env) try {
  auto [ours, of_module] = split_at_dashes(arguments);
  RunWords words;
  Arguments options{"run"};
  words.bind(options);
  options.read(ours);

  RunArguments run;
  std::string url = required(words.url, "--url", "ws://127.0.0.1:8765");
  run.find_capacity = words.find_capacity;
  if (run.find_capacity) prepare_search(words);
  run.plan = read_plan(words.plan, std::move(of_module));
  run.plan.url = std::move(url);
  run.plan.out = {words.out, words.html, words.hdr, words.jobs};
  if (words.start_at) run.start_at = read_start(*words.start_at);
  const Shard shard = words.shard ? choose_shard(*words.shard, env) : Shard{};
  take_share(run.plan, shard);
  if (words.shard) name_files(run.plan.out, *words.shard, shard);
  return run;
} catch (UsageError& error) {
  return std::move(error);
}

}  // namespace procedura::bench
