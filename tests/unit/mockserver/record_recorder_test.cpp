// Which message belongs to which request.
#include "record_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::mock::record {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// `> ...` is what the client says, `< ...` what the agent does; a request as `> ID CMD MODE`.
struct Correlation {
  const char* name;
  std::vector<std::string> conversation;
  std::vector<json> replies;  // of the stubs, in their order
};

void play(Watched& watched, const std::vector<std::string>& conversation) {
  for (const std::string& line : conversation) {
    const std::string rest = line.substr(2);
    if (line[0] == '<') {
      watched.agent(rest);
    } else if (rest[0] == '{' || rest[0] == '!') {
      watched.client(rest);
    } else {
      const auto first = rest.find(' ');
      const auto second = rest.find(' ', first + 1);
      watched.ask(rest.substr(0, first), rest.substr(first + 1, second - first - 1), {}, rest.substr(second + 1));
    }
  }
}

json steps(std::string_view text) {
  return json::parse(text);
}

class Correlations : public ::testing::TestWithParam<Correlation> {};

TEST_P(Correlations, GiveEachRequestItsFrames) {
  Watched watched;
  watched.open();
  play(watched, GetParam().conversation);
  std::vector<json> replies;
  for (const json& stub : watched.stubs()) replies.push_back(stub.at(stub.contains("reply") ? "reply" : "sequence"));
  EXPECT_EQ(replies, GetParam().replies) << watched.text();
}

INSTANTIATE_TEST_SUITE_P(
    Recorder, Correlations,
    ::testing::Values(
        Correlation{"ASync",
                    {"> q1 a sync", R"(< {"id":"q1","status":"ack"})", R"(< {"id":"q1","status":"finished","result":1})"},
                    {steps(R"(["accept", {"finished": 1}])")}},
        Correlation{"AnAsyncByBothIds",
                    {"> q1 a async", R"(< {"id":"q1","job_id":"j1","status":"started"})",
                     R"(< {"id":"q1","job_id":"j1","status":"running","n":1})",
                     R"(< {"id":"q1","job_id":"j1","status":"finished","result":null})"},
                    {steps(R"(["accept", {"running": {"n": 1}}, {"finished": null}])")}},
        Correlation{
            "ByJobIdAlone",
            {"> q1 a async", "> q2 b async", R"(< {"id":"q2","job_id":"j2","status":"started"})",
             R"(< {"id":"q1","job_id":"j1","status":"started"})", R"(< {"job_id":"j1","status":"running","of":"a"})",
             R"(< {"job_id":"j2","status":"finished","result":"b"})", R"(< {"job_id":"j1","status":"finished","result":"a"})"},
            {steps(R"(["accept", {"running": {"of": "a"}}, {"finished": "a"}])"), steps(R"(["accept", {"finished": "b"}])")}},
        Correlation{"AnAckWithAJobIdMakesItKnown",
                    {"> q1 a sync", R"(< {"id":"q1","job_id":"j1","status":"ack"})",
                     R"(< {"job_id":"j1","status":"finished","result":1})"},
                    {steps(R"(["accept", {"finished": 1}])")}},
        Correlation{
            "StartedWithoutIdGoesToTheOldestThatWaits",
            {"> q1 a async", "> q2 b async", "> q3 c sync", R"(< {"job_id":"j1","status":"started"})",
             R"(< {"id":"q3","status":"finished","result":"c"})", R"(< {"job_id":"j2","status":"started"})",
             R"(< {"job_id":"j2","status":"finished","result":"b"})", R"(< {"job_id":"j1","status":"finished","result":"a"})"},
            {steps(R"([{"accept": {}, "target": "job_id"}, {"finished": "a"}])"),
             steps(R"([{"accept": {}, "target": "job_id"}, {"finished": "b"}])"), steps(R"([{"finished": "c"}])")}},
        Correlation{
            "AnUnknownStatusIsNoAnswerThatAStartedCouldNotFollow",
            {"> q1 a async", "> q2 b async", R"(< {"id":"q1","status":"queued"})", R"(< {"job_id":"j1","status":"started"})",
             R"(< {"job_id":"j1","status":"finished","result":"a"})"},
            {steps(R"([{"send": {"id": "${id}", "status": "queued"}}, {"accept": {}, "target": "job_id"}, {"finished": "a"}])"),
             steps("[]")}},
        Correlation{
            "ARequestThatHasHadItsErrorWaitsForNoStarted",
            {"> q1 a async", "> q2 b async", R"(< {"id":"q1","status":"error","message":"no"})",
             R"(< {"job_id":"j2","status":"started"})", R"(< {"job_id":"j2","status":"finished","result":"b"})"},
            {steps(R"([{"error": {"message": "no"}}])"), steps(R"([{"accept": {}, "target": "job_id"}, {"finished": "b"}])")}},
        Correlation{"InterleavedSyncAndAsync",
                    {"> q1 a sync", "> q2 b async", R"(< {"id":"q2","job_id":"j2","status":"started"})",
                     R"(< {"id":"q1","status":"ack"})", R"(< {"id":"q2","job_id":"j2","status":"running"})",
                     R"(< {"id":"q1","status":"finished","result":"a"})",
                     R"(< {"id":"q2","job_id":"j2","status":"error","code":"C","message":"m","left":0})"},
                    {steps(R"(["accept", {"finished": "a"}])"),
                     steps(R"(["accept", {"running": {}}, {"error": {"code": "C", "message": "m", "left": 0}}])")}},
        Correlation{"AnIdUsedAgainAfterItsEnd",
                    {"> q1 a sync", R"(< {"id":"q1","status":"finished","result":1})", "> q1 a sync",
                     R"(< {"id":"q1","status":"finished","result":2})"},
                    {steps(R"([[{"finished": 1}], [{"finished": 2}]])")}},
        Correlation{"AJobIdUsedAgain",
                    {"> q1 a sync", R"(< {"id":"q1","job_id":"j","status":"ack"})",
                     R"(< {"job_id":"j","status":"finished","result":1})", "> q2 b sync",
                     R"(< {"id":"q2","job_id":"j","status":"ack"})", R"(< {"job_id":"j","status":"finished","result":2})"},
                    {steps(R"(["accept", {"finished": 1}])"), steps(R"(["accept", {"finished": 2}])")}},
        Correlation{"ALateFrameFollowsItsRequest",
                    {"> q1 a sync", R"(< {"id":"q1","status":"finished","result":1})", "> q2 b sync",
                     R"(< {"id":"q1","status":"running","late":true})", R"(< {"id":"q2","status":"finished","result":2})"},
                    {steps(R"([{"send": {"id": "${id}", "status": "finished", "result": 1}}, {"running": {"late": true}}])"),
                     steps(R"([{"finished": 2}])")}},
        Correlation{"ASecondFinished",
                    {"> q1 a sync", R"(< {"id":"q1","status":"finished","result":1})",
                     R"(< {"id":"q1","status":"finished","result":2})"},
                    {steps(R"([{"send": {"id": "${id}", "status": "finished", "result": 1}}, {"finished": 2}])")}},
        Correlation{
            "AnUnknownJobGoesWithTheRequestThatHadAFrameLast",
            {"> q1 a sync", "> q2 b sync", R"(< {"id":"q1","status":"ack"})", R"(< {"job_id":"nobody","status":"running"})",
             R"(< {"id":"q2","status":"ack"})", R"(< {"status":"error","message":"of nobody"})",
             R"(< {"id":"q1","status":"finished","result":1})", R"(< {"id":"q2","status":"finished","result":2})"},
            {steps(R"(["accept", {"send": {"job_id": "nobody", "status": "running"}}, {"finished": 1}])"),
             steps(R"(["accept", {"send": {"status": "error", "message": "of nobody"}}, {"finished": 2}])")}},
        Correlation{"BeforeAnyFrameUntargetedOnesGoWithTheLatestRequest",
                    {"> q1 a sync", "> q2 b sync", R"(< {"status":"notice"})",
                     R"(< {"id":"q1","status":"finished","result":1})", R"(< {"id":"q2","status":"finished","result":2})"},
                    {steps(R"([{"finished": 1}])"), steps(R"([{"send": {"status": "notice"}}, {"finished": 2}])")}},
        Correlation{
            "AnEventWhileNothingIsLiveFollowsTheLatestRequest",
            {"> q1 a sync", R"(< {"id":"q1","status":"finished","result":1})", R"(< {"status":"notice"})"},
            {steps(R"([{"send": {"id": "${id}", "status": "finished", "result": 1}}, {"send": {"status": "notice"}}])")}},
        Correlation{"AGreetingComesFirst",
                    {R"(< {"status":"hello"})", "> q1 a sync", R"(< {"id":"q1","status":"finished","result":1})"},
                    {steps(R"([{"send": {"status": "hello"}}, {"finished": 1}])")}},
        Correlation{"BrokenJsonIsSentAsItCame",
                    {"> q1 a sync", R"(< {"id":"q1","sta)", R"(< {"id":"q1","status":"finished","result":1})"},
                    {steps(R"([{"raw": "{\"id\":\"q1\",\"sta"}, {"finished": 1}])")}},
        Correlation{"JsonThatIsNoObject",
                    {"> long-id a sync", R"(< [1, "long-id", "${x}"])", R"(< {"id":"long-id","status":"finished","result":1})"},
                    {steps(R"([{"raw": "[1,\"${id}\",\"$${x}\"]"}, {"finished": 1}])")}},
        Correlation{"ABrokenMemberStillHasItsId",
                    {"> q1 a sync", R"(< {"id":"q1","status":7})", R"(< {"id":"q1","status":"finished","result":1})"},
                    {steps(R"([{"send": {"id": "${id}", "status": 7}}, {"finished": 1}])")}},
        Correlation{"AnUnknownStatusOfARequest",
                    {"> q1 a sync", R"(< {"id":"q1","status":"queued","position":1})",
                     R"(< {"id":"q1","status":"finished","result":1})"},
                    {steps(R"([{"send": {"id": "${id}", "status": "queued", "position": 1}}, {"finished": 1}])")}},
        Correlation{"WhatIsNoRequestIsAnsweredByTheMockItself",
                    {"> !", R"(< {"status":"error","code":"BAD_FRAME","message":"no JSON"})", R"(> {"id":"x","cmd":"a"})",
                     R"(< {"id":"x","status":"error","code":"BAD_REQUEST","message":"no mode"})", "> q1 a sync", "> q1 b sync",
                     R"(< {"status":"error","code":"DUPLICATE_ID","message":"live","ref":"q1"})",
                     R"(< {"id":"q1","status":"finished","result":1})"},
                    {steps(R"([{"finished": 1}])")}},
        Correlation{
            "AFrameWithTheIdOfOneAndTheJobOfAnotherBelongsToTheId",
            {"> q1 a sync", "> q2 b sync", R"(< {"id":"q1","job_id":"j1","status":"ack"})",
             R"(< {"id":"q2","job_id":"j2","status":"ack"})", R"(< {"id":"q2","job_id":"j1","status":"running"})",
             R"(< {"job_id":"j1","status":"finished","result":1})", R"(< {"job_id":"j2","status":"finished","result":2})"},
            {steps(R"(["accept", {"finished": 1}])"),
             steps(R"(["accept", {"send": {"id": "${id}", "job_id": "j1", "status": "running"}}, {"finished": 2}])")}},
        Correlation{"AnIdThatIsOverWithALiveJobBelongsToTheJob",
                    {"> q1 a sync", R"(< {"id":"q1","status":"finished","result":1})", "> q2 b sync",
                     R"(< {"id":"q2","job_id":"j2","status":"ack"})", R"(< {"id":"q1","job_id":"j2","status":"running"})",
                     R"(< {"job_id":"j2","status":"finished","result":2})"},
                    {steps(R"([{"finished": 1}])"),
                     steps(R"(["accept", {"send": {"id": "q1", "job_id": "${job}", "status": "running"}}, {"finished": 2}])")}},
        Correlation{
            "AForeignIdWithAKnownJob",
            {"> q1 a sync", R"(< {"id":"q1","job_id":"j1","status":"ack"})",
             R"(< {"id":"else","job_id":"j1","status":"running"})", R"(< {"job_id":"j1","status":"finished","result":1})"},
            {steps(R"(["accept", {"send": {"id": "else", "job_id": "${job}", "status": "running"}}, {"finished": 1}])")}},
        Correlation{"ARequestWithoutAnAnswer", {"> q1 a sync"}, {steps("[]")}}),
    [](const auto& test) { return test.param.name; });

TEST(Recorder, ConnectionsDoNotKnowEachOthersIds) {
  Watched watched;
  const auto first = watched.open();
  watched.ask("q1", "a");
  const auto second = watched.open();
  watched.ask("q1", "b");
  watched.last = first;
  watched.agent(R"({"id":"q1","job_id":"j","status":"ack"})");
  watched.last = second;
  watched.agent(R"({"id":"q1","job_id":"j","status":"ack"})").agent(R"({"job_id":"j","status":"finished","result":"b"})");
  watched.last = first;
  watched.agent(R"({"job_id":"j","status":"finished","result":"a"})");
  EXPECT_EQ(watched.reply(0), steps(R"(["accept", {"finished": "a"}])"));
  EXPECT_EQ(watched.reply(1), steps(R"(["accept", {"finished": "b"}])"));
}

TEST(Recorder, KeepsTheTimeBetweenTheFramesOfARequestToTheMillisecond) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a").after(milliseconds{3}).agent(R"({"id":"q1","status":"ack"})");
  watched.ask("q2", "b").after(milliseconds{9}).agent(R"({"id":"q2","status":"ack"})");
  watched.now += std::chrono::microseconds{600};
  watched.agent(R"({"id":"q1","status":"running"})").agent(R"({"id":"q1","status":"running"})");
  watched.after(milliseconds{2000}).agent(R"({"id":"q1","status":"finished","result":1})");
  EXPECT_EQ(watched.reply(0), steps(R"([{"delay": "3ms"}, "accept", {"delay": "10ms"}, {"running": {}}, {"running": {}},
                                        {"delay": "2s"}, {"finished": 1}])"));
  EXPECT_EQ(watched.reply(1), steps(R"([{"delay": "9ms"}, "accept"])"));
}

TEST(Recorder, AStartedWithoutIdKeepsItsPlaceAmongTheRequestsAndWhatFollowsItsTime) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a", {}, "async").after(milliseconds{3}).agent(R"({"status":"notice"})").after(milliseconds{4});
  watched.agent(R"({"job_id":"j1","status":"started"})").after(milliseconds{5}).agent(R"({"job_id":"j1","status":"running"})");
  EXPECT_EQ(watched.reply(), steps(R"([{"send": {"status": "notice"}}, {"accept": {}, "target": "job_id"}, {"delay": "12ms"},
                                       {"running": {}}])"));
}

TEST(Recorder, RoundingDoesNotAddUp) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a");
  for (int i = 0; i < 10; ++i) {
    watched.now += std::chrono::microseconds{400};
    watched.agent(R"({"id":"q1","status":"running"})");
  }
  int total = 0;
  for (const json& step : watched.reply()) total += step.contains("delay") ? 1 : 0;
  EXPECT_EQ(total, 4);
}

TEST(Recorder, AConnectionThatTheAgentEndsInMidJobEndsInTheReply) {
  struct Case {
    std::uint16_t code;
    std::string_view reason;
    json last;
  };
  for (const auto& [code, reason, last] : {
           Case{1011, "gone", steps(R"({"close": {"code": 1011, "reason": "gone"}})")},
           Case{1001, "", steps(R"({"close": {"code": 1001}})")},
           Case{1005, "", steps(R"({"close": {"code": 1000}})")},
           Case{1006, "", steps(R"({"fault": "drop"})")},
       }) {
    Watched watched;
    watched.open();
    watched.ask("q1", "a").agent(R"({"id":"q1","status":"ack"})").ask("q2", "b").after(milliseconds{5});
    watched.recorder.agent_closed(watched.now, watched.last, code, reason);
    EXPECT_EQ(watched.reply(0), json::array({"accept", {{"delay", "5ms"}}, last})) << code;
    EXPECT_EQ(watched.reply(1), json::array()) << code;
  }
}

TEST(Recorder, ARequestThatTheClientLeavesHasNoEnd) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a").agent(R"({"id":"q1","status":"ack"})");
  watched.recorder.client_closed(watched.last);
  EXPECT_EQ(watched.reply(), steps(R"(["accept"])"));
}

TEST(Recorder, AnEndWhileNothingIsLiveIsOnlyTold) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a").agent(R"({"id":"q1","status":"finished","result":1})");
  watched.recorder.agent_closed(watched.now, watched.last, 1001, "");
  EXPECT_EQ(watched.reply(), steps(R"([{"finished": 1}])"));
  EXPECT_THAT(watched.text(), HasSubstr("1 connection ended by the agent while no request was live"));
}

TEST(Recorder, BinaryMessagesOfTheAgentAreKeptThoseOfClientsAreNot) {
  Watched watched;
  watched.open();
  watched.ask("q1", "a");
  watched.recorder.agent_binary(watched.now, watched.last, std::string_view{"\x00\xFF", 2});
  watched.recorder.client_binary(watched.last, "x");
  watched.agent(R"({"status":"error","code":"BAD_FRAME","message":"binary"})")
      .agent(R"({"id":"q1","status":"finished","result":1})");
  EXPECT_EQ(watched.reply(), steps(R"([{"raw": {"base64": "AP8="}}, {"finished": 1}])"));
  EXPECT_EQ(watched.recorder.counts().no_requests, 1U);
}

TEST(Recorder, WhatCameWithoutARequestIsCounted) {
  Watched watched;
  watched.open();
  watched.agent(R"({"status":"hello"})");
  watched.recorder.client_closed(watched.last);
  EXPECT_EQ(watched.stubs(), json::array());
  EXPECT_THAT(watched.text(), HasSubstr("1 message of the agent on connections without a request"));
  EXPECT_THAT(watched.text(), Not(HasSubstr("before the first request")));
}

TEST(Recorder, StopsAtItsBoundAndSaysSo) {
  Watched watched{{.max_bytes = 2000}};
  watched.open();
  watched.ask("q1", "a").agent(R"({"id":"q1","status":"finished","result":1})");
  EXPECT_FALSE(watched.recorder.full());
  watched.ask("q2", "b").agent(R"({"id":"q2","status":"finished","result":")" + std::string(2000, 'x') + "\"}");
  EXPECT_TRUE(watched.recorder.full());
  watched.ask("q3", "c").agent(R"({"id":"q3","status":"finished","result":3})");
  EXPECT_EQ(watched.recorder.counts().unrecorded, 3U);
  EXPECT_EQ(watched.stubs().size(), 2U);
  EXPECT_THAT(watched.text(), HasSubstr("INCOMPLETE: 3 messages came when"));
}

TEST(Recorder, StillLearnsSecretsWhenItIsFull) {
  Watched watched{{.max_bytes = 700}};
  watched.open();
  watched.ask("q1", "a").agent(R"({"id":"q1","status":"finished","result":"abcd-1234 and pass-word"})");
  watched.ask("q2", "login_password", {"me:pass-word"});
  ASSERT_TRUE(watched.recorder.full());
  watched.agent(R"({"id":"q2","status":"finished","result":{"session_token":"abcd-1234"}})");
  EXPECT_EQ(watched.reply(), steps(R"([{"finished": "<redacted> and <redacted>"}])"));
}

}  // namespace
}  // namespace procedura::mock::record
