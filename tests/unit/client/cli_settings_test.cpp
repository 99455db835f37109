#include "agent_options.hpp"
#include "config_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace procedura::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using Map = std::map<std::string, std::string, std::less<>>;

const std::string two_pins =
    "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";

Variables variables(Map values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional{found->second};
  };
}

CommandLine line_of(Map values, Command command = Command::run) {
  CommandLine line;
  line.command = command;
  line.values = std::move(values);
  return line;
}

Profile profile_of(Map values) {
  return {"ci", "/c.json", std::move(values)};
}

// One setting with a place of each kind: whichever are filled, the highest counts.
TEST(Precedence, FlagThenEnvironmentThenProfileThenDefault) {
  const Option& url = *find_option("url", std::nullopt);
  for (unsigned filled = 0; filled < 8; ++filled) {
    const auto line = line_of(filled & 1U ? Map{{"url", "ws://flag:1"}} : Map{});
    const auto env = variables(filled & 2U ? Map{{"PROCEDURA_URL", "ws://env:1"}} : Map{});
    const auto profile = profile_of(filled & 4U ? Map{{"url", "ws://profile:1"}} : Map{});
    const Setting setting = resolve(url, line, env, profile).value();
    const Origin expected = filled & 1U   ? Origin::flag
                            : filled & 2U ? Origin::environment
                            : filled & 4U ? Origin::profile
                                          : Origin::fallback;
    EXPECT_EQ(setting.origin, expected) << filled;
    const std::array texts{"ws://flag:1", "ws://env:1", "ws://profile:1", "ws://127.0.0.1:8765"};
    EXPECT_EQ(setting.text, texts[static_cast<std::size_t>(expected)]);
    const std::array places{"--url", "PROCEDURA_URL", "url in profile 'ci' (/c.json)", "default"};
    EXPECT_EQ(setting.where, places[static_cast<std::size_t>(expected)]);
  }
}

TEST(Settings, HaveTheDocumentedDefaults) {
  const Settings run = resolve_settings(line_of({}), variables({}), {});
  EXPECT_EQ(run.endpoint.url(), "ws://127.0.0.1:8765/");
  EXPECT_EQ(run.connect_timeout, 5s);
  EXPECT_EQ(run.ack_timeout, 10s);
  EXPECT_EQ(run.silence_timeout, 600s);
  EXPECT_EQ(run.wait, 0s);
  EXPECT_EQ(run.output, OutputForm::pretty);
  EXPECT_EQ(run.args_style, ArgsStyleChoice::automatic);
  EXPECT_FALSE(run.token || run.token_file || run.quiet || run.verbose);

  EXPECT_EQ(resolve_settings(line_of({}, Command::stream), variables({}), {}).silence_timeout, 3600s);

  const Settings login = resolve_settings(line_of({}, Command::login), variables({}), {});
  EXPECT_EQ(login.device, "cli");
  EXPECT_EQ(login.ttl, 3600s);
  EXPECT_FALSE(login.attach || login.show_token);
  EXPECT_FALSE(login.ack_timeout || login.silence_timeout) << "a login waits as long as the SDK would";
}

TEST(Settings, AreReadFromEveryPlace) {
  const Settings settings = resolve_settings(line_of({{"ack-timeout", "0.25"}, {"verbose", ""}}),
                                             variables({{"PROCEDURA_ARGS_STYLE", "bare"}, {"PROCEDURA_OUTPUT", "ndjson"}}),
                                             profile_of({{"wait", "30"}, {"color", "never"}, {"output", "json"}}));
  EXPECT_EQ(settings.ack_timeout, 250ms);
  EXPECT_TRUE(settings.verbose);
  EXPECT_EQ(settings.args_style, ArgsStyleChoice::bare);
  EXPECT_EQ(settings.output, OutputForm::ndjson);
  EXPECT_EQ(settings.wait, 30s);
  EXPECT_EQ(settings.color, When::never);
}

TEST(Settings, OfTheConnectionHaveTheDefaultsOfTheSdk) {
  const Settings settings = resolve_settings(line_of({}), variables({}), {});
  const Options sdk;
  const Options ours = agent_options(settings, std::nullopt, {}, variables({}));
  EXPECT_EQ(ours.connect_timeout, sdk.connect_timeout);
  EXPECT_EQ(ours.ping_interval, sdk.ping_interval);
  EXPECT_EQ(ours.pong_timeout, sdk.pong_timeout);
  EXPECT_EQ(ours.keepalive_interval, sdk.keepalive_interval);
  EXPECT_EQ(ours.compress, sdk.compress);
  EXPECT_EQ(ours.tls.minimum, sdk.tls.minimum);
  EXPECT_FALSE(ours.reconnect || ours.tls.ca || ours.tls.certificate || ours.tls.key || ours.tls.server_name ||
               ours.tls.insecure || ours.run_deadlines.total || settings.events || settings.count);
  EXPECT_EQ(ours.run_deadlines.ack, sdk.run_deadlines.ack);
  EXPECT_EQ(ours.run_deadlines.silence, sdk.run_deadlines.silence);
}

// Each way to say it comes to the same, in the SDK's own words.
TEST(Settings, OfTheConnectionAreReadFromEveryPlace) {
  const Map told{{"ca", "/ca"},          {"cert", "/c"},        {"key", "/k"},       {"server-name", "agent.example"},
                 {"tls-min", "1.3"},     {"proxy", "http://p"}, {"compress", "1"},   {"events", "/e"},
                 {"ping-interval", "0"}, {"pong-timeout", "7"}, {"keepalive", "30"}, {"deadline", "90"},
                 {"pin", two_pins}};
  Map env{{"PROCEDURA_KEY_PASSWORD", "s3cret"}};
  for (const auto& [name, value] : told) env[std::string{find_option(name, Command::run)->environment}] = value;
  Map flags = told;
  flags["compress"] = "true";
  for (const auto& [line, environment, profile] : {std::tuple{line_of(flags), Map{{"PROCEDURA_KEY_PASSWORD", "s3cret"}}, Map{}},
                                                   {line_of({}), env, Map{}},
                                                   {line_of({}), Map{{"PROCEDURA_KEY_PASSWORD", "s3cret"}}, told}}) {
    const Settings settings = resolve_settings(line, variables(environment), profile_of(profile));
    const Options options = agent_options(settings, std::nullopt, {}, variables(environment));
    EXPECT_EQ(options.tls.ca, "/ca");
    EXPECT_EQ(options.tls.certificate, "/c");
    EXPECT_EQ(options.tls.key, "/k");
    EXPECT_EQ(options.tls.key_password, "s3cret");
    EXPECT_EQ(options.tls.server_name, "agent.example");
    EXPECT_EQ(options.tls.minimum, TlsVersion::tls13);
    EXPECT_EQ(options.proxy.always, "http://p");
    EXPECT_TRUE(options.compress);
    EXPECT_FALSE(options.ping_interval) << "0 stands for never";
    EXPECT_EQ(options.pong_timeout, 7s);
    EXPECT_EQ(options.keepalive_interval, 30s);
    EXPECT_EQ(options.run_deadlines.total, 90s);
    EXPECT_EQ(settings.events->text, "/e");
    ASSERT_EQ(options.tls.pins.size(), 2U);
    EXPECT_EQ(options.tls.pins[0].text() + "," + options.tls.pins[1].text(), two_pins);
    for (const auto& [name, setting] : settings.origins) EXPECT_THAT(setting.text, Not(HasSubstr("s3cret"))) << name;
  }
}

TEST(Settings, WhatACommandHasNoUseForIsNotLookedAt) {
  EXPECT_NO_THROW(resolve_settings(line_of({}, Command::logout), variables({{"PROCEDURA_URL", "nowhere"}}), {}));
}

TEST(Settings, AFlagDeniesWhatAProfileSays) {
  EXPECT_FALSE(resolve_settings(line_of({{"compress", "false"}}), variables({}), profile_of({{"compress", "true"}})).compress);
}

TEST(Settings, ATokenOrAFileWhicheverStandsHigher) {
  const auto flag_file = resolve_settings(line_of({{"token-file", "/f"}}), variables({{"PROCEDURA_TOKEN", "t"}}), {});
  EXPECT_FALSE(flag_file.token);
  EXPECT_EQ(flag_file.token_file->text, "/f");

  const auto flag_token = resolve_settings(line_of({{"token", "t"}}), variables({{"PROCEDURA_TOKEN_FILE", "/f"}}), {});
  ASSERT_TRUE(flag_token.token);
  EXPECT_EQ(flag_token.token->text, "t");

  const auto both_variables =
      resolve_settings(line_of({}), variables({{"PROCEDURA_TOKEN", "t"}, {"PROCEDURA_TOKEN_FILE", "/f"}}), {});
  ASSERT_TRUE(both_variables.token);
  EXPECT_EQ(both_variables.token->text, "t");
}

TEST(Settings, ListTheirOriginsWithoutTheToken) {
  const auto settings = resolve_settings(line_of({{"token", "s3cret"}}), variables({}), {});
  bool seen = false;
  for (const auto& [name, setting] : settings.origins) {
    EXPECT_THAT(setting.text, Not(HasSubstr("s3cret")));
    seen |= name == "token" && setting.where == "--token";
  }
  EXPECT_TRUE(seen);
}

struct WrongValue {
  const char* name;
  Command command;
  Map flags;
  Map env;
  std::string says;
};
std::ostream& operator<<(std::ostream& out, const WrongValue& value) {
  return out << value.name;
}

class WrongSetting : public testing::TestWithParam<WrongValue> {};

TEST_P(WrongSetting, IsReportedWithItsPlaceInOneLine) {
  const WrongValue& wrong = GetParam();
  try {
    resolve_settings(line_of(wrong.flags, wrong.command), variables(wrong.env), {});
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr(wrong.says));
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    EXPECT_THAT(error.what(), Not(HasSubstr("s3cret")));
  }
}

const WrongValue wrong_values[] = {
    {"word_for_number", Command::run, {{"ack-timeout", "abc"}}, {}, "--ack-timeout: 'abc' is not a number of seconds above 0"},
    {"unit", Command::run, {{"ack-timeout", "5s"}}, {}, "--ack-timeout: '5s'"},
    {"negative", Command::run, {{"ack-timeout", "-1"}}, {}, "--ack-timeout: '-1'"},
    {"zero", Command::run, {{"final-timeout", "0"}}, {}, "--final-timeout: '0'"},
    {"next_to_zero", Command::run, {{"final-timeout", "0.0000000001"}}, {}, "--final-timeout"},
    {"infinite", Command::run, {{"wait", "inf"}}, {}, "--wait: 'inf'"},
    {"nan", Command::run, {{"wait", "nan"}}, {}, "--wait: 'nan'"},
    {"huge", Command::run, {{"wait", "99999999999"}}, {}, "--wait: '99999999999'"},
    {"hex", Command::run, {{"wait", "0x10"}}, {}, "--wait: '0x10'"},
    {"space", Command::run, {{"wait", " 1"}}, {}, "--wait: ' 1'"},
    {"comma", Command::run, {{"wait", "1,5"}}, {}, "--wait: '1,5'"},
    {"idle", Command::stream, {{"idle-timeout", "x"}}, {}, "--idle-timeout: 'x'"},
    {"output", Command::run, {{"output", "xml"}}, {}, "--output: 'xml' is not pretty, json or ndjson"},
    {"output_variable", Command::run, {}, {{"PROCEDURA_OUTPUT", "JSON"}}, "PROCEDURA_OUTPUT: 'JSON' is not"},
    {"color", Command::run, {{"color", "yes"}}, {}, "--color: 'yes' is not auto, always or never"},
    {"style", Command::run, {{"args-style", "first"}}, {}, "--args-style: 'first' is not auto, module-first or bare"},
    {"ttl_zero", Command::login, {{"ttl", "0"}}, {}, "--ttl: '0' is not a whole number of seconds from 1 to 31536000"},
    {"ttl_fraction", Command::login, {{"ttl", "1.5"}}, {}, "--ttl: '1.5'"},
    {"ttl_too_long", Command::login, {{"ttl", "31536001"}}, {}, "--ttl: '31536001'"},
    {"empty", Command::run, {{"url", ""}}, {}, "--url is empty"},
    {"url_scheme", Command::run, {{"url", "http://h"}}, {}, "--url: "},
    {"url_without_scheme", Command::run, {}, {{"PROCEDURA_URL", "h:1"}}, "PROCEDURA_URL: "},
    {"url_port", Command::run, {{"url", "ws://h:65536"}}, {}, "has a port that is not between 1 and 65535"},
    {"url_port_wraps", Command::run, {{"url", "ws://h:99999"}}, {}, "has a port that is not between 1 and 65535"},
    {"url_control", Command::run, {{"url", "ws://h\r\n"}}, {}, "--url: "},
    {"token_newline", Command::run, {{"token", "s3cret\r\n"}}, {}, "--token: a token has no spaces"},
    {"token_space", Command::run, {}, {{"PROCEDURA_TOKEN", "s3cret s3cret"}}, "PROCEDURA_TOKEN: a token has no spaces"},
    {"toggle", Command::run, {}, {{"PROCEDURA_COMPRESS", "yes"}}, "PROCEDURA_COMPRESS: 'yes' is not true or false"},
    {"key_alone", Command::run, {{"key", "k"}}, {}, "--key: a key without its certificate: give --cert too"},
    {"pins", Command::run, {}, {{"PROCEDURA_PIN", "sha256/a,,sha256/b"}}, "PROCEDURA_PIN: an empty item between commas"},
    {"pin", Command::run, {{"pin", "sha256/a"}}, {}, "--pin: 'sha256/a' is no pin: "},
    {"pins_end", Command::run, {{"pin", "sha256/a,"}}, {}, "--pin: an empty item between commas"},
    {"tls_min", Command::run, {{"tls-min", "1.1"}}, {}, "--tls-min: '1.1' is not 1.2 or 1.3"},
    {"server_name_url",
     Command::run,
     {{"server-name", "https://h"}},
     {},
     "--server-name: 'https://h' is not the name of a host"},
    {"server_name_nul", Command::run, {{"server-name", std::string{"a\0b", 3}}}, {}, "is not the name of a host"},
    {"ping_interval",
     Command::run,
     {{"ping-interval", "-1"}},
     {},
     "--ping-interval: '-1' is not a number of seconds, such as 0"},
    {"pong_timeout", Command::run, {{"pong-timeout", "0"}}, {}, "--pong-timeout: '0' is not a number of seconds above 0"},
    {"keepalive", Command::stream, {{"keepalive", "x"}}, {}, "--keepalive: 'x' is not a number of seconds"},
    {"deadline", Command::stream, {{"deadline", "0"}}, {}, "--deadline: '0' is not a number of seconds above 0"},
    {"count", Command::ws_ping, {{"count", "0"}}, {}, "--count: '0' is not a whole number from 1 to 1000000000"},
    {"count_fraction", Command::ws_listen, {{"count", "1.5"}}, {}, "--count: '1.5' is not a whole number"},
    {"interval", Command::ws_ping, {{"interval", "0"}}, {}, "--interval: '0' is not a number of seconds above 0"},
    {"device_bytes", Command::login, {}, {{"PROCEDURA_DEVICE", "\xff"}}, "PROCEDURA_DEVICE is not UTF-8"},
    {"control", Command::run, {{"output", "\x1b[2J"}}, {}, "--output: '\\x1b[2J'"},
};
INSTANTIATE_TEST_SUITE_P(All, WrongSetting, testing::ValuesIn(wrong_values), [](const auto& i) { return i.param.name; });

TEST(Settings, AnEmptyValueOfAProfileIsRefusedLikeOneOfAFlag) {
  for (const char* name : {"url", "token-file", "events", "ca", "cert", "proxy", "server-name", "args-style", "wait"}) {
    try {
      resolve_settings(line_of({}), variables({}), profile_of({{name, ""}}));
      FAIL() << name;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr(std::string{name} + " in profile 'ci' (/c.json) is empty: give it a value"));
    }
  }
  EXPECT_NO_THROW(resolve_settings(line_of({}), variables({}), profile_of({{"pin", ""}}))) << "a list may be empty";
}

// --- profiles ----------------------------------------------------------------------------------------------------------------

constexpr std::string_view config = R"({
  "profiles": {
    "default": { "output": "json" },
    "ci": { "url": "ws://ci:1", "ack_timeout": 2.5, "token_file": "/t" }
  }
})";

std::string profile_error(std::string_view text, std::string_view name = "ci") {
  try {
    read_profile(text, "c.json", name);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(ReadProfile, GivesTheNamedOne) {
  const auto ci = read_profile(config, "c.json", "ci");
  ASSERT_TRUE(ci);
  EXPECT_EQ(ci->values, (Map{{"url", "ws://ci:1"}, {"ack-timeout", "2.5"}, {"token-file", "/t"}}));
  EXPECT_EQ(read_profile(config, "c.json", "default")->values, (Map{{"output", "json"}}));
  EXPECT_FALSE(read_profile(config, "c.json", "nope"));
  EXPECT_FALSE(read_profile("{}", "c.json", "ci"));
}

TEST(ReadProfile, TakesListsAndTruthValues) {
  const auto ci = read_profile(R"({"profiles": {"ci": {"pin": ["sha256/a", "sha256/b"], "compress": true, "tls_min": 1.3}}})",
                               "c.json", "ci");
  EXPECT_EQ(ci->values, (Map{{"pin", "sha256/a,sha256/b"}, {"compress", "true"}, {"tls-min", "1.3"}}));
}

TEST(ReadProfile, SaysFileAndLineOfWhatIsWrong) {
  EXPECT_THAT(profile_error("{\n\"profiles\": {"), HasSubstr("c.json:2:14: this is not the JSON of a config file"));
  EXPECT_THAT(profile_error("[]"), HasSubstr("c.json:1:3: "));
  EXPECT_THAT(profile_error(""), HasSubstr("c.json:1:"));
  EXPECT_THAT(profile_error("{\"profile\": {}}"), HasSubstr("unknown key 'profile'; the only one is 'profiles'"));
  EXPECT_THAT(profile_error("{\"profiles\": []}"), HasSubstr("'profiles' is not an object"));
  EXPECT_THAT(profile_error("{\"profiles\": {\"ci\": 3}}"), HasSubstr("a profile is not an object"));
  EXPECT_THAT(profile_error("{\"profiles\":\n{\"ci\":\n{\"ulr\": \"x\"}}}"),
              HasSubstr("c.json:3:2: unknown key 'ulr'; did you mean 'url'?"));
  EXPECT_THAT(profile_error(R"({"profiles": {"ci": {"token": "s3cret"}}})"), HasSubstr("use token_file"));
  EXPECT_THAT(profile_error(R"({"profiles": {"ci": {"token": "s3cret"}}})"), Not(HasSubstr("s3cret")));
  EXPECT_THAT(profile_error(R"({"profiles": {"ci": {"wait": true}}})"),
              HasSubstr("the value of 'wait' is neither text nor a number"));
  EXPECT_THAT(profile_error(R"({"profiles": {"ci": {"attach": 1}}})"), HasSubstr("unknown key 'attach'"));
  EXPECT_THAT(profile_error(R"({"profiles": {"ci": {"insecure": true}}})"), HasSubstr("unknown key 'insecure'"));
  EXPECT_THAT(profile_error(R"({"profiles": {"ci": {"compress": 1}}})"), HasSubstr("'compress' is neither true nor false"));
  EXPECT_THAT(profile_error(R"({"profiles": {"ci": {"pin": 1}}})"), HasSubstr("'pin' is neither text nor a list of texts"));
  EXPECT_THAT(profile_error(R"({"profiles": {"ci": {"pin": ["a", 1]}}})"), HasSubstr("'pin' is a list of other things"));
  EXPECT_THAT(profile_error(std::string(100'000, '[')), HasSubstr("c.json:1:"));
}

TEST(ReadProfile, WhatASystemCallWouldCutShortIsRefused) {
  const std::string error = profile_error(R"({"profiles": {"ci": {"events": "/tmp/log\u0000.txt"}}})");
  EXPECT_THAT(error, HasSubstr("c.json:1:32: the value of 'events' has a NUL in it"));
  EXPECT_THAT(profile_error(R"({"profiles": {"ci": {"pin": ["a\u0000"]}}})"), HasSubstr("'pin' has a NUL in it"));
}

TEST(ReadProfile, ABrokenFileSaysWhatToDo) {
  EXPECT_THAT(profile_error(""), HasSubstr("repair it or move it away (see: procedura help profiles)"));
}

TEST(EditProfile, OfSeveralOfOneNameTheOneThatCountsIsChanged) {
  const std::string twice =
      R"({"profiles": {"ci": {"wait": 9}, "ci": {"wait": 1, "ack_timeout": 2, "ack-timeout": 3, "wait": 4}}})";
  for (const char* name : {"wait", "ack-timeout"}) {
    const std::string edited = edit_profile(twice, "c.json", {"ci", find_option(name, Command::run), "7"});
    EXPECT_EQ(read_profile(edited, "c.json", "ci")->values.at(name), "7") << edited;
    const std::string less = edit_profile(twice, "c.json", {"ci", find_option(name, Command::run), std::nullopt});
    EXPECT_EQ(read_profile(less, "c.json", "ci")->values.count(name), 0U) << less;
  }
}

TEST(ReadProfile, AProfileThatIsNotAskedForMayBeWrong) {
  EXPECT_TRUE(read_profile(R"({"profiles": {"old": {"gone": 1}, "ci": {}}})", "c.json", "ci"));
}

}  // namespace
}  // namespace procedura::cli
