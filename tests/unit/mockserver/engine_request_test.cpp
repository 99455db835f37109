// What is a request, who may ask, and for what: CON-4, CON-9, REQ-1 ... REQ-8, AUT-6, AUT-9.
#include "engine_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto open_world = R"({"version": 1, "stubs": [
  {"name": "echo", "match": {"cmd": "echo"}, "reply": [{"finished": {"args": "${args}", "raw": "${raw_args}"}}]},
  {"name": "slow", "match": {"cmd": "slow"}, "reply": [{"delay": "1s"}, {"finished": 1}]},
  {"name": "exact", "match": {"cmd": "exact", "options": {"n": 4}}, "reply": [{"finished": 1}]}]})";

constexpr auto closed_world = R"({"version": 1,
  "auth": {"required": true, "users": {"ada": "engine"},
           "tokens": [{"token": "ci-token", "user": "ada", "device": "ci", "ttl": "10s"}]},
  "stubs": [{"name": "who", "match": {"cmd": "who"}, "reply": [{"finished": "${user ?? 'nobody'} ${device ?? 'nowhere'}"}]},
            {"name": "slow", "match": {"cmd": "slow"}, "reply": ["accept", {"delay": "60s"}, {"finished": "${user}"}]}]})";

TEST(EngineRequest, EveryBrokenMessageHasItsErrorAndTheConnectionStays) {
  struct Case {
    std::string text, code, id, ref;
  };
  const std::string deep =
      R"({"id":"d","cmd":"echo","args":[],"mode":"sync","x":)" + std::string(300, '[') + std::string(300, ']') + "}";
  Driver world{open_world};
  const auto client = world.connect();
  world.ask(client, request_text("live", "slow"));
  for (const auto& one : {
           Case{"{", "BAD_FRAME", "", ""},
           Case{"", "BAD_FRAME", "", ""},
           Case{"[]", "BAD_FRAME", "", ""},
           Case{"nonsense", "BAD_FRAME", "", ""},
           Case{R"({"id":"a","cmd":"echo"} {})", "BAD_FRAME", "", ""},
           Case{deep, "BAD_FRAME", "", ""},
           Case{R"({"cmd":"echo","args":[],"mode":"sync"})", "BAD_REQUEST", "", ""},
           Case{R"({"id":7,"cmd":"echo","args":[],"mode":"sync"})", "BAD_REQUEST", "", ""},
           Case{R"({"id":"a","args":[],"mode":"sync"})", "BAD_REQUEST", "a", ""},
           Case{R"({"id":"a","cmd":"echo","args":[1],"mode":"sync"})", "BAD_REQUEST", "a", ""},
           Case{R"({"id":"a","cmd":"echo","args":"x","mode":"sync"})", "BAD_REQUEST", "a", ""},
           Case{R"({"id":"a","cmd":"echo","args":[],"mode":"later"})", "BAD_REQUEST", "a", ""},
           Case{R"({"id":"live","cmd":"echo","args":[],"mode":"later"})", "BAD_REQUEST", "", "live"},
           Case{R"({"id":"live","cmd":"echo","args":[],"mode":"sync"})", "DUPLICATE_ID", "", "live"},
       }) {
    const auto frames = world.ask(client, one.text);
    ASSERT_EQ(frames.size(), 1U) << one.text;
    EXPECT_EQ(frames[0].at("status"), "error");
    EXPECT_EQ(frames[0].at("code"), one.code) << one.text;
    EXPECT_EQ(frames[0].value("id", ""), one.id) << one.text;
    EXPECT_EQ(frames[0].value("ref", ""), one.ref) << one.text;
  }
  world.send_binary(client, 12);
  EXPECT_EQ(world.frames(client).at(0).at("code"), "BAD_FRAME");
  EXPECT_EQ(world.close_code(client), 0);
  world.advance(seconds{1});
  EXPECT_THAT(statuses(world.frames(client)), ElementsAre("finished")) << "the first request went on";
}

TEST(EngineRequest, FurtherMembersAreIgnoredAndIdsComeBackByteForByte) {
  Driver world{open_world};
  const auto client = world.connect();
  const std::string id = "\xc3\xa4\"\\/\n" + std::string(200, 'x');
  const auto answer =
      world.answer(client, json{{"more", 1}, {"id", id}, {"cmd", "echo"}, {"args", json::array()}, {"mode", "sync"}}.dump());
  EXPECT_EQ(answer.at("id"), id);
}

// REQ-4
TEST(EngineRequest, TakesBothStylesOfArgumentsOrOne) {
  struct Case {
    std::string style;
    std::vector<std::string> args;
    json raw;  // null: refused
  };
  for (const auto& one : {
           Case{"auto", {"echo", "a"}, json{"a"}},
           Case{"auto", {"a"}, json{"a"}},
           Case{"auto", {"echo", "echo"}, json{"echo"}},
           Case{"auto", {}, json::array()},
           Case{"module-first", {"echo", "a"}, json{"a"}},
           Case{"module-first", {"a"}, nullptr},
           Case{"module-first", {}, nullptr},
           Case{"bare", {"echo", "a"}, json{"echo", "a"}},
           Case{"bare", {"a"}, json{"a"}},
       }) {
    json scenario = json::parse(open_world);
    scenario["args_style"] = one.style;
    Driver world{scenario.dump()};
    const auto client = world.connect();
    const json answer = world.answer(client, request_text("a", "echo", one.args));
    if (one.raw.is_null()) {
      EXPECT_EQ(answer.at("code"), "BAD_REQUEST");
      EXPECT_EQ(answer.at("id"), "a");
    } else {
      EXPECT_EQ(answer.at("result").at("raw"), one.raw) << one.style << json(one.args);
    }
    EXPECT_EQ(world.answer(client, request_text("a", "__keepalive", {"__keepalive"})).at("status"), "finished")
        << "the id is free again";
  }
}

// REQ-6, and what a known command gets that no stub matches
TEST(EngineRequest, TellsUnknownFromUnmatched) {
  Driver world{open_world};
  const auto client = world.connect();
  const json unknown = world.answer(client, request_text("a", "nope"));
  EXPECT_EQ(unknown.at("code"), "UNKNOWN_MODULE");
  EXPECT_EQ(unknown.at("id"), "a");
  const json unmatched = world.answer(client, request_text("b", "exact", {"--n", "5"}));
  EXPECT_EQ(unmatched.at("code"), "NO_STUB_MATCH");
  EXPECT_THAT(std::string{unmatched.at("message")}, HasSubstr("options.n"));
  EXPECT_TRUE(world.engine.verdict().met());
}

TEST(EngineRequest, UnmatchedCanBeIgnoredOrFailTheRun) {
  json scenario = json::parse(open_world);
  scenario["unmatched"] = "ignore";
  Driver ignoring{scenario.dump()};
  auto client = ignoring.connect();
  EXPECT_TRUE(ignoring.ask(client, request_text("a", "nope")).empty());
  EXPECT_EQ(ignoring.answer(client, request_text("a", "echo")).at("code"), "DUPLICATE_ID") << "it is live: nobody has answered";
  EXPECT_TRUE(ignoring.engine.verdict().met());

  scenario["unmatched"] = "fail";
  Driver failing{scenario.dump()};
  client = failing.connect();
  EXPECT_EQ(failing.answer(client, request_text("a", "nope")).at("code"), "UNKNOWN_MODULE");
  EXPECT_EQ(failing.answer(client, request_text("b", "exact")).at("code"), "NO_STUB_MATCH");
  const auto verdict = failing.engine.verdict();
  EXPECT_FALSE(verdict.met());
  ASSERT_EQ(verdict.failures.size(), 2U);
  EXPECT_THAT(verdict.failures[0], HasSubstr("unexpected request a on connection 1"));

  Driver near{R"({"version": 1, "unmatched": "fail", "stubs": [
    {"name": "any", "match": {"options": {"n": 1}}, "reply": [{"finished": 1}]}]})"};
  EXPECT_EQ(near.answer(near.connect(), request_text("a", "nope", {"--n", "2"})).at("code"), "UNKNOWN_MODULE");
  EXPECT_THAT(near.engine.verdict().failures.at(0), HasSubstr("options.n: expected 1, found \"2\""));
}

// AUT-5, AUT-6, AUT-9, LOG-7, REQ-8
TEST(EngineRequest, ProtectsEveryModuleButTheBuiltIns) {
  Driver world{closed_world};
  const auto client = world.connect();
  for (const char* cmd : {"who", "nope"})
    EXPECT_EQ(world.answer(client, request_text("a", cmd)).at("code"), "AUTH_REQUIRED") << cmd;
  for (const char* cmd : {"__keepalive", "__diag_ws_metrics", "__diag_auth"}) {
    EXPECT_EQ(world.answer(client, request_text("a", cmd)).at("status"), "finished") << cmd;
  }
  EXPECT_EQ(world.answer(client, request_text("a", "login_password", {"ada:engine", "--device=cli"})).at("status"), "finished");
  EXPECT_EQ(world.answer(client, request_text("a", "who")).at("result"), "ada cli");
  EXPECT_EQ(world.answer(client, request_text("a", "nope")).at("code"), "UNKNOWN_MODULE");
  EXPECT_EQ(world.answer(world.connect(), request_text("a", "who")).at("code"), "AUTH_REQUIRED") << "another connection";
}

TEST(EngineRequest, LooksAtTheTokenWithEachRequest) {
  Driver world{closed_world};
  const auto known = world.connect("ci-token", Via::subprotocol);
  const auto unknown = world.connect("no-token", Via::bearer);
  EXPECT_EQ(world.answer(unknown, request_text("a", "who")).at("code"), "AUTH_REQUIRED");
  EXPECT_EQ(world.answer(known, request_text("a", "who")).at("result"), "ada ci");
  world.ask(known, request_text("running", "slow"));
  world.advance(milliseconds{9999});
  EXPECT_EQ(world.answer(known, request_text("a", "who")).at("result"), "ada ci");
  world.advance(milliseconds{1});
  EXPECT_EQ(world.answer(known, request_text("a", "who")).at("code"), "AUTH_EXPIRED");
  EXPECT_EQ(world.answer(known, request_text("a", "__diag_auth")).at("result").at("authenticated"), false);
  world.advance(seconds{50});
  EXPECT_EQ(world.frames(known).at(0).at("result"), "ada") << "running jobs finish after expiry";
  EXPECT_EQ(world.answer(known, request_text("a", "login_password", {"ada:engine"})).at("status"), "finished");
  EXPECT_EQ(world.answer(known, request_text("a", "who")).at("result"), "ada nowhere");
}

TEST(EngineRequest, ATokenThatIsNotNeededIsStillKnown) {
  json scenario = json::parse(closed_world);
  scenario["auth"]["required"] = false;
  Driver world{scenario.dump()};
  EXPECT_EQ(world.answer(world.connect(), request_text("a", "who")).at("result"), "nobody nowhere");
  EXPECT_EQ(world.answer(world.connect("bad", Via::bearer), request_text("a", "who")).at("result"), "nobody nowhere");
  EXPECT_EQ(world.answer(world.connect("ci-token", Via::bearer), request_text("a", "who")).at("result"), "ada ci");
}

TEST(EngineRequest, AClientCannotPileUpRequestsForEver) {
  EngineOptions options;
  options.max_live = 3;
  Driver world{open_world, options};
  const auto client = world.connect();
  for (const char* id : {"a", "b", "c"}) EXPECT_EQ(world.answer(client, request_text(id, "slow")).at("status"), "ack") << id;
  EXPECT_EQ(world.answer(client, request_text("d", "slow")).at("code"), "TOO_MANY_REQUESTS");
  EXPECT_EQ(world.answer(world.connect(), request_text("d", "slow")).at("status"), "ack") << "others are not concerned";
  world.advance(seconds{1});
  world.frames(client);
  EXPECT_EQ(world.answer(client, request_text("d", "slow")).at("status"), "ack");
}

TEST(EngineRequest, WhatComesForAConnectionThatIsNotThereIsDropped) {
  Driver world{open_world};
  world.send(99, request_text("a", "echo"));
  world.send_binary(99, 1);
  world.close(99);
  const auto client = world.connect(door::Accept{std::nullopt, "bad", Via::subprotocol, 4401});
  EXPECT_EQ(world.close_code(client), 4401);
  world.send(client, request_text("a", "echo"));
  world.send_binary(client, 1);
  EXPECT_TRUE(world.all.empty());
}

TEST(EngineRequest, TheDoorIsTheScenarios) {
  Driver world{R"({"version": 1, "auth": {"required": true, "refuse": "http-403"}})"};
  const auto decision = world.engine.upgrade({world.now, world.wall}, {"/", "stale", "", ""});
  EXPECT_EQ(std::get<door::Refuse>(decision).http_status, 403U);
}

}  // namespace
}  // namespace procedura::mock::engine
