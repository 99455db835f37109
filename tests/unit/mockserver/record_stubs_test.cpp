// How requests become stubs, and frames steps.
#include "record_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::mock::record {
namespace {

using ::testing::HasSubstr;

json steps(std::string_view text) {
  return json::parse(text);
}

Watched answered(std::string_view id, std::string_view mode, const std::vector<std::string>& frames) {
  Watched watched;
  watched.open();
  watched.ask(id, "a", {}, mode);
  for (const auto& frame : frames) watched.agent(frame);
  return watched;
}

TEST(RecordedStubs, MatchWhatWasAsked) {
  struct Case {
    std::vector<std::string> args;
    json conditions;
  };
  for (const auto& [args, conditions] : {
           Case{{}, steps(R"({"args": []})")},
           Case{{"a"}, steps(R"({"args": []})")},  // the module's name (REQ-4)
           Case{{"a", "x", "y"}, steps(R"({"args": ["x", "y"]})")},
           Case{{"x", "--n", "4", "--flag", "--r=2"},
                steps(R"({"args": ["x"], "options": {"n": "4", "flag": true, "r": "2"}})")},
           Case{{"--n=1", "--n=2"}, steps(R"({"args": [], "options": {"n": "2"}})")},
           Case{{"--", "--n"}, steps(R"({"args": ["--n"]})")},
           Case{{"---n=1", "x"}, steps(R"({"raw_args": ["---n=1", "x"]})")},
           Case{{"of request-7", "request-77"}, steps(R"({"args": [{"absent": false}, "request-77"]})")},
       }) {
    Watched watched;
    watched.open();
    watched.ask("request-7", "a", args, "async");
    json match = conditions;
    match["cmd"] = "a";
    match["mode"] = "async";
    EXPECT_EQ(watched.stub().at("match"), match);
  }
}

TEST(RecordedStubs, OneForEachShapeTheNarrowerFirst) {
  Watched watched;
  watched.open();
  int id = 0;
  const auto ask = [&](std::string_view cmd, const std::vector<std::string>& args, std::string_view mode = "sync") {
    watched.ask("request-" + std::to_string(++id), cmd, args, mode);
  };
  ask("sprites", {});
  ask("other", {});
  ask("sprites", {"--n", "4"});
  ask("sprites", {}, "async");
  ask("sprites", {"--n=4"});  // the same as before
  ask("sprites", {"--n", "4", "--dry-run"});
  std::vector<std::string> found;
  for (const json& stub : watched.stubs())
    found.push_back(stub.at("name").get<std::string>() + stub.at("match").value("options", json{}).dump());
  EXPECT_THAT(found, ::testing::ElementsAre(R"(sprites{"dry-run":true,"n":"4"})", R"(sprites 2{"n":"4"})", "sprites 3null",
                                            "sprites 4null", "othernull"));
}

TEST(RecordedStubs, NamesAreNeverTwice) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a 2").ask("q2", "a").ask("q3", "a", {"x"});
  std::vector<std::string> names;
  for (const json& stub : watched.stubs()) names.push_back(stub.at("name"));
  EXPECT_THAT(names, ::testing::ElementsAre("a 2", "a", "a 3"));
}

TEST(RecordedStubs, TheSameReplyStaysOneWithTheDelaysInTheMiddle) {
  Watched watched;
  watched.open();
  for (const int time : {10, 500, 12}) {
    watched.ask("q", "a").after(milliseconds{time}).agent(R"({"id":"q","status":"finished","result":1})");
  }
  EXPECT_EQ(watched.reply(), steps(R"([{"delay": "12ms"}, {"finished": 1}])"));
  EXPECT_THAT(watched.text(), HasSubstr("// 3 requests, answered alike\n"));
}

TEST(RecordedStubs, DifferentRepliesAreASequenceWhoseLastStays) {
  Watched watched;
  watched.open();
  for (const auto& [result, time] :
       std::vector<std::pair<std::string, int>>{{"1", 1}, {"2", 2}, {"1", 3}, {"3", 4}, {"3", 6}, {"3", 5}}) {
    watched.ask("q", "a").after(milliseconds{time}).agent(R"({"id":"q","status":"finished","result":)" + result + "}");
  }
  EXPECT_EQ(
      watched.stub().at("sequence"),
      steps(R"([[{"delay": "1ms"}, {"finished": 1}], [{"delay": "2ms"}, {"finished": 2}], [{"delay": "3ms"}, {"finished": 1}],
                      [{"delay": "5ms"}, {"finished": 3}]])"));
}

TEST(RecordedStubs, WhoAnswersOutOfOrderOfRequestsStillAnswersEach) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a").ask("q2", "a");
  watched.agent(R"({"id":"q2","status":"finished","result":2})").agent(R"({"id":"q1","status":"finished","result":1})");
  EXPECT_EQ(watched.stub().at("sequence"), steps(R"([[{"finished": 1}], [{"finished": 2}]])"));
}

TEST(RecordedStubs, SayWhichIdsFramesBear) {
  struct Case {
    const char* what;
    std::string mode;
    std::vector<std::string> frames;
    std::string target;  // of the scenario
    json reply;
  };
  for (const auto& [what, mode, frames, target, reply] : {
           Case{"id alone",
                "sync",
                {R"({"id":"q1","status":"ack"})", R"({"id":"q1","status":"finished","result":1})"},
                "id",
                steps(R"(["accept", {"finished": 1}])")},
           Case{"both",
                "sync",
                {R"({"id":"q1","job_id":"j","status":"ack"})", R"({"id":"q1","job_id":"j","status":"finished","result":1})"},
                "both",
                steps(R"(["accept", {"finished": 1}])")},
           Case{"job_id",
                "sync",
                {R"({"id":"q1","job_id":"j","status":"ack"})", R"({"job_id":"j","status":"finished","result":1})"},
                "job_id",
                steps(R"(["accept", {"finished": 1}])")},
           Case{"an ack with a job_id that nobody uses",
                "sync",
                {R"({"id":"q1","job_id":"j","status":"ack"})", R"({"id":"q1","status":"running"})",
                 R"({"id":"q1","status":"finished","result":1})"},
                "id",
                steps(R"([{"accept": {}, "target": "both"}, {"running": {}}, {"finished": 1}])")},
           Case{"started without id",
                "async",
                {R"({"job_id":"j","status":"started"})", R"({"job_id":"j","status":"finished","result":1})"},
                "job_id",
                steps(R"([{"accept": {}, "target": "job_id"}, {"finished": 1}])")},
           Case{"started without job_id",
                "async",
                {R"({"id":"q1","status":"started"})", R"({"id":"q1","status":"finished","result":1})"},
                "id",
                steps(R"([{"accept": {}, "target": "id"}, {"finished": 1}])")},
           Case{"mixed",
                "async",
                {R"({"id":"q1","job_id":"j","status":"started"})", R"({"job_id":"j","status":"running"})",
                 R"({"id":"q1","status":"running"})", R"({"id":"q1","job_id":"j","status":"finished","result":1})"},
                "both",
                steps(R"(["accept", {"running": {}, "target": "job_id"}, {"running": {}, "target": "id"}, {"finished": 1}])")},
           Case{"an error first",
                "sync",
                {R"({"id":"q1","status":"error","message":"m"})"},
                "id",
                steps(R"([{"error": {"message": "m"}}])")},
       }) {
    const auto watched = answered("q1", mode, frames);
    EXPECT_EQ(watched.scenario().at("target"), target) << what << watched.text();
    EXPECT_EQ(watched.reply(), reply) << what;
  }
}

TEST(RecordedStubs, AStubSaysItsTargetWhereItIsNotTheUsualOne) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a").agent(R"({"id":"q1","status":"finished","result":1})");
  watched.ask("q2", "b").agent(R"({"id":"q2","status":"finished","result":1})");
  watched.ask("q3", "c")
      .agent(R"({"id":"q3","job_id":"j","status":"ack"})")
      .agent(R"({"job_id":"j","status":"finished","result":1})");
  EXPECT_EQ(watched.scenario().at("target"), "id");
  EXPECT_FALSE(watched.stub(0).contains("target"));
  EXPECT_EQ(watched.stub(2).at("target"), "job_id");
}

TEST(RecordedStubs, OneWhoseReplyDoesNotBeginWithAnAcceptSaysSo) {
  EXPECT_FALSE(answered("q1", "sync", {R"({"id":"q1","status":"ack"})"}).stub().contains("accept"));
  EXPECT_EQ(answered("q1", "sync", {R"({"id":"q1","status":"finished","result":1})"}).stub().at("accept"), false);
  EXPECT_EQ(answered("q1", "sync", {R"({"id":"q1","status":"ack","more":1})"}).stub().at("accept"), false);
  EXPECT_EQ(answered("q1", "sync", {}).stub().at("accept"), false);
}

TEST(RecordedStubs, AStartedForASyncRequestIsNoAccept) {
  EXPECT_EQ(answered("q1", "sync", {R"({"id":"q1","job_id":"j","status":"started"})"}).reply(), steps(R"(["started"])"));
  EXPECT_EQ(answered("q1", "async", {R"({"id":"q1","job_id":"j","status":"ack"})"}).reply(), steps(R"(["ack"])"));
}

TEST(RecordedStubs, WhatTheMockWouldNotSendOfItselfIsSentWhole) {
  for (const char* frame : {
           R"({"id":"q1","status":"ack","v":2})",
           R"({"id":"q1","status":"finished"})",
           R"({"id":"q1","status":"finished","result":1,"v":2})",
           R"({"id":"q1","status":"error"})",
           R"({"id":"q1","status":"error","message":7})",
           R"({"id":"q1","status":"error","message":"m","code":7})",
           R"({"id":"q1","status":"error","message":"m","code":""})",
           R"({"id":"q1","status":"queued"})",
           R"({"id":"q1","job_id":null,"status":"running"})",
           R"({"id":"q1","status":"running","status_of":{"id":"q1"}})",
       }) {
    json sent = json::parse(frame);
    sent["id"] = "${id}";
    const bool natural = std::string_view{frame}.find("status_of") != std::string_view::npos;
    const json expected = natural ? steps(R"([{"running": {"status_of": {"id": "${id}"}}}])") : json::array({{{"send", sent}}});
    EXPECT_EQ(answered("q1", "sync", {frame}).reply(), expected) << frame;
  }
}

TEST(RecordedStubs, IdsBecomePlaceholders) {
  struct Case {
    const char* id;
    const char* job;
    const char* recorded;
    const char* written;
  };
  for (const auto& [id, job, recorded, written] : {
           Case{"abcd1234", "job-1", R"({"of":"abcd1234","by":"job-1"})", R"({"of":"${id}","by":"${job}"})"},
           Case{"abcd1234", "job-1", R"(["request abcd1234 (job-1)."])", R"(["request ${id} (${job})."])"},
           Case{"abcd1234", "job-1", R"(["xabcd1234", "job-12", "my-job-1", "_abcd1234"])",
                R"(["xabcd1234", "job-12", "my-job-1", "_abcd1234"])"},
           Case{"abcd1234", "abcd1234/7", R"(["abcd1234/7 abcd1234"])", R"(["${job} ${id}"])"},
           Case{"abcd1234", "job-1", R"({"abcd1234": 1})", R"({"abcd1234": 1})"},
           Case{"1", "2", R"({"id":"1","job_id":"2","ref":"1","n":"1","text":"1 of 2"})",
                R"({"id":"${id}","job_id":"${job}","ref":"${id}","n":"1","text":"1 of 2"})"},
           Case{"abcd1234", "job-1", R"(["${id}", "$${x}", "$abcd1234", "$", "{"])",
                R"(["$${id}", "$$${x}", "$abcd1234", "$", "{"])"},
           Case{"same", "same", R"(["same"])", R"(["${id}"])"},
       }) {
    Watched watched;
    watched.open();
    watched.ask(id, "a");
    watched.agent(json{{"id", id}, {"job_id", job}, {"status", "ack"}}.dump());
    watched.agent(json{{"id", id}, {"job_id", job}, {"status", "finished"}, {"result", json::parse(recorded)}}.dump());
    EXPECT_EQ(watched.reply().at(1).at("finished"), json::parse(written)) << recorded;
  }
}

TEST(RecordedStubs, DirectivesOfTheLoaderAreSentAsText) {
  const auto watched =
      answered("long-id", "sync", {R"({"id":"long-id","status":"finished","result":{"$file":"/etc/passwd","${k}":"${v}"}})"});
  EXPECT_EQ(
      watched.reply(),
      steps(
          R"([{"raw": "{\"id\":\"${id}\",\"status\":\"finished\",\"result\":{\"$file\":\"/etc/passwd\",\"$${k}\":\"$${v}\"}}"}])"));
}

TEST(RecordedStubs, JsonThatNoScenarioCanSayIsSentAsText) {
  const auto watched =
      answered("q1", "sync", {R"({"id":"q1","status":"finished","result":1e999})", R"({"id":"q1","a":1,"a":2,"status":"x"})"});
  EXPECT_EQ(watched.reply(), steps(R"([{"raw": "{\"id\":\"q1\",\"status\":\"finished\",\"result\":1e999}"},
                                       {"raw": "{\"id\":\"q1\",\"a\":1,\"a\":2,\"status\":\"x\"}"}])"));
}

TEST(RecordedStubs, NumbersKeepTheirDigits) {
  const auto watched =
      answered("q1", "sync", {R"({"id":"q1","status":"finished","result":[1.50,123456789012345678901234567890,-0]})"});
  EXPECT_THAT(watched.text(), HasSubstr("[1.50, 123456789012345678901234567890, -0]"));
}

TEST(RecordedStubs, EchoNeverIsWrittenWhereNoOfferWasSelected) {
  const auto echo = [](std::vector<Handshake> handshakes) {
    Watched watched;
    for (const auto& handshake : handshakes) watched.open(handshake);
    return watched.scenario().at("auth").value("echo", "offered");
  };
  EXPECT_EQ(echo({{}}), "offered");
  EXPECT_EQ(echo({{{}, true, true}}), "offered");
  EXPECT_EQ(echo({{{}, true, false}, {}}), "never");
  EXPECT_EQ(echo({{{}, true, false}, {{}, true, true}}), "offered");
}

}  // namespace
}  // namespace procedura::mock::record
