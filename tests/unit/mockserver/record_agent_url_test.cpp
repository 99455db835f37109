#include "record/agent_url.hpp"

#include <gtest/gtest.h>

namespace procedura::mock::record {
namespace {

TEST(RecordAgentUrl, IsReadAsItIsMeant) {
  struct Case {
    const char* text;
    bool secure;
    const char* host;
    std::uint16_t port;
    const char* path;
    const char* authority;
  };
  for (const auto& one : {
           Case{"ws://127.0.0.1:9000", false, "127.0.0.1", 9000, "", "127.0.0.1:9000"},
           Case{"WSS://agent.example/v2/", true, "agent.example", 443, "/v2", "agent.example"},
           Case{"ws://agent.example", false, "agent.example", 80, "", "agent.example"},
           Case{"ws://[::1]:8765/", false, "::1", 8765, "", "[::1]:8765"},
           Case{"wss://agent.example:80/a/b", true, "agent.example", 80, "/a/b", "agent.example:80"},
       }) {
    const auto parsed = parse_agent_url(one.text);
    ASSERT_TRUE(std::holds_alternative<AgentUrl>(parsed)) << one.text << " " << std::get<std::string>(parsed);
    const auto& url = std::get<AgentUrl>(parsed);
    EXPECT_EQ(url.secure, one.secure) << one.text;
    EXPECT_EQ(url.host, one.host) << one.text;
    EXPECT_EQ(url.port, one.port) << one.text;
    EXPECT_EQ(url.path, one.path) << one.text;
    EXPECT_EQ(url.authority(), one.authority) << one.text;
  }
}

TEST(RecordAgentUrl, AnythingElseIsRefused) {
  for (const char* text : {"", "agent.example", "127.0.0.1:9000", "http://agent.example", "ws://", "ws://:80",
                           "ws://me:secret@host", "ws://host:0", "ws://host:65536", "ws://host:x", "ws://host/?token=x",
                           "ws://host/#x", "ws://ho%0d%0ast", "ws://host/a b"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_agent_url(text))) << text;
  }
  EXPECT_TRUE(std::holds_alternative<AgentUrl>(parse_agent_url("ws://host:0", true)));
}

TEST(RecordAgentUrl, ItsPathStandsBeforeThatOfTheClient) {
  struct Case {
    const char* url;
    const char* asked;
    const char* target;
  };
  for (const auto& one : {
           Case{"ws://host", "/", "/"},
           Case{"ws://host", "/p/one?x=1", "/p/one?x=1"},
           Case{"ws://host/v2", "/", "/v2"},
           Case{"ws://host/v2/", "/?x=1", "/v2?x=1"},
           Case{"ws://host/v2", "/p/one", "/v2/p/one"},
       }) {
    EXPECT_EQ(std::get<AgentUrl>(parse_agent_url(one.url)).target(one.asked), one.target) << one.url << " " << one.asked;
  }
}

}  // namespace
}  // namespace procedura::mock::record
