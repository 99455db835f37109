#include "program/compare_arguments.hpp"

#include "program/plan_arguments.hpp"

#include <procedura/protocol/json_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace procedura::bench {

const std::string_view compare_help = R"(Examples:
  procedura-bench compare --a './agent-1.4 --port {port}' --b './agent-1.5 --port {port}' --module worldstate_snapshot --concurrency 4
  procedura-bench compare --a ws://127.0.0.1:8765 --b ws://127.0.0.1:8766 --module worldstate_snapshot --rate 200 --duration 5s
  procedura-bench compare --a 'CACHE=off ./agent {port}' --b 'CACHE=on ./agent {port}' --module world --concurrency 4 \
      --pairs 200 --margin 2% --out comparison.json

Usage: procedura-bench compare --a AGENT --b AGENT --module NAME (--rate R | --concurrency C) [options] [-- MODULE ARGUMENTS]

Says whether B differs from A. Both are measured in turn, again and again, and which goes first is drawn for each pair: run one
after the other, an agent differs from itself more often than not.

What is compared
  --a AGENT, --b AGENT    a ws:// or wss:// URL of an agent that runs, or a command that starts one, by /bin/sh, for each run
                          anew; {port} in it is a free port, which it has to listen on, on 127.0.0.1 and without TLS,
                          in the foreground
  --pairs N               how often; 20 to 500, default 50; many short runs tell more than a few long ones
  --margin PERCENT        a difference of no more than this counts as none; default 5%
  --start-within TIME     how long a command may take until it accepts connections; default 10s
  --out FILE              the comparison as JSON; - for standard output (the text then goes to standard error)
  --html FILE             the comparison as one page, which needs no other file and no network

Each run, as in 'procedura-bench run --help'
  --module, --mode, --args-style, --token-file, --credential-env, --rate, --arrival, --max-in-flight, --concurrency,
  --connections, --churn, --cut-off, --max-send-lag, --seed (of the order within the pairs, too);
  --ca, --insecure, where both agents have wss:// URLs
  --duration TIME         the measured window of each run; default 1s
  --warm-up TIME          before each run, not measured; default 200ms

It decides by the median response, the agent's CPU time per job (where both are commands) and the bytes per job; other figures
are shown. A difference is claimed at 1 % over all of these together. Ctrl-C ends it early, with a report of what there is.
Exit codes: 0 equivalent or faster, 1 could not run, 2 usage, 97 inconclusive, 98 invalid, 99 B is slower.
)";

namespace {

std::string side(const std::optional<std::string>& text, std::string_view option) {
  std::string given = required(text, option, "'./agent --port {port}' or " + std::string{option} + " ws://127.0.0.1:8765");
  if (!protocol::is_utf8(given)) refuse(fmt::format("{} has to be UTF-8", option));
  if (is_command(given) && given.find("{port}") == std::string::npos) {
    refuse(fmt::format("{} {}: a command has {{port}} where the agent's port belongs; a URL begins with ws:// or wss://",
                       option, in_quotes(shown_side(given))));
  }
  return given;
}

double margin(const std::optional<std::string>& text, double otherwise) {
  if (!text) return otherwise;
  std::string_view number = *text;
  if (!number.empty() && number.back() == '%') {
    number.remove_suffix(1);
    if (const auto percent = parse_positive(number, 50)) return *percent / 100;
  }
  refuse(fmt::format("--margin {}: give a percentage above 0% and up to 50%, such as 2%", in_quotes(*text)));
}

void refuse_what_a_pair_has_not(const PlanWords& words) {
  if (!words.slos.empty()) refuse("--slo goes with run; compare decides by the pairs");
  if (words.ramp) refuse("--ramp goes with run; each run of a comparison has a warm-up");
  if (words.no_floor) refuse("--no-floor goes with run; compare measures no floor");
}

// That the median decides, and that no run has one, is not to be found out after all the pairs.
void refuse_too_few_jobs(const LoadPlan& load) {
  const auto* open = std::get_if<OpenLoop>(&load.load);
  if (open == nullptr) return;
  const auto needed = static_cast<double>(Quantile{500'000}.needed_samples());
  const double due = open->rate * std::chrono::duration<double>(load.duration).count();
  if (due > needed - 0.5) return;
  constexpr double month = 720.0 * 3600 * 1000;
  const auto enough = std::chrono::milliseconds{std::llround(std::min(month, std::ceil(1000 * needed / open->rate)))};
  refuse(
      fmt::format("--rate {} for {} is too few jobs in each run for a median, which needs {:.0f}; give --duration {} or more",
                  open->rate, exact_duration(load.duration), needed, exact_duration(enough)));
}

}  // namespace

std::variant<ComparePlan, UsageError> parse_compare(std::span<const std::string> arguments) try {
  auto [ours, of_module] = split_at_dashes(arguments);
  std::optional<std::string> a;
  std::optional<std::string> b;
  std::optional<std::string> pairs;
  std::optional<std::string> margin_text;
  std::optional<std::string> start_within;
  std::optional<std::string> out;
  std::optional<std::string> html;
  PlanWords words;
  Arguments options{"compare"};
  options.take("--a", a);
  options.take("--b", b);
  options.take("--pairs", pairs);
  options.take("--margin", margin_text);
  options.take("--start-within", start_within);
  options.take("--out", out);
  options.take("--html", html);
  words.bind(options);
  options.read(ours);
  if (!words.duration) words.duration = "1s";
  if (!words.warm_up) words.warm_up = "200ms";

  ComparePlan plan;
  plan.a = side(a, "--a");
  plan.b = side(b, "--b");
  plan.pairs = whole(pairs, "--pairs", 20, 500, plan.pairs);
  plan.options.margin = margin(margin_text, plan.options.margin);
  plan.start_within = duration(start_within, "--start-within", std::chrono::milliseconds{10}).value_or(plan.start_within);
  plan.run = read_plan(words, std::move(of_module));
  plan.run.out.json = out;
  plan.run.out.html = html;
  plan.options.seed = plan.run.load.seed;
  refuse_what_a_pair_has_not(words);
  refuse_too_few_jobs(plan.run.load);
  return plan;
} catch (UsageError& error) {
  return std::move(error);
}

}  // namespace procedura::bench
