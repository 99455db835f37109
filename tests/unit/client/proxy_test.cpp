// Which proxy an agent is reached by, and what a proxy's URL may be.

#include "no_proxy.hpp"

#include <procedura/proxy.hpp>

#include <gmock/gmock.h>

#include <map>
#include <string>

namespace procedura {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// --- its URL ----------------------------------------------------------------------------------------------------------------

struct GoodProxy {
  const char* url;
  const char* host;
  std::uint16_t port;
  const char* origin;
  const char* authorization;  // empty: none
};

class ProxyUrl : public ::testing::TestWithParam<GoodProxy> {};

TEST_P(ProxyUrl, IsTakenApart) {
  const GoodProxy& good = GetParam();
  const auto proxy = Proxy::parse(good.url);
  ASSERT_TRUE(proxy) << proxy.error().message;
  EXPECT_EQ(proxy->host, good.host);
  EXPECT_EQ(proxy->port, good.port);
  EXPECT_EQ(proxy->origin(), good.origin);
  EXPECT_EQ(proxy->authorization.value_or(""), good.authorization);
}

INSTANTIATE_TEST_SUITE_P(
    All, ProxyUrl,
    ::testing::Values(GoodProxy{"http://proxy.example", "proxy.example", 3128, "http://proxy.example:3128", ""},
                      GoodProxy{"http://proxy.example:8080", "proxy.example", 8080, "http://proxy.example:8080", ""},
                      GoodProxy{"http://proxy.example:8080/", "proxy.example", 8080, "http://proxy.example:8080", ""},
                      GoodProxy{"HTTP://Proxy.Example", "proxy.example", 3128, "http://proxy.example:3128", ""},
                      GoodProxy{"proxy.example:8080", "proxy.example", 8080, "http://proxy.example:8080", ""},
                      GoodProxy{"localhost", "localhost", 3128, "http://localhost:3128", ""},
                      GoodProxy{"10.0.0.1:80", "10.0.0.1", 80, "http://10.0.0.1:80", ""},
                      GoodProxy{"http://[2001:db8::1]:3129", "2001:db8::1", 3129, "http://[2001:db8::1]:3129", ""},
                      GoodProxy{"[::1]", "::1", 3128, "http://[::1]:3128", ""},
                      GoodProxy{"http://user:secret@p:1", "p", 1, "http://p:1", "Basic dXNlcjpzZWNyZXQ="},
                      GoodProxy{"user:secret@p:1", "p", 1, "http://p:1", "Basic dXNlcjpzZWNyZXQ="},
                      GoodProxy{"http://user@p", "p", 3128, "http://p:3128", "Basic dXNlcjo="},
                      GoodProxy{"http://us%40er:p%3Aa%2Fs%0As@p", "p", 3128, "http://p:3128", "Basic dXNAZXI6cDphL3MKcw=="}));

struct BadProxy {
  const char* url;
  const char* says;
};

class WrongProxyUrl : public ::testing::TestWithParam<BadProxy> {};

TEST_P(WrongProxyUrl, IsRefusedWithoutItsPassword) {
  const auto proxy = Proxy::parse(GetParam().url);
  ASSERT_FALSE(proxy);
  EXPECT_EQ(proxy.error().code, errc::invalid_url);
  EXPECT_THAT(proxy.error().message, AllOf(HasSubstr(GetParam().says), HasSubstr("http://proxy.example:3128"),
                                           Not(HasSubstr("secret")), Not(HasSubstr("\x1b"))));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongProxyUrl,
    ::testing::Values(BadProxy{"https://user:secret@p", "TLS"}, BadProxy{"socks5://user:secret@p:1080", "SOCKS"},
                      BadProxy{"SOCKS5H://p", "SOCKS"}, BadProxy{"ftp://p", "no http:// URL"},
                      BadProxy{"ws://p", "no http:// URL"}, BadProxy{"http://", "names no host"}, BadProxy{"", "names no host"},
                      BadProxy{"http://:80", "names no host"}, BadProxy{"http://p:0", "between 1 and 65535"},
                      BadProxy{"http://p:65536", "between 1 and 65535"}, BadProxy{"http://p:", "between 1 and 65535"},
                      BadProxy{"http://p/path", "more than a host and a port"},
                      BadProxy{"http://p?q", "more than a host and a port"},
                      BadProxy{"http://p#f", "more than a host and a port"}, BadProxy{"http://:secret@p", "no user name"},
                      BadProxy{"http://us%3Aer:secret@p", "':' in its user name"},
                      BadProxy{"http://user:sec ret@p", "is not a URL"}, BadProxy{"user:secret", "host and a port"},
                      BadProxy{"http://user:secret", "host and a port"}, BadProxy{"http://user:secret/", "host and a port"},
                      BadProxy{"http://user:1secret", "host and a port"}, BadProxy{"http://user:secret/secret@p", "%2F"},
                      BadProxy{"http://user:secret#secret@p", "more than a host"},
                      BadProxy{"http://user:secret@secret@p", "%40"}, BadProxy{"http://p p", "is not a URL"},
                      BadProxy{"http://p\x1b[2J", "is not a URL"}, BadProxy{"http://p%0d%0a", "characters in its host"}));

// --- which one --------------------------------------------------------------------------------------------------------------

ProxyRules rules(const std::map<std::string, std::string>& environment) {
  return ProxyRules::of_environment([&](const char* name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional{found->second};
  });
}

std::string chosen(const ProxyRules& rules, const std::string& url) {
  const auto proxy = rules.proxy_for(Endpoint::parse(url).value());
  if (!proxy) return proxy.error().message;
  return *proxy ? (*proxy)->origin() : "direct";
}

TEST(ProxyRulesTest, WithoutAnyEverythingIsDirect) {
  EXPECT_EQ(chosen({}, "ws://agent.example"), "direct");
  EXPECT_EQ(chosen(rules({}), "wss://agent.example"), "direct");
}

TEST(ProxyRulesTest, EachSchemeHasItsOwnAndAllProxyStandsInForBoth) {
  const auto both = rules({{"http_proxy", "h:1"}, {"HTTPS_PROXY", "s:2"}});
  EXPECT_EQ(chosen(both, "ws://agent.example"), "http://h:1");
  EXPECT_EQ(chosen(both, "wss://agent.example"), "http://s:2");
  const auto one = rules({{"https_proxy", "s:2"}});
  EXPECT_EQ(chosen(one, "ws://agent.example"), "direct");
  const auto all = rules({{"ALL_PROXY", "a:3"}, {"https_proxy", "s:2"}});
  EXPECT_EQ(chosen(all, "ws://agent.example"), "http://a:3");
  EXPECT_EQ(chosen(all, "wss://agent.example"), "http://s:2");
}

TEST(ProxyRulesTest, SmallLettersGoBeforeCapitalsAndEmptyOnesDoNotCount) {
  EXPECT_EQ(chosen(rules({{"http_proxy", "small:1"}, {"HTTP_PROXY", "big:1"}}), "ws://agent.example"), "http://small:1");
  EXPECT_EQ(chosen(rules({{"http_proxy", ""}, {"HTTP_PROXY", "big:1"}}), "ws://agent.example"), "http://big:1");
  EXPECT_EQ(chosen(rules({{"HTTP_PROXY", "p:1"}, {"no_proxy", ""}, {"NO_PROXY", "agent.example"}}), "ws://agent.example"),
            "direct");
}

// A CGI program gets the header "Proxy:" of its caller as HTTP_PROXY.
TEST(ProxyRulesTest, TheCallerOfACgiProgramChoosesNoProxy) {
  EXPECT_EQ(chosen(rules({{"REQUEST_METHOD", "GET"}, {"HTTP_PROXY", "evil:1"}}), "ws://agent.example"), "direct");
  EXPECT_EQ(chosen(rules({{"REQUEST_METHOD", "GET"}, {"http_proxy", "good:1"}}), "ws://agent.example"), "http://good:1");
}

TEST(ProxyRulesTest, TheLoopbackIsReachedDirectlyUnlessAskedForOtherwise) {
  ProxyRules some = rules({{"all_proxy", "p:1"}});
  for (const char* url : {"ws://127.0.0.1:8765", "ws://127.9.9.9", "ws://localhost", "wss://[::1]", "ws://agent.localhost"}) {
    EXPECT_EQ(chosen(some, url), "direct") << url;
  }
  some.always = "mine:9";
  EXPECT_EQ(chosen(some, "ws://127.0.0.1:8765"), "http://mine:9");
}

TEST(ProxyRulesTest, WhatIsAskedForOverridesTheEnvironment) {
  ProxyRules some = rules({{"all_proxy", "p:1"}, {"no_proxy", "*"}});
  EXPECT_EQ(chosen(some, "ws://agent.example"), "direct");
  some.always = "mine:9";
  EXPECT_EQ(chosen(some, "ws://agent.example"), "http://mine:9");
  some = rules({{"all_proxy", "p:1"}});
  some.always = "";
  EXPECT_EQ(chosen(some, "ws://agent.example"), "direct");
}

TEST(ProxyRulesTest, AWrongUrlIsSaidWithThePlaceItStandsIn) {
  EXPECT_THAT(chosen(rules({{"HTTP_PROXY", "socks5://u:secret@p"}}), "ws://agent.example"),
              AllOf(HasSubstr("SOCKS"), HasSubstr("http_proxy or all_proxy"), Not(HasSubstr("secret"))));
  EXPECT_THAT(chosen(rules({{"HTTPS_PROXY", "http://"}}), "wss://agent.example"), HasSubstr("https_proxy or all_proxy"));
  ProxyRules asked;
  asked.always = "http://";
  EXPECT_THAT(chosen(asked, "ws://agent.example"), Not(HasSubstr("environment")));
  EXPECT_EQ(chosen(rules({{"HTTP_PROXY", "wrong://p"}, {"NO_PROXY", "agent.example"}}), "ws://agent.example"), "direct");
}

// --- NO_PROXY ---------------------------------------------------------------------------------------------------------------

struct Listing {
  const char* list;
  const char* host;
  std::uint16_t port;
  bool named;
};

class NoProxy : public ::testing::TestWithParam<Listing> {};

TEST_P(NoProxy, NamesAHostOrDoesNot) {
  const Listing& listing = GetParam();
  EXPECT_EQ(detail::names(listing.list, listing.host, listing.port), listing.named)
      << "'" << listing.list << "' and " << listing.host << ":" << listing.port;
}

INSTANTIATE_TEST_SUITE_P(
    NetworksWithAPort, NoProxy,
    ::testing::Values(Listing{"10.0.0.0/8:8765", "10.1.2.3", 8765, true}, Listing{"10.0.0.0/8:8765", "10.1.2.3", 80, false},
                      Listing{"10.0.0.0/8:8765", "11.1.2.3", 8765, false}, Listing{"fd00::/8:8765", "fd00::1", 8765, true},
                      Listing{"fd00::/8:8765", "fd00::1", 80, false}, Listing{"[fd00::]/8:8765", "fd00::1", 8765, true},
                      Listing{"10.0.0.0/8:", "10.1.2.3", 80, false}, Listing{"10.0.0.0/:80", "10.1.2.3", 80, false}));

INSTANTIATE_TEST_SUITE_P(Lists, NoProxy,
                         ::testing::Values(Listing{"", "a.example", 80, false}, Listing{" , ,,", "a.example", 80, false},
                                           Listing{"*", "a.example", 80, true}, Listing{"b.example, *", "10.0.0.1", 80, true},
                                           Listing{"*:80", "a.example", 80, true}, Listing{"*:81", "a.example", 80, false},
                                           Listing{"b.example,a.example", "a.example", 80, true},
                                           Listing{"b.example a.example", "a.example", 80, true},
                                           Listing{"b.example\ta.example", "a.example", 80, true},
                                           Listing{"b.example,", "a.example", 80, false}));
INSTANTIATE_TEST_SUITE_P(
    HostNames, NoProxy,
    ::testing::Values(Listing{"example.org", "example.org", 80, true}, Listing{"example.org", "a.example.org", 80, true},
                      Listing{"example.org", "a.b.example.org", 80, true}, Listing{"example.org", "badexample.org", 80, false},
                      Listing{"example.org", "example.org.evil", 80, false}, Listing{"example.org", "org", 80, false},
                      Listing{".example.org", "a.example.org", 80, true}, Listing{".example.org", "example.org", 80, true},
                      Listing{".example.org", "badexample.org", 80, false}, Listing{"*.example.org", "a.example.org", 80, true},
                      Listing{"EXAMPLE.org", "example.ORG", 80, true}, Listing{"example.org.", "example.org", 80, true},
                      Listing{"example.org", "example.org.", 80, true}, Listing{"example.org:80", "example.org", 80, true},
                      Listing{"example.org:80", "a.example.org", 80, true},
                      Listing{"example.org:80", "example.org", 443, false}, Listing{"example.org:x", "example.org", 80, false},
                      Listing{".", "example.org", 80, false}, Listing{":80", "example.org", 80, false},
                      Listing{"[", "example.org", 80, false}, Listing{"[:", "example.org", 80, false},
                      Listing{"/", "example.org", 80, false}));
INSTANTIATE_TEST_SUITE_P(Addresses, NoProxy,
                         ::testing::Values(Listing{"10.0.0.1", "10.0.0.1", 80, true},
                                           Listing{"10.0.0.1:80", "10.0.0.1", 80, true},
                                           Listing{"10.0.0.1:81", "10.0.0.1", 80, false},
                                           Listing{"10.0.0.1", "10.0.0.11", 80, false}, Listing{"0.0.1", "10.0.0.1", 80, false},
                                           Listing{"::1", "::1", 80, true}, Listing{"[::1]", "::1", 80, true},
                                           Listing{"[::1]:80", "::1", 80, true}, Listing{"[::1]:81", "::1", 80, false},
                                           Listing{"0:0::0:1", "::1", 80, true}, Listing{"::2", "::1", 80, false},
                                           Listing{"fe80::1", "fe80::1%eth0", 80, true},
                                           Listing{"10.0.0.1", "::ffff:10.0.0.1", 80, true}));
INSTANTIATE_TEST_SUITE_P(
    Networks, NoProxy,
    ::testing::Values(Listing{"10.0.0.0/8", "10.9.8.7", 80, true}, Listing{"10.0.0.0/8", "11.0.0.1", 80, false},
                      Listing{"10.1.2.3/8", "10.9.8.7", 80, true}, Listing{"10.0.0.0/9", "10.127.0.1", 80, true},
                      Listing{"10.0.0.0/9", "10.128.0.1", 80, false}, Listing{"10.0.0.1/32", "10.0.0.1", 80, true},
                      Listing{"10.0.0.1/32", "10.0.0.2", 80, false}, Listing{"0.0.0.0/0", "9.9.9.9", 80, true},
                      Listing{"0.0.0.0/0", "2001:db8::1", 80, false}, Listing{"10.0.0.0/33", "10.0.0.0", 80, false},
                      Listing{"10.0.0.0/-1", "10.0.0.0", 80, false}, Listing{"10.0.0.0/", "10.0.0.0", 80, false},
                      Listing{"10.0.0.0/8", "ten.example", 80, false}, Listing{"fe80::/10", "febf::1", 80, true},
                      Listing{"fe80::/10", "fec0::1", 80, false}, Listing{"[fe80::]/10", "fe80::1", 80, true},
                      Listing{"2001:db8::/32", "2001:db8:1::1", 80, true}, Listing{"::/0", "2001:db8::1", 80, true},
                      Listing{"::/129", "::", 80, false}));

}  // namespace
}  // namespace procedura
