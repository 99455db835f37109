// What an accepted connection carries, and how it ends: CON-3 ... CON-7, CON-10.
#include "raw_client.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <set>
#include <thread>

namespace procedura::mock {
namespace {

using nlohmann::json;
using procedura::testing::RawClient;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto scenario = R"({"version": 1, "stubs": [
  {"name": "echo", "match": {"cmd": "echo"}, "reply": [{"finished": "${args}"}]},
  {"name": "slow", "match": {"cmd": "slow"}, "reply": ["accept", {"delay": "1h"}, {"finished": 1}]},
  {"name": "burst", "match": {"cmd": "burst"}, "reply": ["accept",
    {"repeat": "${opt.n}", "as": "i", "steps": [{"running": {"text": "${args[0]}"}}]}, {"finished": 1}]}]})";

std::string request(std::string_view id, std::string_view cmd, const std::vector<std::string>& args = {}) {
  return json{{"id", id}, {"cmd", cmd}, {"args", args}, {"mode", "sync"}}.dump();
}

struct Connected {
  MockAgent agent{scenario};
  RawClient client{agent.port()};
  Connected() { client.upgrade(); }
  json read() { return json::parse(client.read_text()); }
};

TEST(MockConnection, AnswersInFragmentsAndInOneSegment) {
  Connected peer;
  const std::string text = request("a", "echo", {"x"});
  peer.client.write(RawClient::frame(0x01, text.substr(0, 5)) + RawClient::frame(0x89, "ping") +
                    RawClient::frame(0x80, text.substr(5)));
  const auto pong = peer.client.read_frame();
  EXPECT_EQ(pong.first, 0x8A);
  EXPECT_EQ(pong.payload, "ping");
  EXPECT_EQ(peer.read().at("status"), "ack");
  EXPECT_EQ(peer.read().at("result"), json{"x"});

  std::string segment;
  for (int i = 0; i < 1000; ++i) segment += RawClient::frame(0x81, request(std::to_string(i), "echo", {std::to_string(i)}));
  peer.client.write(segment);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(peer.read().at("id"), std::to_string(i));
    EXPECT_EQ(peer.read().at("result"), json{std::to_string(i)});
  }
}

// CON-6: also while jobs run.
TEST(MockConnection, AnswersPingsWhileJobsRun) {
  Connected peer;
  peer.client.send(request("a", "slow"));
  EXPECT_EQ(peer.read().at("status"), "ack");
  peer.client.write(RawClient::frame(0x89, ""));
  EXPECT_EQ(peer.client.read_frame().first, 0x8A);
}

// CON-4
TEST(MockConnection, BinaryAndBrokenMessagesAreAnsweredAndTheConnectionStays) {
  Connected peer;
  peer.client.write(RawClient::frame(0x82, "bytes"));
  EXPECT_EQ(peer.read().at("code"), "BAD_FRAME");
  peer.client.send("{");
  EXPECT_EQ(peer.read().at("code"), "BAD_FRAME");
  peer.client.send("");
  EXPECT_EQ(peer.read().at("code"), "BAD_FRAME");
  peer.client.send(request("a", "echo"));
  EXPECT_EQ(peer.read().at("status"), "ack");
}

// CON-3: 8 MiB and more are taken; what is over the limit is 1009.
TEST(MockConnection, TakesBigMessagesUpToItsLimit) {
  Connected peer;
  const std::string big(std::size_t{9} * 1024 * 1024, 'x');
  peer.client.send(request("a", "echo", {big}));
  EXPECT_EQ(peer.read().at("status"), "ack");
  EXPECT_EQ(peer.read().at("result").at(0), big);
  // The header alone says that it is too big.
  const std::string too_big{"\x81\xff\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00", 14};
  peer.client.write(too_big);
  EXPECT_EQ(peer.client.read_frame().close_code(), 1009);
}

// CON-5, and frames that no client may send
TEST(MockConnection, FailsTheConnectionOnWhatWebSocketForbids) {
  struct Case {
    std::string bytes;
    std::uint16_t code;
  };
  for (const auto& one : {Case{RawClient::frame(0x81, "\xff\xfe"), 1007}, Case{RawClient::frame(0x81, "\xed\xa0\x80"), 1007},
                          Case{RawClient::frame(0x83, "reserved"), 1002}, Case{RawClient::frame(0xC1, "rsv1"), 1002},
                          Case{RawClient::frame(0x80, "a continuation of nothing"), 1002},
                          Case{RawClient::frame(0x09, "a ping in parts"), 1002}, Case{std::string{"\x81\x02{}", 4}, 1002}}) {
    MockAgent agent{R"({"version": 1, "expect": [{"name": "code", "close": {"code": )" + std::to_string(one.code) + "}}]}"};
    RawClient client{agent.port()};
    client.upgrade();
    client.write(one.bytes);
    EXPECT_EQ(client.read_frame().close_code(), one.code);
    client.hang_up();
    const auto deadline = steady_clock::now() + std::chrono::seconds{5};
    while (!agent.verdict().met() && steady_clock::now() < deadline) std::this_thread::sleep_for(milliseconds{5});
    EXPECT_TRUE(agent.stop().met()) << agent.verdict().report();
  }
}

// A peer that has been told goodbye and stays is not waited for.
TEST(MockConnection, APeerThatStaysAfterAFailureIsDropped) {
  Connected peer;
  peer.client.write(RawClient::frame(0x81, "\xff"));
  EXPECT_EQ(peer.client.read_frame().close_code(), 1007);
  const auto began = steady_clock::now();
  EXPECT_TRUE(peer.agent.stop().met());
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds{6});
}

// CON-10
TEST(MockConnection, AnswersACloseWithItsCode) {
  for (const std::uint16_t code : {std::uint16_t{1000}, std::uint16_t{1001}, std::uint16_t{4000}}) {
    Connected peer;
    peer.client.send_close(code);
    EXPECT_EQ(peer.client.read_frame().close_code(), code);
    EXPECT_EQ(peer.client.read_to_end(), "");
  }
}

TEST(MockConnection, GoingDownClosesEveryConnectionWith1001) {
  MockAgent agent{scenario};
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<RawClient>(agent.port()));
    clients.back()->upgrade();
    clients.back()->send(request("a", "slow"));
    EXPECT_EQ(json::parse(clients.back()->read_text()).at("status"), "ack");
  }
  std::thread stopping{[&] { agent.stop(); }};
  for (const auto& client : clients) {
    EXPECT_EQ(client->read_frame().close_code(), 1001);
    client->send_close(1001);
    EXPECT_EQ(client->read_to_end(), "");
    client->hang_up();
  }
  stopping.join();
  EXPECT_THROW(RawClient{agent.port()}, std::system_error) << "nobody listens any more";
}

TEST(MockConnection, GoingDownDoesNotWaitForThoseThatDoNotAnswer) {
  Connected peer;
  const auto began = steady_clock::now();
  peer.agent.stop();
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds{6});
  EXPECT_EQ(peer.client.read_frame().close_code(), 1001);
}

// The peer does not read: 16 MiB are kept for it, and no more.
TEST(MockConnection, ClosesWhoDoesNotReadWith1008) {
  MockAgent agent{R"({"version": 1, "stubs": [{"name": "burst", "match": {"cmd": "burst"}, "reply": ["accept",
    {"repeat": 100000, "as": "i", "steps": [{"running": {"text": "${args[0]}"}}]}, {"finished": 1}]}],
    "expect": [{"name": "too slow", "close": {"code": 1008}}]})"};
  RawClient client{agent.port()};
  client.upgrade();
  client.send(request("a", "burst", {std::string(1000, 'x')}));
  const auto deadline = steady_clock::now() + std::chrono::seconds{10};
  while (!agent.verdict().met() && steady_clock::now() < deadline) std::this_thread::sleep_for(milliseconds{10});
  EXPECT_TRUE(agent.verdict().met()) << agent.verdict().report();
}

// It does not read and asks on: what it asks is not read either once 1 MiB waits, so that nothing is lost when it reads at
// last.
TEST(MockConnection, ReadsNoMoreFromWhoDoesNotRead) {
  Connected peer;
  const std::string big(std::size_t{256} * 1024, 'x');
  constexpr int requests = 100;
  std::thread asking{[&] {
    for (int i = 0; i < requests; ++i) peer.client.send(request(std::to_string(i), "echo", {big}));
  }};
  std::this_thread::sleep_for(milliseconds{300});
  RawClient other{peer.agent.port()};
  other.upgrade();
  other.send(request("a", "echo"));
  EXPECT_EQ(json::parse(other.read_text()).at("status"), "ack") << "others are served";
  for (int i = 0; i < requests; ++i) {
    EXPECT_EQ(peer.read().at("id"), std::to_string(i));
    EXPECT_EQ(peer.read().at("result").at(0).get<std::string>().size(), big.size());
  }
  asking.join();
}

TEST(MockConnection, AThousandJobsOnOneConnection) {
  MockAgent agent{R"({"version": 1, "stubs": [{"name": "job", "match": {"cmd": "job"}, "reply": ["accept",
    {"repeat": 3, "as": "i", "steps": [{"delay": {"uniform": {"min": "1ms", "max": "30ms"}}}, {"running": {"i": "${i}"}}]},
    {"finished": "${args[0]}"}]}]})"};
  RawClient client{agent.port()};
  client.upgrade();
  std::string segment;
  for (int i = 0; i < 1000; ++i)
    segment += RawClient::frame(0x81, request("r" + std::to_string(i), "job", {"a" + std::to_string(i)}));
  std::thread asking{[&] { client.write(segment); }};
  std::map<std::string, int> seen;
  for (int frames = 0; frames < 5000; ++frames) {
    const json frame = json::parse(client.read_text());
    const std::string id = frame.at("id");
    ++seen[id];
    if (frame.contains("result")) {
      EXPECT_EQ(frame.at("result"), "a" + id.substr(1));
      EXPECT_EQ(seen[id], 5);
    }
  }
  asking.join();
  EXPECT_THAT(seen, SizeIs(1000));
}

}  // namespace
}  // namespace procedura::mock
