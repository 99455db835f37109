#include "command_line.hpp"
#include "complete.hpp"
#include "options.hpp"
#include "split_argv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace procedura::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using Words = std::vector<std::string>;

std::vector<std::string> offered(const Words& words) {
  std::vector<std::string> found;
  const auto completions = complete(words, [] { return Words{"default", "staging"}; });
  for (const auto& candidate : completions.candidates) found.push_back(candidate.word);
  return found;
}

bool wants_files(const Words& words) {
  return complete(words, [] { return Words{}; }).files;
}

struct CompleteCase {
  const char* name;
  Words words;  // the last one is under the cursor
  Words offers;
};
std::ostream& operator<<(std::ostream& out, const CompleteCase& value) {
  return out << value.name;
}

class Complete : public testing::TestWithParam<CompleteCase> {};

TEST_P(Complete, OffersWhatMayComeNext) {
  EXPECT_EQ(offered(GetParam().words), GetParam().offers);
}

const CompleteCase complete_cases[] = {
    {"command", {"ru"}, {"run"}},
    {"commands", {"lo"}, {"login", "logout"}},
    {"command_behind_options", {"--url", "ws://h:1", "-q", "st"}, {"stream"}},
    {"command_of_a_group", {"config", "s"}, {"show", "set"}},
    {"nothing_known", {"xyz"}, {}},
    {"behind_an_unknown_command", {"xyz", ""}, {}},
    {"behind_an_unknown_option", {"--xyz", ""}, {}},
    {"option", {"--outp"}, {"--output"}},
    {"option_of_the_command", {"run", "--fi"}, {"--final-timeout"}},
    {"option_of_another_command", {"run", "--tt"}, {}},
    {"option_of_no_use_to_it", {"logout", "--ca"}, {}},
    {"option_behind_the_module", {"run", "m", "--fin"}, {"--final-timeout"}},
    {"option_behind_an_option", {"run", "m", "--ack-timeout", "3", "--fin"}, {"--final-timeout"}},
    {"toggle", {"--comp"}, {"--compress"}},
    {"toggle_denied", {"--no-"}, {"--no-compress"}},
    {"choice", {"--output", ""}, {"pretty", "json", "ndjson"}},
    {"choice_begun", {"run", "m", "--color", "a"}, {"auto", "always"}},
    {"choice_behind_equals", {"--output=n"}, {"--output=ndjson"}},
    {"choice_of_tls", {"--tls-min", ""}, {"1.2", "1.3"}},
    {"no_choice", {"--url", "w"}, {}},
    {"flag_has_no_value", {"--quiet=", ""}, {}},
    {"flag_with_equals", {"--quiet="}, {}},
    {"profile", {"--profile", ""}, {"default", "staging"}},
    {"profile_behind_equals", {"--profile=s"}, {"--profile=staging"}},
    {"module_of_run", {"run", ""}, {"worldstate_snapshot", "init_character"}},
    {"module_of_stream", {"stream", "p"}, {"place_ooi_sprites"}},
    {"module_behind_a_separator", {"run", "--", "w"}, {"worldstate_snapshot"}},
    {"module_argument", {"run", "m", ""}, {}},
    {"module_argument_that_looks_like_ours", {"run", "m", "x", "--fin"}, {}},
    {"behind_the_separator", {"run", "m", "--", "--fin"}, {}},
    {"behind_the_separator_a_word", {"run", "m", "--", "wor"}, {}},
    {"separator_before_the_module", {"run", "--", "m", "--fin"}, {}},
    {"topic", {"help", "exit"}, {"exit-codes"}},
    {"topic_or_command", {"help", "pro"}, {"profiles", "proxy"}},
    {"help_of_a_group", {"help", "config", "pa"}, {"path"}},
    {"shell", {"completion", ""}, {"bash", "zsh", "fish"}},
    {"shell_only_one", {"completion", "bash", ""}, {}},
    {"setting", {"config", "get", "tls"}, {"tls-min"}},
    {"setting_that_is_a_secret", {"config", "set", "toke"}, {"token-file"}},
    {"value_of_a_setting", {"config", "set", "output", "n"}, {"ndjson"}},
    {"toggle_of_a_setting", {"config", "set", "compress", ""}, {"true", "false"}},
    {"credential", {"login", ""}, {}},
    {"secret", {"--token", ""}, {}},
};
INSTANTIATE_TEST_SUITE_P(All, Complete, testing::ValuesIn(complete_cases), [](const auto& i) { return i.param.name; });

TEST(Complete, LeavesPathsToTheShell) {
  for (const Words& words : {Words{"--ca", ""}, {"--ca=x"}, {"run", "m", "--cert", "a"}, {"config", "set", "events", ""}})
    EXPECT_TRUE(wants_files(words)) << testing::PrintToString(words);
  for (const Words& words : {Words{"run", ""}, {"run", "m", "--", "--ca", ""}, {"run", "m", "x", "--ca="}, {""}})
    EXPECT_FALSE(wants_files(words)) << testing::PrintToString(words);
  EXPECT_EQ(completion_lines(complete(Words{"--ca", ""}, {})), ":files\n");
}

// Whatever is offered, the command line takes; and what it takes is offered.
TEST(Complete, EveryOptionWhereItBelongs) {
  for (const CommandInfo& row : all_commands()) {
    Words words;
    if (const auto space = row.name.find(' '); space != std::string_view::npos) words.emplace_back(row.name.substr(0, space));
    words.emplace_back(words.empty() ? row.name : row.name.substr(row.name.find(' ') + 1));
    words.emplace_back("--");
    const auto found = offered(words);
    for (const Option& option : all_options()) {
      const auto as_offered = Contains("--" + std::string{option.name});
      if (belongs_to(option, row.command))
        EXPECT_THAT(found, as_offered) << row.name;
      else
        EXPECT_THAT(found, Not(as_offered)) << row.name;
    }
    for (const std::string& word : found) {
      words.back() = word;
      if (find_option(std::string_view{word}.substr(2), row.command)->takes_value()) continue;
      EXPECT_EQ(split_argv(words).problem, "") << word;
    }
  }
}

TEST(Complete, AsksForProfilesOnlyWhereOneBelongs) {
  int asked = 0;
  const auto profiles = [&] {
    ++asked;
    return Words{};
  };
  complete(Words{"run", ""}, profiles);
  complete(Words{"--output", ""}, profiles);
  EXPECT_EQ(asked, 0);
  complete(Words{"--profile", ""}, profiles);
  EXPECT_EQ(asked, 1);
}

TEST(Complete, NoNameThatWouldBeTwo) {
  const auto profiles = [] { return Words{"ci", "a\nrun", "b\tc", "d\x1b[2J", "e f"}; };
  EXPECT_EQ(completion_lines(complete(Words{"--profile", ""}, profiles)), "ci\ne f\n");
}

TEST(Complete, NoWordsAreNothing) {
  EXPECT_THAT(offered({}), IsEmpty());
}

TEST(Complete, SaysWhatEachIsAbout) {
  EXPECT_EQ(completion_lines(complete(Words{"logo"}, {})), "logout\tforget the saved token\n");
}

TEST(Complete, SecretsOfTheLineThatIsTypedAreBlottedOut) {
  EXPECT_THAT(secret_words(Words{"completion", "words", "--", "--token", "tok", "run", ""}), ElementsAre(4));
  EXPECT_THAT(secret_words(Words{"completion", "words", "--", "login", "a@b:c", "--"}), ElementsAre(4));
  EXPECT_THAT(secret_words(Words{"completion", "bash"}), IsEmpty());
}

}  // namespace
}  // namespace procedura::cli
