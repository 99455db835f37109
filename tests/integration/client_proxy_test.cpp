// Through an HTTP proxy, over real sockets. The proxy is scripted: when it has opened the tunnel, it plays the agent too.

#include "scripted_peer.hpp"
#include "transport_diary.hpp"

#include <procedura/remote_agent.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <string>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScriptedPeer;
using ::testing::StartsWith;

constexpr auto tunnel_is_open = "HTTP/1.1 200 Connection established\r\n\r\n";

struct ProxyTest : testing::TransportRun {
  /// To an agent whose name only the proxy knows.
  static TransportOptions by(const ScriptedPeer& proxy, const std::string& user_info = "") {
    TransportOptions options = to("ws://agent.behind.test:8765/path");
    options.proxy = Proxy::parse("http://" + user_info + "127.0.0.1:" + std::to_string(proxy.port())).value();
    return options;
  }
};

TEST_F(ProxyTest, TheWebSocketGoesThroughTheTunnel) {
  std::string head;
  ScriptedPeer::Link::Upgrade upgrade;
  ScriptedPeer proxy{[&](ScriptedPeer::Link& link) {
    head = link.read_head();
    link.write(tunnel_is_open);
    upgrade = link.upgrade();
    while (auto message = link.receive()) link.send("re: " + *message);
  }};
  auto options = by(proxy, "user:secret@");
  options.headers.emplace_back("Authorization", "Bearer session-token");
  options.subprotocols.emplace_back("session-token");
  diary.when_open = [&] { transport.send_text("hello"); };
  diary.on_message = [&] { transport.close(); };
  EXPECT_EQ(outcome(options).cause, errc::ok);
  EXPECT_THAT(diary.texts, ElementsAre("re: hello"));
  // Byte for byte: nothing of the session is shown to the proxy, and nothing of the proxy's to the agent.
  EXPECT_EQ(head,
            "CONNECT agent.behind.test:8765 HTTP/1.1\r\nHost: agent.behind.test:8765\r\n"
            "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n");
  EXPECT_EQ(upgrade.host, "agent.behind.test:8765");
  EXPECT_EQ(upgrade.target, "/path");
  EXPECT_EQ(upgrade.authorization, "Bearer session-token");
  EXPECT_EQ(diary.opened->proxy, "http://127.0.0.1:" + std::to_string(proxy.port()));
  EXPECT_EQ(diary.opened->remote, "127.0.0.1:" + std::to_string(proxy.port()));
  EXPECT_THAT(diary.opened->addresses, ElementsAre(diary.opened->remote));
  EXPECT_TRUE(diary.opened->proxy_time && diary.opened->connect_time && diary.opened->upgrade_time);
}

TEST_F(ProxyTest, TheAgentDoesNotSeeTheProxysCredentials) {
  std::string request;
  ScriptedPeer proxy{[&](ScriptedPeer::Link& link) {
    link.read_head();
    link.write(tunnel_is_open);
    request = link.read_head();
  }};
  outcome(by(proxy, "user:secret@"));
  EXPECT_THAT(request,
              AllOf(StartsWith("GET /path HTTP/1.1\r\n"), Not(HasSubstr("Proxy-")), Not(HasSubstr("dXNlcjpzZWNyZXQ"))));
}

// What comes right behind the proxy's answer is the agent's.
TEST_F(ProxyTest, NothingThatComesEarlyIsLost) {
  ScriptedPeer proxy{[&](ScriptedPeer::Link& link) {
    link.read_head();
    link.write(std::string{tunnel_is_open} + "HTTP/1.1 503 Early bird\r\nContent-Length: 0\r\n\r\n");
    link.wait_for_hang_up();
  }};
  const auto end = outcome(by(proxy));
  EXPECT_EQ(end.cause, errc::handshake_refused);
  EXPECT_EQ(end.http_status, 503U);
}

TEST_F(ProxyTest, AnAnswerInPiecesWithOthersBeforeItIsTaken) {
  ScriptedPeer proxy{[&](ScriptedPeer::Link& link) {
    link.read_head();
    for (const char byte : std::string{"HTTP/1.1 100 Continue\r\n\r\n"} + tunnel_is_open) link.write(std::string(1, byte));
    link.upgrade();
    link.receive();
  }};
  diary.when_open = [&] { transport.close(); };
  EXPECT_EQ(outcome(by(proxy)).cause, errc::ok);
}

struct Failing {
  const char* what;
  std::function<void(ScriptedPeer::Link&)> script;
  const char* says;
};

struct FailingProxy : ProxyTest, ::testing::WithParamInterface<Failing> {};

TEST_P(FailingProxy, IsNamedAndSeesNoToken) {
  std::string seen;
  ScriptedPeer proxy{[&](ScriptedPeer::Link& link) {
    seen = link.read_head();
    GetParam().script(link);
    seen += link.read_head();  // waits for more, and sees the end of the connection
  }};
  auto options = by(proxy, "user:secret@");
  options.headers.emplace_back("Authorization", "Bearer session-token");
  options.subprotocols.emplace_back("session-token");
  const auto end = outcome(options);
  EXPECT_EQ(end.cause, errc::connect_failed);
  EXPECT_EQ(end.http_status, 0U) << "that would be the agent's";
  EXPECT_THAT(end.detail,
              AllOf(HasSubstr("the proxy http://127.0.0.1:"), HasSubstr(GetParam().says), Not(HasSubstr("secret"))));
  EXPECT_LT(took, 3s);
  EXPECT_THAT(seen, Not(HasSubstr("session-token")));
  EXPECT_TRUE(end.reached.connect_time && end.reached.proxy);
  EXPECT_FALSE(end.reached.proxy_time);
}

INSTANTIATE_TEST_SUITE_P(
    All, FailingProxy,
    ::testing::Values(
        Failing{"Refuses", [](auto& link) { link.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"); },
                "HTTP 403 Forbidden"},
        Failing{"WantsOthers", [](auto& link) { link.write("HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\n\r\n"); },
                "user name and password"},
        Failing{"CannotReachIt", [](auto& link) { link.write("HTTP/1.1 502 Bad Gateway\r\n\r\n"); }, "cannot reach the agent"},
        Failing{"HangsUp", [](auto& /*link*/) { throw std::runtime_error{"gone"}; }, "hung up without an answer"},
        Failing{"HangsUpMidHead",
                [](auto& link) {
                  link.write("HTTP/1.1 200 OK\r\nX:");
                  throw std::runtime_error{"gone"};
                },
                "in the middle of its answer"},
        Failing{"Junk", [](auto& link) { link.write("SSH-2.0-OpenSSH\r\n"); }, "is no HTTP proxy"},
        Failing{"EndlessHead",
                [](auto& link) {
                  link.write("HTTP/1.1 200 OK\r\n");
                  for (;;) link.write("X: " + std::string(1000, 'y') + "\r\n");
                },
                "without an end"}),
    [](const auto& failing) { return failing.param.what; });

TEST_F(ProxyTest, ASlowOneIsNamedByTheTimeout) {
  ScriptedPeer proxy{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write("HTTP/1.1 200");
    link.wait_for_hang_up();
  }};
  auto options = by(proxy);
  options.connect_timeout = 150ms;
  const auto end = outcome(options);
  EXPECT_EQ(end.cause, errc::connect_timeout);
  EXPECT_EQ(end.detail, "the proxy http://127.0.0.1:" + std::to_string(proxy.port()) +
                            " took the connection, but did not open the tunnel to ws://agent.behind.test:8765 within 0.15 s");
}

TEST_F(ProxyTest, AnAgentThatIsSlowBehindItIsNamedByTheTimeout) {
  ScriptedPeer proxy{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write(tunnel_is_open);
    link.wait_for_hang_up();
  }};
  auto options = by(proxy);
  options.connect_timeout = 150ms;
  EXPECT_THAT(outcome(options).detail, HasSubstr("ws://agent.behind.test:8765 took the connection, but did not answer"));
}

TEST_F(ProxyTest, OneThatIsNotThereIsNamed) {
  TransportOptions options = to("ws://agent.behind.test:8765");
  {
    const ScriptedPeer gone{[](ScriptedPeer::Link&) {}};
    options = by(gone);
  }
  const auto end = outcome(options);
  EXPECT_EQ(end.cause, errc::connect_failed);
  EXPECT_THAT(end.detail, AllOf(StartsWith("cannot connect to the proxy http://127.0.0.1:"),
                                HasSubstr("Connection refused; is it the right one?")));
}

TEST_F(ProxyTest, OneWhoseNameDoesNotExistIsNamed) {
  TransportOptions options = to("ws://agent.behind.test:8765");
  options.proxy = Proxy::parse("no-such-proxy.invalid").value();
  EXPECT_THAT(outcome(options).detail, StartsWith("cannot resolve the name of the proxy, 'no-such-proxy.invalid': "));
}

TEST_F(ProxyTest, DestroyingItInTheTunnelIsQuiet) {
  ScriptedPeer proxy{[](ScriptedPeer::Link& link) { link.wait_for_hang_up(); }};
  transport.open(by(proxy), diary);
  context.run_for(50ms);
  transport = Transport{context.get_executor()};
  context.run_for(5s);
  EXPECT_TRUE(context.stopped()) << "something is still pending";
  EXPECT_FALSE(diary.end);
}

// The whole agent: its rules choose the proxy, and its token goes to the agent alone.
TEST(AgentByProxy, GoesWhereItsRulesSay) {
  std::string head;
  std::string authorization;
  ScriptedPeer proxy{[&](ScriptedPeer::Link& link) {
    head = link.read_head();
    link.write(tunnel_is_open);
    authorization = link.upgrade().authorization;
    while (auto request = link.receive()) {
      link.send(R"({"id":")" + testing::member(*request, "id") + R"(","status":"finished","result":"by proxy"})");
    }
  }};
  Options options;
  options.url = "ws://agent.behind.test";
  options.token = "session-token";
  options.proxy.http = "127.0.0.1:" + std::to_string(proxy.port());
  RemoteAgent agent{options};
  EXPECT_EQ(agent.run("anything").text(), "\"by proxy\"");
  EXPECT_THAT(head, AllOf(StartsWith("CONNECT agent.behind.test:80 "), Not(HasSubstr("session-token"))));
  EXPECT_EQ(authorization, "Bearer session-token");
}

TEST(AgentByProxy, AWrongProxyIsAFailureBeforeAnyConnection) {
  Options options;
  options.url = "ws://agent.behind.test";
  options.proxy.always = "socks5://user:secret@127.0.0.1:1";
  RemoteAgent agent{options};
  try {
    agent.run("anything");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errc::invalid_url);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("SOCKS"), Not(HasSubstr("secret"))));
  }
}

// --- answers to the upgrade that are no upgrade -----------------------------------------------------------------------------

struct RefusalTest : testing::TransportRun {};

// Beast reads no body of more than 8 MiB: the status counts all the same.
TEST_F(RefusalTest, AStatusCountsHoweverBigItsBody) {
  for (const char* head :
       {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 99999999\r\n\r\nlog in\n", "HTTP/1.1 401 Unauthorized\r\n\r\nlog in\n"}) {
    ScriptedPeer peer{[head](ScriptedPeer::Link& link) {
      link.read_head();
      link.write(head);
      for (int i = 0; i < 99; ++i) link.write(std::string(1 << 20, 'x'));
    }};
    diary = {};
    context.restart();
    const auto end = outcome(to(peer.url()));
    EXPECT_EQ(end.cause, errc::handshake_refused);
    EXPECT_EQ(end.http_status, 401U);
    EXPECT_EQ(end.detail, "the upgrade was refused with HTTP 401 Unauthorized: log in");
  }
}

TEST_F(RefusalTest, AStatusCountsWhenItsBodyBreaksOff) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\nX-Why: origin\r\n\r\nnot you");
  }};
  const auto end = outcome(to(peer.url()));
  EXPECT_EQ(end.http_status, 403U);
  EXPECT_THAT(end.http_headers, ::testing::Contains(::testing::Pair("X-Why", "origin")));
  EXPECT_THAT(end.detail, HasSubstr("HTTP 403 Forbidden: not you"));
}

TEST_F(RefusalTest, ABodyThatNeverEndsIsWaitedForUntilTheDeadline) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write("HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (;;) {
      link.write("1\r\nx\r\n");
      std::this_thread::sleep_for(10ms);
    }
  }};
  auto options = to(peer.url());
  options.connect_timeout = 200ms;
  const auto end = outcome(options);
  EXPECT_EQ(end.http_status, 401U);
  EXPECT_THAT(end.detail, HasSubstr("the response did not end within 0.2 s"));
}

TEST_F(RefusalTest, ARedirectIsNamedAndNobodyIsThere) {
  ScriptedPeer target{[](ScriptedPeer::Link& link) { link.wait_for_hang_up(); }};
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    link.read_head();
    link.write("HTTP/1.1 307 Elsewhere\r\nLocation: " + target.url() +
               "/there?token=session-token\r\nContent-Length: 0\r\n\r\n");
    link.wait_for_hang_up();
  }};
  auto options = to(peer.url());
  options.headers.emplace_back("Authorization", "Bearer session-token");
  const auto end = outcome(options);
  EXPECT_EQ(end.http_status, 307U);
  EXPECT_THAT(end.detail, AllOf(HasSubstr("points to '" + target.url() + "/there?...', but redirects are not followed"),
                                Not(HasSubstr("session-token"))));
  EXPECT_EQ(target.connections(), 0);
}

}  // namespace
}  // namespace procedura
