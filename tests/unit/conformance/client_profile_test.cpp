#include <procedura/conformance/client_profile.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <fstream>
#include <sstream>

namespace procedura::conformance {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

std::string file(const std::string& name) {
  std::ifstream in{PROCEDURA_CONFORMANCE_DIR "/" + name};
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

json minimal() {
  return json::parse(R"({"client": "c", "commands": {"run": ["c", "{url}", "{cmd}", "{args...}"]}})");
}

std::vector<std::string> problems_of(const std::string& text) {
  const auto parsed = parse_client_profile(text);
  std::vector<std::string> out;
  if (const auto* problems = std::get_if<std::vector<ProfileProblem>>(&parsed)) {
    for (const auto& [pointer, message] : *problems) {
      out.push_back(pointer + ": " + message);
    }
  }
  return out;
}

bool schema_takes(const json& document) {
  const auto schema_document = json::parse(file("schema/client-profile.schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter{schema_document}, schema);
  valijson::Validator validator;
  return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter{document}, nullptr);
}

TEST(ClientProfile, takes_the_least_that_there_can_be) {
  const auto profile = std::get<ClientProfile>(parse_client_profile(minimal().dump()));
  EXPECT_EQ(profile.client, "c");
  EXPECT_THAT(profile.offering().needs, ElementsAre(Need::run_command, Need::result_on_stdout));
  EXPECT_THAT(profile.declares, IsEmpty());
  EXPECT_EQ(profile.patience, std::chrono::seconds{10});
  EXPECT_TRUE(schema_takes(minimal()));
}

TEST(ClientProfile, takes_everything_that_there_can_be) {
  const json all = json::parse(R"({
    "$schema": "x", "client": "c",
    "commands": {"run": ["c", "{options...}", "{cmd}", "{args...}"], "stream": ["c", "{options...}", "{cmd}", "{args...}"],
                 "login": ["c", "{options...}", "{credential}", "{device}", "{here}"], "several": ["c", "{options...}", "{cmds...}"]},
    "options": {"token": {"env": {"T": "{token}"}}, "token_file": ["--f={token_file}"], "ca": ["--ca", "{ca}"],
                "connect_timeout": ["{seconds}"], "ack_timeout": ["{milliseconds}"], "final_timeout": ["{seconds}"],
                "idle_timeout": {"args": ["{seconds}"], "env": {"A": "b"}}, "ping_interval": ["{seconds}"], "pong_timeout": ["{seconds}"]},
    "env": {"URL": "{url}", "F": "{token_file}"}, "inherit": ["X"], "token_file": "{home}/t", "stdout": "text",
    "declares": ["CLI-2"], "args_style": ["bare"],
    "limits": {"patience_ms": 100, "timeout_ms": 50, "exit_ms": 100, "message_bytes": 8388608}})");
  const auto parsed = parse_client_profile(all.dump());
  ASSERT_TRUE(std::holds_alternative<ClientProfile>(parsed)) << ::testing::PrintToString(problems_of(all.dump()));
  const auto& profile = std::get<ClientProfile>(parsed);
  const auto needs = profile.offering().needs;
  for (auto need = static_cast<int>(Need::login_command); need <= static_cast<int>(Need::result_on_stdout); ++need) {
    EXPECT_TRUE(needs.contains(static_cast<Need>(need))) << to_string(static_cast<Need>(need));
  }
  EXPECT_TRUE(profile.declared("CLI-2"));
  EXPECT_FALSE(profile.declared("CLI-3"));
  EXPECT_EQ(profile.message_bytes, 8U << 20U);
  EXPECT_EQ(profile.output, ClientProfile::Output::text);
  EXPECT_TRUE(schema_takes(all));
}

TEST(ClientProfile, of_our_own_program_is_in_order) {
  const std::string text = file("profiles/procedura.json");
  EXPECT_THAT(problems_of(text), IsEmpty());
  EXPECT_TRUE(schema_takes(json::parse(text)));
}

struct Mistake {
  const char* name;
  const char* pointer;  // where, in the least profile
  const char* value;
  const char* complaint;
  bool schema_sees_it;
};

class ClientProfileRefuses : public ::testing::TestWithParam<Mistake> {};

TEST_P(ClientProfileRefuses, each_mistake_with_its_place) {
  json document = minimal();
  document[json::json_pointer(GetParam().pointer)] = json::parse(GetParam().value);
  EXPECT_THAT(problems_of(document.dump()), ElementsAre(GetParam().complaint));
  EXPECT_EQ(schema_takes(document), !GetParam().schema_sees_it);
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, ClientProfileRefuses,
    ::testing::Values(
        Mistake{
            "unknown_key", "/colour", "1",
            "/colour: unknown key; known here: $schema, client, commands, options, env, inherit, token_file, stdout, declares, "
            "args_style, limits",
            true},
        Mistake{"no_name", "/client", "\"\"", "/client: expected a string that is not empty, found \"\"", true},
        Mistake{"no_words", "/commands/run", "[]",
                "/commands/run: expected the program and its arguments: [\"my-client\", \"--url\", \"{url}\", ...]", true},
        Mistake{"no_array", "/commands/run", "\"c {url}\"", "/commands/run: expected an array, found a string", true},
        Mistake{"unknown_command", "/commands/sing", "[\"c\"]",
                "/commands/sing: unknown key; known here: login, run, stream, several", true},
        Mistake{"unknown_placeholder", "/commands/run", R"(["c", "{url}", "{cmd}", "{args...}", "{cdm}"])",
                "/commands/run/4: unknown placeholder {cdm}; known here: {args...}, {cmd}, {here}, {home}, {options...}, {url}",
                false},
        Mistake{"program_from_the_case", "/commands/several", R"(["{cmds...}", "{url}"])",
                "/commands/several/0: the program itself is named here; of the placeholders it may have {here} alone", false},
        Mistake{"program_from_an_argument", "/commands/run", R"(["{cmd}", "{url}", "{args...}"])",
                "/commands/run/0: the program itself is named here; of the placeholders it may have {here} alone", false},
        Mistake{"home_of_its_own", "/env", R"({"HOME": "/root"})",
                "/env/HOME: is a folder of each case's own, {home}: another would have the client use your own token file",
                false},
        Mistake{
            "home_inherited", "/inherit", R"(["PATH", "HOME"])",
            "/inherit/1: HOME is a folder of each case's own, {home}: another would have the client use your own token file",
            false},
        Mistake{"no_module", "/commands/run", R"(["c", "{url}", "{args...}"])",
                "/commands/run: the placeholder {cmd} is missing", false},
        Mistake{"no_url", "/commands/run", R"(["c", "{cmd}", "{args...}"])",
                "/commands/run: the placeholder {url} is missing, here and in env", false},
        Mistake{"list_in_a_word", "/commands/run", R"(["c", "{url}", "{cmd}", "--args={args...}"])",
                "/commands/run/3: {args...} stands for several words, and has to be one by itself", false},
        Mistake{"lone_brace", "/commands/run", R"(["c", "{url}", "{cmd}", "{args...}", "{"])",
                "/commands/run/4: a { that begins no placeholder; a brace itself is written twice", false},
        Mistake{"number_among_words", "/commands/run", R"(["c", 1])", "/commands/run/1: expected a string, found a number",
                true},
        Mistake{"nul", "/commands/run", R"(["c\u0000", "{url}", "{cmd}", "{args...}"])",
                "/commands/run/0: an argument cannot hold U+0000", false},
        Mistake{"option_without_place", "/options", R"({"token": ["--token", "{token}"]})",
                "/commands/run: the placeholder {options...} is missing: the profile has options", false},
        Mistake{"option_without_value", "/options", R"({"token": {"env": {"T": "x"}}})",
                "/options/token: needs its value: {token}", false},
        Mistake{"option_of_another_kind", "/options", R"({"token": {"env": {"T": "{token}{seconds}"}}})",
                "/options/token/env/T: unknown placeholder {seconds}; known here: {here}, {home}, {token}", false},
        Mistake{
            "unknown_option", "/options", R"({"retries": []})",
            "/options/retries: unknown key; known here: token, token_file, ca, connect_timeout, ack_timeout, final_timeout, "
            "idle_timeout, ping_interval, pong_timeout",
            true},
        Mistake{"bad_option", "/options", R"({"token": 1})", "/options/token: expected an object, found a number", true},
        Mistake{"bad_variable", "/env", R"({"A=B": "x"})", "/env/A=B: is no name of a variable", false},
        Mistake{"number_as_variable", "/env", R"({"A": 1})", "/env/A: expected a string, found a number", true},
        Mistake{"inherits_nothing", "/inherit", R"([""])", "/inherit/0: is no name of a variable", false},
        Mistake{"token_file_elsewhere", "/token_file", "\"/etc/token\"",
                "/token_file: expected a path that begins with {home}/: each case gives the client a home of its own", false},
        Mistake{"token_file_untold", "/env", R"({"A": "{token_file}"})",
                "/env: {token_file} is used, but the member \"token_file\" is missing", false},
        Mistake{"odd_stdout", "/stdout", "\"yaml\"", "/stdout: expected \"json\", \"text\" or \"nothing\"", true},
        Mistake{"unknown_clause", "/declares", R"(["CLI-9"])",
                "/declares/0: there is no clause CLI-9; `procedura-conformance list` shows them", false},
        Mistake{"limit_too_small", "/limits", R"({"message_bytes": 1})",
                "/limits/message_bytes: expected a whole number from 8388608 to 268435456, found 1", true},
        Mistake{"limit_no_number", "/limits", R"({"exit_ms": "2"})",
                "/limits/exit_ms: expected a whole number from 100 to 60000, found a string", true}),
    [](const ::testing::TestParamInfo<Mistake>& mistake) { return std::string{mistake.param.name}; });

TEST(ClientProfile, tells_all_mistakes_at_once) {
  EXPECT_THAT(problems_of(R"({"commands": {"stream": ["c"]}, "stdout": 1})"),
              ElementsAre(": the member \"client\" (a string) is missing", "/commands/stream: the placeholder {cmd} is missing",
                          "/commands/stream: the placeholder {args...} is missing",
                          "/commands/stream: the placeholder {url} is missing, here and in env",
                          "/commands: the member \"run\" (how a synchronous request is made) is missing",
                          "/stdout: expected a string that is not empty, found a number"));
  EXPECT_THAT(problems_of("{"), ElementsAre(": not valid JSON at byte 1: not valid JSON"));
  EXPECT_THAT(problems_of("[]"), ElementsAre(": expected an object, found an array"));
  EXPECT_THAT(problems_of(R"({"client": "c"})"),
              ElementsAre(": the member \"commands\" (an object with at least \"run\") is missing"));
}

TEST(ArgvTemplate, fills_in_words_and_lists) {
  const TemplateValues values{{{"url", "ws://h"}, {"cmd", "{cmd}"}}, {{"args", {"", "a b", "{url}"}}, {"none", {}}}};
  EXPECT_THAT(expand({"c", "--url={url}/x", "{cmd}", "{args...}", "{none...}", "{absent...}", "{absent}", "{{url}}"}, values),
              ElementsAre("c", "--url=ws://h/x", "{cmd}", "", "a b", "{url}", "", "{url}"))
      << "what is filled in is not looked at again";
}

TEST(ArgvTemplate, survives_any_word) {
  for (const char* word : {"", "{", "}", "{{", "}}", "{}", "{...}", "{a", "a}", "{a b}", "{A}", "{a}{b}", "{{{a}}}"}) {
    std::vector<std::string> problems;
    placeholders_of(word, problems);
    EXPECT_LE(expand_word(word, {{{"a", "1"}, {"b", "2"}}, {}}).size(), 6U) << word;
  }
  std::vector<std::string> problems;
  EXPECT_THAT(placeholders_of("{{{a}}}{b}", problems), ElementsAre("a", "b"));
  EXPECT_THAT(problems, IsEmpty());
}

}  // namespace
}  // namespace procedura::conformance
