#include "scenario/model.hpp"
#include "scenario_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Stub stub_with(const std::string& reply) {
  return testing::loaded_well({testing::with_reply(reply)})->stubs.at(0);
}

std::string render(const Template& value) {
  const ReceivedRequest request = receive("i", "m", protocol::Mode::sync, {"a", "--n=3"});
  const std::vector<std::uint64_t> loops = {1, 2};
  std::string out;
  const auto error = value.append_json(out, {.request = request, .loops = loops});
  return error ? "!" + error->message : out;
}

TEST(Reply, ReadsEveryStep) {
  const Stub stub = stub_with(R"([
    "ack", "started", "accept", {"ack": {}, "target": "id"}, {"started": {}}, {"accept": {}},
    {"running": {"progress": "${1 / 2}", "list": ["${args[0]}", true], "k\"": {}}, "target": "job_id"},
    {"send": {"id": "x", "status": "running", "n": "${opt.n}"}},
    {"delay": "20ms"},
    {"repeat": "${opt.n}", "as": "k", "steps": [ {"running": {"k": "${k}"}}, {"repeat": 2, "steps": [ {"running": {"both": "${k}/${i}"}} ]} ]},
    {"error": {"code": "X", "message": "no ${args[0]}", "detail": {"n": "${opt.n}"}}} ])");
  ASSERT_EQ(stub.replies.front().size(), 11U);
  EXPECT_TRUE(std::holds_alternative<step::Ack>(stub.replies.front()[0].action));
  EXPECT_TRUE(std::holds_alternative<step::Started>(stub.replies.front()[1].action));
  EXPECT_TRUE(std::holds_alternative<step::Accept>(stub.replies.front()[2].action));
  EXPECT_TRUE(std::holds_alternative<step::Ack>(stub.replies.front()[3].action));
  EXPECT_TRUE(stub.replies.front()[3].target && stub.replies.front()[3].target->id && !stub.replies.front()[3].target->job_id);
  EXPECT_TRUE(std::holds_alternative<step::Started>(stub.replies.front()[4].action));
  EXPECT_TRUE(std::holds_alternative<step::Accept>(stub.replies.front()[5].action));
  EXPECT_EQ(render(std::get<step::Running>(stub.replies.front()[6].action).members),
            R"("progress":0.5,"list":["a",true],"k\"":{})");
  EXPECT_TRUE(stub.replies.front()[6].target && !stub.replies.front()[6].target->id && stub.replies.front()[6].target->job_id);
  EXPECT_EQ(render(std::get<step::Send>(stub.replies.front()[7].action).frame), R"({"id":"x","status":"running","n":3})");
  EXPECT_EQ(sample(std::get<step::Wait>(stub.replies.front()[8].action).delay, 0), milliseconds{20});

  const auto& repeat = std::get<step::Repeat>(stub.replies.front()[9].action);
  EXPECT_EQ(render(repeat.count), "3");
  EXPECT_EQ(repeat.as, "k");
  EXPECT_EQ(render(std::get<step::Running>(repeat.steps[0].action).members), R"("k":1)");
  const auto& inner = std::get<step::Repeat>(repeat.steps[1].action);
  EXPECT_EQ(render(inner.count), "2");
  EXPECT_EQ(render(std::get<step::Running>(inner.steps[0].action).members), R"("both":"1/2")");

  const auto& error = std::get<step::Error>(stub.replies.front()[10].action);
  EXPECT_EQ(render(*error.code), R"("X")");
  EXPECT_EQ(render(error.message), R"("no a")");
  EXPECT_EQ(render(error.members), R"("detail":{"n":3})");

  // Numbered in the order of the file, those within a repeat counted.
  EXPECT_EQ(stub.replies.front()[9].ordinal, 9U);
  EXPECT_EQ(repeat.steps[0].ordinal, 10U);
  EXPECT_EQ(repeat.steps[1].ordinal, 11U);
  EXPECT_EQ(inner.steps[0].ordinal, 12U);
  EXPECT_EQ(stub.replies.front()[10].ordinal, 13U);
  EXPECT_EQ(stub.replies.front()[8].place.line, 5U);
}

TEST(Reply, KeepsNumbersAndOrderAsWritten) {
  const Stub stub = stub_with(R"([{"finished": {"b": 1.50, "a": 12345678901234567890, "c": [1e2, -0, null], "é": "ü"}}])");
  EXPECT_EQ(*std::get<step::Finished>(stub.replies.front().back().action).result.constant_json(),
            R"({"b":1.50,"a":12345678901234567890,"c":[1e2,-0,null],"é":"ü"})");
}

TEST(Reply, BeginsWithAnAcceptUnlessItSaysOtherwise) {
  const auto begins_with_accept = [](const std::string& reply) {
    return std::holds_alternative<step::Accept>(stub_with(reply).replies.front().front().action);
  };
  EXPECT_TRUE(begins_with_accept(R"([{"finished": 1}])"));
  EXPECT_TRUE(begins_with_accept(R"([{"delay": "1s"}, {"finished": 1}])"));
  EXPECT_FALSE(begins_with_accept(R"([{"delay": "1s"}, "ack", {"finished": 1}])"));
  EXPECT_FALSE(begins_with_accept(R"([{"repeat": 1, "steps": ["started"]}, {"finished": 1}])"));
  const auto silent = testing::loaded_well(
      {R"({"stubs": [{"name": "s", "match": {}, "accept": false, "reply": [{"error": {"message": "no"}}]}]})"});
  ASSERT_EQ(silent->stubs[0].replies.front().size(), 1U);
  const auto& error = std::get<step::Error>(silent->stubs[0].replies.front()[0].action);
  EXPECT_FALSE(error.code.has_value());
  EXPECT_EQ(render(error.members), "");
}

TEST(Reply, ReadsEveryDistribution) {
  const auto delay = [](const std::string& value) {
    return std::get<step::Wait>(
               stub_with("[\"accept\", {\"delay\": " + value + "}, {\"finished\": 1}]").replies.front()[1].action)
        .delay;
  };
  EXPECT_EQ(std::get<FixedDelay>(delay(R"("1.5s")").distribution).value, milliseconds{1500});
  EXPECT_EQ(std::get<FixedDelay>(delay(R"({"fixed": "2s"}, "max": "1s")").distribution).value, milliseconds{2000});
  EXPECT_EQ(delay(R"({"fixed": "2s"}, "max": "1s")").max, milliseconds{1000});
  const auto uniform = std::get<UniformDelay>(delay(R"({"uniform": {"min": "1ms", "max": "2ms"}})").distribution);
  EXPECT_EQ(uniform.min, milliseconds{1});
  EXPECT_EQ(uniform.max, milliseconds{2});
  const auto normal = std::get<NormalDelay>(delay(R"({"normal": {"mean": "5ms", "stddev": "2ms"}})").distribution);
  EXPECT_EQ(normal.mean, milliseconds{5});
  EXPECT_EQ(normal.stddev, milliseconds{2});
  const auto lognormal = std::get<LognormalDelay>(delay(R"({"lognormal": {"median": "20ms", "sigma": 0.4}})").distribution);
  EXPECT_EQ(lognormal.median, milliseconds{20});
  EXPECT_EQ(lognormal.sigma, 0.4);
}

struct Row {
  std::string step;
  std::string message;
};

TEST(Reply, RefusesBadSteps) {
  const std::vector<Row> rows = {
      {R"("finished")", "/stubs/0/reply/1: expected \"accept\", \"ack\" or \"started\", found the string \"finished\""},
      {R"("startd")",
       "/stubs/0/reply/1: expected \"accept\", \"ack\" or \"started\", found the string \"startd\"; did you mean \"started\"?"},
      {"7", "/stubs/0/reply/1: expected a step: \"accept\", \"ack\", \"started\" or an object, found 7"},
      {"{}", "found an empty object"},
      {R"({"dely": "1s"})", "found \"dely\"; did you mean \"delay\"?"},
      {R"({"delay": "1s", "running": {}})",
       "/stubs/0/reply/1: expected a step that does one thing, found \"running\" and \"delay\""},
      {R"({"delay": "1s", "mx": "1s"})",
       "/stubs/0/reply/1/mx: unknown key \"mx\", expected one of delay, max, when; did you mean \"max\"?"},
      {R"({"delay": "20"})",
       "/stubs/0/reply/1/delay: expected a duration from 0s to 1d such as \"20ms\" (units: ns, us, ms, s, m, h, d), found the "
       "string \"20\""},
      {R"({"delay": "25h"})", "/stubs/0/reply/1/delay: expected a duration from 0s to 1d"},
      {R"({"delay": true})", "/stubs/0/reply/1/delay: expected a duration from 0s to 1d"},
      {R"({"delay": "1s", "max": 5})",
       "/stubs/0/reply/1/max: expected a duration from 0s to 1d, found 5 without a unit; did you mean \"5ms\"?"},
      {R"({"delay": {}})",
       "/stubs/0/reply/1/delay: expected one distribution: fixed, uniform, normal or lognormal, found an empty object"},
      {R"({"delay": {"fixed": "1s", "normal": {}}})", "/stubs/0/reply/1/delay: expected one distribution"},
      {R"({"delay": {"unifrom": {}}})",
       "/stubs/0/reply/1/delay/unifrom: unknown key \"unifrom\", expected one of fixed, uniform, normal, lognormal, max; did "
       "you "
       "mean \"uniform\"?"},
      {R"({"delay": {"uniform": {"min": "1s"}}})", "/stubs/0/reply/1/delay/uniform: expected a key \"max\", found none"},
      {R"({"delay": {"uniform": {"min": "2s", "max": "1s"}}})",
       "/stubs/0/reply/1/delay/uniform: expected min to be no more than max"},
      {R"({"delay": {"uniform": "1s"}})",
       "/stubs/0/reply/1/delay/uniform: expected an object with min and max, found the string \"1s\""},
      {R"({"delay": {"normal": {"mean": "1s", "sd": "1s", "stddev": "1s"}}})",
       "/stubs/0/reply/1/delay/normal/sd: unknown key \"sd\", expected one of mean, stddev"},
      {R"({"delay": {"lognormal": {"median": "1s", "sigma": -1}}})",
       "/stubs/0/reply/1/delay/lognormal/sigma: expected a number from 0 to 10, found -1"},
      {R"({"delay": {"lognormal": {"median": "1s", "sigma": "1"}}})",
       "/stubs/0/reply/1/delay/lognormal/sigma: expected a number from 0 to 10, found the string \"1\""},
      {R"({"delay": {"lognormal": {"median": "1s"}}})",
       "/stubs/0/reply/1/delay/lognormal: expected a key \"sigma\", found none"},
      {R"({"ack": 1})", "/stubs/0/reply/1/ack: expected {}: this frame has no members of its own, found 1"},
      {R"({"started": {"n": 1}})", "/stubs/0/reply/1/started: expected {}"},
      {R"({"running": 1})", "/stubs/0/reply/1/running: expected an object, the members of the frame, found 1"},
      {R"({"running": {"job_id": 1}})",
       "/stubs/0/reply/1/running/job_id: expected no \"job_id\": it is filled in (see \"target\"); {\"send\": {...}} sends "
       "exactly what you write"},
      {R"({"running": {}, "target": "x"})",
       "/stubs/0/reply/1/target: expected \"id\", \"job_id\" or \"both\", found the string \"x\""},
      {R"({"send": []})", "/stubs/0/reply/1/send: expected an object, the frame, found an empty array"},
      {R"({"send": {}, "target": "id"})", "/stubs/0/reply/1/target: unknown key \"target\", expected one of send, when"},
      {R"({"repeat": 2})", "/stubs/0/reply/1: expected a key \"steps\", found none"},
      {R"({"repeat": -1, "steps": []})", "/stubs/0/reply/1/repeat: expected a whole number from 0 to 1000000, found -1"},
      {R"({"repeat": 1000001, "steps": []})", "/stubs/0/reply/1/repeat: expected a whole number from 0 to 1000000"},
      {R"({"repeat": "lots", "steps": []})",
       "/stubs/0/reply/1/repeat: expected a whole number from 0 to 1000000 or a placeholder, found the string \"lots\""},
      {R"({"repeat": "${opt.}", "steps": []})", "/stubs/0/reply/1/repeat: in \"${opt.}\": expected a name"},
      {R"({"repeat": 1, "as": "id", "steps": []})", "/stubs/0/reply/1/as: expected a name for the loop variable"},
      {R"({"repeat": 1, "as": "a b", "steps": []})", "/stubs/0/reply/1/as: expected a name for the loop variable"},
      {R"({"repeat": 1, "as": 1, "steps": []})", "/stubs/0/reply/1/as: expected a name for the loop variable"},
      {R"({"repeat": 1, "steps": {}})", "/stubs/0/reply/1/steps: expected an array of steps, found an empty object"},
      {R"({"repeat": 1, "steps": [{"running": {"n": "${k}"}}]})",
       "/stubs/0/reply/1/steps/0/running/n: in \"${k}\": unknown name \"k\""},
      {R"({"repeat": "${i}", "steps": []})", "/stubs/0/reply/1/repeat: in \"${i}\": unknown name \"i\""},  // not yet within it
      {R"({"repeat": 1, "steps": [{"finished": 1}]})",
       "/stubs/0/reply/1/steps/0: expected no finished or error within repeat: it ends the reply; put it after the repeat"},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded = testing::load({testing::with_reply("[\"accept\", " + row.step + ", {\"finished\": 1}]")});
    EXPECT_EQ(loaded.scenario, nullptr) << row.step;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.step;
  }
}

TEST(Reply, RefusesBadErrors) {
  const std::vector<Row> rows = {
      {R"({"error": {}})", "/stubs/0/reply/0/error: expected a key \"message\", found none"},
      {R"({"error": {"code": "X"}})", "/stubs/0/reply/0/error: expected a key \"message\", found none"},
      {R"({"error": "no"})", "/stubs/0/reply/0/error: expected an object, the members of the frame, found the string \"no\""},
      {R"({"error": {"message": 1}})", "/stubs/0/reply/0/error/message: expected a message, found 1"},
      {R"({"error": {"message": "m", "code": 5}})", "/stubs/0/reply/0/error/code: expected an error code, found 5"},
      {R"({"error": {"message": "m", "status": "x"}})", "/stubs/0/reply/0/error/status: expected no \"status\""},
      {R"({"error": {"message": "${x}"}})", "/stubs/0/reply/0/error/message: in \"${x}\": unknown name \"x\""},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded = testing::load({testing::with_reply("[" + row.step + "]")});
    EXPECT_EQ(loaded.scenario, nullptr) << row.step;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.step;
  }
}

TEST(Reply, NothingFollowsATerminalFrame) {
  for (const std::string terminal : {R"({"finished": 1})", R"({"error": {"message": "no"}})"}) {
    const LoadedScenario loaded =
        testing::load({testing::with_reply("[" + terminal + R"(, {"running": {}}, {"delay": "1s"}])")});
    EXPECT_EQ(testing::messages(loaded).size(), 1U);  // the first of them says it all
    EXPECT_THAT(
        testing::messages(loaded).front(),
        HasSubstr("/stubs/0/reply/1: expected no step but a fault, close or set after finished or error, which end the reply"));
  }
  // A frame sent as it is may break every rule, and may be what ends the reply.
  testing::loaded_well(
      {testing::with_reply(R"(["ack", {"send": {"id": "${id}", "status": "finished"}}, {"send": {"late": 1}}])")});
}

TEST(Targets, AreTheStepsElseTheStubsElseTheSettings) {
  const auto shown = [](protocol::Target target) {
    return std::string{target.id ? "id" : "-"} + (target.job_id ? "+job" : "");
  };
  const protocol::Target id{true, false};
  const protocol::Target job{false, true};
  Settings settings;
  Stub stub;
  Step running{.action = step::Running{}};
  Step ack{.action = step::Ack{}};
  Step started{.action = step::Started{}};
  const Step accept{.action = step::Accept{}};
  using protocol::Mode;
  EXPECT_EQ(shown(target_of(running, stub, settings, Mode::sync)), "id+job");
  EXPECT_EQ(shown(target_of(ack, stub, settings, Mode::sync)), "id+job");
  settings.target = id;
  EXPECT_EQ(shown(target_of(running, stub, settings, Mode::sync)), "id");
  EXPECT_EQ(shown(target_of(ack, stub, settings, Mode::sync)), "id");
  EXPECT_EQ(shown(target_of(started, stub, settings, Mode::async)), "id+job");
  stub.target = job;
  EXPECT_EQ(shown(target_of(running, stub, settings, Mode::async)), "-+job");
  EXPECT_EQ(shown(target_of(ack, stub, settings, Mode::sync)), "id+job");
  EXPECT_EQ(shown(target_of(accept, stub, settings, Mode::sync)), "id+job");
  EXPECT_EQ(shown(target_of(accept, stub, settings, Mode::async)), "id+job");
  running.target = id;
  ack.target = job;
  started.target = job;
  EXPECT_EQ(shown(target_of(running, stub, settings, Mode::async)), "id");
  EXPECT_EQ(shown(target_of(ack, stub, settings, Mode::sync)), "-+job");
  EXPECT_EQ(shown(target_of(started, stub, settings, Mode::async)), "-+job");
}

}  // namespace
}  // namespace procedura::mock
