#include "session_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <malloc.h>
#include <set>
#include <string>

namespace procedura::protocol {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ClientSessionCorrelation : public testing::Test {
 protected:
  ExchangeKey sync() { return driver.submit(Mode::sync); }
  ExchangeKey async() { return driver.submit(Mode::async); }
  const std::string& id(ExchangeKey key) { return driver.ids[key]; }
  const ClientCounters& counters() { return driver.session.counters(); }
  void open() { driver.opened(); }

  SessionDriver driver;
};

TEST_F(ClientSessionCorrelation, RequestsWaitForTheConnectionAndLeaveInOrder) {
  const auto a = sync();
  const auto b = async();
  EXPECT_TRUE(driver.sent.empty());
  open();
  const auto c = sync();
  ASSERT_EQ(driver.sent.size(), 3U);
  EXPECT_EQ(json::parse(driver.sent[0])["id"], id(a));
  EXPECT_EQ(json::parse(driver.sent[1])["id"], id(b));
  EXPECT_EQ(json::parse(driver.sent[1])["mode"], "async");
  EXPECT_EQ(json::parse(driver.sent[2])["id"], id(c));
}

TEST_F(ClientSessionCorrelation, IdsAreEightHexDigitsFromTheFirstOn) {
  SessionDriver near_the_end{{.limits = {}, .first_id = 0xfffffffe}};
  EXPECT_EQ(near_the_end.ids[near_the_end.submit(Mode::sync)], "fffffffe");
  EXPECT_EQ(near_the_end.ids[near_the_end.submit(Mode::sync)], "ffffffff");
  const auto third = near_the_end.submit(Mode::sync);
  EXPECT_EQ(near_the_end.ids[third], "00000000");
  near_the_end.opened();
  near_the_end.text(finished("00000000", ""));
  EXPECT_EQ(near_the_end.code_of(third), errc::ok);
}

TEST_F(ClientSessionCorrelation, FramesFindTheirExchangeByIdByJobAndByBoth) {
  open();
  for (const bool by_id : {true, false}) {
    for (const bool by_job : {true, false}) {
      if (!by_id && !by_job) continue;
      const auto key = async();
      const std::string job = "job-" + id(key);
      driver.text(frame(id(key), job, "started"));
      const std::string_view use_id = by_id ? std::string_view{id(key)} : "";
      const std::string_view use_job = by_job ? std::string_view{job} : "";
      driver.text(frame(use_id, use_job, "running"));
      driver.text(finished(use_id, use_job, "[1.0]"));
      EXPECT_EQ(driver.phases_of(key), "started running finished");
      EXPECT_EQ(driver.of(key).outcome->reply.result(), "[1.0]");
      EXPECT_EQ(driver.of(key).outcome->job_id, job);
    }
  }
}

// The published client loses this one.
TEST_F(ClientSessionCorrelation, AFinalByJobIdMayCloselyFollowTheAckThatNamedTheJob) {
  open();
  const auto key = sync();
  driver.text(frame(id(key), "j", "ack"));
  driver.text(finished("", "j"));
  EXPECT_EQ(driver.phases_of(key), "ack finished");
}

TEST_F(ClientSessionCorrelation, ASyncRequestMayFinishWithoutAnAck) {
  open();
  const auto key = sync();
  driver.text(finished(id(key), ""));
  EXPECT_EQ(driver.phases_of(key), "finished");
}

// ERR-1; the published client hangs for an hour here.
TEST_F(ClientSessionCorrelation, AnErrorMayComeFirst) {
  open();
  const auto key = async();
  driver.text(frame(id(key), "", "error", R"("code":"UNKNOWN_MODULE","message":"no such module","hint":{"n":1.0})"));
  ASSERT_TRUE(driver.of(key).outcome);
  EXPECT_EQ(driver.code_of(key), errc::agent_error);
  EXPECT_EQ(driver.of(key).outcome->reply.code(), "UNKNOWN_MODULE");
  EXPECT_THAT(driver.of(key).outcome->reply.text, HasSubstr(R"("hint":{"n":1.0})"));
}

// ASY-2
TEST_F(ClientSessionCorrelation, AStartedWithoutAnIdIsForTheOldestThatWaits) {
  open();
  const auto a = async();
  const auto s = sync();
  const auto b = async();
  driver.text(frame("", "ja", "started"));
  driver.text(frame("", "jb", "started"));
  driver.text(finished("", "jb", "\"b\""));
  driver.text(finished("", "ja", "\"a\""));
  EXPECT_EQ(driver.of(a).outcome->reply.result(), "\"a\"");
  EXPECT_EQ(driver.of(b).outcome->reply.result(), "\"b\"");
  EXPECT_FALSE(driver.of(s).outcome);
}

TEST_F(ClientSessionCorrelation, ARequestThatWasGivenUpStillTakesItsOwnStarted) {
  open();
  const auto a = async();
  const auto b = async();
  driver.cancel(a);
  driver.text(frame("", "ja", "started"));
  driver.text(frame("", "jb", "started"));
  driver.text(frame("", "ja", "running"));
  driver.text(finished("", "ja", "\"a\""));
  driver.text(finished("", "jb", "\"b\""));
  EXPECT_EQ(driver.phases_of(b), "started finished");
  EXPECT_EQ(driver.of(b).outcome->reply.result(), "\"b\"");
  EXPECT_EQ(counters().late, 3U);
}

TEST_F(ClientSessionCorrelation, OneThatWasGivenUpLeavesItsPlaceWhenItIsAnsweredByName) {
  for (const char* status : {"started", "error", "running"}) {
    SessionDriver fresh;
    fresh.opened();
    const auto a = fresh.submit(Mode::async);
    const auto b = fresh.submit(Mode::async);
    fresh.cancel(a);
    fresh.text(frame(fresh.ids[a], "ja", status));
    fresh.text(frame("", "jb", "started"));
    EXPECT_EQ(fresh.phases_of(b), "started ") << status;
  }
}

TEST_F(ClientSessionCorrelation, ARequestThatWasNeverSentTakesNoStarted) {
  const auto a = async();
  driver.cancel(a);
  open();
  EXPECT_TRUE(driver.sent.empty());
  const auto b = async();
  driver.text(frame("", "jb", "started"));
  EXPECT_EQ(driver.phases_of(b), "started ");
}

TEST_F(ClientSessionCorrelation, TheIdDecidesOverTheJob) {
  open();
  const auto a = async();
  const auto b = async();
  driver.text(frame(id(a), "j", "started"));
  driver.text(frame(id(b), "j", "started"));  // ASY-4 broken: the name stays with the first
  driver.text(frame(id(b), "j", "running"));
  driver.text(frame("", "j", "running"));
  EXPECT_EQ(driver.phases_of(a), "started running ");
  EXPECT_EQ(driver.phases_of(b), "started running ");
}

TEST_F(ClientSessionCorrelation, AnIdThatIsNotOursGivesWayToALiveJob) {
  open();
  const auto key = async();
  driver.text(frame(id(key), "j", "started"));
  driver.text(finished("not-ours", "j"));
  EXPECT_EQ(driver.code_of(key), errc::ok);
}

TEST_F(ClientSessionCorrelation, AJobNameMayBeUsedAgainOnceItsJobIsOver) {
  open();
  const auto a = async();
  driver.text(frame(id(a), "j", "started"));
  driver.text(finished("", "j", "1"));
  const auto b = async();
  driver.text(frame("", "j", "started"));
  driver.text(finished("", "j", "2"));
  EXPECT_EQ(driver.of(b).outcome->reply.result(), "2");
}

// END-1
TEST_F(ClientSessionCorrelation, LateFramesAreDroppedAndCounted) {
  open();
  const auto key = async();
  driver.text(frame(id(key), "j", "started"));
  driver.text(finished(id(key), "j"));
  driver.text(frame(id(key), "j", "running"));
  driver.text(frame("", "j", "running"));
  driver.text(finished(id(key), ""));
  driver.text(frame("", "j", "error"));
  EXPECT_EQ(counters().late, 4U);
  EXPECT_TRUE(driver.untargeted.empty());
  EXPECT_EQ(driver.phases_of(key), "started finished");
}

TEST_F(ClientSessionCorrelation, OnlySoManyEndedJobsAreRemembered) {
  SessionDriver forgetful{{.limits = {}, .first_id = 0, .remembered_jobs = 2}};
  forgetful.opened();
  for (const char* job : {"j1", "j2", "j3"}) {
    const auto key = forgetful.submit(Mode::async);
    forgetful.text(frame(forgetful.ids[key], job, "started"));
    forgetful.text(finished("", job));
  }
  for (const char* job : {"j1", "j2", "j3"}) forgetful.text(frame("", job, "running"));
  EXPECT_EQ(forgetful.session.counters().late, 2U);
  EXPECT_EQ(forgetful.session.counters().foreign, 1U);
}

// The names are the peer's, and as long as it likes.
TEST_F(ClientSessionCorrelation, RememberingEndedJobsTakesLittleMemoryWhateverTheyAreCalled) {
  open();
  const auto key = async();
  driver.text(finished(id(key), "j"));
  const auto used = [] {
    const auto info = ::mallinfo2();  // zeros under a sanitizer
    return info.uordblks + info.hblkhd;
  };
  const std::size_t before = used();
  for (int i = 0; i < 500; ++i) driver.text(frame(id(key), std::to_string(i) + std::string(50'000, 'z'), "running"));
  EXPECT_LT(used(), before + 5'000'000);
  EXPECT_EQ(counters().late, 500U);
}

TEST_F(ClientSessionCorrelation, WhatBelongsToNoRequestGoesToTheListener) {
  open();
  const auto key = async();
  driver.text(R"({"status":"world_changed","n":1.50})");
  driver.text(frame("", "", "error", R"("message":"m")"));
  driver.text(frame("ffffffff", "", "running"));
  driver.text(frame("someone", "", "finished"));
  driver.text(frame("", "their-job", "running"));
  driver.text(frame("", "their-job", "ack"));
  EXPECT_EQ(driver.untargeted.size(), 6U);
  EXPECT_EQ(counters().untargeted, 2U);
  EXPECT_EQ(counters().foreign, 4U);
  EXPECT_THAT(driver.untargeted[0].text, HasSubstr("1.50"));
  EXPECT_EQ(driver.phases_of(key), "");
}

// CON-4, RES-1
TEST_F(ClientSessionCorrelation, JunkIsCountedAndHarmsNobody) {
  open();
  const auto key = sync();
  for (const char* junk : {"", "{", "[]", "null", "\xFF", "{}", R"({"status":1})", R"({"id":[],"status":"ack"})"})
    driver.text(junk);
  driver.binary();
  driver.text(frame(id(key), "", "dreaming"));
  EXPECT_EQ(counters().malformed, 8U);
  EXPECT_EQ(counters().binary, 1U);
  EXPECT_EQ(counters().unknown_status, 1U);
  EXPECT_EQ(counters().frames, 10U);
  EXPECT_EQ(driver.phases_of(key), "");
  driver.text(finished(id(key), ""));
  EXPECT_EQ(driver.code_of(key), errc::ok);
}

// RES-1 with ASY-2: an agent may say things like "queued" before its `started` without an id.
TEST_F(ClientSessionCorrelation, AnUnknownStatusIsNotTheStartedThatARequestWaitsFor) {
  open();
  const auto first = async();
  const auto second = async();
  const auto given_up = async();
  const auto last = async();
  driver.text(frame(id(first), "", "queued"));
  driver.text(frame(id(second), "", "queued"));
  driver.cancel(given_up);
  driver.text(frame(id(given_up), "", "queued"));
  for (const char* job : {"j1", "j2", "j3", "j4"}) driver.text(frame("", job, "started"));
  for (const char* job : {"j4", "j3", "j2", "j1"}) driver.text(finished("", job));
  for (const auto key : {first, second, last}) EXPECT_EQ(driver.phases_of(key), "started finished");
  EXPECT_EQ(driver.of(first).outcome->job_id, "j1");
  EXPECT_EQ(driver.of(second).outcome->job_id, "j2");
  EXPECT_EQ(driver.of(last).outcome->job_id, "j4");
}

// CON-4, second sentence; CON-9
TEST_F(ClientSessionCorrelation, ABrokenFrameThatNamesARequestEndsIt) {
  const std::string tails[] = {R"(,"status":7})", "}", R"(,"job_id":7,"status":"ack"})", R"(,"status":"finished","result":{)",
                               R"(,"status":"finished","result":)" + std::string(400, '[')};
  for (const std::string& tail : tails) {
    SessionDriver fresh;
    fresh.opened();
    const auto key = fresh.submit(Mode::async);
    const auto other = fresh.submit(Mode::async);
    fresh.text(R"({"id":")" + fresh.ids[key] + '"' + tail);
    ASSERT_EQ(fresh.code_of(key), errc::protocol_error) << tail;
    EXPECT_EQ(fresh.of(key).outcome->reply.code(), "PROTOCOL_ERROR");
    EXPECT_EQ(fresh.of(key).outcome->reply.id, fresh.ids[key]);
    EXPECT_THAT(fresh.of(key).outcome->reply.message(), HasSubstr("broken frame for this request"));
    fresh.text(frame("", "j", "started"));
    EXPECT_EQ(fresh.phases_of(other), "started ") << "the broken frame was the other's answer";
  }
}

TEST_F(ClientSessionCorrelation, ABrokenFrameThatNamesAJobEndsItsRequest) {
  open();
  const auto key = async();
  driver.text(frame(id(key), "j", "started"));
  driver.text(R"({"job_id":"j","status":7})");
  EXPECT_EQ(driver.code_of(key), errc::protocol_error);
  EXPECT_EQ(driver.of(key).outcome->job_id, "j");
}

TEST_F(ClientSessionCorrelation, OddButHarmlessOrdersAreDeliveredAndCounted) {
  open();
  const auto key = sync();
  driver.text(frame(id(key), "", "started"));
  driver.text(frame(id(key), "", "ack"));
  driver.text(frame(id(key), "", "finished"));
  EXPECT_EQ(driver.phases_of(key), "started ack finished");
  EXPECT_EQ(counters().out_of_order, 2U);
  EXPECT_EQ(counters().no_result, 1U);
}

TEST_F(ClientSessionCorrelation, AThousandExchangesAtOnceEachGetTheirOwn) {
  open();
  std::vector<ExchangeKey> keys;
  for (int i = 0; i < 1000; ++i) keys.push_back(i % 2 == 0 ? sync() : async());
  EXPECT_EQ(driver.session.live(), 1000U);
  std::set<std::string> distinct;
  for (const auto key : keys) distinct.insert(id(key));
  EXPECT_EQ(distinct.size(), 1000U);
  for (const auto key : keys) driver.text(frame(id(key), "j" + id(key), key % 2 == 0 ? "ack" : "started"));
  for (int round = 0; round < 3; ++round) {
    for (const auto key : keys) driver.text(frame("", "j" + id(key), "running", "\"of\":\"" + id(key) + '"'));
  }
  for (auto it = keys.rbegin(); it != keys.rend(); ++it) driver.text(finished("", "j" + id(*it), '"' + id(*it) + '"'));
  EXPECT_EQ(driver.session.live(), 0U);
  for (const auto key : keys) {
    ASSERT_EQ(driver.of(key).delivered.size(), 4U);
    for (std::size_t i = 1; i < 4; ++i) EXPECT_THAT(driver.of(key).delivered[i].text, HasSubstr("\"of\":\"" + id(key) + '"'));
    EXPECT_EQ(driver.of(key).outcome->reply.result(), '"' + id(key) + '"');
  }
}

TEST_F(ClientSessionCorrelation, WhatCannotGoOnTheWireIsRefusedAtOnce) {
  Submission nameless;
  Submission not_utf8;
  not_utf8.cmd = "m";
  not_utf8.args = {"fine", "\xFF"};
  Submission bad_name;
  bad_name.cmd = "\xC0";
  const std::pair<Submission, const char*> table[] = {{nameless, "the module's name is empty"},
                                                      {not_utf8, "argument 2 is not UTF-8"},
                                                      {bad_name, "the module's name is not UTF-8"}};
  for (const auto& [submission, message] : table) {
    const auto key = driver.submit(submission);
    EXPECT_EQ(driver.code_of(key), errc::invalid_request);
    EXPECT_THAT(driver.of(key).outcome->reply.message(), HasSubstr(message));
  }
  open();
  EXPECT_TRUE(driver.sent.empty());
}

TEST_F(ClientSessionCorrelation, ARequestOverTheLimitIsRefusedAtOnce) {
  SessionDriver small{{.limits = {.max_message = 100}}};
  Submission big;
  big.cmd = "m";
  big.args = {std::string(100, 'x')};
  const auto key = small.submit(big);
  EXPECT_EQ(small.code_of(key), errc::message_too_big);
  EXPECT_THAT(small.of(key).outcome->reply.message(), HasSubstr("the limit is 100"));
  const std::string shortest = R"({"id":"00000001","cmd":"m","args":["m",""],"mode":"sync"})";
  big.args = {std::string(100 - shortest.size(), 'x')};
  EXPECT_EQ(small.code_of(small.submit(big)), errc::end_of_stream) << "the limit itself is allowed";
}

TEST_F(ClientSessionCorrelation, IsMovable) {
  ClientSession other;
  other = std::move(driver.session);
  ClientSession third{std::move(other)};
  ClientActions out;
  third.submit(driver.now, {.cmd = "m", .args = {}}, out);
  third.opened(driver.now, out);
  EXPECT_EQ(third.live(), 1U);
}

}  // namespace
}  // namespace procedura::protocol
