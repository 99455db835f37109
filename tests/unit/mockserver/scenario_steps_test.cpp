#include "scenario_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The steps of a reply that must be good; each step counts from 1, since an accept is put before them.
Steps steps_of(const std::string& steps) {
  const auto scenario = testing::loaded_well({testing::with_reply("[" + steps + ", {\"finished\": 1}]")});
  return scenario->stubs.empty() ? Steps{} : scenario->stubs.front().replies.front();
}

template <typename Action>
Action first(const std::string& step) {
  const Steps steps = steps_of(step);
  const auto* action = steps.size() > 1 ? std::get_if<Action>(&steps[1].action) : nullptr;
  if (action == nullptr) ADD_FAILURE() << step;
  return action == nullptr ? Action{} : *action;
}

std::string render(const Template& value) {
  const ReceivedRequest request = receive("i", "m", protocol::Mode::sync, {"a", "--n=3"});
  std::string out;
  const auto error = value.append_json(out, {.request = request});
  return error ? "!" + error->message : out;
}

TEST(Steps, SendWhatIsWrittenAsTextOrBytes) {
  const auto raw = [](const std::string& value) { return first<step::Raw>("{\"raw\": " + value + "}").payload; };
  EXPECT_EQ(render(std::get<Template>(raw(R"("{not json ${id}")"))), R"("{not json i")");
  EXPECT_EQ(render(std::get<Template>(raw(R"("")"))), R"("")");
  EXPECT_EQ(std::get<std::string>(raw(R"({"base64": "AP8="})")), std::string("\0\xff", 2));
  EXPECT_EQ(std::get<std::string>(raw(R"({"base64": ""})")), "");
  EXPECT_EQ(render(first<step::Broadcast>(R"({"broadcast": {"status": "event", "n": "${opt.n}"}})").frame),
            R"({"status":"event","n":3})");
}

TEST(Steps, SetVariablesInTheirOrder) {
  const auto set = first<step::Set>(R"({"set": {"b": "${args[0]}", "a": ["${var.b}", 1]}})");
  EXPECT_EQ(set.scope, step::Set::Scope::instance);
  ASSERT_EQ(set.values.size(), 2U);
  EXPECT_EQ(set.values[0].first, "b");
  EXPECT_EQ(render(set.values[0].second), R"("a")");
  EXPECT_EQ(set.values[1].first, "a");
  const auto scope = [](const std::string& word) {
    return first<step::Set>(R"({"set": {"x": null}, "scope": ")" + word + "\"}").scope;
  };
  EXPECT_EQ(scope("instance"), step::Set::Scope::instance);
  EXPECT_EQ(scope("connection"), step::Set::Scope::connection);
  EXPECT_EQ(scope("partition"), step::Set::Scope::partition);
}

TEST(Steps, AwaitARequest) {
  const auto await = first<step::Await>(R"({"await": {"cmd": "go", "options": {"now": true}}})");
  EXPECT_EQ(await.limit, seconds{30});
  EXPECT_TRUE(matches(await.request, receive("i", "go", protocol::Mode::async, {"--now"})));
  EXPECT_FALSE(matches(await.request, receive("i", "go", protocol::Mode::async, {})));
  EXPECT_EQ(first<step::Await>(R"({"await": {}, "limit": "2s"})").limit, seconds{2});
}

TEST(Steps, CloseWithACodeThatAnEndpointMaySend) {
  const auto close = [](const std::string& value) { return first<step::Close>("{\"close\": " + value + "}"); };
  for (const int code : {1000, 1001, 1003, 1007, 1014, 3000, 4999}) EXPECT_EQ(close(std::to_string(code)).code, code);
  EXPECT_EQ(close(R"({"code": 4000, "reason": "gone, ü"})").code, 4000);
  EXPECT_EQ(close(R"({"code": 4000, "reason": "gone, ü"})").reason, "gone, ü");
  EXPECT_EQ(close(R"({"reason": "x"})").code, 1000);
}

TEST(Steps, HaveConditions) {
  const Steps steps = steps_of(R"(
    {"running": {}, "when": {"instance": {"atMost": 2}, "connection": 3, "var": {"x": "on", "n": {"atLeast": 4}}}},
    {"set": {"x": 1, "n": 2}}, {"delay": "1s", "when": {"connection": 1}}, {"repeat": 2, "steps": [], "when": {"instance": 1}},
    {"raw": "", "when": {"instance": 1}}, {"close": 1000, "when": {"instance": 1}}, {"fault": "reset", "when": {"instance": 1}},
    {"await": {}, "when": {"instance": 1}}, {"broadcast": {}, "when": {"instance": 1}}, {"send": {}, "when": {"instance": 1}},
    {"accept": {}, "when": {"instance": 1}}, {"finished": 1, "when": {"instance": 1}},
    {"error": {"message": "m"}, "when": {"instance": {"oneOf": [2, 3]}}})");
  ASSERT_EQ(steps.size(), 14U);
  ASSERT_TRUE(steps[0].when);
  const When& when = *steps[0].when;
  EXPECT_TRUE(matches(*when.instance, "2"));
  EXPECT_FALSE(matches(*when.instance, "3"));
  EXPECT_TRUE(matches(*when.connection, "3"));
  EXPECT_EQ(when.variables.size(), 2U);
  EXPECT_TRUE(matches(when.variables.at("x"), "on"));
  EXPECT_FALSE(matches(when.variables.at("n"), "3"));
  EXPECT_FALSE(steps[1].when);
  for (std::size_t i = 2; i + 1 < steps.size(); ++i) EXPECT_TRUE(steps[i].when) << i;
  EXPECT_FALSE(steps.back().when);
}

TEST(Steps, HaveADelayWithItsMaxInEitherPlace) {
  EXPECT_EQ(first<step::Wait>(R"({"delay": {"lognormal": {"median": "20ms", "sigma": 1}, "max": "1s"}})").delay.max,
            seconds{1});
  EXPECT_EQ(first<step::Wait>(R"({"delay": {"fixed": "20ms"}, "max": "2s"})").delay.max, seconds{2});
}

TEST(Steps, OfASequenceAreNumberedThrough) {
  const auto scenario = testing::loaded_well({R"({"stubs": [{"name": "s", "match": {}, "detached": true, "sequence": [
    [ {"repeat": 2, "steps": [ {"running": {}} ]}, {"finished": 1} ], [ "ack", {"finished": 2} ] ]}]})"});
  const Stub& stub = scenario->stubs.at(0);
  EXPECT_TRUE(stub.detached);
  ASSERT_EQ(stub.replies.size(), 2U);
  ASSERT_EQ(stub.replies[0].size(), 3U);  // an accept of ours before the two
  EXPECT_EQ(stub.replies[0][0].ordinal, 0U);
  EXPECT_EQ(std::get<step::Repeat>(stub.replies[0][1].action).steps[0].ordinal, 2U);
  EXPECT_EQ(stub.replies[0][2].ordinal, 3U);
  ASSERT_EQ(stub.replies[1].size(), 2U);
  EXPECT_EQ(stub.replies[1][0].ordinal, 4U);
  EXPECT_EQ(stub.replies[1][1].ordinal, 5U);
  EXPECT_EQ(&stub.reply_of(1), &stub.replies[0]);
  EXPECT_EQ(&stub.reply_of(2), &stub.replies[1]);
  EXPECT_EQ(&stub.reply_of(9), &stub.replies[1]);
}

struct Row {
  std::string step;
  std::string message;
};

TEST(Steps, AreRefusedWhereTheyAreWrong) {
  const std::vector<Row> rows = {
      {R"({"raw": 1})", "/stubs/0/reply/1/raw: expected a text, or {\"base64\": \"...\"} for a binary message, found 1"},
      {R"({"raw": {}})", "/stubs/0/reply/1/raw: expected a key \"base64\", found none"},
      {R"({"raw": {"base64": "a*b"}})",
       "/stubs/0/reply/1/raw/base64: expected base64 (A to Z, a to z, 0 to 9, + and /), found the string \"a*b\""},
      {R"({"raw": {"base64": 1}})", "/stubs/0/reply/1/raw/base64: expected base64, found 1"},
      {R"({"raw": "${nope}"})", "/stubs/0/reply/1/raw: in \"${nope}\": unknown name \"nope\""},
      {R"({"broadcast": "x"})", "/stubs/0/reply/1/broadcast: expected an object, the frame, found the string \"x\""},
      {R"({"set": {}})",
       "/stubs/0/reply/1/set: expected an object of values by variable, such as {\"x\": 1}, found an empty object"},
      {R"({"set": "x"})", "/stubs/0/reply/1/set: expected an object of values by variable"},
      {R"({"set": {"a b": 1}})",
       "/stubs/0/reply/1/set/a b: expected the name of a variable: letters, digits and _, found \"a b\""},
      {R"({"set": {"x": 1}, "scope": "global"})",
       "/stubs/0/reply/1/scope: expected \"instance\", \"connection\" or \"partition\", found the string \"global\""},
      {R"({"await": "go"})", "/stubs/0/reply/1/await: expected an object of conditions, found the string \"go\""},
      {R"({"await": {"cdm": "go"}})", "/stubs/0/reply/1/await/cdm: unknown key \"cdm\""},
      {R"({"await": {}, "limit": 30})", "/stubs/0/reply/1/limit: expected a duration from 1ms to 1d, found 30 without a unit"},
      {R"({"await": {}, "limit": "0s"})", "/stubs/0/reply/1/limit: expected a duration from 1ms to 1d"},
      {R"({"close": 1006})",
       "/stubs/0/reply/1/close: expected a close code that an endpoint may send (1000 to 1003, 1007 to 1014, 3000 to 4999), "
       "found "
       "1006; {\"fault\": {\"close\": 1006}} sends it nevertheless"},
      {R"({"close": {"code": 999}})", "/stubs/0/reply/1/close/code: expected a close code that an endpoint may send"},
      {R"({"close": 70000})", "/stubs/0/reply/1/close: expected a whole number from 0 to 65535, found 70000"},
      {R"({"close": "now"})",
       "/stubs/0/reply/1/close: expected a close code such as 1000, or an object with code and reason, found the string "
       "\"now\""},
      {R"({"close": {"reason": ")" + std::string(124, 'x') + "\"}}",
       "/stubs/0/reply/1/close/reason: expected a reason of at most 123 bytes, found 124"},
      {R"({"running": {}, "when": {}})",
       "/stubs/0/reply/1/when: expected at least one of \"instance\", \"connection\" or \"var\", found an empty object"},
      {R"({"running": {}, "when": 2})", "/stubs/0/reply/1/when: expected an object of conditions, found 2"},
      {R"({"running": {}, "when": {"instnace": 2}})",
       "/stubs/0/reply/1/when/instnace: unknown key \"instnace\", expected one of instance, connection, var; did you mean "
       "\"instance\"?"},
      {R"({"running": {}, "when": {"instance": "2"}})",
       "/stubs/0/reply/1/when/instance: expected a number or an object of conditions, found the string \"2\""},
      {R"({"running": {}, "when": {"instance": 0}})",
       "/stubs/0/reply/1/when/instance: expected a condition that a whole number from 1 could meet: nothing could ever match"},
      {R"({"running": {}, "when": {"connection": {"atMost": 0.5}}})",
       "/stubs/0/reply/1/when/connection: expected a condition that"},
      {R"({"running": {}, "when": {"connection": {"absent": true}}})",
       "/stubs/0/reply/1/when/connection: expected a condition that"},
      {R"({"running": {}, "when": {"var": {}}})",
       "/stubs/0/reply/1/when/var: expected an object of conditions by variable, such as {\"x\": 4}, found an empty object"},
      {R"({"running": {}, "when": {"var": [1]}})", "/stubs/0/reply/1/when/var: expected an object of conditions by variable"},
      {R"({"delay": {"fixed": "1s", "max": "1s"}, "max": "2s"})",
       "/stubs/0/reply/1/max: expected one max, within the delay or beside it, found both"},
      {R"({"delay": {"max": "1s"}})", "/stubs/0/reply/1/delay: expected one distribution"},
      {R"({"repeat": 1, "steps": [{"error": {"message": "m"}, "when": {"instance": 1}}]})",
       "/stubs/0/reply/1/steps/0: expected no finished or error within repeat"},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded = testing::load({testing::with_reply("[\"accept\", " + row.step + ", {\"finished\": 1}]")});
    EXPECT_EQ(loaded.scenario, nullptr) << row.step;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.step;
  }
}

TEST(Steps, AfterTheEndAreThoseThatMayFollowIt) {
  const auto problems = [](const std::string& behind) {
    return testing::messages(testing::load({testing::with_reply(R"([{"finished": 1}, )" + behind + "]")}));
  };
  EXPECT_THAT(problems(R"({"fault": {"extra": "running"}})"), IsEmpty());
  EXPECT_THAT(problems(R"({"delay": "1s"}, {"delay": "1s"}, {"fault": "reset"})"), IsEmpty());
  EXPECT_THAT(problems(R"({"set": {"x": 1}, "scope": "partition"})"), IsEmpty());
  EXPECT_THAT(problems(R"({"close": 1000})"), IsEmpty());
  EXPECT_THAT(problems(R"({"repeat": 3, "steps": [{"delay": "1s"}, {"fault": {"extra": "finished"}}]})"), IsEmpty());
  const std::string no_step = "expected no step but a fault, close or set after finished or error, which end the reply";
  for (const std::string step :
       {R"("ack")", R"({"running": {}})", R"({"send": {}})", R"({"raw": ""})", R"({"broadcast": {}})", R"({"await": {}})",
        R"({"error": {"message": "m"}})", R"({"repeat": 1, "steps": [{"running": {}}]})",
        R"({"repeat": 1, "steps": [{"delay": "1s"}]})"}) {
    EXPECT_THAT(problems(step), ElementsAre(HasSubstr("/stubs/0/reply/1: " + no_step))) << step;
    EXPECT_THAT(problems(R"({"fault": "omit"}, )" + step + R"(, "ack")"),
                ElementsAre(HasSubstr("/stubs/0/reply/2: " + no_step)));
  }
  EXPECT_THAT(problems(R"({"delay": "1s"})"),
              ElementsAre(HasSubstr("/stubs/0/reply/1: expected a fault, close or set behind this delay")));
  EXPECT_THAT(problems(R"({"fault": "no-pong"}, {"delay": "1s"}, {"delay": "2s"})"),
              ElementsAre(HasSubstr("/stubs/0/reply/2: expected a fault, close or set behind this delay")));
}

TEST(Steps, AnEndWithAConditionIsNoEndYet) {
  testing::loaded_well(
      {testing::with_reply(R"([{"error": {"message": "m"}, "when": {"instance": 1}}, {"running": {}}, {"finished": 1}])")});
}

TEST(Steps, ThatLeaveARequestOpenAreWarnedOf) {
  const auto warned = [](const std::string& steps) {
    const LoadedScenario loaded = testing::load({testing::with_reply("[\"accept\", " + steps + "]")});
    EXPECT_NE(loaded.scenario, nullptr) << steps;
    return !loaded.problems.empty();
  };
  for (const std::string ends : {R"({"finished": 1, "when": {"instance": 1}})", R"({"close": 1000})", R"({"fault": "reset"})",
                                 R"({"fault": "drop"})", R"({"fault": "half-open"})", R"({"fault": {"close": 1006}})",
                                 R"({"raw": "{\"id\": \"${id}\", \"status\": \"finished\"}"})",
                                 R"({"send": {"status": "error"}})", R"({"fault": "omit"}, {"finished": 1})"}) {
    EXPECT_FALSE(warned(ends)) << ends;
  }
  for (const std::string stays :
       {R"({"running": {}})", R"({"fault": "no-pong"})", R"({"fault": "reset", "when": {"instance": 1}})",
        R"({"raw": "hello"})", R"({"close": 1000, "when": {"connection": 1}})", R"({"fault": {"extra": "finished"}})",
        R"({"broadcast": {"status": "finished"}})", R"({"set": {"x": 1}})", R"({"fault": {"illegal": "masked"}})"}) {
    EXPECT_TRUE(warned(stays)) << stays;
  }
}

TEST(Steps, ThatSpoilAFrameComeBeforeIt) {
  const auto warned = [](const std::string& steps) {
    const LoadedScenario loaded = testing::load({testing::with_reply("[\"accept\", " + steps + "]")});
    EXPECT_NE(loaded.scenario, nullptr) << steps;
    return testing::messages(loaded);
  };
  const std::string none = "warning: this fault is for the next frame of the reply, and none follows: put it before that frame";
  EXPECT_THAT(warned(R"({"finished": 1}, {"fault": "truncate"})"), ElementsAre(HasSubstr("/stubs/0/reply/2: " + none)));
  EXPECT_THAT(
      warned(R"({"finished": 1}, {"fault": "omit"}, {"delay": "1s"}, {"repeat": 2, "steps": [{"fault": "duplicate"}]})"),
      ElementsAre(HasSubstr("/stubs/0/reply/2: " + none), HasSubstr("/stubs/0/reply/4: " + none)));
  for (const std::string fault :
       {R"("wrong-id")", R"("unknown-job")", R"({"fragment": 1})", R"({"dribble": "1ms"})", R"({"coalesce": 2})"}) {
    EXPECT_THAT(warned(R"({"finished": 1}, {"fault": )" + fault + R"(}, {"set": {"x": 1}}, {"close": 1000})"),
                ElementsAre(HasSubstr("/stubs/0/reply/2: " + none)));
  }
  for (const std::string good :
       {R"({"fault": "truncate"}, {"finished": 1})", R"({"finished": 1}, {"fault": "omit"}, {"fault": {"extra": "ack"}})",
        R"({"finished": 1}, {"fault": "no-pong"})", R"({"fault": "omit"}, {"raw": "\"finished\""})",
        R"({"repeat": 2, "steps": [{"running": {}}, {"fault": "omit"}]}, {"close": 1000})"}) {
    EXPECT_THAT(warned(good), IsEmpty()) << good;
  }
}

TEST(Variables, ThatNothingSetsAreWarnedOf) {
  const LoadedScenario loaded = testing::load({testing::with_reply(
      R"([{"set": {"count": 1}}, {"running": {"n": "${var.count}"}, "when": {"var": {"cuont": 1}}}, {"finished": "${var.coutn ?? 1}"}])")});
  EXPECT_NE(loaded.scenario, nullptr);
  EXPECT_THAT(
      testing::messages(loaded),
      ElementsAre(HasSubstr("/stubs/0/reply/1/when/var/cuont: warning: no step sets the variable \"cuont\"; did you mean "
                            "\"count\"?"),
                  HasSubstr("/stubs/0/reply/2/finished: warning: no step sets the variable \"coutn\"; did you mean "
                            "\"count\"?")));
  // Another file, a later stub or another scope may set it.
  EXPECT_THAT(testing::messages(
                  testing::load({R"({"stubs": [{"name": "a", "match": {"cmd": "a"}, "reply": [{"finished": "${var.x}"}]}]})",
                                 R"({"stubs": [{"name": "b", "match": {"cmd": "b"}, "reply": [
                                                   {"set": {"x": 1}, "scope": "partition"}, {"finished": 1}]}]})"})),
              IsEmpty());
}

}  // namespace
}  // namespace procedura::mock
