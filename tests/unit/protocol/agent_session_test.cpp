#include <procedura/protocol/agent_session.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace procedura::protocol {
namespace {

using nlohmann::json;

std::string request(std::string_view id, std::string_view mode = "sync") {
  return json{{"id", id}, {"cmd", "echo"}, {"args", {"x"}}, {"mode", mode}}.dump();
}

bool accepted(AgentSession& session, std::string_view message) {
  return std::holds_alternative<Request>(session.text(message));
}

json refused(AgentSession& session, std::string_view message) {
  const auto verdict = session.text(message);
  const auto* refusal = std::get_if<Refusal>(&verdict);
  return refusal == nullptr ? json{} : json::parse(refusal->frame);
}

TEST(AgentSession, ARequestIsLiveUntilItsTerminalFrame) {
  for (const Status end : {Status::finished, Status::error}) {
    AgentSession session;
    EXPECT_TRUE(accepted(session, request("a")));
    EXPECT_TRUE(session.live("a"));
    EXPECT_EQ(session.reply("a", Status::ack), ReplyOrder::in_order);
    EXPECT_EQ(session.reply("a", Status::running), ReplyOrder::in_order);
    EXPECT_EQ(session.reply("a", end), ReplyOrder::in_order);
    EXPECT_FALSE(session.live("a"));
    EXPECT_EQ(session.reply("a", end), ReplyOrder::not_live);
    EXPECT_TRUE(accepted(session, request("a"))) << "the id is free again";
    EXPECT_EQ(session.live_count(), 1U);
  }
}

// CON-4, REQ-5, REQ-7, REQ-8
TEST(AgentSession, RefusalsAreTargetedOnlyWhereThatEndsNobody) {
  AgentSession session;
  ASSERT_TRUE(accepted(session, request("live")));

  const json frame = refused(session, "{");
  EXPECT_EQ(frame["code"], "BAD_FRAME");
  EXPECT_FALSE(frame.contains("id"));

  const json fresh = refused(session, R"({"id":"new","cmd":"c","args":[]})");
  EXPECT_EQ(fresh["code"], "BAD_REQUEST");
  EXPECT_EQ(fresh["id"], "new");
  EXPECT_EQ(fresh["status"], "error");

  const json of_live = refused(session, R"({"id":"live","cmd":"c","args":[]})");
  EXPECT_EQ(of_live["code"], "BAD_REQUEST");
  EXPECT_FALSE(of_live.contains("id"));
  EXPECT_EQ(of_live["ref"], "live");

  const json nameless = refused(session, R"({"id":7,"cmd":"c","args":[],"mode":"sync"})");
  EXPECT_EQ(nameless["code"], "BAD_REQUEST");
  EXPECT_FALSE(nameless.contains("id"));

  const json twice = refused(session, request("live", "async"));
  EXPECT_EQ(twice["code"], "DUPLICATE_ID");
  EXPECT_FALSE(twice.contains("id"));
  EXPECT_EQ(twice["ref"], "live");

  const Refusal binary = session.binary();
  EXPECT_EQ(binary.code, "BAD_FRAME");
  EXPECT_EQ(json::parse(binary.frame)["code"], "BAD_FRAME");

  EXPECT_TRUE(session.live("live"));
  EXPECT_FALSE(session.live("new")) << "a refusal changes nothing";
  EXPECT_EQ(session.live_count(), 1U);
  EXPECT_EQ(session.counters().frames, 7U);
  EXPECT_EQ(session.counters().accepted, 1U);
  EXPECT_EQ(session.counters().bad_frames, 2U);
  EXPECT_EQ(session.counters().bad_requests, 3U);
  EXPECT_EQ(session.counters().duplicate_ids, 1U);
}

TEST(AgentSession, TellsWhatIsOutOfOrder) {
  AgentSession session;
  ASSERT_TRUE(accepted(session, request("s", "sync")));
  ASSERT_TRUE(accepted(session, request("a", "async")));
  EXPECT_EQ(session.reply("s", Status::running), ReplyOrder::before_start);
  EXPECT_EQ(session.reply("s", Status::started), ReplyOrder::wrong_start);
  EXPECT_EQ(session.reply("s", Status::ack), ReplyOrder::repeated_start);
  EXPECT_EQ(session.reply("s", Status::unknown), ReplyOrder::in_order);
  EXPECT_EQ(session.reply("a", Status::ack), ReplyOrder::wrong_start);
  EXPECT_EQ(session.reply("a", Status::started), ReplyOrder::repeated_start);
  EXPECT_EQ(session.reply("a", Status::finished), ReplyOrder::in_order);
  EXPECT_EQ(session.reply("nobody", Status::ack), ReplyOrder::not_live);
  ASSERT_TRUE(accepted(session, request("b")));
  EXPECT_EQ(session.reply("b", Status::finished), ReplyOrder::before_start);
  ASSERT_TRUE(accepted(session, request("c")));
  EXPECT_EQ(session.reply("c", Status::error), ReplyOrder::in_order) << "an error may come first (ERR-1)";
  for (const ReplyOrder order : {ReplyOrder::in_order, ReplyOrder::not_live, ReplyOrder::repeated_start,
                                 ReplyOrder::wrong_start, ReplyOrder::before_start}) {
    EXPECT_NE(describe(order), "out of order");
  }
}

TEST(AgentSession, ForgetEndsARequestWithoutAFrame) {
  AgentSession session;
  ASSERT_TRUE(accepted(session, request("a")));
  session.forget("a");
  session.forget("a");
  EXPECT_FALSE(session.live("a"));
}

TEST(AgentSession, LimitsAreItsOwn) {
  AgentSession session{{.max_message = 1024, .max_depth = 2, .max_id = 4}};
  EXPECT_TRUE(accepted(session, request("abcd")));
  EXPECT_FALSE(accepted(session, request("abcde")));
  EXPECT_FALSE(accepted(session, R"({"id":"b","cmd":"c","args":[],"mode":"sync","x":[[]]})"));
}

}  // namespace
}  // namespace procedura::protocol
