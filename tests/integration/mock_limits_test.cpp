// The limits of the mock's server, shortened so that they can be waited for.
#include "raw_client.hpp"
#include "running_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

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

struct Running : RunningServer {
  explicit Running(const net::ServerOptions& options) : RunningServer{scenario, options} {}
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

// It says goodbye and goes, while frames are on their way to it: what it said counts, not that it did not wait.
TEST(MockLimits, AGoodbyeCountsThoughNobodyWaitsForItsAnswer) {
  const RunningServer running{R"({"version": 1, "stubs": [{"name": "burst", "match": {"cmd": "burst"}, "reply": ["accept",
    {"repeat": 3000, "as": "i", "steps": [{"running": {"text": "${args[0]}"}}]}, {"finished": 1}]}],
    "expect": [{"name": "goodbye", "close": {"code": 1000}}]})",
                              shortened()};
  constexpr std::uint64_t clients = 20;
  for (std::uint64_t i = 0; i < clients; ++i) {
    RawClient client{running.port};
    client.upgrade();
    client.send(R"({"id":"1","cmd":"burst","args":[")" + std::string(1000, 'x') + R"("],"mode":"sync"})");
    client.read_text();
    client.send_close(1000);
    client.reset();
  }
  EXPECT_TRUE(running.comes_to([&] {
    const auto metrics = running.look([](const engine::Engine& agent) { return agent.metrics(); });
    return metrics.connections_total == clients && metrics.connections_open == 0;
  }));
  const auto verdict = running.look([](const engine::Engine& agent) { return agent.verdict(); });
  EXPECT_TRUE(verdict.met()) << verdict.report();
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

TEST(MockLimits, OneMessageMayBeOfAnySize) {
  const Running running{shortened()};
  RawClient client{running.port};
  client.upgrade();
  ASSERT_TRUE(running.comes_to([&] { return running.open_connections() == 1; }));
  const std::string big(std::size_t{20} * 1024 * 1024, 'x');  // more than is ever queued
  running.carry_out([&](engine::Outputs& out) { append_text(out, 1, big); });
  EXPECT_EQ(client.read_text(), big);
  running.carry_out([&](engine::Outputs& out) {
    append_text(out, 1, big);
    append_text(out, 1, "one too many");
  });
  const auto next = client.read_frame();
  EXPECT_TRUE(next.payload == big || next.close_code() == 1008);
}

TEST(MockLimits, ReasonsThatAreNoUtf8FailTheConnection) {
  const Running running{shortened()};
  struct Case {
    std::string payload;
    std::uint16_t code;
  };
  using namespace std::string_literals;
  for (const auto& one : {Case{"\x03\xe8\xff\xfe"s, 1007}, Case{"\x03\xe8\xed\xa0\x80"s, 1007}, Case{"\x03"s, 1002},
                          Case{"\x03\xed"s, 1002}, Case{"\x03\xe8 fine"s, 1000}, Case{""s, 1000}}) {
    RawClient client{running.port};
    client.upgrade();
    client.write(RawClient::frame(0x88, one.payload));
    EXPECT_EQ(client.read_frame().close_code(), one.code) << ::testing::PrintToString(one.payload);
    EXPECT_EQ(client.read_to_end(), "");
  }
}

TEST(MockLimits, MoreConnectionsThanAllowedAreTurnedAway) {
  net::ServerOptions options = shortened();
  options.max_connections = 3;
  options.upgrade_limit = std::chrono::seconds{5};
  const Running running{options};
  std::vector<std::unique_ptr<RawClient>> in;
  for (int i = 0; i < 3; ++i) {
    in.push_back(std::make_unique<RawClient>(running.port));
    in.back()->upgrade();
  }
  RawClient fourth{running.port};
  EXPECT_THAT(fourth.upgrade(), StartsWith("HTTP/1.1 503"));
  fourth.read_to_end();
  // Of those that are turned away only so many can be had at once, too: the others get nothing at all.
  std::vector<std::unique_ptr<RawClient>> waiting;
  for (int i = 0; i < 80; ++i) waiting.push_back(std::make_unique<RawClient>(running.port));
  EXPECT_EQ(waiting.back()->read_to_end().value_or(""), "");
  EXPECT_THAT(running.logged(), ::testing::HasSubstr("more than 3 connections"));
  in.front()->hang_up();
  EXPECT_TRUE(running.comes_to([&] {
    RawClient fifth{running.port};
    try {
      return fifth.upgrade().starts_with("HTTP/1.1 101");
    } catch (const std::exception&) {
      return false;
    }
  })) << "there is room again";
}

std::size_t resident_kilobytes() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

// All at once, as bad as they can be; one client that is none of them is served meanwhile, and nothing grows with their number.
TEST(MockLimits, BadClientsHarmNobody) {
  net::ServerOptions options = shortened();
  options.upgrade_limit = std::chrono::seconds{3};
  options.give_up_at = std::size_t{1024} * 1024;
  options.max_message = std::size_t{1024} * 1024;
  const Running running{options};
  const auto before = resident_kilobytes();
  std::atomic<bool> over = false;
  const auto again = [&](auto misbehave) {
    return std::thread{[&running, &over, misbehave] {
      while (!over) {
        try {
          RawClient client{running.port, milliseconds{200}};
          misbehave(client);
        } catch (const std::exception&) {
          // It was hung up on, or nothing was taken from it any more.
        }
      }
    }};
  };
  const std::string ping = RawClient::frame(0x89, std::string(125, 'x'));
  const std::string burst =
      RawClient::frame(0x81, R"({"id":"1","cmd":"burst","args":[")" + std::string(4000, 'x') + R"("],"mode":"sync"})");
  using namespace std::string_literals;
  std::vector<std::thread> bad;
  bad.push_back(again([&](RawClient& client) {  // floods with pings and reads nothing
    client.upgrade();
    for (int i = 0; i < 100'000; ++i) client.write(ping);
  }));
  bad.push_back(again([&](RawClient& client) {  // asks for much and reads nothing
    client.upgrade();
    for (int i = 0; i < 1000; ++i) client.write(burst);
  }));
  bad.push_back(again([](RawClient& client) {  // 100 MB in one message
    client.upgrade();
    client.write("\x81\xff\x00\x00\x00\x00\x06\x40\x00\x00\x00\x00\x00\x00"s);
    for (int i = 0; i < 1600; ++i) client.write(std::string(65536, 'x'));
  }));
  bad.push_back(again([](RawClient& client) {  // 100 MB in fragments of one message
    client.upgrade();
    client.write(RawClient::frame(0x01, "["));
    for (int i = 0; i < 1600; ++i) client.write(RawClient::frame(0x00, std::string(65536, '[')));
  }));
  bad.push_back(again([](RawClient& client) {  // a header that promises more than there can be
    client.upgrade();
    client.write("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"s);
    client.read_to_end();
  }));
  bad.push_back(again([](RawClient& client) {  // resets in mid-frame
    client.upgrade();
    client.write(RawClient::frame(0x81, std::string(1000, 'x')).substr(0, 500));
    client.reset();
  }));
  bad.push_back(again([](RawClient& client) { client.read_to_end(); }));  // never speaks
  bad.push_back(again([](RawClient& client) {                             // never comes to the end of its headers
    for (int i = 0; i < 100'000; ++i) client.write("X-Header: more\r\n");
  }));

  const auto until = steady_clock::now() + std::chrono::seconds{3};
  RawClient good{running.port};
  good.upgrade();
  milliseconds slowest{};
  while (steady_clock::now() < until) {
    const auto asked = steady_clock::now();
    good.send(R"({"id":"2","cmd":"__keepalive","args":[],"mode":"sync"})");
    good.read_text();
    good.read_text();
    slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(steady_clock::now() - asked));
  }
  over = true;
  for (auto& one : bad) one.join();
  EXPECT_LT(slowest, std::chrono::seconds{2});
  EXPECT_EQ(running.server->bugs(), 0U);
  good.hang_up();
  EXPECT_TRUE(running.comes_to([&] { return running.open_connections() == 0; }));
  // The journal keeps 16 MiB of frames; each bad client has its buffers.
  EXPECT_LT(resident_kilobytes(), before + 150'000);
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
