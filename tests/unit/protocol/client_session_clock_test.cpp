#include "session_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace procedura::protocol {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Deadlines deadlines(std::optional<Duration> ack, std::optional<Duration> silence, std::optional<Duration> total = {}) {
  Deadlines all;
  all.ack = ack;
  all.silence = silence;
  all.total = total;
  return all;
}

TEST(ClientSessionClock, TheDefaultsAreThoseOfThePublishedSdk) {
  EXPECT_EQ(Deadlines::for_sync().ack, 10s);
  EXPECT_EQ(Deadlines::for_sync().silence, 600s);
  EXPECT_EQ(Deadlines::for_async().silence, 3600s);
  EXPECT_EQ(Deadlines::for_async().total, std::nullopt);
}

TEST(ClientSessionClock, TheAckDeadlineEndsExactlyWhenItSays) {
  SessionDriver driver;
  driver.opened();
  const auto key = driver.submit(Mode::sync, "snap");
  driver.written();
  driver.pass(10s - 1ns);
  EXPECT_FALSE(driver.of(key).outcome);
  driver.pass(1ns);
  ASSERT_EQ(driver.code_of(key), errc::ack_timeout);
  EXPECT_EQ(driver.of(key).outcome->reply.message(), "no answer to `snap` within 10 s");
  EXPECT_EQ(driver.of(key).outcome->reply.text,
            R"({"id":"00000000","status":"error","code":"ACK_TIMEOUT","message":"no answer to `snap` within 10 s"})");
}

TEST(ClientSessionClock, WaitingForTheConnectionIsNotWaitingForTheAgent) {
  SessionDriver driver;
  const auto key = driver.submit(Mode::sync);
  driver.pass(60s);
  EXPECT_FALSE(driver.of(key).outcome);
  driver.opened();
  driver.pass(10s);
  EXPECT_EQ(driver.code_of(key), errc::ack_timeout);
}

TEST(ClientSessionClock, ABigRequestThatLeavesSlowlyGetsItsFullTimeAfterwards) {
  SessionDriver driver;
  driver.opened();
  const auto key = driver.submit(Mode::sync);
  driver.pass(9s);
  driver.written();
  driver.pass(9s);
  EXPECT_FALSE(driver.of(key).outcome);
  driver.written();  // of something else
  driver.pass(1s);
  EXPECT_EQ(driver.code_of(key), errc::ack_timeout);
}

TEST(ClientSessionClock, APeerThatReadsNothingIsNoticedToo) {
  SessionDriver driver;
  driver.opened();
  const auto key = driver.submit(Mode::sync);
  driver.pass(10s);
  EXPECT_EQ(driver.code_of(key), errc::ack_timeout);
}

TEST(ClientSessionClock, SilenceCountsFromTheLastFrameOfThisRequest) {
  SessionDriver driver;
  driver.opened();
  const auto key = driver.submit(Mode::async, "long", Deadlines::for_async());
  const auto other = driver.submit(Mode::async, "other", Deadlines::for_async());
  driver.text(frame(driver.ids[key], "j1", "started"));
  driver.text(frame(driver.ids[other], "j2", "started"));
  for (int i = 0; i < 5; ++i) {
    driver.pass(3599s);
    driver.text(frame("", "j1", "running"));
    EXPECT_FALSE(driver.of(key).outcome);
  }
  EXPECT_EQ(driver.code_of(other), errc::final_timeout) << "frames of one request keep no other alive";
  EXPECT_EQ(driver.of(other).outcome->reply.message(), "nothing more came for `other` within 3600 s; job j2 may still run");
  EXPECT_EQ(driver.of(other).outcome->job_id, "j2");
  driver.pass(3600s);
  EXPECT_EQ(driver.code_of(key), errc::final_timeout);
}

TEST(ClientSessionClock, AnUnknownStatusIsASignOfLife) {
  SessionDriver driver;
  driver.opened();
  const auto key = driver.submit(Mode::sync);
  driver.pass(9s);
  driver.text(frame(driver.ids[key], "", "thinking"));
  driver.pass(599s);
  EXPECT_FALSE(driver.of(key).outcome);
  driver.pass(1s);
  EXPECT_EQ(driver.code_of(key), errc::final_timeout);
}

TEST(ClientSessionClock, TheTotalCountsFromTheSubmissionAndNothingExtendsIt) {
  SessionDriver driver;
  const auto unopened = driver.submit(Mode::sync, "m", deadlines(10s, 600s, 3s));
  driver.pass(3s);
  EXPECT_EQ(driver.code_of(unopened), errc::deadline);
  driver.opened();
  const auto key = driver.submit(Mode::sync, "m", deadlines(10s, 600s, 30s));
  for (int i = 0; i < 29; ++i) {
    driver.pass(1s);
    driver.text(frame(driver.ids[key], "", "running"));
  }
  EXPECT_FALSE(driver.of(key).outcome);
  driver.pass(1s);
  ASSERT_EQ(driver.code_of(key), errc::deadline);
  EXPECT_EQ(driver.of(key).outcome->reply.message(), "`m` took longer than the 30 s allowed to it");
}

TEST(ClientSessionClock, WithoutAnAckDeadlineSilenceIsBounded) {
  SessionDriver driver;
  driver.opened();
  const auto patient = driver.submit(Mode::sync, "m", deadlines({}, 20s));
  const auto endless = driver.submit(Mode::sync, "m", deadlines({}, {}));
  driver.pass(20s);
  EXPECT_EQ(driver.code_of(patient), errc::final_timeout);
  driver.pass(24h * 365);
  EXPECT_FALSE(driver.of(endless).outcome);
}

TEST(ClientSessionClock, AShorterSilenceThanAckIsKept) {
  SessionDriver driver;
  driver.opened();
  const auto key = driver.submit(Mode::sync, "m", deadlines(10s, 250ms));
  driver.text(frame(driver.ids[key], "", "ack"));
  driver.pass(250ms);
  ASSERT_EQ(driver.code_of(key), errc::final_timeout);
  EXPECT_THAT(driver.of(key).outcome->reply.message(), HasSubstr("within 0.25 s"));
}

TEST(ClientSessionClock, AWaitBeyondTheClockIsNone) {
  SessionDriver driver;
  driver.opened();
  const auto key = driver.submit(Mode::sync, "m", deadlines(Duration::max(), Duration::max(), Duration::max()));
  EXPECT_EQ(driver.timer, std::nullopt);
  driver.text(finished(driver.ids[key], ""));
  EXPECT_EQ(driver.code_of(key), errc::ok);
}

// Without this hint, a request that the agent could not even read is a riddle.
TEST(ClientSessionClock, AnAckTimeoutQuotesTheLastUntargetedError) {
  SessionDriver driver;
  driver.opened();
  driver.text(frame("", "", "error", R"("code":"OLD","message":"before")"));
  driver.pass(1s);
  const auto key = driver.submit(Mode::sync);
  driver.pass(10s);
  EXPECT_THAT(driver.of(key).outcome->reply.message(), testing::Not(HasSubstr("before")));
  const auto second = driver.submit(Mode::sync);
  driver.text(frame("", "", "error", R"("code":"BAD_FRAME","message":"cannot read \u001b[2J")"));
  driver.pass(10s);
  EXPECT_THAT(driver.of(second).outcome->reply.message(), HasSubstr("names no request: BAD_FRAME: cannot read \\x1b[2J"));
  const auto third = driver.submit(Mode::sync);
  driver.text(frame("", "", "error", R"("message":"no code")"));
  driver.text(frame("someone-else", "", "error", R"("message":"not for us")"));
  driver.pass(10s);
  EXPECT_THAT(driver.of(third).outcome->reply.message(), HasSubstr("names no request: no code"));
}

// It is kept, and repeated to each request that times out: so only as much of it as a person reads.
TEST(ClientSessionClock, AnAckTimeoutQuotesNoMoreOfAnErrorThanItsBeginning) {
  SessionDriver driver;
  driver.opened();
  const auto key = driver.submit(Mode::sync);
  std::string umlauts;
  for (int i = 0; i < 100'000; ++i) umlauts += "\xC3\xA4";
  driver.text(frame("", "", "error", R"("code":"BAD","message":")" + umlauts + "\""));
  driver.pass(10s);
  const std::string message = driver.of(key).outcome->reply.message();
  EXPECT_LT(message.size(), 1000U);
  EXPECT_THAT(message, HasSubstr("BAD: \xC3\xA4\xC3\xA4"));
  EXPECT_THAT(message, testing::EndsWith("\xC3\xA4..."));
}

// One timer for any number of exchanges, and no call into the event loop per frame.
TEST(ClientSessionClock, TheTimerIsSetAnewOnlyWhenItMustBeEarlier) {
  ClientSession session;
  ClientActions out;
  const TimePoint now{};
  const auto timers = [&out] {
    std::size_t count = 0;
    for (const ClientAction& action : out) count += std::holds_alternative<action::ArmTimer>(action) ? 1U : 0U;
    return count;
  };
  session.opened(now, out);
  for (int i = 0; i < 1000; ++i) session.submit(now + i * 1us, {.cmd = "m", .args = {}}, out);
  for (int i = 0; i < 1000; ++i)
    session.text(now + 1s, finished(std::string{session.id_of(static_cast<ExchangeKey>(i))}, ""), out);
  EXPECT_EQ(timers(), 1U);
}

TEST(ClientSessionClock, EndedExchangesLeaveNothingBehindInTheQueue) {
  SessionDriver driver;
  driver.opened();
  for (int i = 0; i < 5000; ++i) {
    const auto key = driver.submit(Mode::sync);
    driver.text(finished(driver.ids[key], ""));
    driver.pass(1ms);
  }
  // Five seconds in, no timer has fired yet; the one that will must find its way through what is left.
  const auto last = driver.submit(Mode::sync);
  driver.pass(10s);
  EXPECT_EQ(driver.code_of(last), errc::ack_timeout);
  EXPECT_EQ(driver.session.live(), 0U);
}

TEST(ClientSessionClock, WhatStillWaitsOutlivesTheSweepOfWhatHasEnded) {
  SessionDriver driver;
  driver.opened();
  std::vector<ExchangeKey> waiting;
  for (int i = 0; i < 10; ++i) waiting.push_back(driver.submit(Mode::sync));
  for (int i = 0; i < 5000; ++i) driver.text(finished(driver.ids[driver.submit(Mode::sync)], ""));
  driver.pass(10s);
  for (const ExchangeKey key : waiting) EXPECT_EQ(driver.code_of(key), errc::ack_timeout);
}

TEST(ClientSessionClock, AfterTheEndNoTimerIsAskedFor) {
  SessionDriver driver;
  driver.opened();
  driver.submit(Mode::sync);
  driver.closed();
  driver.timer.reset();
  const auto late = driver.submit(Mode::sync);
  EXPECT_EQ(driver.code_of(late), errc::connection_lost);
  EXPECT_EQ(driver.timer, std::nullopt);
  driver.opened();
  driver.closed({errc::protocol_error, 1002, "again"});
  EXPECT_EQ(driver.code_of(driver.submit(Mode::sync)), errc::connection_lost) << "the first end counts";
}

}  // namespace
}  // namespace procedura::protocol
