// The small decisions of a connection: when to ping, what to keep for a slow consumer, how to dial, what to say of a bad peer.

#include "back_pressure.hpp"
#include "connection.hpp"
#include "dial.hpp"
#include "keep_alive.hpp"
#include "peer_answer.hpp"
#include "session_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

using TimePoint = protocol::TimePoint;
constexpr TimePoint t0{};

// --- who waits for the opening --------------------------------------------------------------------------------------------

struct Waits final : detail::OpenWaiter {
  bool over() const override { return gave_up; }
  void on_open(detail::Connection& /*connection*/) override {}
  void fail(Failure /*failure*/) override { ++failed; }
  bool gave_up = false;
  int failed = 0;
};

TEST(OpenWaiterTest, OneWhoWaitsNoMoreIsLetGoOf) {
  boost::asio::io_context context;
  const auto connection =
      std::make_shared<detail::Connection>(context.get_executor(), Options{}, 0, std::weak_ptr<detail::ConnectionOwner>{});
  auto gone = std::make_shared<Waits>();
  const auto stays = std::make_shared<Waits>();
  connection->when_open(gone);
  gone->gave_up = true;
  connection->when_open(stays);
  EXPECT_EQ(gone.use_count(), 1) << "an agent may be away for days, and be asked for all the while";
  stays->gave_up = true;
  connection->fail(Failure::of(errc::connect_failed, "no"));
  EXPECT_EQ(stays->failed, 0);
  const auto late = std::make_shared<Waits>();
  connection->when_open(late);
  EXPECT_EQ(late->failed, 1);
}

// --- keep-alive -----------------------------------------------------------------------------------------------------------

TEST(KeepAliveTest, PingsOnTheIntervalAndIsContentWithPongs) {
  KeepAlive keep{10s, 25s};
  EXPECT_FALSE(keep.next());
  keep.opened(t0);
  for (int i = 1; i < 20; ++i) {
    EXPECT_EQ(keep.next(), t0 + i * 10s);
    EXPECT_EQ(keep.timer(t0 + i * 10s - 1ms), KeepAlive::Action::none) << "too early";
    EXPECT_EQ(keep.timer(t0 + i * 10s), KeepAlive::Action::ping);
    keep.pong();
  }
}

TEST(KeepAliveTest, GivesUpWhenTheOldestPingIsUnansweredForTooLong) {
  KeepAlive keep{10s, 25s};
  keep.opened(t0);
  EXPECT_EQ(keep.timer(t0 + 10s), KeepAlive::Action::ping);
  EXPECT_EQ(keep.timer(t0 + 20s), KeepAlive::Action::ping);
  EXPECT_EQ(keep.timer(t0 + 30s), KeepAlive::Action::ping);
  EXPECT_EQ(keep.next(), t0 + 35s);
  EXPECT_EQ(keep.timer(t0 + 35s - 1ms), KeepAlive::Action::none);
  EXPECT_EQ(keep.timer(t0 + 35s), KeepAlive::Action::give_up);
}

TEST(KeepAliveTest, ATimeWithoutEndIsNeverOver) {
  KeepAlive patient{10s, protocol::Duration::max()};
  patient.opened(t0 + 1h);
  EXPECT_EQ(patient.timer(t0 + 1h + 10s), KeepAlive::Action::ping);
  EXPECT_EQ(patient.timer(t0 + 1h + 20s), KeepAlive::Action::ping);
  KeepAlive silent{protocol::Duration::max(), 25s};
  silent.opened(t0 + 1h);
  EXPECT_EQ(silent.timer(t0 + 1000h), KeepAlive::Action::none);
}

TEST(KeepAliveTest, NoIntervalIsNoneAtAll) {
  KeepAlive keep{0s, 25s};
  keep.opened(t0);
  EXPECT_FALSE(keep.next()) << "and not a flood of pings";
}

TEST(KeepAliveTest, WithoutAnIntervalItAsksForNothing) {
  KeepAlive keep{std::nullopt, 25s};
  keep.opened(t0);
  EXPECT_FALSE(keep.next());
  EXPECT_EQ(keep.timer(t0 + 1h), KeepAlive::Action::none);
}

TEST(KeepAliveTest, APauseSuspendsBothDeadlines) {
  KeepAlive keep{10s, 25s};
  keep.opened(t0);
  EXPECT_EQ(keep.timer(t0 + 10s), KeepAlive::Action::ping);
  keep.paused();
  EXPECT_FALSE(keep.next());
  EXPECT_EQ(keep.timer(t0 + 1h), KeepAlive::Action::none);
  keep.resumed(t0 + 1h);
  EXPECT_EQ(keep.next(), t0 + 1h + 10s);
}

// --- back-pressure --------------------------------------------------------------------------------------------------------

struct Waiting {
  const char* name;
  detail::Held stream;
  detail::Held connection;
  std::size_t frame;
  detail::Admission alone;
  detail::Admission among_others;
};

class BackPressure : public ::testing::TestWithParam<Waiting> {};

TEST_P(BackPressure, Decides) {
  StreamBounds bounds;
  bounds.frames = 10;
  bounds.bytes = 1000;
  bounds.connection_bytes = 5000;
  const Waiting& waiting = GetParam();
  EXPECT_EQ(admit(bounds, waiting.stream, waiting.connection, waiting.frame, true), waiting.alone);
  EXPECT_EQ(admit(bounds, waiting.stream, waiting.connection, waiting.frame, false), waiting.among_others);
}

using A = detail::Admission;
INSTANTIATE_TEST_SUITE_P(Each, BackPressure,
                         ::testing::Values(Waiting{"Empty", {0, 0}, {0, 0}, 10, A::keep, A::keep},
                                           Waiting{"RoomForMore", {8, 100}, {8, 100}, 10, A::keep, A::keep},
                                           Waiting{"TheLastFrame", {9, 100}, {9, 100}, 10, A::keep_and_pause, A::keep},
                                           Waiting{"FullOfFrames", {10, 100}, {10, 100}, 10, A::keep_and_pause, A::give_up},
                                           Waiting{"TheLastBytes", {2, 990}, {2, 990}, 10, A::keep_and_pause, A::keep},
                                           Waiting{"FullOfBytes", {2, 1000}, {2, 1000}, 1, A::keep_and_pause, A::give_up},
                                           Waiting{"OneHugeFrame", {0, 0}, {0, 0}, 9999, A::keep_and_pause, A::keep},
                                           Waiting{"TheConnectionIsFull", {0, 0}, {9, 5000}, 1, A::keep_and_pause, A::give_up}),
                         [](const auto& instance) { return instance.param.name; });

TEST(BackPressureEnd, ReadingGoesOnAtHalf) {
  StreamBounds bounds;
  bounds.frames = 10;
  bounds.bytes = 1000;
  EXPECT_FALSE(detail::caught_up(bounds, {6, 0}));
  EXPECT_FALSE(detail::caught_up(bounds, {5, 501}));
  EXPECT_TRUE(detail::caught_up(bounds, {5, 500}));
}

TEST(SessionClockTest, StandsStillWhileStopped) {
  detail::SessionClock clock;
  EXPECT_EQ(clock.at(t0 + 5s), t0 + 5s);
  clock.stop(t0 + 10s);
  EXPECT_EQ(clock.at(t0 + 30s), t0 + 10s);
  clock.stop(t0 + 20s);
  clock.go_on(t0 + 40s);
  EXPECT_EQ(clock.at(t0 + 41s), t0 + 11s);
  EXPECT_EQ(clock.real(t0 + 11s), t0 + 41s);
  clock.go_on(t0 + 50s);
  EXPECT_EQ(clock.at(t0 + 51s), t0 + 21s) << "a second going on changes nothing";
}

// --- dialling -------------------------------------------------------------------------------------------------------------

detail::Dial dialled(const std::string& url, const std::optional<std::string>& token) {
  return detail::dial({}, Endpoint::parse(url).value(), token).value();
}

TEST(DialTest, WithoutATokenNothingIsSaidOfOne) {
  const auto dial = dialled("ws://agent.example", {});
  EXPECT_THAT(dial.transport.subprotocols, IsEmpty());
  EXPECT_THAT(dial.transport.headers, IsEmpty());
  EXPECT_THAT(dial.notes, IsEmpty());
}

TEST(DialTest, ATokenGoesBothWays) {
  const auto dial = dialled("ws://127.0.0.1:1", "tok.en");
  EXPECT_THAT(dial.transport.subprotocols, ElementsAre("tok.en"));
  EXPECT_THAT(dial.transport.headers, ElementsAre(Pair("Authorization", "Bearer tok.en")));
  EXPECT_THAT(dial.notes, IsEmpty());
}

TEST(DialTest, ATokenThatIsNoSubprotocolGoesOneWayAndThatIsSaid) {
  const auto dial = dialled("wss://agent.example", "dG9r=");
  EXPECT_THAT(dial.transport.subprotocols, IsEmpty());
  EXPECT_THAT(dial.transport.headers, ElementsAre(Pair("Authorization", "Bearer dG9r=")));
  EXPECT_THAT(dial.notes, ElementsAre(Pair(LogLevel::info, AllOf(HasSubstr("Authorization alone"), Not(HasSubstr("dG9r"))))));
}

TEST(DialTest, ATokenInTheClearIsWarnedOf) {
  EXPECT_THAT(dialled("ws://agent.example", "tok").notes, ElementsAre(Pair(LogLevel::warning, HasSubstr("in the clear"))));
  EXPECT_THAT(dialled("wss://agent.example", "tok").notes, IsEmpty());
}

TEST(DialTest, OfAnInsecureConnectionIsSaidWhatIsStillChecked) {
  const Endpoint endpoint = Endpoint::parse("wss://agent.example:8765").value();
  EXPECT_EQ(detail::insecure_warning(endpoint, false),
            "insecure: nobody has checked that wss://agent.example:8765 is who it should be; whoever is in between can read "
            "everything, the token included");
  EXPECT_EQ(
      detail::insecure_warning(endpoint, true),
      "insecure: of wss://agent.example:8765 nothing is checked but the key that is pinned: neither the name nor the dates "
      "of its certificate");
}

TEST(DialTest, ATokenThatNoHeaderCanCarryIsRefused) {
  for (const std::string token : {"", "a b", "a\r\nb", "caf\xc3\xa9", "\x7f"}) {
    const auto dial = detail::dial({}, Endpoint{}, token);
    ASSERT_FALSE(dial);
    EXPECT_EQ(dial.error().code, errc::invalid_token);
  }
}

TEST(DialTest, OptionsReachTheTransport) {
  Options options;
  options.limits.max_message = 5;
  options.connect_timeout = 1s;
  options.close_timeout = 2s;
  options.ping_interval = 3s;
  options.pong_timeout = 4s;
  const auto dial = detail::dial(options, Endpoint{}, {}).value();
  EXPECT_EQ(dial.transport.max_message, 5U);
  EXPECT_EQ(dial.transport.connect_timeout, 1s);
  EXPECT_EQ(dial.transport.close_timeout, 2s);
  EXPECT_EQ(dial.transport.ping_interval, 3s);
  EXPECT_EQ(dial.transport.pong_timeout, 4s);
}

TEST(SavedTokenTest, OfAnotherHostIsNotSent) {
  std::vector<std::pair<LogLevel, std::string>> notes;
  const SavedToken saved{"tok", "ws://other.example:1", {}, {}};
  EXPECT_EQ(detail::check_saved(saved, Endpoint{}, 0, notes).error().code, errc::wrong_origin);
}

TEST(SavedTokenTest, ThatHasExpiredIsSentAndSaidSo) {
  const SavedToken saved{"tok", {}, 100, {"others can read it"}};
  std::vector<std::pair<LogLevel, std::string>> notes;
  EXPECT_TRUE(detail::check_saved(saved, Endpoint{}, 99, notes));
  EXPECT_THAT(notes, ElementsAre(Pair(LogLevel::warning, "others can read it")));
  EXPECT_TRUE(detail::check_saved(saved, Endpoint{}, 100, notes));
  EXPECT_THAT(notes, Contains(Pair(LogLevel::warning, HasSubstr("expired"))));
}

// --- bad peers ------------------------------------------------------------------------------------------------------------

TEST(PeerAnswer, FindsTheHeadOfAResponse) {
  const std::string text = "HTTP/1.1 401 Log in \r\nX-One:  a b \r\nno header\r\nx-two:\r\n\r\nbody: none";
  EXPECT_EQ(detail::http_head_size(text), text.find("body"));
  const auto head = detail::read_http_head(text);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 401U);
  EXPECT_EQ(head->reason, "Log in");
  EXPECT_THAT(head->headers, ElementsAre(Pair("X-One", "a b"), Pair("x-two", "")));
  EXPECT_EQ(head->header("X-ONE"), "a b");
  EXPECT_EQ(head->header("X-O"), std::nullopt);
  EXPECT_EQ(detail::read_http_head("HTTP/1.0 200 OK").value().status, 200U);
  EXPECT_EQ(detail::read_http_head("HTTP/1.1 200").value().reason, "");
  EXPECT_EQ(detail::http_head_size("HTTP/1.1 200 OK\r\nX: y\r\n"), std::nullopt);
  for (const char* heard : {"", "HTTP/1.1", "HTTP/1.1 40", "HTTP/2 200 OK...", "HTTP/1.1 4x1 No", "HTTP/1.1-401-No",
                            "SSH-2.0-x", "HTTP/1.1 4011 No", "HTTP/1.1 001 No"}) {
    EXPECT_FALSE(detail::read_http_head(heard)) << heard;
  }
}

TEST(PeerAnswer, IsShownShortAndHarmless) {
  EXPECT_EQ(detail::refusal({401, "Unauthorized", {}}, "log in\nand more").detail,
            "the upgrade was refused with HTTP 401 Unauthorized: log in");
  EXPECT_EQ(detail::refusal({403, "", {}}, " \r\n").detail, "the upgrade was refused with HTTP 403");
  const std::string evil = detail::refusal({400, "\x1b[2J", {}}, std::string(5000, 'x')).detail;
  EXPECT_EQ(evil.find('\x1b'), std::string::npos);
  EXPECT_LT(evil.size(), 250U);
  EXPECT_THAT(detail::no_websocket({}, "", "eof"), HasSubstr("hung up during the handshake"));
  EXPECT_THAT(detail::no_websocket({}, "220 mail ESMTP\r\n", "bad version"),
              AllOf(HasSubstr("ws://127.0.0.1:8765"), HasSubstr("'220 mail ESMTP'"), HasSubstr("bad version")));
}

// Also not where the line is cut short: half a token would be known to nobody as one.
TEST(PeerAnswer, WhatRepeatsTheTokenIsNotRepeated) {
  TransportOptions options;
  options.subprotocols = {"secret-token-0123456789"};
  options.headers = {{"authorization", "Bearer other-secret=="}, {"X-Name", "a name"}};
  const auto secrets = detail::secrets_of(options);
  for (const std::string token : {"secret-token-0123456789", "other-secret==", "Bearer other-secret=="}) {
    for (std::size_t lead = 0; lead < 130; ++lead) {
      const std::string line = std::string(lead, 'x') + " a name " + token + " is wrong";
      for (const std::string& text :
           {detail::refusal({401, line, {}}, "", secrets).detail, detail::refusal({401, "", {}}, line, secrets).detail,
            detail::refusal({302, "", {{"Location", "ws://h/" + line}}}, "", secrets).detail,
            detail::refusal_heard("HTTP/1.1 401 X\r\n\r\n" + line, secrets).value().detail,
            detail::no_websocket({}, line, "why", secrets)}) {
        ASSERT_THAT(text, AllOf(Not(HasSubstr("secr")), Not(HasSubstr("other")))) << lead;
      }
    }
  }
  EXPECT_THAT(detail::refusal({401, "a name", {}}, "", secrets).detail, HasSubstr("a name"));
}

TEST(PeerAnswer, NamesWhereARedirectPointsWithoutItsQuery) {
  EXPECT_THAT(detail::refusal({301, "Moved", {}}, "").detail, HasSubstr("redirects are not followed"));
  const auto pointed = [](const std::string& location) {
    return detail::refusal({302, "Found", {{"location", location}}}, "").detail;
  };
  EXPECT_THAT(pointed("wss://other.example/path"),
              HasSubstr("points to 'wss://other.example/path', but redirects are not followed"));
  EXPECT_THAT(pointed("ws://u:secret@o/p?t=secret#secret"), AllOf(HasSubstr("/p?..."), Not(HasSubstr("secret"))));
  EXPECT_THAT(pointed("\x1b[2J" + std::string(9000, 'x')), Not(HasSubstr("\x1b")));
  EXPECT_LT(pointed(std::string(9000, 'x')).size(), 400U);
}

TEST(PeerAnswer, ARefusalIsKnownByItsFirstBytes) {
  const auto refused = detail::refusal_heard("HTTP/1.1 403 No\r\nContent-Length: 99999999\r\n\r\nno entry\nand so on");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->cause, errc::handshake_refused);
  EXPECT_EQ(refused->http_status, 403U);
  EXPECT_EQ(refused->detail, "the upgrade was refused with HTTP 403 No: no entry");
  EXPECT_THAT(refused->http_headers, ElementsAre(Pair("Content-Length", "99999999")));
  EXPECT_EQ(detail::refusal_heard("HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello").value().detail,
            "the upgrade was refused with HTTP 401 X");
  EXPECT_TRUE(detail::refusal_heard("HTTP/1.1 401 Unauthorized\r\nX: y"));
  EXPECT_FALSE(detail::refusal_heard("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
  EXPECT_FALSE(detail::refusal_heard("SSH-2.0"));
  EXPECT_FALSE(detail::refusal_heard(""));
}

TEST(TransportOptionsTest, WhatCannotBeSentIsRefused) {
  TransportOptions options;
  EXPECT_EQ(detail::check(options).cause, errc::ok);
  options.headers = {{"X-Good", "tab\tis fine"}};
  options.subprotocols = {"good"};
  EXPECT_EQ(detail::check(options).cause, errc::ok);
  for (const auto& [name, value] : Headers{
           {"", "x"}, {"X Y", "x"}, {"X:", "x"}, {"X", "a\nb"}, {"X", "a\rb"}, {"X", std::string(1, '\0')}, {"X", "\x7f"}}) {
    options.headers = {{name, value}};
    EXPECT_EQ(detail::check(options).cause, errc::invalid_request) << name;
  }
  options.headers.clear();
  options.subprotocols.clear();
  // By hand: parsed ones have none of this.
  for (const char* host : {"", "a\r\nX: y", "a b", "a/b", "u@a", "a\x01"}) {
    options.endpoint = {};
    options.endpoint.host = host;
    EXPECT_EQ(detail::check(options).cause, errc::invalid_url) << host;
    options.endpoint = {};
    options.proxy = Proxy{host};
    EXPECT_EQ(detail::check(options).cause, errc::invalid_url) << host;
    options.proxy.reset();
  }
  for (const char* target : {"", "x", "/ HTTP/1.1\r\nX: y", "/a b", "/\x7f"}) {
    options.endpoint.target = target;
    EXPECT_EQ(detail::check(options).cause, errc::invalid_url) << target;
  }
  options.endpoint = {};
  options.proxy = Proxy{"p", 3128, "Basic x\r\nX: y"};
  EXPECT_EQ(detail::check(options).cause, errc::invalid_url);
  options.proxy.reset();
  for (const char* subprotocol : {"", "a b", "a,b", "a=b", "\xff"}) {
    options.subprotocols = {"good", subprotocol};
    EXPECT_EQ(detail::check(options).cause, errc::invalid_token) << subprotocol;
  }
}

}  // namespace
}  // namespace procedura
