// What waits to be sent is bounded, before the connection opens and while its peer does not read.
#include "session_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::protocol {
namespace {

using testing::HasSubstr;

ClientSession::Options at_most(std::size_t bytes) {
  ClientSession::Options options;
  options.max_waiting = bytes;
  return options;
}

TEST(ClientSessionWaiting, RequestsThatWaitForTheConnectionAreBounded) {
  SessionDriver driver{at_most(200)};
  std::vector<ExchangeKey> keys;
  for (int i = 0; i < 10; ++i) keys.push_back(driver.submit(Mode::sync));
  EXPECT_EQ(driver.code_of(keys.back()), errc::send_queue_full);
  EXPECT_THAT(driver.of(keys.back()).outcome->reply.text, HasSubstr("SEND_QUEUE_FULL"));
  EXPECT_THAT(driver.of(keys.back()).outcome->reply.message(), HasSubstr("`module` was not sent"));
  const std::size_t taken = driver.session.live();
  EXPECT_GT(taken, 1U);
  EXPECT_LT(taken, 5U);

  driver.cancel(keys.front());
  const ExchangeKey next = driver.submit(Mode::sync);
  EXPECT_TRUE(driver.session.live(next)) << "one that was given up waits no longer";
  EXPECT_EQ(driver.code_of(driver.submit(Mode::sync)), errc::send_queue_full);

  driver.opened();
  EXPECT_EQ(driver.sent.size(), taken);
  EXPECT_TRUE(driver.session.live(driver.submit(Mode::sync))) << "all that waited has been handed out";
}

TEST(ClientSessionWaiting, WhatWasGivenUpIsCountedOnce) {
  SessionDriver driver{at_most(200)};
  for (int round = 0; round < 100; ++round) {
    const ExchangeKey key = driver.submit(Mode::async);
    ASSERT_TRUE(driver.session.live(key)) << round;
    driver.cancel(key);
  }
  Submission broken;
  broken.cmd = "\xff";
  for (int round = 0; round < 100; ++round) EXPECT_EQ(driver.code_of(driver.submit(broken)), errc::invalid_request);
  EXPECT_TRUE(driver.session.live(driver.submit(Mode::sync)));
}

TEST(ClientSessionWaiting, WhatHasNotLeftCounts) {
  SessionDriver driver{at_most(200)};
  driver.opened();
  ClientActions out;
  const Submission submission{"module", {}, Mode::sync};
  EXPECT_TRUE(driver.session.live(driver.session.submit(driver.now, submission, out, 199)));
  EXPECT_FALSE(driver.session.live(driver.session.submit(driver.now, submission, out, 200)));
  ASSERT_TRUE(std::holds_alternative<action::Finish>(out.back()));
  EXPECT_EQ(std::get<action::Finish>(out.back()).outcome.code, errc::send_queue_full);
  EXPECT_TRUE(driver.session.live(driver.submit(Mode::sync))) << "once it has left, the next one is taken";
}

}  // namespace
}  // namespace procedura::protocol
