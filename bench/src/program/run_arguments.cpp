#include "program/run_arguments.hpp"

#include "program/plan_arguments.hpp"

#include <utility>

namespace procedura::bench {

const std::string_view run_help = R"(Examples:
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

std::variant<Plan, UsageError> parse_run(std::span<const std::string> arguments) try {
  auto [ours, of_module] = split_at_dashes(arguments);
  std::optional<std::string> url;
  std::optional<std::string> out;
  PlanWords words;
  Arguments options{"run"};
  options.take("--url", url);
  options.take("--out", out);
  words.bind(options);
  options.read(ours);

  const std::string where = required(url, "--url", "ws://127.0.0.1:8765");
  Plan plan = read_plan(words, std::move(of_module));
  plan.url = where;
  plan.out.json = out;
  return plan;
} catch (UsageError& error) {
  return std::move(error);
}

}  // namespace procedura::bench
