#include "program/compare_arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> least{"--a", "agent {port}", "--b", "ws://host", "--module", "m", "--concurrency", "2"};

std::variant<ComparePlan, UsageError> parse(std::vector<std::string> more, std::vector<std::string> words = least) {
  words.insert(words.end(), more.begin(), more.end());
  return parse_compare(words);
}

TEST(CompareArguments, HaveDefaults) {
  const auto plan = std::get<ComparePlan>(parse({}));
  EXPECT_EQ(plan.a, "agent {port}");
  EXPECT_EQ(plan.b, "ws://host");
  EXPECT_EQ(plan.pairs, 50U);
  EXPECT_EQ(plan.options.alpha, 0.01);
  EXPECT_EQ(plan.options.margin, 0.05);
  EXPECT_EQ(plan.start_within, seconds{10});
  EXPECT_EQ(plan.run.load.duration, seconds{1});
  EXPECT_EQ(plan.run.load.warm_up, milliseconds{200});
}

TEST(CompareArguments, AreRead) {
  const auto plan =
      std::get<ComparePlan>(parse({"--pairs", "40", "--margin", "0.5%", "--start-within", "3s", "--duration", "5s", "--warm-up",
                                   "0s", "--seed", "9", "--out", "x.json", "--html", "x.html", "--", "--n", "4"}));
  EXPECT_EQ(plan.pairs, 40U);
  EXPECT_DOUBLE_EQ(plan.options.margin, 0.005);
  EXPECT_EQ(plan.start_within, seconds{3});
  EXPECT_EQ(plan.run.load.duration, seconds{5});
  EXPECT_EQ(plan.run.load.warm_up, Nanos{0});
  EXPECT_EQ(plan.options.seed, 9U);
  EXPECT_EQ(plan.run.load.seed, 9U);
  EXPECT_EQ(plan.run.out.json, "x.json");
  EXPECT_EQ(plan.run.out.html, "x.html");
  EXPECT_THAT(plan.run.args, ElementsAre("--n", "4"));
}

// 200 jobs carry a median. Without it, no number of pairs would come to a verdict.
TEST(CompareArguments, HaveJobsEnoughForAMedian) {
  const std::vector<std::string> open{"--a", "agent {port}", "--b", "ws://host", "--module", "m", "--rate"};
  const auto said = [&](const std::string& rate, const std::string& duration) {
    const auto parsed = parse({rate, "--duration", duration}, open);
    const auto* wrong = std::get_if<UsageError>(&parsed);
    return wrong == nullptr ? "fine" : wrong->message;
  };
  EXPECT_EQ(said("200", "1s"), "fine");
  EXPECT_EQ(said("4000", "50ms"), "fine");
  EXPECT_EQ(said("199", "1s"),
            "--rate 199 for 1s is too few jobs in each run for a median, which needs 200; give --duration 1006ms or more");
  EXPECT_THAT(said("0.001", "1h"), HasSubstr("give --duration 200000s or more"));
  EXPECT_EQ(said("199", "1006ms"), "fine");
  EXPECT_THAT(std::get<UsageError>(parse({"50"}, open)).message, HasSubstr("for 1s is too few")) << "by default";
}

TEST(CompareArguments, SayWhatIsWrong) {
  struct Case {
    std::vector<std::string> words;
    std::string says;
  };
  const Case cases[] = {
      {{}, "--a is needed, for example --a './agent --port {port}'"},
      {{"--a", "ws://x"}, "--b is needed"},
      {{"--a", "ws://x", "--b", "./agent --token geheim 80"}, "--b './agent --token <redacted> 80': a command has {port}"},
      {{"--a", "ws://x", "--b", "agent \xff {port}"}, "--b has to be UTF-8"},
      {{"--a", "ws://x", "--b", "ws://y"}, "--module is needed"},
      {{"--a", "ws://x", "--b", "ws://y", "--module", "m"}, "how much load?"},
  };
  for (const Case& wrong : cases) {
    EXPECT_THAT(std::get<UsageError>(parse_compare(wrong.words)).message, HasSubstr(wrong.says));
  }
  const Case more[] = {
      {{"--pairs", "19"}, "--pairs '19': give a whole number from 20 to 500"},
      {{"--pairs", "501"}, "from 20 to 500"},
      {{"--margin", "2"}, "--margin '2': give a percentage above 0% and up to 50%, such as 2%"},
      {{"--margin", "0%"}, "--margin '0%'"},
      {{"--margin", "51%"}, "--margin '51%'"},
      {{"--margin", "%"}, "--margin '%'"},
      {{"--margin", ""}, "--margin ''"},
      {{"--start-within", "1ms"}, "--start-within '1ms'"},
      {{"--slo", "p50<1ms"}, "--slo goes with run"},
      {{"--ramp", "0s"}, "--ramp goes with run"},
      {{"--no-floor"}, "--no-floor goes with run; compare measures no floor"},
      {{"--url", "ws://x"}, "unknown argument '--url'"},
  };
  for (const Case& wrong : more) {
    EXPECT_THAT(std::get<UsageError>(parse(wrong.words)).message, HasSubstr(wrong.says));
  }
}

}  // namespace
}  // namespace procedura::bench
