#include "scripted_peer.hpp"

#include <procedura/transport.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::ScriptedPeer;

/// Writes down what a transport says.
struct Diary : TransportHandler {
  void on_open(HandshakeInfo info) override {
    opened = std::move(info);
    if (then) then();
  }
  void on_text(std::string message) override {
    texts.push_back(std::move(message));
    if (on_message) on_message();
  }
  void on_binary(std::string message) override { binaries.push_back(std::move(message)); }
  void on_pong(std::string_view payload) override { pongs.emplace_back(payload); }
  void on_written() override { ++written; }
  void on_end(TransportEnd how) override { end = std::move(how); }

  std::optional<HandshakeInfo> opened;
  std::vector<std::string> texts;
  std::vector<std::string> binaries;
  std::vector<std::string> pongs;
  int written = 0;
  std::optional<TransportEnd> end;
  std::function<void()> then;
  std::function<void()> on_message;
};

struct TransportTest : ::testing::Test {
  TransportOptions to(const std::string& url) {
    TransportOptions options;
    options.endpoint = Endpoint::parse(url).value();
    return options;
  }
  /// Runs until the connection is over, and says how it ended.
  TransportEnd outcome(TransportOptions options) {
    const auto began = std::chrono::steady_clock::now();
    transport.open(std::move(options), diary);
    context.run_for(10s);
    took = std::chrono::steady_clock::now() - began;
    EXPECT_TRUE(diary.end) << "it never ended";
    return diary.end.value_or(TransportEnd{});
  }

  boost::asio::io_context context{1};
  Diary diary;
  Transport transport{context.get_executor()};
  std::chrono::steady_clock::duration took{};
};

TEST_F(TransportTest, CarriesMessagesBothWaysAndClosesWell) {
  std::uint16_t close_code = 0;
  {
    ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
      link.upgrade();
      link.send_binary("bytes");
      while (auto message = link.receive()) link.send("re: " + *message);
      close_code = link.close_code();
    }};
    diary.then = [&] {
      transport.send_text("one");
      transport.send_text("two");
      transport.send_fragments({"th", "r", "ee"});
      transport.ping("are you there");
      transport.send_binary(std::string(200'000, 'x'));
    };
    diary.on_message = [&] {
      if (diary.texts.size() == 4) transport.close(1000, "done");
    };
    auto options = to(peer.url());
    options.headers.emplace_back("X-Extra", "yes");
    EXPECT_EQ(outcome(options).cause, errc::ok);
  }
  EXPECT_EQ(close_code, 1000);
  EXPECT_THAT(diary.texts, ElementsAre("re: one", "re: two", "re: three", "re: " + std::string(200'000, 'x')));
  EXPECT_THAT(diary.binaries, ElementsAre("bytes"));
  EXPECT_THAT(diary.pongs, ElementsAre("are you there"));
  EXPECT_GE(diary.written, 1);
  ASSERT_TRUE(diary.opened);
  EXPECT_EQ(diary.opened->status, 101U);
  EXPECT_THAT(diary.opened->headers, Contains(Pair("Upgrade", "websocket")));
  EXPECT_THAT(diary.opened->remote, HasSubstr("127.0.0.1:"));
  EXPECT_THAT(diary.opened->addresses, ElementsAre(diary.opened->remote));
  EXPECT_TRUE(diary.opened->resolve_time && diary.opened->connect_time && diary.opened->upgrade_time);
  EXPECT_FALSE(diary.opened->proxy_time || diary.opened->tls_time || diary.opened->proxy || diary.opened->compressed);
}

TEST_F(TransportTest, OffersItsSubprotocolsAndTellsWhichWasSelected) {
  std::vector<std::string> offered;
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    offered = link.upgrade("second").offered;
    link.receive();
  }};
  auto options = to(peer.url());
  options.subprotocols = {"first", "second"};
  diary.then = [&] { transport.close(); };
  EXPECT_EQ(outcome(options).cause, errc::ok);
  EXPECT_THAT(offered, ElementsAre("first", "second"));
  EXPECT_EQ(diary.opened->subprotocol, "second");
}

TEST_F(TransportTest, RefusesASubprotocolThatWasNotOffered) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.upgrade("surprise");
    link.wait_for_hang_up();
  }};
  const auto end = outcome(to(peer.url()));
  EXPECT_EQ(end.cause, errc::handshake_refused);
  EXPECT_THAT(end.detail, HasSubstr("not offered"));
  EXPECT_FALSE(diary.opened);
}

TEST_F(TransportTest, CanLetAnUnofferedSubprotocolPassForThoseWhoJudge) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.upgrade("surprise");
    link.receive();
  }};
  auto options = to(peer.url());
  options.check_subprotocol = false;
  diary.then = [&] { transport.close(); };
  EXPECT_EQ(outcome(options).cause, errc::ok);
  EXPECT_EQ(diary.opened->subprotocol, "surprise");
}

// --- bad peers ------------------------------------------------------------------------------------------------------------

TEST_F(TransportTest, NobodyListens) {
  std::string url;
  {
    url = ScriptedPeer{[](ScriptedPeer::Link&) {}}.url();
  }
  const auto end = outcome(to(url));
  EXPECT_EQ(end.cause, errc::connect_failed);
  EXPECT_THAT(end.detail, AllOf(HasSubstr(url), HasSubstr("refused"), HasSubstr("is the agent running")));
  EXPECT_THAT(end.reached.addresses, ElementsAre(url.substr(std::string{"ws://"}.size())));
  EXPECT_TRUE(end.reached.resolve_time);
  EXPECT_FALSE(end.reached.connect_time);
}

TEST_F(TransportTest, ANameThatDoesNotExist) {
  const auto end = outcome(to("ws://no-such-host.invalid:1"));
  EXPECT_EQ(end.cause, errc::connect_failed);
  EXPECT_THAT(end.detail, HasSubstr("no-such-host.invalid"));
  EXPECT_THAT(end.reached.addresses, ElementsAre());
  EXPECT_FALSE(end.reached.connect_time);
}

TEST_F(TransportTest, ItNeverAnswers) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) { link.wait_for_hang_up(); }};
  auto options = to(peer.url());
  options.connect_timeout = 150ms;
  const auto end = outcome(options);
  EXPECT_EQ(end.cause, errc::connect_timeout);
  EXPECT_THAT(end.detail, HasSubstr("did not answer the WebSocket upgrade within 0.15 s"));
  EXPECT_TRUE(end.reached.connect_time);
  EXPECT_FALSE(end.reached.upgrade_time);
  EXPECT_LT(took, 1s);
}

TEST_F(TransportTest, ItSpeaksSomethingElse) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.write("SSH-2.0-OpenSSH_9.2\x1b[31m\r\n");
    link.wait_for_hang_up();
  }};
  const auto end = outcome(to(peer.url()));
  EXPECT_EQ(end.cause, errc::handshake_refused);
  EXPECT_THAT(end.detail, AllOf(HasSubstr("is no WebSocket server"), HasSubstr("SSH-2.0-OpenSSH_9.2")));
  EXPECT_EQ(end.detail.find('\x1b'), std::string::npos);
}

TEST_F(TransportTest, ItHangsUpDuringTheHandshake) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) { link.read_head(); }};
  const auto end = outcome(to(peer.url()));
  EXPECT_EQ(end.cause, errc::handshake_refused);
  EXPECT_THAT(end.detail, HasSubstr("hung up during the handshake"));
}

TEST_F(TransportTest, ItRefusesWithAStatus) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\nX-Why: token\r\n\r\nlog in\nplease");
    link.wait_for_hang_up();
  }};
  const auto end = outcome(to(peer.url()));
  EXPECT_EQ(end.cause, errc::handshake_refused);
  EXPECT_EQ(end.http_status, 401U);
  EXPECT_THAT(end.http_headers, Contains(Pair("X-Why", "token")));
  EXPECT_THAT(end.detail, HasSubstr("HTTP 401 Unauthorized: log in"));
  EXPECT_TRUE(end.reached.connect_time);
}

TEST_F(TransportTest, ItRefusesWithAResponseThatDoesNotEnd) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write("HTTP/1.1 503 Busy\r\n\r\nwait");
    link.wait_for_hang_up();
  }};
  auto options = to(peer.url());
  options.connect_timeout = 150ms;
  const auto end = outcome(options);
  EXPECT_EQ(end.cause, errc::handshake_refused);
  EXPECT_EQ(end.http_status, 503U);
}

TEST_F(TransportTest, ARedirectIsNotFollowed) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write("HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    link.wait_for_hang_up();
  }};
  const auto end = outcome(to(peer.url()));
  EXPECT_EQ(end.http_status, 302U);
  EXPECT_THAT(end.detail, HasSubstr("redirects are not followed"));
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(TransportTest, AnUpgradeWithTheWrongKeyIsNone) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
    link.wait_for_hang_up();
  }};
  EXPECT_EQ(outcome(to(peer.url())).cause, errc::handshake_refused);
}

TEST_F(TransportTest, ItHangsUpWithoutAClose) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) { link.upgrade(); }};
  const auto end = outcome(to(peer.url()));
  EXPECT_TRUE(diary.opened);
  EXPECT_EQ(end.cause, errc::connection_lost);
  EXPECT_EQ(end.close_code, 0);
  EXPECT_LT(took, 500ms);
}

TEST_F(TransportTest, ItClosesWithACode) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.upgrade();
    link.close(4401, "token revoked");
  }};
  const auto end = outcome(to(peer.url()));
  EXPECT_EQ(end.cause, errc::connection_lost);
  EXPECT_EQ(end.close_code, 4401);
  EXPECT_EQ(end.detail, "token revoked");
}

TEST_F(TransportTest, AMessageOverTheLimitClosesWith1009) {
  std::uint16_t close_code = 0;
  {
    ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
      link.upgrade();
      link.send(std::string(5000, 'x'));
      link.receive();
      close_code = link.close_code();
    }};
    auto options = to(peer.url());
    options.max_message = 4096;
    const auto end = outcome(options);
    EXPECT_EQ(end.cause, errc::message_too_big);
    EXPECT_THAT(end.detail, HasSubstr("4096"));
  }
  EXPECT_EQ(close_code, 1009);
}

TEST_F(TransportTest, InvalidUtf8ClosesWith1007) {
  std::uint16_t close_code = 0;
  {
    ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
      link.upgrade();
      link.send("\xff\xfe");
      link.receive();
      close_code = link.close_code();
    }};
    EXPECT_EQ(outcome(to(peer.url())).cause, errc::protocol_error);
  }
  EXPECT_EQ(close_code, 1007);
}

TEST_F(TransportTest, AFrameThatIsNoneEndsTheConnection) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.upgrade();
    link.write("\xf1\x05hello");  // reserved bits
    link.wait_for_hang_up();
  }};
  EXPECT_EQ(outcome(to(peer.url())).cause, errc::protocol_error);
}

// Our Close reads the end of the message away, of which the read beside it still waits for the rest.
TEST_F(TransportTest, ClosesWhileAMessageComesInFragments) {
  std::promise<void> closing;
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    link.upgrade();
    link.send("a");
    closing.get_future().wait();
    std::string fragments{
        "\x01\x01"
        "b"};
    for (int i = 0; i < 8; ++i) fragments += std::string{"\x00\x01", 2} + "c";
    link.write(fragments + "\x80\x01" + "d");
    link.receive();
  }};
  diary.on_message = [&] {
    transport.close();
    closing.set_value();
  };
  EXPECT_EQ(outcome(to(peer.url())).cause, errc::ok);
  EXPECT_THAT(diary.texts, ElementsAre("a"));
}

TEST_F(TransportTest, APeerThatDoesNotAnswerTheCloseIsLeft) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.upgrade();
    link.wait_for_hang_up();
  }};
  auto options = to(peer.url());
  options.close_timeout = 100ms;
  diary.then = [&] { transport.close(); };
  const auto end = outcome(options);
  EXPECT_EQ(end.cause, errc::connection_lost);
  EXPECT_THAT(end.detail, HasSubstr("did not answer the Close"));
  EXPECT_LT(took, 1s);
}

TEST_F(TransportTest, APeerThatAnswersNoPingIsGivenUp) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.upgrade();
    link.wait_for_hang_up();
  }};
  auto options = to(peer.url());
  options.ping_interval = 50ms;
  options.pong_timeout = 120ms;
  const auto end = outcome(options);
  EXPECT_EQ(end.cause, errc::connection_lost);
  EXPECT_THAT(end.detail, HasSubstr("ping"));
  EXPECT_LT(took, 2s);
}

TEST_F(TransportTest, APeerThatAnswersPingsIsKept) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.upgrade();
    link.receive();
  }};
  auto options = to(peer.url());
  options.ping_interval = 10ms;
  options.pong_timeout = 60ms;
  transport.open(std::move(options), diary);
  context.run_for(300ms);
  EXPECT_FALSE(diary.end);
  EXPECT_GE(diary.pongs.size(), 3U);
  transport.abort();
  context.run_for(1s);
  EXPECT_EQ(diary.end.value().cause, errc::cancelled);
}

// --- what is not even tried -----------------------------------------------------------------------------------------------

TEST_F(TransportTest, ATlsServerIsNotTakenForOneThatIsBroken) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write({"\x15\x03\x01\x00\x02\x02\x46", 7});
  }};
  const TransportEnd end = outcome(to(peer.url()));
  EXPECT_EQ(end.cause, errc::handshake_refused);
  EXPECT_THAT(end.detail, HasSubstr("speaks TLS: use wss://127.0.0.1:" + std::to_string(peer.port())));
}

TEST_F(TransportTest, HeadersThatWouldBreakTheRequestAreRefused) {
  ScriptedPeer peer{[](ScriptedPeer::Link&) {}};
  auto options = to(peer.url());
  options.headers.emplace_back("X-Evil", "a\r\nX-Injected: b");
  EXPECT_EQ(outcome(options).cause, errc::invalid_request);
  options = to(peer.url());
  options.subprotocols = {"to ken"};
  context.restart();
  EXPECT_EQ(outcome(options).cause, errc::invalid_token);
  EXPECT_EQ(peer.connections(), 0);
}

TEST_F(TransportTest, DestroyingItWhileItConnectsIsQuiet) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) { link.wait_for_hang_up(); }};
  transport.open(to(peer.url()), diary);
  context.run_for(50ms);
  transport = Transport{context.get_executor()};
  context.run_for(5s);
  EXPECT_TRUE(context.stopped()) << "something is still pending";
  EXPECT_FALSE(diary.end);
}

TEST_F(TransportTest, ReadingCanPause) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.upgrade();
    for (int i = 0; i < 100; ++i) link.send("frame");
    link.receive();
  }};
  diary.on_message = [&] { transport.pause_reading(); };
  transport.open(to(peer.url()), diary);
  context.run_for(100ms);
  EXPECT_EQ(diary.texts.size(), 1U);
  diary.on_message = nullptr;
  transport.resume_reading();
  context.restart();  // a paused connection waits for nothing
  context.run_for(200ms);
  EXPECT_EQ(diary.texts.size(), 100U);
  transport.close();
  context.run_for(2s);
  EXPECT_EQ(diary.end.value().cause, errc::ok);
}

}  // namespace
}  // namespace procedura
