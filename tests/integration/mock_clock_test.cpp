// A mock whose clock is in the test's hand: what takes ten minutes takes none.
#include "raw_client.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>

namespace procedura::mock {
namespace {

using namespace procedura::mock::script;
using namespace std::chrono_literals;
using nlohmann::json;
using procedura::testing::RawClient;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

MockAgent manual(std::string_view scenario) {
  MockAgent::Options options;
  options.clock = MockAgent::Clock::manual;
  return MockAgent{scenario, options};
}

struct Asking {
  explicit Asking(const MockAgent& mock) : agent{mock}, client{mock.port()} { client.upgrade(); }
  /// Sends it, and returns when it has come.
  void send(std::string_view cmd, const std::vector<std::string>& args = {}) {
    client.send(json{{"id", std::to_string(++asked)}, {"cmd", cmd}, {"args", args}, {"mode", "sync"}}.dump());
    ASSERT_TRUE(agent.wait_for_request(request(), static_cast<std::size_t>(asked)));
  }
  json read() { return json::parse(client.read_text()); }
  /// The frame that ends the latest request.
  json answer() {
    while (true) {
      json frame = read();
      if (frame.value("status", "") == "finished" || frame.value("status", "") == "error") return frame;
    }
  }

  const MockAgent& agent;
  RawClient client;
  int asked = 0;
};

TEST(MockClock, StandsStillUntilItIsMoved) {
  const auto began = steady_clock::now();
  MockAgent agent = manual(R"({"version":1,"stubs":[
    {"name":"slow","match":{"cmd":"slow"},"reply":["accept",{"delay":"599s"},{"running":{"at":"599s"}},{"delay":"1s"},{"finished":1}]}]})");
  Asking peer{agent};
  peer.send("slow");
  EXPECT_EQ(peer.read().at("status"), "ack");
  agent.advance(598s);
  EXPECT_TRUE(peer.client.silent_for(5ms));
  agent.advance(1s);
  EXPECT_EQ(peer.read().at("status"), "running");
  EXPECT_TRUE(peer.client.silent_for(5ms));
  agent.advance(1s);
  EXPECT_EQ(peer.read().at("status"), "finished");
  const auto journal = agent.journal({.direction = JournalEntry::Direction::out});
  ASSERT_EQ(journal.size(), 3U);
  EXPECT_EQ(journal[1].t_ns - journal[0].t_ns, std::chrono::nanoseconds{599s}.count());
  EXPECT_EQ(journal[2].t_ns - journal[1].t_ns, std::chrono::nanoseconds{1s}.count());
  EXPECT_LT(steady_clock::now() - began, 2s);
}

// However far it is moved at once, everything has its own time and its place in the order.
TEST(MockClock, DoesAllThatIsDueInItsOrder) {
  MockAgent agent = manual(R"({"version":1,"stubs":[
    {"name":"three","match":{"cmd":"three"},"reply":["accept",{"repeat":4,"steps":[{"delay":"3m"},{"running":{"of":3}}]},{"finished":3}]},
    {"name":"five","match":{"cmd":"five"},"reply":["accept",{"repeat":2,"steps":[{"delay":"5m"},{"running":{"of":5}}]},{"finished":5}]}]})");
  Asking peer{agent};
  peer.send("three");
  peer.send("five");
  agent.advance(1h);
  std::vector<int> order;
  for (int frames = 0; frames < 10; ++frames) {
    const json frame = peer.read();
    if (frame.at("status") == "running") order.push_back(frame.at("of"));
  }
  EXPECT_THAT(order, ::testing::ElementsAre(3, 5, 3, 3, 5, 3));
}

TEST(MockClock, SessionsExpireWhenItSaysSo) {
  MockAgent agent = manual(R"({"version":1,"auth":{"required":true,"users":{"ada":"engine42"}},
    "stubs":[{"name":"who","match":{"cmd":"who"},"reply":[{"finished":"${user}"}]},
             {"name":"job","match":{"cmd":"job"},"reply":["accept",{"delay":"2h"},{"finished":"${user}"}]}]})");
  Asking peer{agent};
  peer.send("login_password", {"ada:engine42", "--ttl=3600"});
  EXPECT_EQ(peer.answer().at("result").at("expires_in"), 3600);
  peer.send("job");
  peer.read();
  agent.advance(1h - 1ns);
  peer.send("who");
  EXPECT_EQ(peer.answer().at("result"), "ada");
  agent.advance(1ns);
  peer.send("who");
  EXPECT_EQ(peer.answer().at("code"), "AUTH_EXPIRED");
  agent.advance(1h);
  EXPECT_EQ(peer.answer().at("result"), "ada") << "AUT-9: what runs goes on";
}

TEST(MockClock, OnlyAManualOneIsMovedAndOnlyForward) {
  MockAgent real;
  EXPECT_THROW(real.advance(1s), MockError);
  MockAgent agent = manual(R"({"version":1})");
  EXPECT_THROW(agent.advance(-1s), MockError);
  EXPECT_NO_THROW(agent.advance(0s));
  agent.stop();
  EXPECT_NO_THROW(agent.advance(1h)) << "nothing is due any more";
}

// Who ends has no hand for the clock: it goes by itself, or the answer to a goodbye would be waited for for ever.
TEST(MockClock, GoesByItselfWhenTheMockEnds) {
  MockAgent agent = manual(R"({"version":1})");
  Asking peer{agent};
  const auto began = steady_clock::now();
  agent.stop();
  EXPECT_LT(steady_clock::now() - began, 10s);
}

}  // namespace
}  // namespace procedura::mock
