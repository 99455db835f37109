#include "command_line.hpp"
#include "split_argv.hpp"
#include "suggest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <random>

namespace procedura::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Words = std::vector<std::string>;

CommandLine parse(const Words& words) {
  return parse_command_line(words);
}

std::string usage_error(const Words& words) {
  try {
    parse(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

struct ModuleCase {
  const char* name;
  Words words;
  std::string module;
  Words args;
};
std::ostream& operator<<(std::ostream& out, const ModuleCase& value) {
  return out << value.name;
}

class ModuleArguments : public testing::TestWithParam<ModuleCase> {};

TEST_P(ModuleArguments, GoToTheModuleVerbatim) {
  const CommandLine line = parse(GetParam().words);
  EXPECT_EQ(line.module, GetParam().module);
  EXPECT_EQ(line.module_args, GetParam().args);
}

const ModuleCase module_cases[] = {
    {"none", {"run", "m"}, "m", {}},
    {"documented_separator", {"run", "worldstate_snapshot", "--", "--terse"}, "worldstate_snapshot", {"--terse"}},
    {"without_separator", {"run", "worldstate_snapshot", "--terse"}, "worldstate_snapshot", {"--terse"}},
    {"empty_brackets", {"run", "m", "[]"}, "m", {"[]"}},
    {"list", {"run", "m", "[a,b]", "{}"}, "m", {"[a,b]", "{}"}},
    {"n", {"run", "m", "--n", "4"}, "m", {"--n", "4"}},
    {"n_equals", {"stream", "m", "--n=4"}, "m", {"--n=4"}},
    {"empty_strings", {"run", "m", "", "--", ""}, "m", {"", "--", ""}},
    {"empty_after_separator", {"run", "m", "--", ""}, "m", {""}},
    {"help_after_separator", {"run", "m", "--", "-h", "--help"}, "m", {"-h", "--help"}},
    {"short_option_is_the_modules", {"run", "m", "-q", "-v"}, "m", {"-q", "-v"}},
    {"dash", {"run", "m", "-"}, "m", {"-"}},
    {"second_separator_stays", {"run", "m", "--", "--", "x"}, "m", {"--", "x"}},
    {"separator_after_first_word_stays", {"run", "m", "x", "--", "y"}, "m", {"x", "--", "y"}},
    {"own_option_after_first_word_is_the_modules", {"run", "m", "x", "--ack-timeout", "3"}, "m", {"x", "--ack-timeout", "3"}},
    {"own_option_after_separator_is_the_modules", {"run", "m", "--", "--ack-timeout", "3"}, "m", {"--ack-timeout", "3"}},
    {"own_option_first", {"run", "m", "--ack-timeout", "3", "--terse"}, "m", {"--terse"}},
    {"own_option_and_separator", {"run", "m", "--ack-timeout=3", "--", "--ack-timeout=4"}, "m", {"--ack-timeout=4"}},
    {"option_of_the_other_command", {"run", "m", "--idle-timeout", "3"}, "m", {"--idle-timeout", "3"}},
    {"option_between", {"run", "--final-timeout", "9", "m", "x"}, "m", {"x"}},
    {"abbreviation_is_the_modules", {"run", "m", "--ack", "3"}, "m", {"--ack", "3"}},
    {"separator_before_module", {"run", "--", "-m", "--ack-timeout", "3"}, "-m", {"--ack-timeout", "3"}},
    {"separator_before_module_is_the_only_one", {"run", "--", "m", "--", "x"}, "m", {"--", "x"}},
    {"module_named_like_a_command", {"run", "run", "run"}, "run", {"run"}},
    {"module_named_help", {"run", "help"}, "help", {}},
    {"plus_plus", {"run", "m", "++", "/x", "@f"}, "m", {"++", "/x", "@f"}},
    {"quotes_and_newline", {"run", "m", "\"a b\"", "a\nb"}, "m", {"\"a b\"", "a\nb"}},
    {"non_ascii", {"run", "m", "gr\xc3\xbc\xc3\x9f"}, "m", {"gr\xc3\xbc\xc3\x9f"}},
    {"global_before", {"--url", "ws://h:1", "-q", "run", "m", "-q"}, "m", {"-q"}},
};
INSTANTIATE_TEST_SUITE_P(All, ModuleArguments, testing::ValuesIn(module_cases), [](const auto& i) { return i.param.name; });

struct WrongCase {
  const char* name;
  Words words;
  std::string says;  // a part of the one line
};
std::ostream& operator<<(std::ostream& out, const WrongCase& value) {
  return out << value.name;
}

class WrongCommandLine : public testing::TestWithParam<WrongCase> {};

TEST_P(WrongCommandLine, GetsOneLineThatSaysWhatToDo) {
  const std::string line = usage_error(GetParam().words);
  EXPECT_THAT(line, HasSubstr(GetParam().says));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  EXPECT_THAT(line, Not(HasSubstr("s3cret")));
}

const WrongCase wrong_cases[] = {
    {"nothing", {}, "no command: try"},
    {"only_options", {"--url", "ws://h:1"}, "no command: try"},
    {"unknown_command", {"rnu", "m"}, "unknown command 'rnu'; did you mean 'run'?"},
    {"unlike_any_command", {"xyzzy"}, "unknown command 'xyzzy' (commands: login"},
    {"separator_first", {"--", "run", "m"}, "unknown command '--'"},
    {"empty_command", {""}, "unknown command ''"},
    {"unknown_option", {"--ulr", "ws://h:1", "run", "m"}, "unknown option '--ulr'; did you mean '--url'?"},
    {"unknown_option_with_value", {"--outptu=json", "run", "m"}, "unknown option '--outptu'; did you mean '--output'?"},
    {"unknown_short", {"-x", "run", "m"}, "unknown option '-x'"},
    {"unknown_in_a_bundle", {"-qx", "run", "m"}, "unknown option '-x'"},
    {"unknown_before_module", {"run", "--tersee", "m"}, "unknown option '--tersee'"},
    {"option_before_its_command", {"--ttl", "5", "login"}, "--ttl is an option of login: write it after the command"},
    {"option_of_another_command",
     {"login", "--ack-timeout", "5", "c"},
     "--ack-timeout is no option of login but of run or stream"},
    {"group_alone", {"config"}, "config what? procedura config show, get, set, unset, path or profiles (see"},
    {"unknown_in_group", {"config", "pth"}, "'pth' is no command of config; did you mean 'path'?"},
    {"two_words_in_one", {"config path"}, "unknown command 'config path'"},
    {"second_word_alone", {"path"}, "unknown command 'path'"},
    {"group_with_too_much", {"config", "path", "x"}, "unexpected argument 'x' (see: procedura config path --help)"},
    {"toggle_with_value", {"--compress=yes", "run", "m"}, "--compress takes no value: leave out the '=' and what follows"},
    {"toggle_twice", {"--compress", "--no-compress", "run", "m"}, "--compress and --no-compress exclude each other"},
    {"no_such_toggle", {"--no-url", "run", "m"}, "unknown option '--no-url'"},
    {"insecure_with_ca", {"--insecure", "--ca", "x", "run", "m"}, "--ca exclude each other"},
    {"value_missing", {"run", "m", "--ack-timeout"}, "--ack-timeout needs a value: --ack-timeout SECS"},
    {"value_missing_globally", {"--url"}, "--url needs a value: --url URL"},
    {"flag_with_value", {"login", "--attach=s3cret"}, "--attach takes no value: leave out the '=' and what follows"},
    {"credential_with_dashes", {"login", "--me:s3cret"}, "a credential that begins with a dash goes behind --"},
    {"credential_alone", {"me@x.y:s3cret"}, "a credential goes behind login: procedura login"},
    {"url_alone", {"wss://me:s3cret@h", "run", "m"}, "an agent's URL goes behind --url"},
    {"twice", {"--url", "ws://a:1", "--url", "ws://b:1", "run", "m"}, "--url is given more than once"},
    {"twice_apart", {"--url", "ws://a:1", "run", "m", "--url=ws://b:1"}, "--url is given more than once"},
    {"no_module", {"run"}, "no module: procedura run MODULE"},
    {"no_module_after_separator", {"stream", "--"}, "no module: procedura stream MODULE"},
    {"empty_module", {"run", ""}, "no module: procedura run MODULE"},
    {"two_credentials", {"login", "a:b", "c:d"}, "login takes one credential and no more: quote it if there is a space in it"},
    {"logout_of_what", {"logout", "me"}, "unexpected argument 'me'"},
    {"three_topics", {"help", "run", "stream", "ws"}, "unexpected argument 'ws'"},
    {"token_and_file", {"--token", "t", "--token-file", "f", "run", "m"}, "--token and --token-file exclude each other"},
    {"quiet_and_verbose", {"-qv", "run", "m"}, "--quiet and --verbose exclude each other"},
    {"login_with_token", {"--token", "t", "login", "a:b"}, "leave out --token"},
    {"not_utf8", {"run", "m", "\xff"}, "argument 3 is not UTF-8"},
    {"control_characters", {"\x1b[31mred"}, "unknown command '\\x1b[31mred'"},
};
INSTANTIATE_TEST_SUITE_P(All, WrongCommandLine, testing::ValuesIn(wrong_cases), [](const auto& i) { return i.param.name; });

TEST(CommandLine, KeepsValuesAsText) {
  const CommandLine line = parse({"--url=ws://h:1", "--output", "json", "run", "m", "--ack-timeout=2"});
  EXPECT_EQ(line.command, Command::run);
  EXPECT_EQ(line.values.at("url"), "ws://h:1");
  EXPECT_EQ(line.values.at("output"), "json");
  EXPECT_EQ(line.values.at("ack-timeout"), "2");
}

TEST(CommandLine, AnEmptyValueIsAValue) {
  // CLI11 alone would take the next word for it.
  const CommandLine line = parse({"--token=", "run", "m"});
  EXPECT_EQ(line.values.at("token"), "");
  EXPECT_EQ(line.module, "m");
}

TEST(CommandLine, AValueMayLookLikeAnOption) {
  EXPECT_EQ(parse({"--token", "--x", "run", "m"}).values.at("token"), "--x");
  EXPECT_EQ(parse({"login", "--device", "[]", "a:b"}).values.at("device"), "[]");
}

TEST(CommandLine, LoginTakesOneCredential) {
  EXPECT_THAT(parse({"login", "a:b", "--ttl", "7"}).operands, ElementsAre("a:b"));
  EXPECT_THAT(parse({"login", "-"}).operands, ElementsAre("-"));
  EXPECT_THAT(parse({"login", "--", "-a:b"}).operands, ElementsAre("-a:b"));
  EXPECT_THAT(parse({"login", "[a:b]"}).operands, ElementsAre("[a:b]"));
  EXPECT_THAT(parse({"login", "run"}).operands, ElementsAre("run"));
  EXPECT_THAT(parse({"login", "--attach"}).operands, IsEmpty());
}

TEST(CommandLine, HelpAndVersionNeedNothingElse) {
  EXPECT_TRUE(parse({"--help"}).has("help"));
  EXPECT_TRUE(parse({"-h"}).has("help"));
  EXPECT_TRUE(parse({"run", "--help"}).has("help"));
  EXPECT_TRUE(parse({"run", "m", "--help"}).has("help"));
  EXPECT_TRUE(parse({"--version"}).has("version"));
  EXPECT_THAT(parse({"help", "run"}).operands, ElementsAre("run"));
}

TEST(CommandLine, ACommandOfTwoWords) {
  EXPECT_EQ(parse({"config", "path"}).command, Command::config_path);
  EXPECT_EQ(parse({"-q", "config", "-v", "--help", "path"}).command, Command::config_path) << "options may stand anywhere";
  const CommandLine group = parse({"config", "--help"});
  EXPECT_FALSE(group.command);
  EXPECT_EQ(group.group, "config");
}

TEST(CommandLine, AListIsEveryValueOfIt) {
  const CommandLine line = parse({"--pin", "sha256/a", "run", "--pin=[b]", "m", "--pin", "sha256/c", "--", "--pin"});
  EXPECT_EQ(line.values.at("pin"), "sha256/a,[b],sha256/c");
  EXPECT_THAT(line.module_args, ElementsAre("--pin"));
}

TEST(CommandLine, AToggleCanBeDenied) {
  EXPECT_EQ(parse({"--compress", "run", "m"}).values.at("compress"), "true");
  EXPECT_EQ(parse({"run", "--no-compress", "m"}).values.at("compress"), "false");
}

TEST(SplitArgv, TakesAMillionWordsForTheModule) {
  Words words{"run", "m"};
  words.resize(1'000'002, "--x");
  EXPECT_EQ(split_argv(words).module_args.size(), 1'000'000U);
}

TEST(SplitArgv, WhateverTheWordsTheModulesArgumentsAreTheirTail) {
  const Words vocabulary{
      "run",     "stream", "login", "help", "m",  "--", "-",  "--url",  "ws://h", "--ack-timeout", "--ack-timeout=3",
      "--token", "t",      "-q",    "--n",  "[]", "",   "-h", "--help", "x=y",    "--=",           "---"};
  std::mt19937 random{7};
  std::uniform_int_distribution<std::size_t> word{0, vocabulary.size() - 1};
  std::uniform_int_distribution<std::size_t> length{0, 9};
  for (int round = 0; round < 20'000; ++round) {
    Words words(length(random));
    for (auto& one : words) one = vocabulary[word(random)];
    const SplitLine split = split_argv(words);
    ASSERT_LE(split.module_args.size(), words.size());
    ASSERT_TRUE(std::equal(split.module_args.rbegin(), split.module_args.rend(), words.rbegin()))
        << testing::PrintToString(words);
    try {
      ASSERT_EQ(parse(words).module_args, split.module_args);
    } catch (const UsageError& error) {
      const std::string line = error.what();
      ASSERT_FALSE(line.empty() || line.find('\n') != line.npos) << line;
    }
    for (const std::size_t place : secret_words(words)) ASSERT_LT(place, words.size());
  }
}

TEST(SecretWords, AreTheCredentialTheTokenAndUrlsWithASecret) {
  const auto places = [](const Words& words) { return secret_words(words); };
  EXPECT_THAT(places({"login", "a@b:c"}), ElementsAre(1));
  EXPECT_THAT(places({"login", "--ttl", "5", "a@b:c", "--attach"}), ElementsAre(3));
  EXPECT_THAT(places({"login", "--", "-a:c"}), ElementsAre(2));
  EXPECT_THAT(places({"--token", "tok", "run", "m"}), ElementsAre(1));
  EXPECT_THAT(places({"--token=tok", "run", "m"}), ElementsAre(0));
  EXPECT_THAT(places({"run", "m", "--token", "tok", "--", "x"}), ElementsAre(3));
  EXPECT_THAT(places({"run", "m", "--", "--token", "modules"}), IsEmpty());
  EXPECT_THAT(places({"login", "--device", "laptop"}), IsEmpty());
  EXPECT_THAT(places({"login", "-"}), IsEmpty());
  EXPECT_THAT(places({"login", "--token-file", "f", "-v"}), IsEmpty());
  EXPECT_THAT(places({"run", "login_password", "--", "a@b:c", "--attach"}), ElementsAre(3));
  EXPECT_THAT(places({"stream", "login_password", "a@b:c"}), ElementsAre(2));
  EXPECT_THAT(places({"run", "worldstate_snapshot", "a@b:c"}), IsEmpty());
  EXPECT_THAT(places({"--proxy", "http://me:s3cret@p:1", "run", "m"}), ElementsAre(1));
  EXPECT_THAT(places({"--proxy", "http://me:s3/cret@p:1", "run", "m"}), ElementsAre(1));
  EXPECT_THAT(places({"run", "m", "--url=ws://h/?token=s3cret"}), ElementsAre(2));
  EXPECT_THAT(places({"--proxy", "http://p:1", "--url", "ws://h:1/x", "run", "m"}), IsEmpty());
  EXPECT_THAT(places({"--token"}), IsEmpty());
  EXPECT_THAT(places({}), IsEmpty());
}

TEST(DidYouMean, ProposesWhatIsNear) {
  const std::vector<std::string_view> names{"login", "logout"};
  EXPECT_EQ(did_you_mean("lgoin", names), "; did you mean 'login'?");
  EXPECT_EQ(did_you_mean("lgoin", names, "--"), "; did you mean '--login'?");
  EXPECT_EQ(did_you_mean("walk", names), "");
}

}  // namespace
}  // namespace procedura::cli
