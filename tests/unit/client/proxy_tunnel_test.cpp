// CONNECT, byte by byte.

#include "proxy_tunnel.hpp"

#include <gmock/gmock.h>

#include <string>

namespace procedura::detail {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using State = ProxyTunnel::State;

ProxyTunnel tunnel_by(const std::string& proxy, const std::string& to = "wss://agent.example/path?token=t") {
  return {Proxy::parse(proxy).value(), Endpoint::parse(to).value()};
}

TEST(ProxyTunnelTest, AsksForTheAgentAndShowsOnlyTheProxysOwnCredentials) {
  EXPECT_EQ(tunnel_by("p:1").request(), "CONNECT agent.example:443 HTTP/1.1\r\nHost: agent.example:443\r\n\r\n");
  EXPECT_EQ(tunnel_by("p:1", "ws://[2001:db8::1]").request(),
            "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n");
  EXPECT_EQ(tunnel_by("user:secret@p:1", "ws://a:8765").request(),
            "CONNECT a:8765 HTTP/1.1\r\nHost: a:8765\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n");
}

struct Answer {
  const char* bytes;
  bool open;
  const char* says;
};

class ProxyAnswer : public ::testing::TestWithParam<Answer> {};

// However the answer is cut into pieces, the same comes of it, and no byte of the agent's is taken.
TEST_P(ProxyAnswer, IsReadInWhateverPiecesItComes) {
  const Answer& answer = GetParam();
  const std::string bytes = answer.bytes;
  const std::string early = answer.open ? "\x16\x03 what the agent sends early\r\n\r\n" : "";
  for (std::size_t piece = 1; piece <= bytes.size() + early.size(); ++piece) {
    ProxyTunnel tunnel = tunnel_by("user:secret@proxy:3128");
    const std::string all = bytes + early;
    std::size_t taken = 0;
    while (taken < all.size() && tunnel.state() == State::reading) {
      const std::size_t used = tunnel.feed(std::string_view{all}.substr(taken, piece));
      ASSERT_TRUE(used > 0 || tunnel.state() != State::reading);
      taken += used;
    }
    ASSERT_EQ(tunnel.state(), answer.open ? State::open : State::refused) << "in pieces of " << piece;
    if (answer.open) {
      ASSERT_EQ(taken, bytes.size()) << "in pieces of " << piece;
    }
    ASSERT_THAT(tunnel.why(), AllOf(HasSubstr(answer.says), Not(HasSubstr("secret")), Not(HasSubstr("dXNlcjpzZWNyZXQ"))));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ProxyAnswer,
    ::testing::Values(
        Answer{"HTTP/1.1 200 Connection established\r\n\r\n", true, ""},
        Answer{"HTTP/1.0 200 OK\r\nProxy-Agent: x\r\n\r\n", true, ""},
        Answer{"HTTP/1.1 204\r\nContent-Length: 5\r\n\r\n", true, ""}, Answer{"HTTP/1.1 200 OK\n\n", true, ""},
        Answer{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", true, ""},
        Answer{"HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n", false,
               "does not take the user name and password"},
        Answer{"HTTP/1.1 407 Auth\r\nproxy-authenticate: Negotiate\r\n\r\n", false, "'Negotiate' credentials, and only Basic"},
        Answer{"HTTP/1.1 403 Forbidden\r\n\r\n", false, "HTTP 403 Forbidden; ask whoever runs it"},
        Answer{"HTTP/1.1 502 Bad Gateway\r\n\r\n", false, "cannot reach the agent"},
        Answer{"HTTP/1.1 504 \r\n\r\n", false, "cannot reach the agent"},
        Answer{"HTTP/1.1 405 No\r\n\r\n", false, "does it do CONNECT"},
        Answer{"HTTP/1.1 500 \x1b[31mNo\r\n\r\n", false, "HTTP 500 \\x1b[31mNo; "},
        Answer{"HTTP/1.1 302 Found\r\n\r\n", false, "HTTP 302"}, Answer{"HTTP/1.1 101 Switching\r\n\r\n", false, "HTTP 101"}));

// Also not where the line is cut short.
TEST(ProxyTunnelTest, AProxyThatRepeatsItsCredentialsIsNotRepeated) {
  for (const char* answer : {"HTTP/1.1 407 who is user with hunter22pass?\r\n\r\n",
                             "HTTP/1.1 403 dXNlcjpodW50ZXIyMnBhc3M=\r\n\r\n", "no such user:hunter22pass\r\n"}) {
    for (const std::size_t lead : {0U, 113U, 117U}) {
      ProxyTunnel tunnel = tunnel_by("user:hunter22pass@proxy:3128");
      std::string bytes = answer;
      bytes.insert(bytes.starts_with("HTTP") ? 13 : 0, std::string(lead, 'x'));
      tunnel.feed(bytes);
      ASSERT_EQ(tunnel.state(), State::refused);
      EXPECT_THAT(tunnel.why(), AllOf(Not(HasSubstr("hunt")), Not(HasSubstr("dXNlcj")))) << lead;
    }
  }
}

TEST(ProxyTunnelTest, WithoutCredentialsA407SaysHowToGiveThem) {
  ProxyTunnel tunnel = tunnel_by("proxy:3128");
  tunnel.feed("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  EXPECT_EQ(tunnel.why(),
            "the proxy http://proxy:3128 refuses a tunnel to agent.example:443: HTTP 407 Proxy Authentication Required; give "
            "its URL a user name and password: http://USER:PASSWORD@HOST:PORT");
}

TEST(ProxyTunnelTest, WhatIsNoHttpIsToldAtOnceAndHarmlessly) {
  for (const char* junk : {"SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01\x02", "<html>\n", "HTTP/2 200\r\n", "HTTP/1.1 2x0 OK\r\n",
                           "HTTP/1.1 2000 OK\r\n", "HTTP/1.1\r\n", "\r\n\r\n", "HTTP/1.1 099 Low\r\n\r\n"}) {
    ProxyTunnel tunnel = tunnel_by("proxy:3128");
    tunnel.feed(junk);
    EXPECT_EQ(tunnel.state(), State::refused) << junk;
    EXPECT_THAT(tunnel.why(), AllOf(HasSubstr("is no HTTP proxy: it answered '"), Not(HasSubstr("\x15")))) << junk;
  }
}

TEST(ProxyTunnelTest, AnAnswerWithoutAnEndIsLeftAfter16KiB) {
  for (const std::string& endless :
       {std::string{"X: y\r\n"}, std::string{"X"}, std::string{"\r\nHTTP/1.1 100 Wait\r\n\r\nHTTP/1.1 100 Wait\r\n"}}) {
    ProxyTunnel tunnel = tunnel_by("proxy:3128");
    std::size_t taken = tunnel.feed("HTTP/1.1 100 Wait\r\n");
    while (tunnel.state() == State::reading && taken < 100'000) taken += tunnel.feed(endless);
    EXPECT_EQ(tunnel.state(), State::refused);
    EXPECT_THAT(tunnel.why(), HasSubstr("without an end"));
    EXPECT_LE(taken, 17'000U);
  }
  ProxyTunnel at_once = tunnel_by("proxy:3128");
  at_once.feed("HTTP/1.1 200 OK\r\n" + std::string(100'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(at_once.why(), HasSubstr("without an end"));
}

TEST(ProxyTunnelTest, HangingUpIsToldByWhatCameBefore) {
  ProxyTunnel silent = tunnel_by("proxy:3128");
  silent.hung_up();
  EXPECT_THAT(silent.why(), HasSubstr("hung up without an answer"));
  ProxyTunnel half = tunnel_by("proxy:3128");
  half.feed("HTTP/1.1 200 OK\r\nX: ");
  half.hung_up();
  EXPECT_THAT(half.why(), HasSubstr("hung up in the middle of its answer"));
  ProxyTunnel open = tunnel_by("proxy:3128");
  open.feed("HTTP/1.1 200 OK\r\n\r\n");
  open.hung_up();
  EXPECT_EQ(open.state(), State::open);
}

}  // namespace
}  // namespace procedura::detail
