// The limits of the mock's server, shortened so that they can be waited for.
#include "engine/engine.hpp"
#include "net/server.hpp"
#include "raw_client.hpp"
#include "scenario/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <thread>

namespace procedura::mock {
namespace {

using procedura::testing::RawClient;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::StartsWith;

constexpr auto scenario = R"({"version": 1, "stubs": [
  {"name": "burst", "match": {"cmd": "burst"}, "reply": ["accept",
    {"repeat": 1000, "as": "i", "steps": [{"running": {"text": "${args[0]}"}}]}, {"finished": 1}]}]})";

net::ServerOptions shortened() {
  net::ServerOptions options;
  options.port = 0;
  options.upgrade_limit = milliseconds{150};
  options.close_limit = milliseconds{150};
  options.max_message = 100'000;
  options.pause_at = 10'000;
  options.give_up_at = std::size_t{8} * 1024 * 1024;
  return options;
}

struct Running {
  explicit Running(const net::ServerOptions& options) {
    const std::array texts{ScenarioText{"test.json", scenario}};
    engine = std::make_unique<engine::Engine>(load_scenario(texts).scenario, engine::EngineOptions{}, net::this_moment());
    server = std::make_unique<net::Server>(*engine, options, [](std::string_view) {});
    port = server->listen().value().port;
    thread = std::thread{[this] { server->run(); }};
  }
  ~Running() {
    server->stop();
    if (thread.joinable()) thread.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<net::Server> server;
  std::uint16_t port = 0;
  std::thread thread;
};

TEST(MockLimits, AnUpgradeThatDoesNotComeIsNotWaitedFor) {
  const Running running{shortened()};
  for (const char* begun : {"", "GET / HTTP/1.1\r\nHost: x\r\n", "GET / HTTP/1.1\r\nX-Slow: "}) {
    RawClient client{running.port};
    client.write(begun);
    const auto since = steady_clock::now();
    EXPECT_EQ(client.read_to_end().value_or(""), "");
    EXPECT_LT(steady_clock::now() - since, std::chrono::seconds{5});
  }
  RawClient client{running.port};
  EXPECT_THAT(client.upgrade(), StartsWith("HTTP/1.1 101"));
  EXPECT_TRUE(client.silent_for(milliseconds{400})) << "the limit is on the upgrade, not on what comes after it";
  client.hang_up();
}

TEST(MockLimits, AMessageOverTheLimitClosesWith1009) {
  const Running running{shortened()};
  RawClient client{running.port};
  client.upgrade();
  client.send(std::string(100'000, '['));
  EXPECT_THAT(client.read_text(), ::testing::HasSubstr("BAD_FRAME")) << "just within it";
  client.send(std::string(100'001, '['));
  EXPECT_EQ(client.read_frame().close_code(), 1009);
  EXPECT_TRUE(client.read_to_end().has_value());
}

TEST(MockLimits, WhoStaysAfterAGoodbyeIsHungUpOn) {
  const Running running{shortened()};
  for (const std::string& last : {RawClient::frame(0x81, "\xff"), RawClient::frame(0x88, std::string{"\x03\xe8", 2})}) {
    RawClient client{running.port};
    client.upgrade();
    client.write(last);
    EXPECT_NE(client.read_frame().close_code(), 0);
    const auto since = steady_clock::now();
    while (steady_clock::now() - since < std::chrono::seconds{5}) {
      try {
        client.write(RawClient::frame(0x89, "still here"));
      } catch (const std::system_error&) {
        break;  // hung up: the last thing that a peer can notice
      }
      std::this_thread::sleep_for(milliseconds{10});
    }
    EXPECT_LT(steady_clock::now() - since, std::chrono::seconds{4});
  }
}

TEST(MockLimits, OutputThatIsReadInTimeIsNotCutShort) {
  const Running running{shortened()};
  RawClient client{running.port};
  client.upgrade();
  client.send(R"({"id":"1","cmd":"burst","args":[")" + std::string(1000, 'x') + R"("],"mode":"sync"})");
  for (int i = 0; i < 1002; ++i) client.read_text();
  client.send(R"({"id":"2","cmd":"__keepalive","args":[],"mode":"sync"})");
  EXPECT_THAT(client.read_text(), ::testing::HasSubstr("ack")) << "and it is read from again";
  client.hang_up();
}

// Beast answers each ping before it reads on, and before it says goodbye.
TEST(MockLimits, WhoReadsNoPongHoldsNobodyUp) {
  Running running{shortened()};
  RawClient client{running.port, milliseconds{300}};
  client.upgrade();
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += RawClient::frame(0x89, std::string(125, 'x'));
  const auto until = steady_clock::now() + std::chrono::seconds{20};
  bool stuck = false;
  while (!stuck && steady_clock::now() < until) {
    try {
      client.write(pings);
    } catch (const std::runtime_error&) {
      stuck = true;  // our pongs fill all the buffers between
    }
  }
  ASSERT_TRUE(stuck);
  running.server->stop();
  const auto ended = std::async(std::launch::async, [&] { running.thread.join(); });
  EXPECT_EQ(ended.wait_for(std::chrono::seconds{5}), std::future_status::ready) << "going down waits for a pong to be read";
  client.hang_up();
}

TEST(MockLimits, OnlyLoopbackIsLoopback) {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "127.1", "0x7f000001", "localhost", "::1"})
    EXPECT_TRUE(net::is_loopback(host)) << host;
  for (const char* host : {"0.0.0.0", "192.168.0.1", "::", "no-such-host.invalid", ""}) {
    EXPECT_FALSE(net::is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace procedura::mock
