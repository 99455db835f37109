// What a matched request sets going: SYN, ASY, ERR, END, ORD; targets; timers; what happens when it is cut short.
#include "engine_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string stub(std::string_view reply, std::string_view more = "") {
  return R"({"version": 1, )" + std::string{more} + R"("stubs": [{"name": "it", "match": {"cmd": "it"}, "reply": )" +
         std::string{reply} + "}]}";
}

TEST(EngineReply, BeginsAsItsModeSays) {
  Driver world{stub(R"([{"running": {"n": 1}}, {"finished": {"ok": true}}])")};
  const auto client = world.connect();
  EXPECT_THAT(statuses(world.ask(client, request_text("a", "it"))), ElementsAre("ack", "running", "finished"));
  const auto frames = world.ask(client, request_text("b", "it", {}, "async"));
  EXPECT_THAT(statuses(frames), ElementsAre("started", "running", "finished"));
  EXPECT_EQ(frames[1].at("n"), 1);
  EXPECT_EQ(frames[2].at("result"), (json{{"ok", true}}));
  EXPECT_THAT(world.engine.verdict().notes, IsEmpty());
}

TEST(EngineReply, SaysErrorsWithTheirContext) {
  Driver world{stub(R"([{"error": {"code": "GONE", "message": "no ${args[0]}", "retry": 5}}])")};
  const json error = world.answer(world.connect(), request_text("a", "it", {"world"}));
  EXPECT_EQ(error.at("code"), "GONE");
  EXPECT_EQ(error.at("message"), "no world");
  EXPECT_EQ(error.at("retry"), 5);
}

// ASY-2, ASY-3: the step's word counts, then the stub's, then the settings'.
TEST(EngineReply, BearsTheIdsThatTheScenarioSays) {
  struct Case {
    std::string settings, stub, step;
    bool id, job_id;
  };
  for (const auto& one : {Case{"", "", "", true, true}, Case{"id", "", "", true, false}, Case{"job_id", "", "", false, true},
                          Case{"both", "id", "", true, false}, Case{"id", "both", "job_id", false, true}}) {
    json scenario = json::parse(stub(R"(["accept", {"running": {}}, {"finished": 1}])"));
    if (!one.settings.empty()) scenario["target"] = one.settings;
    if (!one.stub.empty()) scenario["stubs"][0]["target"] = one.stub;
    if (!one.step.empty()) scenario["stubs"][0]["reply"][1]["target"] = one.step;
    Driver world{scenario.dump()};
    const auto frames = world.ask(world.connect(), request_text("a", "it", {}, "async"));
    ASSERT_THAT(frames, SizeIs(3));
    EXPECT_TRUE(frames[0].contains("id"));
    EXPECT_TRUE(frames[0].contains("job_id"));
    EXPECT_EQ(frames[1].contains("id"), one.id) << scenario;
    EXPECT_EQ(frames[1].contains("job_id"), one.job_id) << scenario;
  }
}

// ASY-4
TEST(EngineReply, EveryJobHasItsOwnName) {
  Driver world{stub(R"(["accept", {"delay": "1s"}, {"finished": "${job}"}])")};
  std::set<std::string> jobs;
  for (int connection = 0; connection < 3; ++connection) {
    const auto client = world.connect();
    for (int i = 0; i < 100; ++i) jobs.insert(world.answer(client, request_text("r" + std::to_string(i), "it")).at("job_id"));
  }
  EXPECT_EQ(jobs.size(), 300U);
}

TEST(EngineReply, WaitsAsLongAsItIsToldAndNoLonger) {
  Driver world{stub(R"(["accept", {"delay": "100ms"}, {"running": {}}, {"delay": "2s"}, {"finished": 1}])")};
  const auto client = world.connect();
  EXPECT_EQ(world.engine.due(), std::nullopt);
  EXPECT_THAT(statuses(world.ask(client, request_text("a", "it"))), ElementsAre("ack"));
  EXPECT_EQ(world.engine.due(), world.now + milliseconds{100});
  world.fire();
  world.advance(milliseconds{99});
  EXPECT_THAT(world.frames(client), IsEmpty());
  world.advance(milliseconds{1});
  EXPECT_THAT(statuses(world.frames(client)), ElementsAre("running"));
  world.advance(milliseconds{1999});
  EXPECT_THAT(world.frames(client), IsEmpty());
  EXPECT_EQ(world.engine.instances(), 1U);
  world.advance(milliseconds{1});
  EXPECT_THAT(statuses(world.frames(client)), ElementsAre("finished"));
  EXPECT_EQ(world.engine.instances(), 0U);
  EXPECT_EQ(world.engine.due(), std::nullopt);
}

TEST(EngineReply, TimeScaleMultipliesDelays) {
  for (const auto& [scale, expected] :
       {std::pair{0.01, milliseconds{1}}, std::pair{1.0, milliseconds{100}}, std::pair{3.0, milliseconds{300}}}) {
    EngineOptions options;
    options.time_scale = scale;
    Driver world{stub(R"(["accept", {"delay": "100ms"}, {"finished": 1}])"), options};
    const auto client = world.connect();
    world.ask(client, request_text("a", "it"));
    EXPECT_EQ(*world.engine.due() - world.now, expected);
  }
  EngineOptions huge;
  huge.time_scale = 1e6;
  Driver world{stub(R"(["accept", {"delay": "24h"}, {"finished": 1}])"), huge};
  world.ask(world.connect(), request_text("a", "it"));
  EXPECT_GT(*world.engine.due(), world.now + std::chrono::hours{24}) << "far off, but no overflow";
}

TEST(EngineReply, WithTimeScaleZeroEverythingIsDueAtOnceAndInOrder) {
  EngineOptions options;
  options.time_scale = 0;
  Driver world{
      stub(R"(["accept", {"repeat": 3, "as": "i", "steps": [{"delay": "1h"}, {"running": {"i": "${i}"}}]}, {"finished": 1}])"),
      options};
  const auto client = world.connect();
  for (const char* id : {"a", "b"}) world.ask(client, request_text(id, "it"));
  EXPECT_EQ(world.engine.due(), world.now);
  world.advance(milliseconds{0});
  const auto frames = world.frames(client);
  std::string order;
  for (const auto& frame : frames) order += frame.at("id").get<std::string>() + frame.value("i", json{}).dump() + ' ';
  EXPECT_EQ(order, "a0 b0 a1 b1 a2 anull b2 bnull ") << "as they would if it took its time";
}

// Timers due at the same time fire by instance, whatever order they were set in.
TEST(EngineReply, EqualTimesFireByInstance) {
  Driver world{R"({"version": 1, "stubs": [
    {"name": "long", "match": {"cmd": "long"}, "reply": ["accept", {"delay": "100ms"}, {"finished": 1}]},
    {"name": "steps", "match": {"cmd": "steps"}, "reply": ["accept", {"delay": "50ms"}, {"delay": "50ms"}, {"finished": 1}]},
    {"name": "short", "match": {"cmd": "short"}, "reply": ["accept", {"delay": "40ms"}, {"finished": 1}]}]})"};
  const auto one = world.connect();
  const auto two = world.connect();
  world.send(two, request_text("first", "steps"));
  world.send(one, request_text("second", "long"));
  world.send(two, request_text("third", "long"));
  world.advance(milliseconds{60});
  world.send(one, request_text("fourth", "short"));
  const std::size_t before = world.all.size();
  world.advance(milliseconds{40});
  std::vector<std::string> order;
  for (std::size_t i = before; i < world.all.size(); ++i) order.push_back(world.all[i].second.at("id"));
  EXPECT_THAT(order, ElementsAre("first", "second", "third", "fourth"));
}

TEST(EngineReply, HundredsInterleaveAndEachIsItsOwn) {
  Driver world{R"({"version": 1, "seed": 5, "stubs": [{"name": "job", "match": {"cmd": "job"}, "reply": ["accept",
    {"repeat": "${opt.n}", "as": "i", "steps": [{"delay": {"uniform": {"min": "1ms", "max": "40ms"}}},
      {"running": {"i": "${i}", "mine": "${args[0]}"}}]}, {"finished": "${args[0]}"}]}]})"};
  const std::array clients{world.connect(), world.connect()};
  for (int i = 0; i < 500; ++i) {
    world.send(clients[static_cast<std::size_t>(i % 2)],
               request_text("r" + std::to_string(i), "job", {"arg" + std::to_string(i), "--n", std::to_string(i % 7)},
                            i % 3 == 0 ? "sync" : "async"));
  }
  EXPECT_EQ(world.engine.instances(), 500U - 72U) << "those with n = 0 are over at once";
  world.advance(seconds{1});
  EXPECT_EQ(world.engine.instances(), 0U);
  for (const auto client : clients) {
    std::map<std::string, std::vector<json>> by_id;
    std::string last;
    std::size_t switches = 0;
    for (const auto& frame : world.frames(client)) {
      const std::string id = frame.at("id");
      if (id != last) ++switches;
      last = id;
      by_id[id].push_back(frame);
    }
    EXPECT_EQ(by_id.size(), 250U);
    EXPECT_GT(switches, 500U) << "they do interleave";
    for (const auto& [id, frames] : by_id) {
      const int number = std::stoi(id.substr(1));
      ASSERT_THAT(frames, SizeIs(static_cast<std::size_t>(number % 7 + 2))) << id;
      EXPECT_EQ(frames.front().at("status"), number % 3 == 0 ? "ack" : "started");
      for (int i = 0; i < number % 7; ++i) {
        EXPECT_EQ(frames[static_cast<std::size_t>(i) + 1].at("i"), i);
        EXPECT_EQ(frames[static_cast<std::size_t>(i) + 1].at("mine"), "arg" + std::to_string(number));
      }
      EXPECT_EQ(frames.back().at("result"), "arg" + std::to_string(number));
    }
  }
}

// Concurrency never changes a draw.
TEST(EngineReply, DrawsDependOnNothingThatConcurrencyChanges) {
  constexpr auto scenario = R"({"version": 1, "seed": 9, "stubs": [
    {"name": "dice", "match": {"cmd": "dice"}, "reply": ["accept", {"delay": {"uniform": {"min": "1ms", "max": "40ms"}}},
       {"finished": "${random.int(1, 1000000)}"}]},
    {"name": "other", "match": {"cmd": "other"}, "reply": [{"finished": "${random.int(1, 1000000)}"}]}]})";
  const auto draws = [&](Driver& world, bool noise) {
    const auto client = world.connect();
    const auto neighbour = world.connect();
    std::vector<json> results;
    for (int i = 0; i < 20; ++i) {
      world.send(client, request_text("r" + std::to_string(i), "dice"));
      if (noise) {
        world.send(client, request_text("o" + std::to_string(i), "other"));
        world.send(neighbour, request_text("n" + std::to_string(i), "dice"));
        world.advance(milliseconds{3});
      }
    }
    world.advance(seconds{1});
    std::map<std::string, json> by_id;
    for (const auto& frame : world.frames(client)) {
      const std::string id = frame.at("id");
      if (frame.contains("result") && id.starts_with("r")) by_id[id] = frame.at("result");
    }
    return by_id;
  };
  Driver quiet{scenario};
  Driver noisy{scenario};
  const auto expected = draws(quiet, false);
  EXPECT_EQ(draws(noisy, true), expected);
  std::set<json> different;
  for (const auto& [id, value] : expected) different.insert(value);
  EXPECT_GT(different.size(), 15U);

  EngineOptions seeded;
  seeded.seed = 10;
  Driver other{scenario, seeded};
  EXPECT_NE(draws(other, false), expected);
}

TEST(EngineReply, EachStepAndEachIterationHasADrawOfItsOwn) {
  Driver world{stub(R"([{"repeat": 10, "as": "i", "steps": [{"running": {"x": "${random.int(1, 1000000000)}"}},
    {"repeat": 2, "as": "k", "steps": [{"running": {"x": "${random.int(1, 1000000000)}"}}]}]}, {"finished": 1}])")};
  std::set<json> drawn;
  for (const auto& frame : world.ask(world.connect(), request_text("a", "it"))) {
    if (frame.contains("x")) drawn.insert(frame.at("x"));
  }
  EXPECT_THAT(drawn, SizeIs(30));
}

constexpr auto long_script = R"(["accept", {"delay": "10ms"}, {"running": {}}, {"running": {}}, {"delay": "10ms"},
  {"repeat": 2, "as": "i", "steps": [{"running": {}}, {"delay": "10ms"}]}, {"finished": 1}])";

// The same script, cut off at each of its moments.
TEST(EngineReply, ADisconnectAtAnyStepEndsItsInstancesAndNobodyElses) {
  for (int cut = 0; cut <= 50; cut += 5) {
    Driver world{stub(long_script)};
    const auto leaver = world.connect();
    const auto stayer = world.connect();
    world.send(leaver, request_text("a", "it", {}, "async"));
    world.send(stayer, request_text("a", "it", {}, "async"));
    world.advance(milliseconds{cut});
    world.frames(leaver);
    world.close(leaver, 1006);
    EXPECT_EQ(world.engine.instances(), cut < 40 ? 1U : 0U) << cut;
    world.advance(seconds{1});
    EXPECT_THAT(world.frames(leaver), IsEmpty()) << cut;
    EXPECT_THAT(statuses(world.frames(stayer)), ElementsAre("started", "running", "running", "running", "running", "finished"));
    EXPECT_EQ(world.engine.due(), std::nullopt);
    EXPECT_TRUE(world.engine.verdict().met());
  }
}

TEST(EngineReply, GoingDownClosesEverybodyWith1001) {
  Driver world{stub(long_script)};
  const auto one = world.connect();
  const auto two = world.connect();
  world.send(one, request_text("a", "it"));
  world.frames(one);
  world.going_down();
  EXPECT_EQ(world.close_code(one), 1001);
  EXPECT_EQ(world.close_code(two), 1001);
  world.advance(seconds{1});
  world.send(one, request_text("b", "it"));
  EXPECT_THAT(world.frames(one), IsEmpty());
  world.close(one, 1001);
  EXPECT_EQ(world.close_code(world.connect()), 1001) << "who was being let in at that moment";
}

TEST(EngineReply, NoScriptKeepsTheAgentToItself) {
  EngineOptions options;
  options.steps_per_turn = 10;
  Driver world{R"({"version": 1, "stubs": [
    {"name": "burst", "match": {"cmd": "burst"}, "reply": ["accept", {"repeat": 25, "as": "i", "steps": [{"running": {}}]}, {"finished": 1}]},
    {"name": "quick", "match": {"cmd": "quick"}, "reply": [{"finished": 1}]}]})",
               options};
  const auto client = world.connect();
  EXPECT_LE(world.ask(client, request_text("a", "burst")).size(), 10U);
  EXPECT_EQ(world.engine.due(), world.now) << "it goes on at once";
  EXPECT_THAT(world.ask(client, request_text("b", "quick")), SizeIs(2)) << "but others have their turn";
  world.advance(milliseconds{0});
  EXPECT_THAT(world.frames(client), SizeIs(testing::Ge(17)));
  EXPECT_GE(world.firings, 2U);
  EXPECT_EQ(world.engine.instances(), 0U);
}

TEST(EngineReply, ATurnEndsWithAnAmountOfOutputToo) {
  EngineOptions options;
  options.bytes_per_turn = 1000;
  Driver world{stub(R"(["accept", {"repeat": 20, "as": "i", "steps": [{"running": {"x": "${args[0]}"}}]}, {"finished": 1}])"),
               options};
  const auto client = world.connect();
  EXPECT_THAT(world.ask(client, request_text("a", "it", {std::string(400, 'x')})), SizeIs(4)) << "an ack and three updates";
  EXPECT_EQ(world.engine.due(), world.now) << "it goes on at once";
  world.fire();
  EXPECT_THAT(world.frames(client), SizeIs(3));
  world.advance(milliseconds{0});
  EXPECT_THAT(statuses(world.frames(client)), testing::Contains("finished"));
}

// A request can only be told of a job that it has heard of.
TEST(EngineReply, TheFirstFrameBearsTheIdUnlessItsStepSaysOtherwise) {
  struct Case {
    std::string reply;
    bool id;
  };
  for (const auto& one : {Case{R"([{"error": {"message": "no"}}])", true}, Case{R"([{"finished": 1}])", true},
                          Case{R"([{"finished": 1, "target": "job_id"}])", false}}) {
    json scenario = json::parse(stub(one.reply, R"("target": "job_id", )"));
    scenario["stubs"][0]["accept"] = false;
    Driver world{scenario.dump()};
    EXPECT_EQ(world.answer(world.connect(), request_text("a", "it")).contains("id"), one.id) << one.reply;
  }
}

TEST(EngineReply, AFrameThatTheScriptMadeUpEndsItsExchange) {
  for (const char* frame :
       {R"({"id": "${id}", "status": "finished", "result": 1})", R"({"job_id": "${job}", "status": "finished", "result": 1})",
        R"({"job_id": "${job}", "status": "error", "message": "m"})"}) {
    Driver world{stub(R"([{"send": )" + std::string{frame} + "}]")};
    const auto client = world.connect();
    EXPECT_THAT(world.ask(client, request_text("a", "it")), SizeIs(2)) << frame;
    EXPECT_EQ(world.ask(client, request_text("a", "it")).front().at("status"), "ack") << frame << ": the id is free again";
    EXPECT_THAT(world.engine.verdict().notes, IsEmpty()) << frame;
  }
  Driver foreign{stub(R"([{"send": {"job_id": "job-77", "status": "finished", "result": 1}}, {"finished": 2}])")};
  EXPECT_THAT(foreign.ask(foreign.connect(), request_text("a", "it")), SizeIs(3));
  EXPECT_THAT(foreign.engine.verdict().notes, IsEmpty()) << "it ended nobody";

  // Only what was live has failed.
  Driver stranger{stub(R"([{"send": {"id": "nobody", "status": "error", "message": "m"}}, {"finished": 1}])")};
  const auto client = stranger.connect();
  stranger.ask(client, request_text("a", "it"));
  EXPECT_EQ(stranger.answer(client, request_text("b", "__diag_ws_metrics")).at("result").at("jobs"),
            (json{{"live", 0}, {"finished", 1}, {"failed", 0}}));

  // END-1: what cannot be rendered behind it fails the run, and the client hears nothing of it.
  Driver broken{stub(R"([{"send": {"id": "${id}", "status": "finished", "result": 1}}, {"running": {"x": "${opt.n}"}}])")};
  EXPECT_THAT(statuses(broken.ask(broken.connect(), request_text("a", "it"))), ElementsAre("ack", "finished"));
  EXPECT_FALSE(broken.engine.verdict().met());
}

TEST(EngineReply, WhatCannotBeRenderedIsAScenarioErrorAndFailsTheRun) {
  for (const char* reply : {R"([{"finished": "${args[3]}"}])", R"([{"running": {"x": "${opt.n}"}}, {"finished": 1}])",
                            R"([{"error": {"message": "${opt.n}"}}])", R"([{"error": {"code": "${opt.n}", "message": "m"}}])",
                            R"([{"error": {"message": "m", "more": "${opt.n}"}}])",
                            R"([{"repeat": "${opt.n}", "as": "i", "steps": [{"running": {}}]}, {"finished": 1}])",
                            R"([{"repeat": "${args[0]}", "as": "i", "steps": [{"running": {}}]}, {"finished": 1}])",
                            R"([{"send": {"id": "${id}", "status": "${opt.n}"}}, {"finished": 1}])"}) {
    Driver world{stub(reply)};
    const auto client = world.connect();
    const auto frames = world.ask(client, request_text("a", "it", {"many"}));
    ASSERT_THAT(statuses(frames), ElementsAre("ack", "error")) << reply;
    EXPECT_EQ(frames[1].at("code"), "SCENARIO_ERROR");
    EXPECT_THAT(std::string{frames[1].at("message")}, HasSubstr("test.json:1:")) << "and says where";
    const auto verdict = world.engine.verdict();
    EXPECT_FALSE(verdict.met());
    ASSERT_THAT(verdict.failures, SizeIs(1));
    EXPECT_THAT(verdict.failures[0], HasSubstr("SCENARIO_ERROR at test.json:1:"));
    EXPECT_EQ(world.engine.instances(), 0U);
    EXPECT_EQ(world.answer(client, request_text("a", "__keepalive")).at("status"), "finished") << "the id is free again";
  }
}

TEST(EngineReply, WhatTheScriptSendsOutOfOrderIsSentAndNoted) {
  struct Case {
    std::string reply, mode, note;
    std::vector<std::string> statuses;
  };
  for (const auto& one : {
           Case{R"(["ack", "ack", {"finished": 1}])", "sync", "second ack", {"ack", "ack", "finished"}},
           Case{R"(["started", {"finished": 1}])", "sync", "started", {"started", "finished"}},
           Case{R"([{"send": {"id": "${id}", "status": "running"}}, {"finished": 1}])",
                "sync",
                "",
                {"ack", "running", "finished"}},
           Case{R"([{"send": {"id": "stranger", "status": "finished", "result": 1}}, {"finished": 1}])",
                "sync",
                "not live",
                {"ack", "finished", "finished"}},
           Case{R"([{"send": {"id": "${id}", "status": "finished", "result": 1}}, {"finished": 2}])",
                "sync",
                "not live",
                {"ack", "finished", "finished"}},
           Case{R"([{"send": {"status": "hello"}}, {"finished": 2}])", "sync", "", {"ack", "hello", "finished"}},
           Case{R"([{"send": {"status": 5, "id": 6}}, {"finished": 2}])", "sync", "", {"ack", "?", "finished"}},
       }) {
    Driver world{stub(one.reply)};
    const auto client = world.connect();
    const auto frames = world.ask(client, request_text("a", "it", {}, one.mode));
    ASSERT_THAT(frames, SizeIs(one.statuses.size())) << one.reply;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (one.statuses[i] != "?") {
        EXPECT_EQ(frames[i].at("status"), one.statuses[i]) << one.reply;
      }
    }
    const auto verdict = world.engine.verdict();
    EXPECT_TRUE(verdict.met()) << "a mock may be scripted to do so";
    ASSERT_THAT(verdict.notes, SizeIs(one.note.empty() ? 0 : 1)) << one.reply;
    if (!one.note.empty()) {
      EXPECT_THAT(verdict.notes[0], HasSubstr(one.note));
      EXPECT_THAT(verdict.notes[0], HasSubstr("test.json:1:"));
    }
  }
  json silent = json::parse(stub(R"([{"running": {}}, {"finished": 1}])"));
  silent["stubs"][0]["accept"] = false;
  Driver world{silent.dump()};
  EXPECT_THAT(statuses(world.ask(world.connect(), request_text("a", "it"))), ElementsAre("running", "finished"));
  EXPECT_THAT(world.engine.verdict().notes, SizeIs(2));
}

TEST(EngineReply, AScriptWithoutAnEndLeavesItsIdLive) {
  Driver world{stub(R"(["accept", {"running": {}}])")};
  const auto client = world.connect();
  world.ask(client, request_text("a", "it"));
  EXPECT_EQ(world.answer(client, request_text("a", "it")).at("code"), "DUPLICATE_ID");
  EXPECT_EQ(world.engine.instances(), 0U);
}

}  // namespace
}  // namespace procedura::mock::engine
