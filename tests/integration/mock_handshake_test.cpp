// The mock's door, as bytes on a socket: HTTP, the handshake matrix of AUT, and who may come at all.
#include "raw_client.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::mock {
namespace {

using procedura::testing::RawClient;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string scenario(std::string_view auth = "") {
  return R"({"version": 1, "auth": {"required": true, "users": {"ada": "engine"},
    "tokens": [{"token": "good", "user": "ada"}, {"token": "ba/se=", "user": "ada"}])" +
         std::string{auth} + R"(}, "stubs": [{"name": "who", "match": {"cmd": "who"}, "reply": [{"finished": "${user}"}]}]})";
}

constexpr auto who = R"({"id":"1","cmd":"who","args":[],"mode":"sync"})";

std::string last_answer(RawClient& client) {
  std::string frame = client.read_text();
  if (frame.find("\"ack\"") != std::string::npos) frame = client.read_text();
  return frame;
}

TEST(MockHandshake, TakesATokenBothWaysAndEchoesIt) {
  MockAgent agent{scenario()};
  struct Case {
    std::string headers, selected, answer;
  };
  for (const auto& one : {
           Case{"", "", "AUTH_REQUIRED"},
           Case{"Sec-WebSocket-Protocol: good\r\n", "good", "\"result\":\"ada\""},
           Case{"Authorization: Bearer good\r\n", "", "\"result\":\"ada\""},
           Case{"Authorization: Bearer ba/se=\r\n", "", "\"result\":\"ada\""},
           Case{"Sec-WebSocket-Protocol: good\r\nAuthorization: Bearer bad\r\n", "good", "\"result\":\"ada\""},
           Case{"Sec-WebSocket-Protocol: bad\r\nAuthorization: Bearer good\r\n", "bad", "AUTH_REQUIRED"},
           Case{"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: good\r\n", "good", "\"result\":\"ada\""},
       }) {
    RawClient client{agent.port()};
    const std::string head = client.upgrade(one.headers);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 101 ")) << one.headers;
    EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("Sec-WebSocket-Extensions")));
    if (one.selected.empty()) {
      EXPECT_THAT(head, Not(HasSubstr("Sec-WebSocket-Protocol"))) << one.headers;
    } else {
      EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Protocol: " + one.selected + "\r\n")) << one.headers;
    }
    client.send(who);
    EXPECT_THAT(last_answer(client), HasSubstr(one.answer)) << one.headers;
  }
  EXPECT_TRUE(agent.stop().met());
}

TEST(MockHandshake, RefusesABadTokenAsTheScenarioSays) {
  {
    MockAgent agent{scenario(R"(, "refuse": "http-401")")};
    RawClient client{agent.port()};
    EXPECT_THAT(client.upgrade("Authorization: Bearer bad\r\n"), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(client.read_to_end().value_or("reset"), HasSubstr("unknown or has expired"));
  }
  {
    MockAgent agent{scenario(R"(, "refuse": "http-503")")};
    EXPECT_THAT(RawClient{agent.port()}.upgrade("Sec-WebSocket-Protocol: bad\r\n"), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(RawClient{agent.port()}.upgrade("Sec-WebSocket-Protocol: good\r\n"), StartsWith("HTTP/1.1 101 "));
  }
  {
    MockAgent agent{scenario(R"(, "refuse": "close-4401")")};
    RawClient client{agent.port()};
    EXPECT_THAT(client.upgrade("Sec-WebSocket-Protocol: bad\r\n"), StartsWith("HTTP/1.1 101 "));
    EXPECT_EQ(client.read_frame().close_code(), 4401);
    client.send_close(4401);
    EXPECT_EQ(client.read_to_end(), "");
  }
  {
    MockAgent agent{scenario(R"(, "refuse": "stall")")};
    RawClient client{agent.port(), std::chrono::milliseconds{200}};
    EXPECT_THROW(client.upgrade("Sec-WebSocket-Protocol: bad\r\n"), std::runtime_error);
    EXPECT_TRUE(client.silent_for(std::chrono::milliseconds{50})) << "neither answered nor hung up";
  }
}

TEST(MockHandshake, SelectsAsTheScenarioSays) {
  MockAgent never{scenario(R"(, "echo": "never")")};
  EXPECT_THAT(RawClient{never.port()}.upgrade("Sec-WebSocket-Protocol: good\r\n"), Not(HasSubstr("Sec-WebSocket-Protocol")));
  MockAgent other{scenario(R"(, "echo": "surprise")")};
  EXPECT_THAT(RawClient{other.port()}.upgrade("Sec-WebSocket-Protocol: good\r\n"),
              HasSubstr("Sec-WebSocket-Protocol: surprise\r\n"));
}

// CON-11
TEST(MockHandshake, RefusesPagesOfOtherOrigins) {
  MockAgent::Options options;
  options.allowed_origins = {"https://good.example"};
  MockAgent agent{scenario(), options};
  EXPECT_THAT(RawClient{agent.port()}.upgrade("Origin: http://evil.example\r\n"), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(RawClient{agent.port()}.upgrade("Origin: http://localhost:3000\r\n"), StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(RawClient{agent.port()}.upgrade("Origin: https://good.example\r\n"), StartsWith("HTTP/1.1 101 "));
}

TEST(MockHandshake, AnswersWhatIsNoUpgradeAndGoesOn) {
  MockAgent agent{scenario()};
  struct Case {
    std::string bytes, status;
  };
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string upgrade = "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  for (const auto& one : {
           Case{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "426"},
           Case{"POST /run HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "426"},
           Case{"GET /__admin/ HTTP/1.1\r\nHost: x\r\n\r\n", "404"},
           Case{"GET / HTTP/1.0\r\n\r\n", "426"},
           Case{"hello, is anybody there?\r\n\r\n", "400"},
           Case{std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), "400"},
           Case{"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", "431"},
           Case{"GET / HTTP/1.1\r\n" + upgrade + "Sec-WebSocket-Version: 13\r\n\r\n", "400"},
           Case{"GET / HTTP/1.1\r\n" + upgrade + key + "Sec-WebSocket-Version: 12\r\n\r\n", "426"},
           Case{"GET / HTTP/1.1\r\n" + upgrade + key + "Sec-WebSocket-Version: 13\r\n\r\nearly", "400"},
       }) {
    RawClient client{agent.port()};
    client.write(one.bytes);
    EXPECT_THAT(client.read_to_end().value_or("reset"), StartsWith("HTTP/1.1 " + one.status + " ")) << one.bytes.substr(0, 100);
  }
  RawClient client{agent.port()};
  EXPECT_THAT(client.upgrade(), StartsWith("HTTP/1.1 101 "));
}

// RFC 9110, sections 7.8, 9.3.2 and 15.5.2
TEST(MockHandshake, SpeaksHttpAsItShould) {
  const auto answer = [](MockAgent& agent, std::string_view request) {
    RawClient client{agent.port()};
    client.write(request);
    return client.read_to_end().value_or("reset");
  };
  MockAgent agent{scenario(R"(, "refuse": "http-401")")};
  const std::string required = answer(agent, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(required, HasSubstr("Upgrade: websocket\r\n"));
  EXPECT_THAT(required, HasSubstr("Connection: upgrade, close\r\n"));
  EXPECT_THAT(answer(agent, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"), ::testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(RawClient{agent.port()}.upgrade("Authorization: Bearer bad\r\n"), HasSubstr("WWW-Authenticate: Bearer\r\n"));
}

TEST(MockHandshake, HalfARequestHoldsNobodyUp) {
  MockAgent agent{scenario()};
  RawClient half{agent.port()};
  half.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgr");
  RawClient nothing{agent.port()};
  {
    RawClient gone{agent.port()};
    gone.write("GET / HT");
  }
  RawClient client{agent.port()};
  EXPECT_THAT(client.upgrade(), StartsWith("HTTP/1.1 101 "));
  EXPECT_TRUE(agent.stop().met()) << "and going down waits for none of them";
  EXPECT_EQ(half.read_to_end().value_or(""), "");
}

}  // namespace
}  // namespace procedura::mock
