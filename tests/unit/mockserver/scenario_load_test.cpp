#include "scenario/load.hpp"
#include "scenario/reader.hpp"
#include "scenario/suggest.hpp"
#include "scenario_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Load, TellsTenMistakesEachWithItsPlace) {
  const std::string text = R"({
  "version": 2,
  "sed": 42,
  "auth": { "tokens": [ { "token": "t", "user": "admin@procedura.org" } ], "users": { "admim@procedura.org": "x" } },
  "stubs": [
    { "name": "a", "match": { "cmd": "upload", "mode": "asink" },
      "reply": [ { "delay": 20 }, { "finished": "${opt.}" }, "ack" ] },
    { "name": "a", "match": { "cmd": { "matches": "(" } },
      "reply": [ { "dely": "20ms" }, { "finished": null } ] }
  ],
  "expect": [ { "name": "e", "request": { "cmd": "upload" }, "count": -1 } ]
})";
  const LoadedScenario loaded = testing::load({text});
  EXPECT_EQ(loaded.scenario, nullptr);
  EXPECT_THAT(
      testing::messages(loaded),
      ElementsAre(
          "a.json:2:14: /version: expected 1, the only version of the format so far, found 2",
          "a.json:3:3: /sed: unknown key \"sed\", expected one of $schema, version, name, seed, auth, args_style, target, "
          "stubs, unmatched, faults, stall, limits, expect; did you mean \"seed\"?",
          "a.json:4:49: /auth/tokens/0/user: unknown user \"admin@procedura.org\", not among auth.users; did you mean "
          "\"admim@procedura.org\"?",
          "a.json:6:56: /stubs/0/match/mode: expected \"sync\" or \"async\", found the string \"asink\"; did you mean "
          "\"async\"?",
          "a.json:7:29: /stubs/0/reply/0/delay: expected a duration from 0s to 1d, found 20 without a unit; did you mean "
          "\"20ms\"?",
          "a.json:7:49: /stubs/0/reply/1/finished: in \"${opt.}\": expected a name",
          "a.json:7:62: /stubs/0/reply/2: expected no step but a fault, close or set after finished or error, which "
          "end the reply",
          "a.json:8:5: /stubs/1: duplicate name \"a\", first in line 6",
          "a.json:8:51: /stubs/1/match/cmd/matches: expected a regular expression (RE2), found \"(\": missing ): (",
          "a.json:9:20: /stubs/1/reply/0: expected a step, one of \"accept\", \"ack\", \"started\", \"running\", \"finished\", "
          "\"error\", \"send\", \"raw\", \"broadcast\", \"delay\", \"repeat\", \"set\", \"await\", \"close\" or \"fault\", "
          "found "
          "\"dely\"; did you mean \"delay\"?",
          "a.json:11:71: /expect/0/count: expected a whole number from 0, found -1"));
}

TEST(Load, TakesEverySetting) {
  const auto scenario = testing::loaded_well({R"({
    "$schema": "x", "version": 1, "name": "all", "seed": 18446744073709551615,
    "auth": {
      "required": true,
      "users": { "mira": "secret123", "tom": "" },
      "tokens": [ { "token": "ci", "user": "mira", "device": "ci", "ttl": "1h" }, { "token": "b64==", "user": "tom" } ],
      "accept": ["bearer"], "echo": "never", "refuse": "http-403", "replace": "close-4001" },
    "args_style": "module-first", "target": "job_id", "unmatched": "fail" })"});
  const Settings& settings = scenario->settings;
  EXPECT_EQ(settings.name, "all");
  EXPECT_EQ(settings.seed, 18446744073709551615U);
  EXPECT_TRUE(settings.auth.required);
  ASSERT_EQ(settings.auth.users.size(), 2U);
  EXPECT_EQ(settings.auth.users[0].name, "mira");
  EXPECT_EQ(settings.auth.users[0].password, "secret123");
  ASSERT_EQ(settings.auth.tokens.size(), 2U);
  EXPECT_EQ(settings.auth.tokens[0].ttl, std::chrono::hours{1});
  EXPECT_EQ(settings.auth.tokens[0].device, "ci");
  EXPECT_EQ(settings.auth.tokens[1].ttl, std::nullopt);
  EXPECT_EQ(settings.auth.tokens[1].device, std::nullopt);
  EXPECT_FALSE(settings.auth.accept_subprotocol);
  EXPECT_TRUE(settings.auth.accept_bearer);
  EXPECT_EQ(settings.auth.echo.kind, Echo::Kind::never);
  EXPECT_EQ(settings.auth.refuse.kind, Refusal::Kind::http);
  EXPECT_EQ(settings.auth.refuse.http_status, 403);
  EXPECT_TRUE(settings.auth.replace_closes);
  EXPECT_EQ(settings.args_style, ArgsRule::module_first);
  EXPECT_FALSE(settings.target.id);
  EXPECT_TRUE(settings.target.job_id);
  EXPECT_EQ(settings.unmatched, Unmatched::fail);
  EXPECT_THAT(scenario->secrets, ElementsAre("", "b64==", "ci", "secret123"));
}

TEST(Load, HasDefaultsForEverySetting) {
  const Settings settings = testing::loaded_well({"{}"})->settings;
  EXPECT_EQ(settings.seed, 0U);
  EXPECT_FALSE(settings.auth.required);
  EXPECT_TRUE(settings.auth.accept_subprotocol && settings.auth.accept_bearer);
  EXPECT_EQ(settings.auth.echo.kind, Echo::Kind::offered);
  EXPECT_EQ(settings.auth.refuse.kind, Refusal::Kind::error);
  EXPECT_FALSE(settings.auth.replace_closes);
  EXPECT_EQ(settings.args_style, ArgsRule::automatic);
  EXPECT_TRUE(settings.target.id && settings.target.job_id);
  EXPECT_EQ(settings.unmatched, Unmatched::error);
}

TEST(Load, ReadsEveryWordOfEchoRefuseAndTheOthers) {
  const auto settings = [](const std::string& members) { return testing::loaded_well({"{" + members + "}"})->settings; };
  EXPECT_EQ(settings(R"("auth": {"echo": "offered"})").auth.echo.kind, Echo::Kind::offered);
  EXPECT_EQ(settings(R"("auth": {"echo": "chat.v2"})").auth.echo.value, "chat.v2");
  EXPECT_EQ(settings(R"("auth": {"refuse": "error"})").auth.refuse.kind, Refusal::Kind::error);
  EXPECT_EQ(settings(R"("auth": {"refuse": "stall"})").auth.refuse.kind, Refusal::Kind::stall);
  EXPECT_EQ(settings(R"("auth": {"refuse": "close-4401"})").auth.refuse.kind, Refusal::Kind::close);
  EXPECT_EQ(settings(R"("auth": {"refuse": "http-599"})").auth.refuse.http_status, 599);
  EXPECT_FALSE(settings(R"("auth": {"replace": "keep"})").auth.replace_closes);
  EXPECT_FALSE(settings(R"("auth": {"accept": []})").auth.accept_bearer);
  EXPECT_TRUE(settings(R"("auth": {"accept": ["subprotocol"]})").auth.accept_subprotocol);
  EXPECT_EQ(settings(R"("args_style": "bare")").args_style, ArgsRule::bare);
  EXPECT_EQ(settings(R"("args_style": "auto")").args_style, ArgsRule::automatic);
  EXPECT_FALSE(settings(R"("target": "id")").target.job_id);
  EXPECT_TRUE(settings(R"("target": "both")").target.job_id);
  EXPECT_EQ(settings(R"("unmatched": "ignore")").unmatched, Unmatched::ignore);
}

struct Row {
  std::string text;
  std::string message;
};

TEST(Load, RefusesBadSettings) {
  const std::vector<Row> rows = {
      {R"("version": "1")", "/version: expected 1, the only version of the format so far, found the string \"1\""},
      {R"("$schema": 1)", "/$schema: expected the address of the schema, found 1"},
      {R"("name": "")", "/name: expected the name of the scenario, found an empty string"},
      {R"("name": null)", "/name: expected the name of the scenario, found null"},
      {R"("seed": -1)", "/seed: expected a whole number from 0, found -1"},
      {R"("seed": 1.5)", "/seed: expected a whole number from 0, found 1.5"},
      {R"("seed": "1")", "/seed: expected a whole number from 0, found the string \"1\""},
      {R"("seed": 18446744073709551616)", "/seed: expected a whole number from 0, found 18446744073709551616"},
      {R"("args_style": "module_first")",
       "/args_style: expected \"auto\", \"module-first\" or \"bare\", found the string \"module_first\"; did you mean "
       "\"module-first\"?"},
      {R"("target": "job")", "/target: expected \"id\", \"job_id\" or \"both\", found the string \"job\""},
      {R"("target": [])", "/target: expected \"id\", \"job_id\" or \"both\", found an empty array"},
      {R"("unmatched": true)", "/unmatched: expected \"error\", \"ignore\" or \"fail\", found true"},
      {R"("auth": [1])", "/auth: expected an object, found an array"},
      {R"("auth": {"require": true})",
       "/auth/require: unknown key \"require\", expected one of required, users, tokens, accept, echo, refuse, replace, break; "
       "did "
       "you mean \"required\"?"},
      {R"("auth": {"required": "yes"})", "/auth/required: expected true or false, found the string \"yes\""},
      {R"("auth": {"users": ["a"]})", "/auth/users: expected an object of passwords by user, found an array"},
      {R"("auth": {"users": {"": "x"}})",
       "/auth/users: expected the name of a user, which cannot be empty or have \":\" in it"},
      {R"("auth": {"users": {"a:b": "x"}})",
       "/auth/users: expected the name of a user, which cannot be empty or have \":\" in it"},
      {R"("auth": {"users": {"a": 5}})", "/auth/users/a: expected a password as a string, found a number"},
      {R"("auth": {"users": {"a": true}})", "/auth/users/a: expected a password as a string, found a boolean"},
      {R"("auth": {"users": {"a": {}}})", "/auth/users/a: expected a password as a string, found an empty object"},
      {R"("auth": {"tokens": {}})", "/auth/tokens: expected an array of tokens, found an empty object"},
      {R"("auth": {"tokens": ["t"]})", "/auth/tokens/0: expected an object, a token, found a string"},
      {R"("auth": {"users": {"a": "p"}, "tokens": [{"user": "a"}]})", "/auth/tokens/0: expected a key \"token\", found none"},
      {R"("auth": {"tokens": [{"token": "t"}]})", "/auth/tokens/0: expected a key \"user\", found none"},
      {R"("auth": {"tokens": [{"token": "t", "user": ""}]})",
       "/auth/tokens/0/user: expected the name of a user, found an empty string"},
      {R"("auth": {"tokens": [{"token": "t", "user": "a"}]})", "/auth/tokens/0/user: unknown user \"a\", not among auth.users"},
      {R"("auth": {"users": {"a": "p"}, "tokens": [{"token": "a b", "user": "a"}]})",
       "/auth/tokens/0/token: expected a token: a string of visible ASCII characters, which a header can carry"},
      {R"("auth": {"users": {"a": "p"}, "tokens": [{"token": 1, "user": "a"}]})", "/auth/tokens/0/token: expected a token"},
      {R"("auth": {"users": {"a": "p"}, "tokens": [{"token": "t", "user": "a"}, {"token": "t", "user": "a"}]})",
       "/auth/tokens/1: expected a token of its own"},
      {R"("auth": {"users": {"a": "p"}, "tokens": [{"token": "t", "user": "a", "device": ""}]})",
       "/auth/tokens/0/device: expected a device key, found an empty string"},
      {R"("auth": {"users": {"a": "p"}, "tokens": [{"token": "t", "user": "a", "ttl": "0s"}]})",
       "/auth/tokens/0/ttl: expected a duration from 1s to 365d such as \"20ms\" (units: ns, us, ms, s, m, h, d), found the "
       "string \"0s\""},
      {R"("auth": {"users": {"a": "p"}, "tokens": [{"token": "t", "user": "a", "ttl": "366d"}]})",
       "/auth/tokens/0/ttl: expected a duration from 1s to 365d"},
      {R"("auth": {"accept": "bearer"})",
       "/auth/accept: expected an array of \"subprotocol\" and \"bearer\", found the string \"bearer\""},
      {R"("auth": {"accept": ["baerer"]})",
       "/auth/accept/0: expected \"subprotocol\" or \"bearer\", found the string \"baerer\"; did you mean \"bearer\"?"},
      {R"("auth": {"echo": "a b"})",
       "/auth/echo: expected \"offered\", \"never\" or another subprotocol (letters, digits and !#$%&'*+-.^_`|~), found the "
       "string \"a b\""},
      {R"("auth": {"echo": 1})", "/auth/echo: expected \"offered\""},
      {R"("auth": {"refuse": "http-200"})",
       "/auth/refuse: expected \"error\", \"http-400\" to \"http-599\", \"close-4401\" or \"stall\", found the string "
       "\"http-200\""},
      {R"("auth": {"refuse": "http-4x1"})", "/auth/refuse: expected"},
      {R"("auth": {"refuse": "close-4400"})", "found the string \"close-4400\"; did you mean \"close-4401\"?"},
      {R"("auth": {"refuse": 401})",
       "/auth/refuse: expected \"error\", \"http-400\" to \"http-599\", \"close-4401\" or \"stall\", found 401"},
      {R"("auth": {"replace": "close"})", "/auth/replace: expected \"keep\" or \"close-4001\", found the string \"close\""},
      {R"("stubs": {})", "/stubs: expected an array of stubs, found an empty object"},
      {R"("stubs": [1])", "/stubs/0: expected an object, a stub, found 1"},
      {R"("stubs": [{"match": {}, "reply": [{"finished": 1}]}])", "/stubs/0: expected a key \"name\", found none"},
      {R"("stubs": [{"name": "s", "reply": [{"finished": 1}]}])", "/stubs/0: expected a key \"match\", found none"},
      {R"("stubs": [{"name": "s", "match": {}}])", "/stubs/0: expected one of \"reply\" and \"sequence\", found none"},
      {R"("stubs": [{"name": "s", "match": {}, "reply": [{"finished": 1}], "sequence": []}])",
       "/stubs/0: expected one of \"reply\" and \"sequence\", found both"},
      {R"("stubs": [{"name": "s", "match": {}, "reply": [{"finished": 1}], "replies": []}])",
       "/stubs/0/replies: unknown key \"replies\", expected one of name, priority, match, target, accept, detached, reply, "
       "sequence"},
      {R"("stubs": [{"name": "s", "match": {}, "sequence": []}])",
       "/stubs/0/sequence: expected at least one reply, found an empty array"},
      {R"("stubs": [{"name": "s", "match": {}, "sequence": [{"finished": 1}]}])",
       "/stubs/0/sequence/0: expected an array of steps, found an object"},
      {R"("stubs": [{"name": "s", "match": {}, "sequence": [["accept", {"finished": 1}], [{"finished": 1}, "ack"]]}])",
       "/stubs/0/sequence/1/1: expected no step but a fault, close or set after finished or error"},
      {R"("stubs": [{"name": "s", "match": {}, "detached": "yes", "reply": [{"finished": 1}]}])",
       "/stubs/0/detached: expected true or false, found the string \"yes\""},
      {R"("stubs": [{"name": "s", "match": {}, "reply": [{"finished": 1}], "priority": 1.5}])",
       "/stubs/0/priority: expected a whole number, found 1.5"},
      {R"("stubs": [{"name": "s", "match": {}, "reply": [{"finished": 1}], "priority": 1e9}])",
       "/stubs/0/priority: expected a number from -1000000 to 1000000, found 1e9"},
      {R"("stubs": [{"name": "s", "match": {}, "reply": [{"finished": 1}], "accept": 0}])",
       "/stubs/0/accept: expected true or false, found 0"},
      {R"("expect": 1)", "/expect: expected an array of expectations, found 1"},
      {R"("expect": [null])", "/expect/0: expected an object, an expectation, found null"},
      {R"("expect": [{"close": {"code": 1000}}])", "/expect/0: expected a key \"name\", found none"},
      {R"("expect": [{"name": "e"}])",
       "/expect/0: expected exactly one of \"request\" (with \"count\"), \"order\", \"never\", \"close\" or "
       "\"unique_ids\""},
      {R"("expect": [{"name": "e", "request": {}, "close": {"code": 1000}}])",
       "/expect/0: expected exactly one of \"request\""},
      {R"("expect": [{"name": "e", "close": {"code": 1000}, "count": 1}])",
       "/expect/0/count: expected \"count\" only beside \"request\""},
      {R"("expect": [{"name": "e", "close": {}}])", "/expect/0/close: expected a key \"code\", found none"},
      {R"("expect": [{"name": "e", "close": 1000}])", "/expect/0/close: expected an object, found 1000"},
      {R"("expect": [{"name": "e", "close": {"code": 999}}])",
       "/expect/0/close/code: expected a whole number from 1000 to 4999, found 999"},
      {R"("expect": [{"name": "e", "order": {}}])", "/expect/0/order: expected an array of requests, found an empty object"},
      {R"("expect": [{"name": "e", "order": [{"cmd": "a"}]}])",
       "/expect/0/order: expected at least two requests, of which one comes before the other"},
      {R"("expect": [{"name": "e", "request": {}, "count": "1"}])",
       "/expect/0/count: expected a whole number from 0, found the string \"1\""},
      {R"("expect": [{"name": "e", "request": {}, "count": {}}])",
       "/expect/0/count: expected atLeast, atMost or both, found an empty object"},
      {R"("expect": [{"name": "e", "request": {}, "count": {"atLeast": 2, "atMost": 1}}])",
       "/expect/0/count: expected atLeast to be no more than atMost: it could never be met"},
      {R"("expect": [{"name": "e", "request": {}}, {"name": "e", "request": {}}])",
       "/expect/1: duplicate name \"e\", first in line 1"},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded = testing::load({"{" + row.text + "}"});
    EXPECT_EQ(loaded.scenario, nullptr) << row.text;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.text;
  }
}

TEST(Load, NeverShowsASecret) {
  const LoadedScenario loaded = testing::load({R"({"auth": {"users": {"a": ["hunter2"], "b": 271828}, "tokens": [
    {"token": "tok en-31415", "user": "nobody"}, {"token": ["tok-16180"], "user": "nobody"}]}})"});
  EXPECT_EQ(loaded.scenario, nullptr);
  for (const std::string& message : testing::messages(loaded)) {
    for (const std::string secret : {"hunter2", "271828", "31415", "16180"}) EXPECT_EQ(message.find(secret), std::string::npos);
  }
  for (const std::string auth : {R"("tok-31415")", R"({"users": "tok-31415"})", R"({"users": {"admin:tok-31415": ""}})",
                                 R"({"tokens": "tok-31415"})", R"({"tokens": ["tok-31415"]})"}) {
    const auto messages = testing::messages(testing::load({R"({"auth": )" + auth + "}"}));
    ASSERT_EQ(messages.size(), 1U) << auth;
    EXPECT_EQ(messages.front().find("31415"), std::string::npos) << messages.front();
  }
}

TEST(Load, MessagesAreSafeOnATerminal) {
  const LoadedScenario loaded = testing::load({R"({"na\u001b[31mme\n": 1, "x\u202ey": 2})"});
  for (const std::string& message : testing::messages(loaded)) {
    EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_EQ(message.find("\u202e"), std::string::npos) << message;
  }
  EXPECT_EQ(loaded.problems.size(), 2U);
}

TEST(Load, ListsProblemsUpToABound) {
  std::string text = "{";
  for (int i = 0; i < 50; ++i) text += (i > 0 ? "," : "") + ("\"key" + std::to_string(i) + "\": 1");
  const auto messages = testing::messages(testing::load({text + "}"}, {.max_problems = 10}));
  ASSERT_EQ(messages.size(), 11U);
  EXPECT_EQ(messages.back(), "a.json: and 40 more problems");
}

TEST(Load, ReadsExpectations) {
  const auto scenario = testing::loaded_well({R"({"expect": [
    { "name": "once", "request": { "cmd": "a" }, "count": 1 },
    { "name": "some", "request": { "cmd": "a" } },
    { "name": "range", "request": { "cmd": "a" }, "count": { "atLeast": 2, "atMost": 3 } },
    { "name": "few", "request": { "cmd": "a" }, "count": { "atMost": 3 } },
    { "name": "many", "request": { "cmd": "a" }, "count": { "atLeast": 2 } },
    { "name": "never", "request": { "cmd": "a" }, "count": 0 },
    { "name": "order", "order": [ { "cmd": "a" }, { "mode": "sync" } ] },
    { "name": "goodbye", "close": { "code": 1001 } } ]})"});
  const auto count = [&](std::size_t i) {
    const auto& rule = std::get<expectation::Count>(scenario->expectations.at(i).rule);
    return std::to_string(rule.at_least) + ".." + (rule.at_most ? std::to_string(*rule.at_most) : "");
  };
  ASSERT_EQ(scenario->expectations.size(), 8U);
  EXPECT_EQ(count(0), "1..1");
  EXPECT_EQ(count(1), "1..");
  EXPECT_EQ(count(2), "2..3");
  EXPECT_EQ(count(3), "0..3");
  EXPECT_EQ(count(4), "2..");
  EXPECT_EQ(count(5), "0..0");
  EXPECT_EQ(std::get<expectation::Order>(scenario->expectations[6].rule).requests.size(), 2U);
  EXPECT_EQ(std::get<expectation::Close>(scenario->expectations[7].rule).code, 1001);
  EXPECT_EQ(scenario->where(scenario->expectations[7].place), "a.json:9:5");
  EXPECT_EQ(scenario->where({0, 0, 0}), "a.json");
  EXPECT_EQ(scenario->where({9, 1, 1}), "scenario:1:1");
}

TEST(Load, MergesFilesByName) {
  const auto stub = [](const std::string& name, const std::string& result) {
    return R"({"name": ")" + name + R"(", "match": {"cmd": ")" + name + R"("}, "reply": [{"finished": )" + result + "}]}";
  };
  const auto scenario = testing::loaded_well({
      R"({"name": "one", "seed": 1, "auth": {"users": {"a": "p"}, "required": true}, "stubs": [)" + stub("x", "1") + "," +
          stub("y", "1") + R"(], "expect": [{"name": "e", "request": {}}]})",
      R"({"seed": 2, "auth": {"echo": "never"}, "stubs": [)" + stub("z", "2") + "," + stub("y", "2") + "," + stub("w", "2") +
          R"(], "expect": [{"name": "f", "request": {}}, {"name": "e", "request": {}, "count": 0}]})",
  });
  EXPECT_EQ(scenario->settings.name, "one");
  EXPECT_EQ(scenario->settings.seed, 2U);
  EXPECT_TRUE(scenario->settings.auth.required);
  EXPECT_EQ(scenario->settings.auth.echo.kind, Echo::Kind::never);
  EXPECT_EQ(scenario->settings.auth.users.size(), 1U);
  std::vector<std::string> order;
  for (const Stub& each : scenario->stubs) {
    order.push_back(each.name +
                    std::string{*std::get<step::Finished>(each.replies.front().back().action).result.constant_json()} + "@" +
                    std::to_string(each.place.file));
  }
  EXPECT_THAT(order, ElementsAre("z2@1", "w2@1", "x1@0", "y2@1"));  // y in its old place, the new ones before all
  ASSERT_EQ(scenario->expectations.size(), 2U);
  EXPECT_EQ(scenario->expectations[0].name, "f");
  EXPECT_EQ(std::get<expectation::Count>(scenario->expectations[1].rule).at_most, 0U);
}

TEST(Load, ReportsTheProblemsOfAllFilesInTheirOrder) {
  const LoadedScenario loaded = testing::load({R"({"sed": 1})", "{", R"({"stubs": [1], "seed": -1})"});
  EXPECT_THAT(testing::messages(loaded), ElementsAre(StartsWith("a.json:1:2: /sed"), StartsWith("b.json:1:2: not JSON"),
                                                     StartsWith("c.json:1:12: /stubs/0"), StartsWith("c.json:1:24: /seed")));
}

TEST(Load, WarnsOfWhatIsLegalButHardlyMeant) {
  const std::vector<Row> rows = {
      {R"({"auth": {"required": true}})",
       "a.json:1:23: /auth/required: warning: there are no users and no tokens: nobody can ever log in"},
      {testing::with_reply(R"(["accept"])"),
       "/stubs/0/reply: warning: this reply has no finished or error: its request stays live until the connection ends"},
      {testing::with_reply("[]"), "/stubs/0/reply: warning: this reply has no finished or error"},
      {testing::with_reply(R"([{"finished": "${env:NOPE}"}])"),
       "/stubs/0/reply/0/finished: warning: the environment has no NOPE: set it, or give a default with ??"},
      {testing::with_reply(R"([{"finished": {"x${i}": 1}}])"),
       "/stubs/0/reply/0/finished/x${i}: warning: placeholders in keys are not filled in"},
      {testing::with_match(R"({"user": "mira"})"), "/stubs/0/match/user: warning: unknown user \"mira\", not among auth.users"},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded = testing::load({row.text});
    EXPECT_NE(loaded.scenario, nullptr) << row.text;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.text;
  }
}

TEST(Load, ReadsTheEnvironmentOnceAndKnowsItForASecret) {
  const LoadOptions options{
      .environment = [](std::string_view name) { return std::optional{"value of " + std::string{name}}; }};
  const auto scenario =
      testing::loaded_well({testing::with_reply(R"([{"finished": ["${env:A}", "${env:B ?? 1}"]}])")}, options);
  EXPECT_THAT(scenario->secrets, ElementsAre("value of A", "value of B"));
}

TEST(Durations, AreReadAndShown) {
  using std::chrono::milliseconds;
  EXPECT_EQ(parse_duration("20ms"), milliseconds{20});
  EXPECT_EQ(parse_duration("1.5s"), milliseconds{1500});
  EXPECT_EQ(parse_duration("2m"), milliseconds{120'000});
  EXPECT_EQ(parse_duration("1h"), milliseconds{3'600'000});
  EXPECT_EQ(parse_duration("1d"), milliseconds{86'400'000});
  EXPECT_EQ(parse_duration("7us"), std::chrono::microseconds{7});
  EXPECT_EQ(parse_duration("7ns"), Duration{7});
  EXPECT_EQ(parse_duration("0s"), Duration{0});
  for (const std::string bad : {"", "20", "ms", "-1s", "1 s", "1S", "1e3s", "1s2", ".5s", "1.2.3s", "99999999999d", "1min"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(show_duration(milliseconds{1500}), "1500ms");
  EXPECT_EQ(show_duration(milliseconds{86'400'000}), "1d");
  EXPECT_EQ(show_duration(Duration{}), "0s");
}

TEST(Suggestions, AreForSlipsOnly) {
  const std::vector<std::string_view> names = {"match", "mode", "reply"};
  EXPECT_EQ(did_you_mean("mdoe", names), "; did you mean \"mode\"?");
  EXPECT_EQ(did_you_mean("Match", names), "; did you mean \"match\"?");
  EXPECT_EQ(did_you_mean("mtach", names), "; did you mean \"match\"?");
  EXPECT_EQ(did_you_mean("zebra", names), "");
  EXPECT_EQ(did_you_mean("", names), "");
  EXPECT_EQ(did_you_mean(std::string(100'000, 'x'), names), "");
}

TEST(Quoting, CutsBetweenCharacters) {
  EXPECT_EQ(quote(std::string(59, 'x') + "é" + "y"), "\"" + std::string(59, 'x') + "…\"");
  EXPECT_EQ(quote("short"), "\"short\"");
}

}  // namespace
}  // namespace procedura::mock
