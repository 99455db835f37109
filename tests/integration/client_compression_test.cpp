// permessage-deflate (CON-8), over real sockets.

#include "scripted_peer.hpp"
#include "transport_diary.hpp"

#include <gmock/gmock.h>

#include <string>

namespace procedura {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ScriptedPeer;

struct CompressionTest : testing::TransportRun {
  static TransportOptions compressed(const ScriptedPeer& peer) {
    TransportOptions options = to(peer.url());
    options.compress = true;
    return options;
  }
  void echo(ScriptedPeer::Link& link) {
    offered = link.upgrade().extensions;
    while (auto message = link.receive()) link.send(*message);
  }
  void talk(const std::vector<std::string>& messages) {
    diary.when_open = [&] {
      for (const auto& message : messages) transport.send_text(message);
    };
    diary.on_message = [&] {
      if (diary.texts.size() == messages.size()) transport.close();
    };
  }
  std::string offered;
};

const std::vector<std::string> messages{
    "hello hello hello hello", "", "x", std::string(300'000, 'y'), "hello hello hello hello", "\xe2\x82\xac"};

TEST_F(CompressionTest, IsNotOfferedUnlessAskedFor) {
  {
    ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
      link.compress();
      echo(link);
    }};
    talk(messages);
    EXPECT_EQ(outcome(to(peer.url())).cause, errc::ok);
  }
  EXPECT_EQ(offered, "");
  EXPECT_EQ(diary.texts, messages);
  EXPECT_FALSE(diary.opened->compressed);
}

TEST_F(CompressionTest, MessagesComeOutAsTheyWentInWithEveryWindow) {
  for (int bits = 9; bits <= 15; ++bits) {
    for (const bool takeover : {true, false}) {
      ScriptedPeer peer{[&, bits, takeover](ScriptedPeer::Link& link) {
        link.compress(bits, takeover);
        echo(link);
      }};
      diary = {};
      context.restart();
      talk(messages);
      EXPECT_EQ(outcome(compressed(peer)).cause, errc::ok) << bits;
      EXPECT_EQ(diary.texts, messages) << bits;
      EXPECT_TRUE(diary.opened->compressed);
    }
  }
  EXPECT_THAT(offered, HasSubstr("permessage-deflate"));
}

TEST_F(CompressionTest, AServerThatDeclinesIsSpokenToPlainly) {
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) { echo(link); }};
  talk(messages);
  EXPECT_EQ(outcome(compressed(peer)).cause, errc::ok);
  EXPECT_EQ(diary.texts, messages);
  EXPECT_FALSE(diary.opened->compressed);
}

// A few hundred bytes on the wire, and 4 MiB behind them.
TEST_F(CompressionTest, WhatIsInflatedCountsAgainstTheLimit) {
  std::uint16_t close_code = 0;
  {
    ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
      link.compress();
      link.upgrade();
      link.send(std::string(4'000'000, 'x'));
      link.receive();
      close_code = link.close_code();
    }};
    auto options = compressed(peer);
    options.max_message = 100'000;
    const auto end = outcome(options);
    EXPECT_EQ(end.cause, errc::message_too_big);
    EXPECT_THAT(end.detail, HasSubstr("100000"));
  }
  EXPECT_EQ(close_code, 1009);
  EXPECT_THAT(diary.texts, ElementsAre());
}

TEST_F(CompressionTest, AMessageOfExactlyTheLimitIsTaken) {
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    link.compress();
    link.upgrade();
    link.send(std::string(100'000, 'x'));
    link.receive();
  }};
  auto options = compressed(peer);
  options.max_message = 100'000;
  diary.on_message = [&] { transport.close(); };
  EXPECT_EQ(outcome(options).cause, errc::ok);
  EXPECT_THAT(diary.texts, ElementsAre(std::string(100'000, 'x')));
}

// The key of RFC 6455's own example is not ours, so the peer has to compute the right one: `upgrade` does. What it cannot be
// made to say is said by a subprotocol with a line break in it.
std::string and_extensions(const std::string& value) {
  return "agreed\r\nSec-WebSocket-Extensions: " + value;
}

TEST_F(CompressionTest, AnExtensionThatWasNotOfferedFailsTheHandshake) {
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    link.upgrade(and_extensions("permessage-deflate"));
    link.wait_for_hang_up();
  }};
  auto options = to(peer.url());
  options.check_subprotocol = false;
  const auto end = outcome(options);
  EXPECT_EQ(end.cause, errc::handshake_refused);
  EXPECT_THAT(end.detail, HasSubstr("an extension that was not offered: 'permessage-deflate'"));
  EXPECT_FALSE(diary.opened);
}

TEST_F(CompressionTest, AnAnswerThatCannotBeKeptToFailsTheHandshake) {
  for (const char* answer : {"permessage-deflate; server_max_window_bits=16", "x-other",
                             "permessage-deflate\r\nSec-WebSocket-Extensions: permessage-deflate"}) {
    ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
      link.upgrade(and_extensions(answer));
      link.wait_for_hang_up();
    }};
    diary = {};
    context.restart();
    auto options = compressed(peer);
    options.check_subprotocol = false;
    EXPECT_EQ(outcome(options).cause, errc::handshake_refused) << answer;
    EXPECT_FALSE(diary.opened) << answer;
  }
}

// Compressed, but not deflate data.
TEST_F(CompressionTest, WhatCannotBeInflatedEndsTheConnection) {
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    link.compress();
    link.upgrade();
    link.write("\xc1\x05\xff\xff\xff\xff\xff");
    link.wait_for_hang_up();
  }};
  const auto end = outcome(compressed(peer));
  EXPECT_EQ(end.cause, errc::protocol_error);
  EXPECT_THAT(end.detail, HasSubstr("cannot be inflated: "));
}

}  // namespace
}  // namespace procedura
