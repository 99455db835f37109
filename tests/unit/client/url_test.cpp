#include <procedura/url.hpp>

#include <gmock/gmock.h>

#include <string>

namespace procedura {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Good {
  const char* url;
  bool secure;
  const char* host;
  std::uint16_t port;
  const char* target;
  const char* origin;
  const char* host_header;
  bool loopback;
};

class GoodUrl : public ::testing::TestWithParam<Good> {};

TEST_P(GoodUrl, IsTakenApart) {
  const Good& good = GetParam();
  const auto endpoint = Endpoint::parse(good.url);
  ASSERT_TRUE(endpoint) << endpoint.error().message;
  EXPECT_EQ(endpoint->secure, good.secure);
  EXPECT_EQ(endpoint->host, good.host);
  EXPECT_EQ(endpoint->port, good.port);
  EXPECT_EQ(endpoint->target, good.target);
  EXPECT_EQ(endpoint->origin(), good.origin);
  EXPECT_EQ(endpoint->host_header(), good.host_header);
  EXPECT_EQ(endpoint->is_loopback(), good.loopback);
  EXPECT_EQ(endpoint->warning, "");
}

INSTANTIATE_TEST_SUITE_P(
    Each, GoodUrl,
    ::testing::Values(
        Good{"ws://127.0.0.1:8765", false, "127.0.0.1", 8765, "/", "ws://127.0.0.1:8765", "127.0.0.1:8765", true},
        Good{"WS://Agent.Example", false, "agent.example", 80, "/", "ws://agent.example:80", "agent.example", false},
        Good{"wss://agent.example/a/b?c=d%20e", true, "agent.example", 443, "/a/b?c=d%20e", "wss://agent.example:443",
             "agent.example", false},
        Good{"wss://agent.example:80", true, "agent.example", 80, "/", "wss://agent.example:80", "agent.example:80", false},
        Good{"ws://[::1]:9/x", false, "::1", 9, "/x", "ws://[::1]:9", "[::1]:9", true},
        Good{"ws://localhost?q", false, "localhost", 80, "/?q", "ws://localhost:80", "localhost", true},
        Good{"ws://a.localhost:1", false, "a.localhost", 1, "/", "ws://a.localhost:1", "a.localhost:1", true},
        Good{"ws://127.1.2.3:65535", false, "127.1.2.3", 65535, "/", "ws://127.1.2.3:65535", "127.1.2.3:65535", true},
        Good{"ws://notlocalhost:1", false, "notlocalhost", 1, "/", "ws://notlocalhost:1", "notlocalhost:1", false},
        Good{"ws://10.0.0.127:1", false, "10.0.0.127", 1, "/", "ws://10.0.0.127:1", "10.0.0.127:1", false}));

struct Bad {
  const char* url;
  const char* why;
};

class BadUrl : public ::testing::TestWithParam<Bad> {};

TEST_P(BadUrl, IsRefusedWithWhatToDo) {
  const auto endpoint = Endpoint::parse(GetParam().url);
  ASSERT_FALSE(endpoint);
  EXPECT_EQ(endpoint.error().code, errc::invalid_url);
  EXPECT_THAT(endpoint.error().message, AllOf(HasSubstr(GetParam().why), HasSubstr("write it like ws://")));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadUrl,
    ::testing::Values(Bad{"", "has no scheme"}, Bad{"127.0.0.1:8765", "has no scheme"},
                      Bad{"http://x", "neither a ws:// nor a wss://"}, Bad{"ws://", "names no host"},
                      Bad{"ws://x:y", "no port after it"}, Bad{"ws://x y", "is not a URL"}, Bad{"ws://x:", "no port after it"},
                      Bad{"ws://x:0", "between 1 and 65535"}, Bad{"ws://x:65536", "between 1 and 65535"},
                      Bad{"ws://x:99999999999999999999", "between 1 and 65535"}, Bad{"ws://me:pw@x", "has user info"},
                      Bad{"ws://x/#top", "has a fragment"}, Bad{"ws://x%0d%0ay", "has characters in its host"},
                      // To TLS these would mean anybody, or everybody below a name.
                      Bad{"wss://%25eth0", "has characters in its host"},
                      Bad{"wss://agent.example%25x", "has characters in its host"},
                      Bad{"wss://.agent.example", "has characters in its host"},
                      Bad{"wss://agent..example", "has characters in its host"}, Bad{"ws://x/\r\nX: y", "is not a URL"}));

TEST(Url, ShowsNoSecrets) {
  EXPECT_THAT(Endpoint::parse("ws://me:hunter22@x").error().message, Not(HasSubstr("hunter22")));
  EXPECT_THAT(Endpoint::parse("ws://x/?token=hunter22").value().url(), Not(HasSubstr("hunter22")));
}

TEST(Url, ATokenInTheQueryIsWarnedOf) {
  EXPECT_THAT(Endpoint::parse("ws://x/?a=b&token=c").value().warning, HasSubstr("grants nothing"));
  EXPECT_THAT(Endpoint::parse("ws://x/?access_token=c").value().warning, HasSubstr("grants nothing"));
  EXPECT_EQ(Endpoint::parse("ws://x/?tokens=c").value().warning, "");
}

TEST(Url, TheDefaultIsTheDocumentedOne) {
  EXPECT_EQ(Endpoint::parse(default_url).value().origin(), "ws://127.0.0.1:8765");
  EXPECT_EQ(Endpoint{}.origin(), "ws://127.0.0.1:8765");
}

}  // namespace
}  // namespace procedura
