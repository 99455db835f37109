// What a connection does wrong on purpose, seen byte by byte; where time matters, on a clock that stands still until it is
// moved.
#include "net/frame_header.hpp"
#include "raw_client.hpp"
#include "running_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace procedura::mock {
namespace {

using namespace std::string_literals;
using engine::WireChange;
using procedura::testing::RawClient;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto scenario = R"({"version": 1, "stubs": [
  {"name": "echo", "match": {"cmd": "echo"}, "reply": [{"finished": "${args}"}]},
  {"name": "slow", "match": {"cmd": "slow"}, "reply": ["accept", {"delay": "600s"}, {"finished": 1}]}]})";
constexpr auto echo = R"({"id":"1","cmd":"echo","args":["x"],"mode":"sync"})";

net::ServerOptions options(bool manual) {
  net::ServerOptions made;
  made.manual_clock = manual;
  made.close_limit = milliseconds{200};
  return made;
}

std::string text_frame(std::string_view payload) {
  std::string out;
  net::append_message(out, net::Opcode::text, payload);
  return out;
}

/// A client that is connected; its connection is the first.
struct Faulty {
  explicit Faulty(bool manual = false) : running{scenario, options(manual)} {
    EXPECT_THAT(client.upgrade(), StartsWith("HTTP/1.1 101"));
    EXPECT_TRUE(running.comes_to([&] { return running.open_connections() == 1; }));
  }
  void change(const WireChange& fault) {
    running.carry_out([&](engine::Outputs& out) { out.wire(1, fault); });
  }
  void send(std::string_view payload) {
    running.carry_out([&](engine::Outputs& out) { append_text(out, 1, payload); });
  }
  void advance(Duration by) { running.server->advance(by); }
  /// As the engine was told; 0: not within the time.
  std::uint16_t closed_with() {
    std::uint16_t code = 0;
    running.comes_to([&] {
      for (const auto& entry : running.look([](const engine::Engine& agent) { return agent.journal(); })) {
        if (entry.event == JournalEntry::Event::closed) code = entry.code;
      }
      return code != 0;
    });
    return code;
  }

  RunningServer running;
  RawClient client{running.port};
};

// ------------------------------------------------------------------------------------------------------- latency, bandwidth

TEST(MockFaults, LatencyHoldsWhatLeavesInOrder) {
  Faulty peer{true};
  peer.change({WireChange::Latency{milliseconds{50}}});
  peer.send("one");
  peer.advance(milliseconds{20});
  peer.send("two");
  peer.advance(milliseconds{29});
  EXPECT_EQ(peer.client.arrived(), "");
  peer.advance(milliseconds{1});
  EXPECT_EQ(peer.client.arrived(), text_frame("one"));
  peer.change({WireChange::Latency{}});
  peer.send("three");
  EXPECT_EQ(peer.client.arrived(), "") << "nothing overtakes";
  peer.advance(milliseconds{20});
  EXPECT_EQ(peer.client.arrived(), text_frame("two") + text_frame("three"));
  peer.send("four");
  EXPECT_EQ(peer.client.read_text(), "four") << "and nothing holds it any more";
}

TEST(MockFaults, LatencyHoldsPongsAndClosesToo) {
  Faulty peer{true};
  peer.change({WireChange::Latency{milliseconds{50}}});
  peer.client.write(RawClient::frame(0x89, "ping"));
  peer.client.send_close(1000);
  std::string all;
  EXPECT_TRUE(peer.running.comes_to([&] {
    peer.advance(milliseconds{50});
    all += peer.client.arrived();
    return all.size() >= 10;
  }));
  EXPECT_EQ(all, "\x8A\x04ping\x88\x02\x03\xE8"s);
}

TEST(MockFaults, BandwidthIsABound) {
  Faulty peer{true};
  peer.change({fault::Bandwidth{1000}});
  const std::string frame = text_frame(std::string(98, 'x'));
  peer.send(std::string(98, 'x'));
  std::string all;
  ASSERT_TRUE(peer.running.comes_to([&] { return !(all += peer.client.arrived()).empty(); }));
  EXPECT_EQ(all.size(), 10U);
  for (int i = 0; i < 9; ++i) {
    peer.advance(milliseconds{9});
    EXPECT_EQ(peer.client.arrived(), "");
    peer.advance(milliseconds{1});
    const std::string ten = peer.client.arrived();
    EXPECT_EQ(ten.size(), 10U);
    all += ten;
  }
  EXPECT_EQ(all, frame);
  peer.change({fault::Bandwidth{0}});
  peer.send("free");
  peer.advance(milliseconds{10});
  EXPECT_EQ(peer.client.read_text(), "free");
}

TEST(MockFaults, DribbleTakesTheNextMessageByteByByte) {
  Faulty peer{true};
  peer.running.carry_out([](engine::Outputs& out) {
    append_text(out, 1, "before");
    out.wire(1, {fault::Dribble{milliseconds{30}}});
    append_text(out, 1, "abc");
    append_text(out, 1, "after");
  });
  EXPECT_EQ(peer.client.read_text(), "before");
  std::string first;
  ASSERT_TRUE(peer.running.comes_to([&] { return !(first += peer.client.arrived()).empty(); }));
  EXPECT_EQ(first, "\x81");
  for (const char* byte : {"\x03", "a", "b", "c"}) {
    peer.advance(milliseconds{29});
    EXPECT_EQ(peer.client.arrived(), "");
    peer.advance(milliseconds{1});
    EXPECT_EQ(peer.client.arrived(), byte);
  }
  peer.advance(milliseconds{30});
  EXPECT_EQ(peer.client.arrived(), text_frame("after"));
}

TEST(MockFaults, FragmentsAreOfOneMessage) {
  Faulty peer;
  peer.running.carry_out([](engine::Outputs& out) {
    out.wire(1, {fault::Fragment{2}});
    append_text(out, 1, "abcde");
    append_text(out, 1, "whole");
  });
  EXPECT_EQ(peer.client.read_until("whole"),
            "\x01\x02"s + "ab" + "\x00\x02"s + "cd" + "\x80\x01"s + "e" + "\x81\x05"s + "whole");
}

// ------------------------------------------------------------------------------------------------------------- silence

TEST(MockFaults, HalfOpenNeitherSendsNorReads) {
  Faulty peer;
  peer.running.carry_out([](engine::Outputs& out) {
    append_text(out, 1, "before");
    out.wire(1, {fault::HalfOpen{}});
    append_text(out, 1, "after");
  });
  EXPECT_EQ(peer.client.read_text(), "before");
  peer.send("later");
  peer.client.send(echo);
  peer.client.write(RawClient::frame(0x89, ""));
  EXPECT_TRUE(peer.client.silent_for(milliseconds{100}));
  EXPECT_EQ(peer.running.look([](const engine::Engine& agent) { return agent.metrics().frames_in; }), 0U);
  EXPECT_EQ(peer.running.open_connections(), 1U);
  peer.client.hang_up();
  EXPECT_TRUE(peer.running.comes_to([&] { return peer.running.open_connections() == 0; }))
      << "who hangs up is noticed, though there are unread bytes before it";
}

TEST(MockFaults, WhatHasBegunToLeaveArrivesWholeOnAHalfOpenConnection) {
  Faulty peer;
  const std::string much(std::size_t{12} * 1024 * 1024, 'x');  // more than the kernel takes before somebody reads
  peer.send(much);
  peer.running.carry_out([](engine::Outputs&) {});
  EXPECT_FALSE(peer.client.silent_for(milliseconds{10})) << "it is being written";
  peer.change({fault::HalfOpen{}});
  EXPECT_EQ(peer.client.read_text(), much);
  EXPECT_TRUE(peer.client.silent_for(milliseconds{1200})) << "and nobody hangs up";
}

TEST(MockFaults, WhatAHalfOpenConnectionIsSentFillsTheKernelAndNotUs) {
  Faulty peer;
  RawClient other{peer.running.port, milliseconds{200}};
  other.upgrade();
  ASSERT_TRUE(peer.running.comes_to([&] { return peer.running.open_connections() == 2; }));
  peer.running.carry_out([](engine::Outputs& out) { out.wire(2, {fault::HalfOpen{}}); });
  const auto flood = [&] {
    for (int i = 0; i < 10'000; ++i) other.write(std::string(65536, 'x'));
  };
  EXPECT_THROW(flood(), std::runtime_error) << "nobody takes it";
}

TEST(MockFaults, GoingDownWaitsForNobodyWhoIsHalfOpen) {
  auto peer = std::make_unique<Faulty>();
  peer->change({fault::HalfOpen{}});
  const auto began = std::chrono::steady_clock::now();
  peer->running.server->stop();
  peer->running.thread.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds{150});
  EXPECT_EQ(peer->client.read_to_end().value_or(""), "");
}

TEST(MockFaults, NoPong) {
  Faulty peer;
  peer.change({fault::NoPong{}});
  peer.client.write(RawClient::frame(0x89, "ping"));
  peer.client.send(echo);
  EXPECT_THAT(peer.client.read_text(), HasSubstr("ack")) << "and nothing before it";
  EXPECT_THAT(peer.client.read_text(), HasSubstr("finished"));
  peer.client.send_close(1000);
  EXPECT_EQ(peer.client.read_frame().close_code(), 1000);
}

TEST(MockFaults, NoAnswerToAClose) {
  Faulty peer;
  peer.change({fault::NoClose{}});
  peer.client.send_close(1000);
  EXPECT_TRUE(peer.client.silent_for(milliseconds{100})) << "no Close, no FIN";
  EXPECT_EQ(peer.client.read_to_end().value_or(""), "") << "but not for ever";
  EXPECT_TRUE(peer.running.comes_to([&] { return peer.running.open_connections() == 0; }));

  RawClient other{peer.running.port};
  other.upgrade();
  peer.running.carry_out([](engine::Outputs& out) { out.wire(2, {fault::NoClose{}}); });
  other.write(RawClient::frame(0x81, "\xff"));
  EXPECT_EQ(other.read_frame().close_code(), 1007) << "that answers no Close";
}

// ------------------------------------------------------------------------------------------------------------- the end

TEST(MockFaults, CloseFramesOfAnyCode) {
  for (const int any : {0, 1, 999, 1000, 1005, 1006, 1015, 2999, 4999, 65535}) {
    const auto code = static_cast<std::uint16_t>(any);
    Faulty peer;
    peer.running.carry_out([&](engine::Outputs& out) {
      append_text(out, 1, "before");
      out.close_frame(1, code);
      append_text(out, 1, "after");
    });
    EXPECT_EQ(peer.client.read_text(), "before");
    std::string expected;
    net::append_close(expected, code);
    peer.client.send_close(1002);  // as a client would that takes it for a mistake
    EXPECT_EQ(peer.client.read_to_end().value_or("reset"), expected);
    peer.client.hang_up();
    EXPECT_EQ(peer.closed_with(), code == 0 ? 1005 : code);
  }
}

TEST(MockFaults, ResetComesBehindWhatWasSentBefore) {
  Faulty peer;
  peer.running.carry_out([](engine::Outputs& out) {
    append_text(out, 1, "before");
    out.reset(1);
    append_text(out, 1, "after");
  });
  EXPECT_EQ(peer.client.read_text(), "before");
  EXPECT_EQ(peer.client.read_to_end(), std::nullopt) << "a RST and no FIN";
  EXPECT_EQ(peer.closed_with(), 1006);
}

TEST(MockFaults, DropIsAFinWithoutAClose) {
  Faulty peer;
  peer.running.carry_out([](engine::Outputs& out) {
    append_text(out, 1, "before");
    out.drop(1);
    append_text(out, 1, "after");
  });
  EXPECT_EQ(peer.client.read_until("before"), text_frame("before"));
  EXPECT_EQ(peer.client.read_to_end(), "");
  peer.client.hang_up();
  EXPECT_EQ(peer.closed_with(), 1006);
}

// It does not read, so that what is before the end cannot leave.
TEST(MockFaults, NoEndWaitsForAPeerForEver) {
  for (const bool reset : {true, false}) {
    Faulty peer;
    peer.running.carry_out([&](engine::Outputs& out) {
      append_text(out, 1, std::string(std::size_t{15} * 1024 * 1024, 'x'));
      reset ? out.reset(1) : out.drop(1);
    });
    EXPECT_TRUE(peer.running.comes_to([&] { return peer.running.open_connections() == 0; }));
  }
}

TEST(MockFaults, AnEndThatIsHeldBackByLatencyComesInItsTime) {
  Faulty peer{true};
  peer.change({WireChange::Latency{milliseconds{150}}});
  peer.running.carry_out([](engine::Outputs& out) {
    append_text(out, 1, "before");
    out.drop(1);
  });
  peer.advance(milliseconds{149});
  EXPECT_TRUE(peer.client.silent_for(milliseconds{0}));
  peer.advance(milliseconds{1});
  EXPECT_EQ(peer.client.read_to_end(), text_frame("before"));
}

// ------------------------------------------------------------------------------------------------------------- bytes

TEST(MockFaults, BytesAreSentAsTheyAre) {
  const std::string long_ping = "\x89\x7E\x00\x7E"s + std::string(126, 'x');
  for (const std::string& bytes :
       {"\x83\x00"s, "\xC1\x00"s, "\x81\x80\x01\x02\x03\x04"s, "\x81\x7F\x80\x00\x00\x00\x00\x00\x00\x00"s, "\x81\x01\xFF"s,
        "\x09\x00"s, "\x80\x00"s, long_ping}) {
    Faulty peer;
    peer.running.carry_out([&](engine::Outputs& out) {
      append_text(out, 1, "before");
      append_bytes(out, 1, bytes);
    });
    EXPECT_EQ(peer.client.read_text(), "before");
    peer.client.send_close(1002);
    EXPECT_EQ(peer.client.read_to_end().value_or("reset"), bytes + "\x88\x02\x03\xEA"s);
    EXPECT_EQ(peer.running.server->bugs(), 0U);
  }
}

TEST(MockFaults, BinaryMessages) {
  Faulty peer;
  peer.running.carry_out([](engine::Outputs& out) {
    const auto offset = out.buffer().size();
    out.buffer() += "\x00\xff"s;
    out.binary(1, offset);
  });
  const auto frame = peer.client.read_frame();
  EXPECT_EQ(frame.first, 0x82);
  EXPECT_EQ(frame.payload, "\x00\xff"s);
}

TEST(MockFaults, FaultsOfOneConnectionAreNobodyElses) {
  Faulty peer{true};
  peer.change({WireChange::Latency{hours{1}}});
  RawClient other{peer.running.port};
  other.upgrade();
  other.send(echo);
  EXPECT_THAT(other.read_text(), HasSubstr("ack"));
  peer.running.carry_out([](engine::Outputs& out) { out.wire(77, {fault::HalfOpen{}}); });
}

// ------------------------------------------------------------------------------------------------------------- the clock

TEST(MockClock, StandsStillUntilItIsMoved) {
  net::ServerOptions made = options(true);
  made.upgrade_limit = milliseconds{50};
  const RunningServer running{scenario, made};
  RawClient silent{running.port};
  RawClient client{running.port};
  client.upgrade();
  client.send(R"({"id":"1","cmd":"slow","args":[],"mode":"sync"})");
  EXPECT_THAT(client.read_text(), HasSubstr("ack"));
  EXPECT_TRUE(silent.silent_for(milliseconds{150})) << "the limit is of that clock";
  running.server->advance(milliseconds{50});
  EXPECT_EQ(silent.read_to_end().value_or(""), "");
  running.server->advance(seconds{599});
  EXPECT_EQ(client.arrived(), "");
  running.server->advance(seconds{1});
  EXPECT_THAT(client.arrived(), HasSubstr("finished")) << "it had been sent when `advance` came back";
}

TEST(MockClock, EachTimerHasItsOwnTime) {
  const RunningServer running{R"({"version": 1, "stubs": [{"name": "ticks", "match": {"cmd": "ticks"}, "reply": ["accept",
      {"repeat": 3, "as": "i", "steps": [{"delay": "10s"}, {"running": {"ms": "${now_ms}"}}]}, {"finished": "${now_ms}"}]}]})",
                              options(true)};
  RawClient client{running.port};
  client.upgrade();
  client.send(R"({"id":"1","cmd":"ticks","args":[],"mode":"sync"})");
  client.read_text();
  running.server->advance(hours{1});
  std::vector<long> times;
  for (int i = 0; i < 4; ++i) {
    const std::string frame = client.read_text();
    const auto digits = frame.find(i < 3 ? "\"ms\":" : "\"result\":") + (i < 3 ? 5 : 9);
    times.push_back(std::stol(frame.substr(digits)));
  }
  EXPECT_EQ(times[1] - times[0], 10'000);
  EXPECT_EQ(times[2] - times[1], 10'000);
  EXPECT_EQ(times[3], times[2]);
}

TEST(MockClock, CanBeMovedBeforeAndAfterTheRun) {
  RunningServer running{scenario, options(true)};
  running.server->stop();
  running.thread.join();
  running.server->advance(hours{1});

  RunningServer real{scenario, options(false)};
  real.server->advance(hours{1});
}

TEST(MockClock, WhoEndsNeedsNoHandForIt) {
  const auto began = std::chrono::steady_clock::now();
  {
    Faulty peer{true};
    peer.change({WireChange::Latency{hours{1}}});
    peer.send("never");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{5}) << "the limit on the answer to our Close goes by itself";
}

}  // namespace
}  // namespace procedura::mock
