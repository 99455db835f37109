#include "scenario/checks.hpp"
#include "scenario/stub_index.hpp"
#include "scenario_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using protocol::Mode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Match match_of(const std::string& json) {
  // An expectation's match is read by the same code, and is not looked at for unknown users.
  const auto scenario = testing::loaded_well({R"({"expect": [{"name": "e", "request": )" + json + "}]}"});
  return scenario->expectations.empty() ? Match{} : std::get<expectation::Count>(scenario->expectations[0].rule).request;
}

ReceivedRequest request(std::vector<std::string> args, Mode mode = Mode::sync, Sender sender = {}) {
  return receive("id-1", "upload", mode, std::move(args), std::move(sender));
}

struct Row {
  std::string match;
  std::vector<std::string> args;
  bool met;
};

TEST(Match, LooksAtEachFieldInEachWay) {
  const std::vector<Row> rows = {
      {"{}", {}, true},
      {R"({"cmd": "upload"})", {}, true},
      {R"({"cmd": "Upload"})", {}, false},
      {R"({"cmd": {"oneOf": ["download", "upload"]}})", {}, true},
      {R"({"cmd": {"oneOf": ["download"]}})", {}, false},
      {R"({"cmd": {"matches": "^up"}})", {}, true},
      {R"({"cmd": {"matches": "^load"}})", {}, false},
      {R"({"cmd": {"contains": "loa"}})", {}, true},
      {R"({"cmd": {"contains": "x"}})", {}, false},
      {R"({"cmd": {"equal": "upload"}})", {}, true},
      {R"({"cmd": {"matches": "^up", "contains": "x"}})", {}, false},  // all must hold
      {R"({"mode": "sync"})", {}, true},
      {R"({"mode": "async"})", {}, false},
      {R"({"args": ["a", "b"]})", {"a", "b"}, true},
      {R"({"args": ["a", "b"]})", {"a", "--n", "1", "b"}, true},  // options are not positional
      {R"({"args": ["a"]})", {"a", "b"}, false},
      {R"({"args": ["a", "b"]})", {"a"}, false},
      {R"({"args": []})", {}, true},
      {R"({"args": []})", {"a"}, false},
      {R"({"args": {"1": "b"}})", {"a", "b", "c"}, true},
      {R"({"args": {"1": "b"}})", {"a"}, false},
      {R"({"args": {"1": {"absent": true}}})", {"a"}, true},
      {R"({"args": {"1": {"absent": true}}})", {"a", "b"}, false},
      {R"({"args": [4]})", {"4.0"}, true},
      {R"({"args": [4]})", {"four"}, false},
      {R"({"args": ["4"]})", {"4.0"}, false},
      {R"({"raw_args": ["--n", "1"]})", {"--n", "1"}, true},
      {R"({"raw_args": {"0": {"matches": "^--"}}})", {"--n"}, true},
      {R"({"raw_args": {"0": {"matches": "^--"}}})", {"n"}, false},
      {R"({"options": {"n": 4}})", {"--n", "4"}, true},
      {R"({"options": {"n": 4}})", {"--n=4.0"}, true},
      {R"({"options": {"n": 4}})", {"--n=5"}, false},
      {R"({"options": {"n": 4}})", {"--n"}, false},
      {R"({"options": {"n": 4}})", {}, false},
      {R"({"options": {"n": "4"}})", {"--n=4"}, true},
      {R"({"options": {"n": "4"}})", {"--n=4.0"}, false},
      {R"({"options": {"n": 4}})", {"--n=3", "--n=4"}, true},  // the last one counts
      {R"({"options": {"dry-run": true}})", {"--dry-run"}, true},
      {R"({"options": {"dry-run": true}})", {"--dry-run=yes"}, false},
      {R"({"options": {"dry-run": true}})", {}, false},
      {R"({"options": {"n": {"absent": true}}})", {}, true},
      {R"({"options": {"n": {"absent": true}}})", {"--n"}, false},
      {R"({"options": {"n": {"absent": false}}})", {"--n"}, true},
      {R"({"options": {"n": {"absent": false}}})", {}, false},
      {R"({"options": {"n": {"absent": false, "atLeast": 2}}})", {"--n=1"}, false},
      {R"({"options": {"n": {"atLeast": 2}}})", {"--n=2"}, true},
      {R"({"options": {"n": {"atLeast": 2}}})", {"--n=1.9"}, false},
      {R"({"options": {"n": {"atLeast": -1e3, "atMost": 2.5}}})", {"--n=2.5"}, true},
      {R"({"options": {"n": {"atMost": 2.5}}})", {"--n=2.6"}, false},
      {R"({"options": {"n": {"atMost": 2.5}}})", {"--n=few"}, false},
      {R"({"options": {"n": {"atMost": 2.5}}})", {"--n"}, false},
      {R"({"options": {"n": {"oneOf": [1, "two", true]}}})", {"--n=1.0"}, true},
      {R"({"options": {"n": {"oneOf": [1, "two", true]}}})", {"--n=two"}, true},
      {R"({"options": {"n": {"oneOf": [1, "two", true]}}})", {"--n"}, true},
      {R"({"options": {"n": {"oneOf": [1, "two", true]}}})", {"--n=3"}, false},
      {R"({"options": {"n": {"contains": "x"}}})", {"--n"}, false},
      {R"({"options": {"n": {"matches": "."}}})", {"--n"}, false},
      {R"({"user": "mira", "device": {"matches": "^c"}, "connection": 3})", {}, true},
      {R"({"user": "tom"})", {}, false},
      {R"({"device": "x"})", {}, false},
      {R"({"connection": {"atMost": 2}})", {}, false},
  };
  for (const Row& row : rows) {
    const ReceivedRequest received = request(row.args, Mode::sync, {"mira", "cli", 3});
    const Match match = match_of(row.match);
    EXPECT_EQ(matches(match, received), row.met) << row.match << ::testing::PrintToString(row.args);
    bool all = true;
    for (const FieldReport& field : explain(match, received)) all = all && field.met;
    EXPECT_EQ(all, row.met) << row.match;
  }
}

TEST(Match, ANobodyHasNoUser) {
  EXPECT_FALSE(matches(match_of(R"({"user": "mira"})"), request({})));
  EXPECT_TRUE(matches(match_of(R"({"user": {"absent": true}, "device": {"absent": true}})"), request({})));
}

TEST(Match, NeverRunsAPatternOnAHugeText) {
  const Match match = match_of(R"({"args": [{"matches": "x"}]})");
  EXPECT_TRUE(matches(match, request({std::string(64 * 1024, 'x')})));
  EXPECT_FALSE(matches(match, request({std::string(64 * 1024 + 1, 'x')})));
}

TEST(Match, ExplainsFieldByField) {
  const Match match = match_of(
      R"({"cmd": "upload", "mode": "async", "args": ["a", "b"], "options": {"n": {"atLeast": 2}, "f": true, "g": 1}, "user": "mira", "connection": 2})");
  std::vector<std::string> lines;
  for (const FieldReport& field : explain(match, request({"a", "--n=1", "--g"}))) {
    lines.push_back((field.met ? "" : "* ") + field.field + ": " + field.expected + " / " + field.found);
  }
  EXPECT_THAT(lines, ElementsAre(R"(cmd: "upload" / "upload")", R"(* mode: "async" / "sync")", "* args: 2 of them / 1",
                                 R"(args[0]: "a" / "a")", R"(* args[1]: "b" / missing)", "* options.f: true / missing",
                                 "* options.g: 1 / a flag", R"(* options.n: {"atLeast":2} / "1")",
                                 R"(* user: "mira" / missing)", R"(* connection: 2 / "1")"));
}

struct BadRow {
  std::string match;
  std::string message;
};

TEST(Match, RefusesBadConditions) {
  const std::vector<BadRow> rows = {
      {"[]", "/stubs/0/match: expected an object of conditions, found an empty array"},
      {R"({"cdm": "a"})",
       "/stubs/0/match/cdm: unknown key \"cdm\", expected one of cmd, mode, args, raw_args, options, user, device, connection; "
       "did you mean \"cmd\"?"},
      {R"({"cmd": 1})", "/stubs/0/match/cmd: expected a string or an object of conditions, found 1"},
      {R"({"cmd": true})", "/stubs/0/match/cmd: expected a string or an object of conditions, found true"},
      {R"({"connection": "1"})",
       "/stubs/0/match/connection: expected a number or an object of conditions, found the string \"1\""},
      {R"({"args": [true]})", "/stubs/0/match/args/0: expected a string or a number or an object of conditions, found true"},
      {R"({"args": "a"})",
       "/stubs/0/match/args: expected an array (the whole list) or an object of conditions by place, such as {\"0\": \"x\"}, "
       "found the string \"a\""},
      {R"({"args": {"first": "a"}})", "/stubs/0/match/args/first: expected the number of an argument, from 0, found \"first\""},
      {R"({"args": {"-1": "a"}})", "expected the number of an argument, from 0, found \"-1\""},
      {R"({"options": ["n"]})",
       "/stubs/0/match/options: expected an object of conditions by option, such as {\"n\": 4}, found an array"},
      {R"({"options": {"--n": 4}})",
       "/stubs/0/match/options/--n: expected the name of an option without its dashes, found \"--n\""},
      {R"({"options": {"": 4}})", "expected the name of an option without its dashes, found \"\""},
      {R"({"options": {"n": false}})",
       "/stubs/0/match/options/n: expected a string, a number or true (for a flag) or an object of conditions, found false"},
      {R"({"options": {"n": null}})", "found null"},
      {R"({"options": {"n": {}}})",
       "/stubs/0/match/options/n: expected at least one of equal, matches, contains, oneOf, absent, atLeast, atMost, found an "
       "empty object"},
      {R"({"options": {"n": {"equals": 1, "atMost": 2}}})",
       "/stubs/0/match/options/n/equals: unknown key \"equals\", expected one of equal, matches, contains, oneOf, absent, "
       "atLeast, atMost; did you mean \"equal\"?"},
      {R"({"options": {"n": {"equal": []}}})",
       "/stubs/0/match/options/n/equal: expected a string, a number or true (for a flag), found an empty array"},
      {R"({"options": {"n": {"oneOf": 1}}})", "/stubs/0/match/options/n/oneOf: expected an array of values, found 1"},
      {R"({"options": {"n": {"oneOf": []}}})",
       "/stubs/0/match/options/n/oneOf: expected at least one value, found an empty array: nothing could ever match"},
      {R"({"cmd": {"oneOf": ["a", 1]}})", "/stubs/0/match/cmd/oneOf/1: expected a string, found 1"},
      {R"({"connection": {"oneOf": ["a"]}})", "/stubs/0/match/connection/oneOf/0: expected a number, found the string \"a\""},
      {R"({"options": {"n": {"atLeast": "1"}}})", "/stubs/0/match/options/n/atLeast: expected a number from"},
      {R"({"options": {"n": {"atLeast": 2, "atMost": 1}}})",
       "/stubs/0/match/options/n: expected atLeast to be no more than atMost: nothing could ever match"},
      {R"({"cmd": {"equal": "a", "contains": "b"}})",
       "/stubs/0/match/cmd: expected conditions that one value could meet: nothing could ever match"},
      {R"({"user": {"oneOf": ["a", "b"], "matches": "^c"}})",
       "/stubs/0/match/user: expected conditions that one value could meet: nothing could ever match"},
      {R"({"options": {"n": {"absent": true, "equal": 1}}})",
       "/stubs/0/match/options/n: expected nothing beside \"absent\": true: nothing could ever match"},
      {R"({"options": {"n": {"absent": 1}}})", "/stubs/0/match/options/n/absent: expected true or false, found 1"},
      {R"({"cmd": {"matches": "a(b"}})",
       "/stubs/0/match/cmd/matches: expected a regular expression (RE2), found \"a(b\": missing ): a(b"},
      {R"({"cmd": {"matches": ""}})", "/stubs/0/match/cmd/matches: expected a regular expression (RE2), found an empty string"},
      {R"({"cmd": {"matches": ")" + std::string(5000, 'a') + "\"}}",
       "/stubs/0/match/cmd/matches: expected a regular expression of at most 4096 bytes"},
      {R"({"cmd": {"matches": "((a{1000}){1000}){1000}"}})", "/stubs/0/match/cmd/matches: expected a regular expression (RE2)"},
      {R"({"cmd": {"contains": 1}})", "/stubs/0/match/cmd/contains: expected a part of a text, found 1"},
      {R"({"mode": {"oneOf": ["sync"]}})", "/stubs/0/match/mode: expected \"sync\" or \"async\", found an object"},
  };
  for (const BadRow& row : rows) {
    const LoadedScenario loaded = testing::load({testing::with_match(row.match)});
    EXPECT_EQ(loaded.scenario, nullptr) << row.match;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.match;
  }
}

// ---------------------------------------------------------------------------------------------------------------- the index

std::string scenario_of(const std::vector<std::string>& stubs) {
  std::string text = "{\"stubs\": [";
  for (std::size_t i = 0; i < stubs.size(); ++i) {
    text += (i > 0 ? ",\n" : "\n") + ("{\"name\": \"s" + std::to_string(i)) + "\", \"reply\": [{\"finished\": 1}], " +
            stubs[i] + "}";
  }
  return text + "]}";
}

std::string found(const Scenario& scenario, const std::string& cmd, std::vector<std::string> args = {},
                  Mode mode = Mode::sync) {
  const StubIndex index{scenario.stubs};
  const Stub* stub = index.find(receive("i", cmd, mode, std::move(args)));
  return stub == nullptr ? "none" : stub->name;
}

TEST(StubIndex, TakesTheHighestPriorityThenTheFirst) {
  const auto scenario = testing::loaded_well({scenario_of({
      R"("match": {"cmd": "a", "options": {"n": 1}})",
      R"("match": {"cmd": {"matches": "^a"}, "mode": "async"})",
      R"("match": {"cmd": {"oneOf": ["b", "a", "a"]}, "options": {"n": {"atMost": 9}}})",
      R"("match": {"cmd": "a", "options": {"n": {"atLeast": 5}}}, "priority": 5)",
      R"("match": {}, "priority": -1)",
  })});
  EXPECT_EQ(found(*scenario, "a", {"--n=1"}), "s0");
  EXPECT_EQ(found(*scenario, "a", {"--n=1"}, Mode::async), "s0");
  EXPECT_EQ(found(*scenario, "a", {"--n=2"}, Mode::async), "s1");
  EXPECT_EQ(found(*scenario, "abc", {}, Mode::async), "s1");
  EXPECT_EQ(found(*scenario, "a", {"--n=2"}), "s2");
  EXPECT_EQ(found(*scenario, "b", {"--n=2"}), "s2");
  EXPECT_EQ(found(*scenario, "a", {"--n=7"}), "s3");
  EXPECT_EQ(found(*scenario, "zzz"), "s4");
}

TEST(StubIndex, KnowsCommandsAndTheNearestMiss) {
  const auto scenario = testing::loaded_well({scenario_of({
      R"("match": {"cmd": "upload", "mode": "async", "options": {"n": 4}})",
      R"("match": {"cmd": "upload", "options": {"n": 5}})",
      R"("match": {"cmd": {"matches": "^down"}, "mode": "async"})",
      R"("match": {"mode": "async", "options": {"any": true}})",
  })});
  const StubIndex index{scenario->stubs};
  EXPECT_TRUE(index.knows("upload"));
  EXPECT_TRUE(index.knows("download"));
  EXPECT_FALSE(index.knows("other"));

  const auto miss = index.nearest_miss(receive("i", "upload", Mode::sync, {"--n=4"}));
  ASSERT_TRUE(miss.has_value());
  EXPECT_EQ(to_string(*miss, *scenario), "stub \"s0\" at a.json:2:1: mode: expected \"async\", found \"sync\"");
  EXPECT_EQ(index.nearest_miss(receive("i", "other", Mode::sync, {}))->stub->name, "s3");  // one that takes any command
  const auto download = index.nearest_miss(receive("i", "download", Mode::sync, {"--any"}));
  EXPECT_EQ(download->stub->name, "s2");  // as near as s3, and before it
  EXPECT_FALSE(StubIndex{{}}.nearest_miss(request({})).has_value());
}

TEST(StubIndex, StubsForOtherCommandsCostNothing) {
  std::vector<Stub> stubs(10'000);
  for (std::size_t i = 0; i < stubs.size(); ++i) {
    stubs[i].name = std::to_string(i);
    Condition cmd;
    cmd.equal = "cmd" + std::to_string(i);
    stubs[i].match.cmd = cmd;
  }
  const StubIndex index{stubs};
  EXPECT_EQ(index.find(receive("i", "cmd9999", Mode::sync, {}))->name, "9999");
  EXPECT_EQ(index.find(receive("i", "cmd10000", Mode::sync, {})), nullptr);
  EXPECT_FALSE(index.nearest_miss(receive("i", "cmd10000", Mode::sync, {})));
}

// ---------------------------------------------------------------------------------------------------------------- shadowing

struct Pair {
  std::string first;
  std::string second;
  bool shadowed;
};

TEST(Shadowing, IsToldOnlyWhereItIsCertain) {
  const std::vector<Pair> pairs = {
      {R"({"cmd": "a"})", R"({"cmd": "a"})", true},
      {R"({"cmd": "a"})", R"({"cmd": "b"})", false},
      {R"({})", R"({"cmd": "b"})", true},
      {R"({"cmd": "a"})", R"({})", false},
      {R"({"cmd": "a"})", R"({"cmd": "a", "mode": "sync"})", true},
      {R"({"cmd": "a", "mode": "sync"})", R"({"cmd": "a"})", false},
      {R"({"cmd": "a", "mode": "sync"})", R"({"cmd": "a", "mode": "async"})", false},
      {R"({"cmd": "a", "mode": "sync"})", R"({"cmd": "a", "mode": "sync", "user": {"absent": true}})", true},
      {R"({"cmd": {"matches": "^a"}})", R"({"cmd": "abc"})", true},
      {R"({"cmd": {"matches": "^a"}})", R"({"cmd": {"oneOf": ["abc", "b"]}})", false},
      {R"({"cmd": {"matches": "^a"}})", R"({"cmd": {"oneOf": ["abc", "ab"]}})", true},
      {R"({"cmd": {"matches": "^a"}})", R"({"cmd": {"matches": "^ab"}})", false},  // true, but nothing here can know
      {R"({"cmd": {"matches": "^a"}})", R"({"cmd": {"matches": "^a"}})", true},
      {R"({"cmd": {"oneOf": ["a", "b"]}})", R"({"cmd": "b"})", true},
      {R"({"cmd": {"oneOf": ["a", "b"]}})", R"({"cmd": {"oneOf": ["b", "c"]}})", false},
      {R"({"cmd": "a", "options": {"n": 4}})", R"({"cmd": "a", "options": {"n": 4, "m": 1}})", true},
      {R"({"cmd": "a", "options": {"n": 4}})", R"({"cmd": "a", "options": {"n": 5}})", false},
      {R"({"cmd": "a", "options": {"n": {"atMost": 4}}})", R"({"cmd": "a", "options": {"n": "3"}})", true},
      {R"({"cmd": "a", "options": {"n": {"atMost": 4}}})", R"({"cmd": "a", "options": {"n": 3}})", false},
      {R"({"cmd": "a", "args": ["x"]})", R"({"cmd": "a", "args": ["x"]})", true},
      {R"({"cmd": "a", "args": ["x"]})", R"({"cmd": "a", "args": {"0": "x"}})", false},
      {R"({"cmd": "a", "args": {"0": "x"}})", R"({"cmd": "a", "args": ["x", "y"]})", true},
      {R"({"cmd": "a", "args": {"1": "x"}})", R"({"cmd": "a", "args": ["x"]})", false},
      {R"({"cmd": "a", "args": []})", R"({"cmd": "a", "raw_args": []})", false},
      {R"({"cmd": "a", "connection": 1})", R"({"cmd": "a", "connection": 1, "device": {"absent": true}})", true},
  };
  for (const Pair& pair : pairs) {
    const LoadedScenario loaded = testing::load({scenario_of({"\"match\": " + pair.first, "\"match\": " + pair.second})});
    const auto messages = testing::messages(loaded);
    if (pair.shadowed) {
      EXPECT_THAT(
          messages,
          ElementsAre("a.json:3:1: /stubs/1: stub \"s1\" can never match: stub \"s0\" at a.json:2:1 comes first and takes "
                      "all its requests; move it up, or give it a higher priority"))
          << pair.first << pair.second;
    } else {
      EXPECT_THAT(messages, IsEmpty()) << pair.first << pair.second;
    }
  }
}

TEST(Shadowing, KnowsPrioritiesAndLaterFiles) {
  EXPECT_THAT(
      testing::messages(testing::load({scenario_of({R"("match": {"cmd": "a"})", R"("match": {"cmd": "a"}, "priority": 1)"})})),
      ElementsAre(HasSubstr("a.json:2:1: /stubs/0: stub \"s0\" can never match: stub \"s1\"")));
  const LoadedScenario overlay = testing::load(
      {scenario_of({R"("match": {"cmd": "a"})"}), R"({"stubs": [{"name": "new", "match": {}, "reply": [{"finished": 2}]}]})"});
  EXPECT_NE(overlay.scenario, nullptr);  // a later file may mean to
  EXPECT_THAT(
      testing::messages(overlay),
      ElementsAre("a.json:2:1: /stubs/0: warning: stub \"s0\" can never match: stub \"new\" at b.json:1:12 comes first and "
                  "takes all its requests"));
}

TEST(Shadowing, SaysWhenThereAreTooManyToCompare) {
  std::vector<Stub> stubs(100);
  for (std::size_t i = 0; i < stubs.size(); ++i) {
    Condition cmd;
    cmd.equal = "a";
    cmd.shown = "\"a\"";
    stubs[i].match.cmd = cmd;
    Condition n;
    n.equal = std::to_string(i);
    n.shown = std::to_string(i);
    stubs[i].match.options["n"] = n;
  }
  EXPECT_FALSE(find_shadowed(stubs, 4949).complete);
  EXPECT_TRUE(find_shadowed(stubs, 4950).complete);  // 100 * 99 / 2
  EXPECT_THAT(find_shadowed(stubs).shadowed, IsEmpty());
}

}  // namespace
}  // namespace procedura::mock
