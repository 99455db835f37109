#include <procedura/conformance/clause.hpp>
#include <procedura/conformance/profile.hpp>

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

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr const char* minimal = R"({"agent":"a","modules":{"quick":{"cmd":"q"}}})";

std::string file(const std::string& name) {
  std::ifstream in{PROCEDURA_CONFORMANCE_DIR "/" + name};
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

/// What is wrong, as "pointer: message".
std::vector<std::string> problems_of(std::string_view text) {
  const auto parsed = parse_profile(text);
  std::vector<std::string> out;
  if (const auto* problems = std::get_if<std::vector<ProfileProblem>>(&parsed)) {
    for (const auto& [pointer, message] : *problems) {
      out.push_back(pointer + ": " + message);
    }
  }
  return out;
}

bool schema_takes(const std::string& text) {
  const auto schema_document = nlohmann::json::parse(file("schema/profile.schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter{schema_document}, schema);
  const auto document = nlohmann::json::parse(text);
  valijson::Validator validator;
  return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter{document}, nullptr);
}

TEST(Profile, takes_the_least_that_there_can_be) {
  const auto profile = std::get<Profile>(parse_profile(minimal));
  EXPECT_EQ(profile.agent, "a");
  EXPECT_TRUE(profile.has(Need::quick));
  for (const Need need : {Need::slow, Need::streaming, Need::failing, Need::echo, Need::protected_module, Need::credential}) {
    EXPECT_FALSE(profile.has(need)) << to_string(need);
  }
  EXPECT_TRUE(profile.claims(protocol::ArgsStyle::module_first));
  EXPECT_FALSE(profile.claims(protocol::ArgsStyle::bare));
  EXPECT_TRUE(profile.declares.empty());
  EXPECT_FALSE(profile.has(Need::message_limit));
  EXPECT_TRUE(schema_takes(minimal));
}

TEST(Profile, takes_those_that_we_ship) {
  for (const char* name : {"profiles/mock.json", "profiles/node-agent.json", "profiles/python-agent.json"}) {
    EXPECT_THAT(problems_of(file(name)), ::testing::IsEmpty()) << name;
    EXPECT_TRUE(schema_takes(file(name))) << name;
    const auto profile = std::get<Profile>(parse_profile(file(name)));
    EXPECT_TRUE(profile.declared("REQ-6")) << name;
    EXPECT_FALSE(profile.declared("SYN-1")) << name;
    EXPECT_EQ(profile.module(Need::streaming).least_updates, 4U) << name;
    EXPECT_EQ(profile.module(Need::failing).error_code, "OUT_OF_SPRITES") << name;
    EXPECT_EQ(profile.slow_for, std::chrono::milliseconds{400}) << name;
    EXPECT_EQ(profile.message_bytes, 8U * 1024 * 1024) << name;
  }
}

struct Wrong {
  const char* text;
  const char* problem;
  bool schema_knows = true;  ///< a schema cannot know everything
};

const Wrong wrong_profiles[] = {
    {"[]", ": expected an object, found an array"},
    {R"({"modules":{"quick":{"cmd":"q"}}})", ": the member \"agent\" (a string) is missing"},
    {R"({"agent":7,"modules":{"quick":{"cmd":"q"}}})", "/agent: expected a string that is not empty, found a number"},
    {R"({"agent":"","modules":{"quick":{"cmd":"q"}}})", "/agent: expected a string that is not empty, found \"\""},
    {R"({"agent":"a"})", ": the member \"modules\" (an object with at least \"quick\") is missing"},
    {R"({"agent":"a","modules":[]})", "/modules: expected an object, found an array"},
    {R"({"agent":"a","modules":{}})", "/modules: the member \"quick\" (a synchronous module that answers soon) is missing"},
    {R"({"agent":"a","modules":{"quick":{}}})", "/modules/quick: the member \"cmd\" (a string) is missing"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q","args":"x"}}})", "/modules/quick/args: expected an array, found a string"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q","args":["x",1]}}})",
     "/modules/quick/args/1: expected a string, found a number"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q","ms_option":"--ms"}}})",
     "/modules/quick/ms_option: unknown key; known here: cmd, args, expect"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"},"slow":{"cmd":"s"}}})",
     "/modules/slow: the member \"ms_option\" (a string) is missing"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"},"streaming":{"cmd":"s","least_updates":-1}}})",
     "/modules/streaming/least_updates: expected a whole number from 0 to 1000, found -1"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"},"streaming":{"cmd":"s","least_updates":18446744073709551615}}})",
     "/modules/streaming/least_updates: expected a whole number from 0 to 1000, found 18446744073709551615"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"},"streaming":{"cmd":"s","least_updates":1.5}}})",
     "/modules/streaming/least_updates: expected a whole number from 0 to 1000, found 1.5"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q","expect":{"type":"map"}}}})",
     "/modules/quick/expect/type: expected one of object, array, string, number, boolean, null"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"},"failing":{"cmd":"f","expect":{"type":"object"}}}})",
     "/modules/failing/expect/type: unknown key; known here: code"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"credentials":[{"user":"u"}]})",
     "/credentials/0: the member \"env\" (a string) is missing"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"credentials":[{"env":"X","password":"p"}]})",
     "/credentials/0/password: unknown key; known here: env, user"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"declares":"some"})",
     "/declares: expected \"all\" or an array of clause ids, found a string"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"declares":["REQ-99"]})",
     "/declares/0: there is no clause REQ-99; `procedura-conformance list` shows them", false},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"declares":["SYN-1"]})",
     "/declares/0: the clause SYN-1 binds everybody and need not be declared", false},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"args_style":["naked"]})",
     "/args_style/0: expected \"module-first\" or \"bare\""},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"args_style":[]})",
     "/args_style: expected an array with \"module-first\", \"bare\" or both"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"limits":{"answer_ms":10}})",
     "/limits/answer_ms: expected a whole number from 50 to 60000, found 10"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"limits":{"message_bytes":100}})",
     "/limits/message_bytes: expected a whole number from 1024 to 33554432, found 100"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"public":["r"]})", "/public/0: no module above has the cmd r", false},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"},"protected":{"cmd":"p"}},"public":["q","p"]})",
     "/public/1: this module is also modules.protected", false},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"revoked_token":"a b"})",
     "/revoked_token: a token has no characters but those of RFC 9110's `token`", false},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"tls":{"ca":""}})",
     "/tls/ca: expected a string that is not empty, found \"\""},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"tls":{"authority":"x"}})", "/tls/authority: unknown key; known here: ca"},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"never_call":["q"]})",
     "/modules/quick/cmd: this module is also in never_call", false},
    {R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"decalres":"all"})",
     "/decalres: unknown key; known here: $schema, agent, credentials, modules, public, revoked_token, tls, declares, "
     "args_style, limits, never_call"},
};

TEST(Profile, says_what_is_wrong_and_where_and_the_schema_agrees) {
  for (const Wrong& wrong : wrong_profiles) {
    EXPECT_THAT(problems_of(wrong.text), ::testing::ElementsAre(wrong.problem)) << wrong.text;
    EXPECT_EQ(schema_takes(wrong.text), !wrong.schema_knows) << wrong.text;
  }
}

TEST(Profile, tells_all_problems_at_once) {
  EXPECT_THAT(problems_of(R"({"agent":1,"modules":{"quick":{"cmd":2},"echo":3},"limits":{"slow_ms":"x"},"x":0})"),
              UnorderedElementsAre(HasSubstr("/agent"), HasSubstr("/modules/quick/cmd"), HasSubstr("/modules/echo"),
                                   HasSubstr("/limits/slow_ms"), HasSubstr("/x: unknown key")));
}

TEST(Profile, survives_hostile_text) {
  EXPECT_THAT(problems_of("{"), ::testing::ElementsAre(HasSubstr("not valid JSON at byte 1")));
  EXPECT_THAT(problems_of(""), ::testing::ElementsAre(HasSubstr("not valid JSON")));
  EXPECT_THAT(problems_of(std::string(100'000, '[')), ::testing::ElementsAre(HasSubstr("not valid JSON")));
  EXPECT_THAT(problems_of("{\"a\xFF\":1}"), ::testing::ElementsAre(HasSubstr("not valid JSON")));
  EXPECT_THAT(problems_of(R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"\u001b[31m":1})"),
              ::testing::ElementsAre(::testing::Not(HasSubstr("\x1b"))));
}

TEST(Profile, tells_public_modules_and_authorities) {
  const auto profile = std::get<Profile>(parse_profile(
      R"({"agent":"a","modules":{"quick":{"cmd":"q"},"echo":{"cmd":"e"}},"public":["e"],"tls":{"ca":"ca.pem"},"revoked_token":"t"})"));
  EXPECT_TRUE(profile.is_public("e"));
  EXPECT_FALSE(profile.is_public("q"));
  EXPECT_EQ(profile.ca, "ca.pem");
  EXPECT_TRUE(profile.offering().has(Need::public_module));
  EXPECT_TRUE(profile.offering().has(Need::revoked_token));
  const auto closed = std::get<Profile>(parse_profile(minimal));
  EXPECT_FALSE(closed.offering().has(Need::public_module));
  EXPECT_FALSE(closed.offering().has(Need::revoked_token));
}

TEST(Credentials, are_told_apart_by_user_and_by_colon) {
  Profile profile;
  EXPECT_EQ(profile.second_user(), nullptr);
  EXPECT_EQ(profile.colon_password(), nullptr);
  profile.credentials = {{"ONE", "", "u:p"}, {"SAME", "", "u:q"}};
  EXPECT_FALSE(profile.has(Need::second_user));
  EXPECT_FALSE(profile.has(Need::colon_password));
  profile.credentials.push_back({"OTHER", "", "b64:djpwOnE="});  // v:p:q
  EXPECT_EQ(profile.second_user(), &profile.credentials[2]);
  EXPECT_EQ(profile.colon_password(), &profile.credentials[2]);
  EXPECT_TRUE(profile.offering().has(Need::second_user));
  EXPECT_TRUE(profile.offering().has(Need::colon_password));
  profile.credentials = {{"ONE", "", "u:p"}, {"UNRESOLVED", "", ""}};
  EXPECT_FALSE(profile.has(Need::second_user));
}

TEST(Credentials, come_from_the_environment) {
  auto profile = std::get<Profile>(parse_profile(
      R"({"agent":"a","modules":{"quick":{"cmd":"q"}},"credentials":[{"env":"GOOD"},{"env":"NONE"},{"env":"BAD"}]})"));
  const auto problems = resolve_credentials(profile, [](const std::string& name) -> std::optional<std::string> {
    return name == "GOOD"  ? std::optional<std::string>{"u:p"}
           : name == "BAD" ? std::optional<std::string>{"nonsense!"}
                           : std::nullopt;
  });
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].pointer, "/credentials/1/env");
  EXPECT_THAT(problems[0].message, HasSubstr("NONE is not set"));
  EXPECT_EQ(problems[1].pointer, "/credentials/2/env");
  EXPECT_THAT(problems[1].message, HasSubstr("BAD holds no credential"));
  EXPECT_THAT(problems[1].message, ::testing::Not(HasSubstr("nonsense!")));
  EXPECT_EQ(profile.credentials[0].credential, "u:p");
}

}  // namespace
}  // namespace procedura::conformance
