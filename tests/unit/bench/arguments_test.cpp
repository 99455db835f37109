#include "program/compare_arguments.hpp"
#include "program/plan_arguments.hpp"
#include "program/run_arguments.hpp"
#include "report/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

namespace procedura::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Words = std::vector<std::string>;

/// The words of a line, split at blanks.
Words words(const std::string& line) {
  std::istringstream in{line};
  return {std::istream_iterator<std::string>{in}, {}};
}

constexpr const char* least = "--url ws://a --module m --concurrency 1";

RunArguments run_of(const Words& arguments) {
  auto parsed = parse_run(arguments);
  if (const auto* error = std::get_if<UsageError>(&parsed)) throw std::invalid_argument{error->message};
  return std::get<RunArguments>(std::move(parsed));
}

Plan plan_of(const Words& arguments) {
  return run_of(arguments).plan;
}

std::string error_of(const Words& arguments) {
  const auto parsed = parse_run(arguments);
  const auto* error = std::get_if<UsageError>(&parsed);
  return error == nullptr ? "no error" : error->message;
}

TEST(Arguments, HaveTheDocumentedDefaults) {
  const Plan plan = plan_of(words("--url ws://127.0.0.1:8765 --module worldstate_snapshot --rate 200"));
  EXPECT_EQ(plan.url, "ws://127.0.0.1:8765");
  EXPECT_EQ(plan.module, "worldstate_snapshot");
  EXPECT_EQ(plan.mode, protocol::Mode::sync);
  EXPECT_EQ(plan.args_style, std::nullopt);
  EXPECT_THAT(plan.args, IsEmpty());
  const auto& load = std::get<OpenLoop>(plan.load.load);
  EXPECT_EQ(load.rate, 200);
  EXPECT_EQ(load.arrival, Arrival::constant);
  EXPECT_EQ(load.max_in_flight, 10'000U);
  EXPECT_EQ(plan.load.connections, 1U);
  EXPECT_EQ(plan.load.duration, seconds{60});
  EXPECT_EQ(plan.load.warm_up, seconds{5});
  EXPECT_EQ(plan.load.cut_off, seconds{10});
  EXPECT_EQ(plan.load.seed, 1U);
  EXPECT_THAT(plan.slos, IsEmpty());
  EXPECT_EQ(plan.load.ramp, seconds{0});
  EXPECT_EQ(plan.load.shard.of, 1U);
  EXPECT_EQ(plan.churn, Churn::none);
  EXPECT_TRUE(plan.floor);
  EXPECT_FALSE(plan.tls.ca || plan.tls.insecure);
  EXPECT_FALSE(plan.max_send_lag || plan.token_file || plan.credential_env);
  EXPECT_FALSE(plan.out.json || plan.out.html || plan.out.hdr || plan.out.jobs);
  const RunArguments run = run_of(words(least));
  EXPECT_FALSE(run.find_capacity);
}

TEST(Arguments, AreAllTaken) {
  const Plan plan = plan_of(words(
      "--url=ws://a --module m --mode async --args-style bare --token-file t --rate 0.5 --arrival poisson --max-in-flight "
      "7 "
      "--connections 3 --duration 90s --warm-up 0s --cut-off 250ms --seed 18446744073709551615 --slo p99<20ms --slo failed<1% "
      "--max-send-lag 1ms --out - -- --rate [1,2] --help"));
  EXPECT_EQ(plan.mode, protocol::Mode::async);
  EXPECT_EQ(plan.args_style, protocol::ArgsStyle::bare);
  EXPECT_EQ(plan.token_file, "t");
  const auto& load = std::get<OpenLoop>(plan.load.load);
  EXPECT_EQ(load.rate, 0.5);
  EXPECT_EQ(load.arrival, Arrival::poisson);
  EXPECT_EQ(load.max_in_flight, 7U);
  EXPECT_EQ(plan.load.connections, 3U);
  EXPECT_EQ(plan.load.duration, seconds{90});
  EXPECT_EQ(plan.load.warm_up, seconds{0});
  EXPECT_EQ(plan.load.cut_off, milliseconds{250});
  EXPECT_EQ(plan.load.seed, UINT64_MAX);
  ASSERT_EQ(plan.slos.size(), 2U);
  EXPECT_EQ(plan.slos[1].text, "failed<1%");
  EXPECT_EQ(plan.max_send_lag, milliseconds{1});
  EXPECT_EQ(plan.out.json, "-");
  EXPECT_THAT(plan.args, ElementsAre("--rate", "[1,2]", "--help"));
}

TEST(Arguments, SayHowAgentsAreReachedAndWhatIsWritten) {
  const Plan plan =
      plan_of(words("--url wss://a --module m --rate 8 --ca ca.pem --churn connect --ramp 3s --no-floor --shard 1/4 "
                    "--out a.json --html a.html --hdr a.hlog --jobs a.ndjson"));
  EXPECT_EQ(plan.tls.ca, "ca.pem");
  EXPECT_EQ(plan.churn, Churn::connect);
  EXPECT_EQ(plan.load.ramp, seconds{3});
  EXPECT_FALSE(plan.floor);
  EXPECT_EQ(plan.load.shard.index, 1U);
  EXPECT_EQ(plan.load.shard.of, 4U);
  EXPECT_EQ(plan.load.connections, 4U) << "one that carries no job, of each shard";
  EXPECT_EQ(plan.out.json, "a.json");
  EXPECT_EQ(plan.out.html, "a.html");
  EXPECT_EQ(plan.out.hdr, "a.hlog");
  EXPECT_EQ(plan.out.jobs, "a.ndjson");
  EXPECT_TRUE(plan_of(words(std::string{least} + " --insecure")).tls.insecure);
}

TEST(Arguments, ASearchForTheCapacityBeginsLow) {
  const RunArguments run = run_of(words("--url ws://a --module m --find-capacity --slo p99<1s"));
  EXPECT_TRUE(run.find_capacity);
  EXPECT_EQ(std::get<OpenLoop>(run.plan.load.load).rate, 10);
  EXPECT_EQ(
      std::get<OpenLoop>(plan_of(words("--url ws://a --module m --find-capacity --slo p99<1s --rate 300")).load.load).rate,
      300);
}

TEST(Arguments, TheModulesOwnAreNotTouched) {
  Words arguments = words(least);
  for (const char* word : {"--", "--", "", "[]", "--n", "4", "a b"}) arguments.emplace_back(word);
  EXPECT_THAT(plan_of(arguments).args, ElementsAre("--", "", "[]", "--n", "4", "a b"));
}

TEST(Arguments, WrongOnesGetOneLineThatSaysWhatToDo) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "--url is needed, for example --url ws://"},
      {"--url ws://a", "--module is needed"},
      {"--url ws://a --module m", "give --rate R"},
      {"--url ws://a --module m --rate 1 --concurrency 1", "choose one"},
      {"--url ws://a --module m --rate 0", "--rate '0': give jobs per second"},
      {"--url ws://a --module m --rate 0.0000009", "give jobs per second, from 0.000001 to 1000000"},
      {"--url ws://a --module m --rate 1000001", "give jobs per second, from 0.000001 to 1000000"},
      {"--url ws://a --module m --rate -5", "--rate"},
      {"--url ws://a --module m --rate fast", "--rate 'fast'"},
      {"--url ws://a --module m --rate 1e9", "--rate '1e9'"},
      {"--url ws://a --module m --rate 1 --rate 2", "--rate: give it once, with one value"},
      {"--url ws://a --module m --rate", "--rate: give it once, with one value"},
      {"--url ws://a --module m --rate 1 --arrival often", "give constant or poisson"},
      {"--url ws://a --module m --rate 1 --max-in-flight 0", "from 1 to 1000000"},
      {"--url ws://a --module m --concurrency 0", "from 1 to 100000"},
      {"--url ws://a --module m --concurrency 1 --arrival poisson", "--arrival goes with --rate"},
      {"--url ws://a --module m --concurrency 1 --max-in-flight 2", "--max-in-flight goes with --rate"},
      {std::string{least} + " --connections 0", "--connections '0'"},
      {std::string{least} + " --connections 10001", "from 1 to 10000"},
      {std::string{least} + " --duration 60", "--duration '60': give a time such as 500ms"},
      {std::string{least} + " --duration 0s", "at least 1ms"},
      {std::string{least} + " --warm-up soon", "--warm-up 'soon'"},
      {std::string{least} + " --cut-off -1s", "--cut-off"},
      {std::string{least} + " --seed x", "--seed 'x'"},
      {std::string{least} + " --slo p99>1ms", "--slo 'p99>1ms': an SLO is an upper bound"},
      {std::string{least} + " --max-send-lag 5", "--max-send-lag '5'"},
      {std::string{least} + " --mode both", "--mode 'both': give sync or async"},
      {std::string{least} + " --args-style odd", "give module-first or bare"},
      {std::string{least} + " --token-file a --credential-env B", "choose one"},
      {std::string{least} + " --credential-env me@host:geheim", "--credential-env: give the name of an environment variable"},
      {std::string{least} + " --credential-env 1A", "--credential-env: give the name"},
      {std::string{least} + " --ramp 5", "--ramp '5'"},
      {std::string{least} + " --churn request", "--churn 'request': give none or connect"},
      {std::string{least} + " --churn connect --connections 2", "each job makes a connection of its own"},
      {std::string{least} + " --ca a --insecure", "--ca and --insecure: choose one"},
      {std::string{least} + " --insecure --insecure=maybe", "--insecure"},
      {std::string{least} + " --shard 1", "--shard '1': give I/N"},
      {std::string{least} + " --shard 1/", "give I/N"},
      {std::string{least} + " --shard /2", "give I/N"},
      {std::string{least} + " --shard 0/0", "give I/N"},
      {std::string{least} + " --shard 4/4", "counted from 0, the last of 4 is 3/4"},
      {std::string{least} + " --shard 0/2", "--connections 1: there are 2 shards"},
      {std::string{least} + " --shard 0/2 --connections 2", "--concurrency 1: there are 2 shards"},
      {"--url ws://a --module m --find-capacity", "needs an --slo to keep"},
      {std::string{least} + " --find-capacity --slo p50<1s", "capacity is a rate"},
      {"--url ws://a --module m --find-capacity --slo p50<1s --shard 0/2", "--find-capacity and --shard"},
      {std::string{least} + " --frobnicate", "unknown argument '--frobnicate'; a module's own arguments stand behind --"},
      {std::string{least} + " --token=geheim", "unknown argument '--token'; a module's"},
      {std::string{least} + " a=b", "unknown argument 'a=b'"},
      {std::string{least} + " --terse", "unknown argument '--terse'"},
      {std::string{least} + " stray", "unknown argument 'stray'"},
  };
  for (const auto& [line, what] : cases) {
    const std::string message = error_of(words(line));
    EXPECT_THAT(message, HasSubstr(what)) << line;
    EXPECT_EQ(message.find('\n'), std::string::npos) << line;
    EXPECT_THAT(message, Not(HasSubstr("geheim")));
  }
  EXPECT_THAT(error_of({"--url", "ws://a", "--module", "m", "--rate", "\x1b[2J"}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(error_of({"--url", "", "--module", "m", "--rate", "1"}), HasSubstr("--url is needed"));
  EXPECT_THAT(error_of({"--url", "ws://a", "--module", "m", "--rate", "1", "--", "\xff"}), HasSubstr("UTF-8"));
}

// Continued lines are one, as for a shell; what stands in single quotes is one word.
std::vector<Words> examples_in(std::string_view help) {
  std::vector<Words> examples;
  std::istringstream text{std::string{help.substr(0, help.find("\nUsage:"))}};
  std::string line;
  bool goes_on = false;
  while (std::getline(text, line)) {
    if (!goes_on && line.rfind("  procedura-bench ", 0) != 0) continue;
    if (!goes_on) examples.emplace_back();
    goes_on = line.back() == '\\';
    if (goes_on) line.pop_back();
    std::string word;
    bool quoted = false;
    for (const char c : line + " ") {
      if (c == '\'') {
        quoted = !quoted;
      } else if (c != ' ' || quoted) {
        word += c;
      } else if (!word.empty()) {
        examples.back().push_back(std::exchange(word, {}));
      }
    }
  }
  return examples;
}

TEST(Arguments, ThatHelpShowsAreRight) {
  const auto examples = examples_in(run_help);
  EXPECT_EQ(examples.size(), 4U);
  for (Words words : examples) {
    words.erase(words.begin(), words.begin() + 2);
    EXPECT_EQ(error_of(words), "no error") << testing::PrintToString(words);
  }
  const auto of_compare = examples_in(compare_help);
  EXPECT_EQ(of_compare.size(), 3U);
  for (Words words : of_compare) {
    words.erase(words.begin(), words.begin() + 2);
    const auto parsed = parse_compare(words);
    const auto* wrong = std::get_if<UsageError>(&parsed);
    EXPECT_EQ(wrong, nullptr) << testing::PrintToString(words) << wrong->message;
  }
}

/// The options that stand in a text.
std::set<std::string> options_in(std::string_view text) {
  std::set<std::string> options;
  for (std::size_t at = 0; (at = text.find("--", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at), text.size());
    options.emplace(text.substr(at, end - at));
    at = end;
  }
  options.erase("--");
  return options;
}

TEST(Arguments, AreAllInHelpAndTheOtherWayRound) {
  const auto behind_usage = [](std::string_view help) { return help.substr(help.find("\nUsage:")); };
  Arguments options{"run"};
  PlanWords of_a_load;
  of_a_load.bind(options);
  std::set<std::string> of_run{"--url", "--find-capacity", "--shard", "--start-at", "--out", "--html", "--hdr", "--jobs"};
  std::set<std::string> of_compare{"--a", "--b", "--pairs", "--margin", "--start-within", "--out", "--html", "--help"};
  for (const std::string& name : options.names()) {
    of_run.insert(name);
    if (name != "--slo" && name != "--ramp" && name != "--no-floor") of_compare.insert(name);
  }
  EXPECT_EQ(options_in(behind_usage(run_help)), of_run);
  EXPECT_EQ(options_in(behind_usage(compare_help)), of_compare);
}

TEST(CommandLine, RepeatsTheRun) {
  const std::string line =
      "--url ws://a --module m --mode async --args-style bare --token-file t --rate 0.5 --arrival poisson --max-in-flight "
      "7 "
      "--connections 3 --duration 90s --warm-up 0s --cut-off 250ms --seed 9 --slo p99<20ms --max-send-lag 1ms -- --n 4";
  const Plan plan = plan_of(words(line));
  EXPECT_EQ(command_line(plan),
            "procedura-bench run --url ws://a --module m --mode async --args-style bare --token-file t --rate 0.5 "
            "--arrival poisson --max-in-flight 7 --connections 3 --duration 90s --warm-up 0s --cut-off 250ms "
            "--seed 9 --slo 'p99<20ms' --max-send-lag 1ms -- --n 4");
}

TEST(CommandLine, WritesRatesAsTheyAreRead) {
  for (const char* rate : {"0.000001", "0.00002", "0.1", "33.3", "1000000"}) {
    EXPECT_THAT(command_line(plan_of(words(std::string{"--url ws://a --module m --rate "} + rate))),
                HasSubstr(std::string{" --rate "} + rate + " "));
  }
}

TEST(CommandLine, NamesWhatIsNotAsUsual) {
  const std::string line = command_line(
      plan_of(words("--url wss://a --module m --rate 8 --ca ca.pem --churn connect --ramp 3s --no-floor --shard 1/4")));
  for (const char* said : {" --ca ca.pem", " --churn connect", " --ramp 3s", " --no-floor", " --shard 1/4"}) {
    EXPECT_THAT(line, HasSubstr(said));
    EXPECT_THAT(command_line(plan_of(words(least))), Not(HasSubstr(said)));
  }
  EXPECT_THAT(command_line(plan_of(words(std::string{least} + " --insecure"))), HasSubstr(" --insecure"));
}

TEST(CommandLine, QuotesForAShell) {
  Words arguments = words(least);
  for (const char* word : {"--", "a b", "", "it's", "$HOME"}) arguments.emplace_back(word);
  EXPECT_THAT(command_line(plan_of(arguments)), testing::EndsWith(R"(-- 'a b' '' 'it'\''s' '$HOME')"));
}

TEST(CommandLine, ShowsNoSecret) {
  const Plan plan = plan_of(
      words("--url ws://a/?token=geheim1 --module login_password --concurrency 1 -- admin@procedura.org:geheim2 --device=cli"));
  const std::string line = command_line(plan);
  EXPECT_THAT(line, Not(HasSubstr("geheim")));
  EXPECT_THAT(line, HasSubstr("<redacted>"));
  EXPECT_THAT(line, HasSubstr("--device=cli"));
  EXPECT_THAT(shown_arguments(plan), ElementsAre("<redacted>", "--device=cli"));
}

}  // namespace
}  // namespace procedura::bench
