// The journal as the admin side gives it out.
#include "admin_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::admin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view world = R"({
  "version": 1, "auth": {"users": {"mira": "secret123"}},
  "stubs": [{"name": "q", "match": {"cmd": "q"}, "reply": [{"finished": "done"}]},
            {"name": "r", "match": {"cmd": "r"}, "reply": [{"finished": "ready"}]}]})";

std::vector<std::uint64_t> seqs(const std::vector<json>& entries) {
  std::vector<std::uint64_t> all;
  for (const auto& entry : entries) all.push_back(entry.at("seq"));
  return all;
}

std::vector<json> entries(Admin& admin, const std::string& query = "") {
  return lines(Admin::drained(admin.get("journal" + query)));
}

engine::ConnectionId connect(Admin& admin, std::string_view partition) {
  engine::door::Accept accepted;
  accepted.partition = partition;
  return admin.driver.connect(accepted);
}

class AdminJournal : public ::testing::Test {
 protected:
  Admin admin{world};
  engine::ConnectionId a = connect(admin, "a");
  engine::ConnectionId b = connect(admin, "b");

  void SetUp() override {
    admin.driver.send(a, request_text("one", "q"));  // 3 to 5: the request, its ack, the end
    admin.driver.send(b, request_text("two", "r"));  // 6 to 8
  }
};

TEST_F(AdminJournal, IsALineForEachEvent) {
  const auto response = admin.get("journal");
  EXPECT_EQ(response.content_type, "application/x-ndjson");
  const auto all = entries(admin);
  EXPECT_THAT(seqs(all), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(all[0],
            (json{{"seq", 1}, {"t_ns", 0}, {"event", "opened"}, {"connection", a}, {"partition", "a"}, {"via", nullptr}}));
  EXPECT_EQ(all[2], (json{{"seq", 3},
                          {"t_ns", 0},
                          {"event", "frame"},
                          {"direction", "in"},
                          {"connection", a},
                          {"partition", "a"},
                          {"frame", json::parse(request_text("one", "q"))},
                          {"stub", "q"},
                          {"instance", 1}}));
  EXPECT_EQ(all[4]["direction"], "out");
  EXPECT_EQ(all[4]["caused_by"], 3);
  EXPECT_EQ(all[4]["intended_ns"], 0);
}

TEST_F(AdminJournal, OrAnArray) {
  const auto response = admin.get("journal?format=json&limit=2");
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_THAT(json::parse(Admin::drained(response)), SizeIs(2));
  EXPECT_EQ(json::parse(Admin::drained(admin.get("journal?format=json&contains=nowhere"))), json::array());
}

TEST_F(AdminJournal, IsFiltered) {
  EXPECT_THAT(seqs(entries(admin, "?connection=2")), ElementsAre(2, 6, 7, 8));
  EXPECT_THAT(seqs(entries(admin, "?direction=in")), ElementsAre(3, 6));
  EXPECT_THAT(seqs(entries(admin, "?direction=out&stub=r")), ElementsAre(7, 8));
  EXPECT_THAT(seqs(entries(admin, "?partition=a")), ElementsAre(1, 3, 4, 5));
  EXPECT_THAT(seqs(entries(admin, "?cmd=q")), ElementsAre(3, 4, 5)) << "the request and what it led to";
  EXPECT_THAT(entries(admin, "?faults=1"), IsEmpty());
  EXPECT_THAT(seqs(entries(admin, "?contains=done")), ElementsAre(5));
  EXPECT_THAT(seqs(entries(admin, "?since=6")), ElementsAre(7, 8));
  EXPECT_THAT(seqs(entries(admin, "?since=1&limit=2")), ElementsAre(2, 3));
  EXPECT_THAT(seqs(entries(admin, "?direction=in&limit=1&since=3")), ElementsAre(6));
  EXPECT_THAT(entries(admin, "?contains=nowhere"), IsEmpty());
  EXPECT_THAT(entries(admin, "?since=8"), IsEmpty());
  EXPECT_EQ(admin.get("journal?partition=c").status, 404U);
}

TEST_F(AdminJournal, EndsWhereItStoodWhenItWasAskedFor) {
  const auto response = admin.get("journal");
  admin.driver.send(a, request_text("three", "q"));
  EXPECT_THAT(lines(Admin::drained(response)), SizeIs(8));
  EXPECT_TRUE(response.source->over());
}

TEST_F(AdminJournal, FollowsWhatComes) {
  const auto response = admin.get("journal?follow=1&since=8&direction=in");
  EXPECT_THAT(response.source->more(), IsEmpty());
  EXPECT_FALSE(response.source->over());
  admin.driver.send(a, request_text("three", "q"));
  EXPECT_THAT(seqs(lines(response.source->more())), ElementsAre(9));
  EXPECT_THAT(response.source->more(), IsEmpty());
  admin.driver.send(a, request_text("four", "q"));
  EXPECT_THAT(seqs(lines(response.source->more())), ElementsAre(12));
  EXPECT_FALSE(response.source->over());
}

TEST_F(AdminJournal, FollowsUpToALimit) {
  const auto response = admin.get("journal?follow=1&limit=9");
  EXPECT_THAT(lines(response.source->more()), SizeIs(8));
  EXPECT_FALSE(response.source->over());
  admin.driver.send(a, request_text("three", "q"));
  EXPECT_THAT(lines(response.source->more()), SizeIs(1));
  EXPECT_TRUE(response.source->over());
  EXPECT_THAT(response.source->more(), IsEmpty());
}

TEST(AdminJournalBounds, TellsASlowReaderWhatItMissed) {
  engine::EngineOptions options;
  options.journal.entries = 4;
  Admin admin{world, {}, options};
  const auto a = connect(admin, "a");
  const auto response = admin.get("journal?follow=1");
  admin.driver.send(a, request_text("one", "q"));
  EXPECT_THAT(seqs(lines(response.source->more())), ElementsAre(1, 2, 3, 4));
  for (int i = 0; i < 3; ++i) admin.driver.send(a, request_text("more" + std::to_string(i), "q"));
  const auto late = lines(response.source->more());
  ASSERT_THAT(late, SizeIs(5));
  EXPECT_EQ(late[0], (json{{"event", "dropped"}, {"first", 5}, {"count", 5}}));
  EXPECT_EQ(late[1]["seq"], 10);
  EXPECT_EQ(entries(admin)[0], (json{{"event", "dropped"}, {"first", 1}, {"count", 9}}))
      << "whoever asks for all is told that it is not all";
  EXPECT_EQ(json::parse(Admin::drained(admin.get("journal?format=json")))[0],
            (json{{"event", "dropped"}, {"first", 1}, {"count", 9}}));
  EXPECT_THAT(seqs(entries(admin, "?since=9")), ElementsAre(10, 11, 12, 13));
}

TEST(AdminJournalBounds, ComesInPieces) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  for (int i = 0; i < 300; ++i) admin.driver.send(a, request_text(std::to_string(i), "q", {std::string(4000, 'x')}));
  const auto response = admin.get("journal");
  std::size_t pieces = 0;
  std::size_t most = 0;
  std::string all;
  while (!response.source->over()) {
    const auto piece = response.source->more();
    ++pieces;
    most = std::max(most, piece.size());
    all += piece;
  }
  EXPECT_GT(pieces, 5U);
  EXPECT_LT(most, 200'000U);
  EXPECT_THAT(lines(all), SizeIs(901));
}

}  // namespace
}  // namespace procedura::mock::admin
