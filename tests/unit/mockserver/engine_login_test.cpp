#include "engine/login.hpp"

#include <procedura/protocol/credential.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::mock::engine {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

const TimePoint start{std::chrono::hours{1}};
constexpr seconds default_ttl{3600};

Accounts accounts() {
  Accounts made{7};
  made.add_user("ada@x.org", "se:cret");
  return made;
}

using Args = std::vector<std::string>;
using Outcome = std::variant<LoginSuccess, LoginRefusal>;

std::string code_of(const Outcome& outcome) {
  const auto* refusal = std::get_if<LoginRefusal>(&outcome);
  return refusal ? std::string{refusal->code} : "";
}

// LOG-1
TEST(Login, TakesEveryFormOfACredential) {
  const std::string base64 = protocol::encode_base64("ada@x.org:se:cret");
  for (const std::string& credential : {std::string{"ada@x.org:se:cret"}, base64, "b64:" + base64}) {
    Accounts sessions = accounts();
    EXPECT_EQ(code_of(login_password(sessions, start, Args{credential}, default_ttl)), "") << credential;
  }
}

// LOG-6: all the same, to the last letter.
TEST(Login, EveryWrongCredentialIsRefusedAlike) {
  Accounts sessions = accounts();
  std::set<std::string> messages;
  for (const std::string& credential :
       {std::string{"ada@x.org:wrong"}, std::string{"eve@x.org:se:cret"}, std::string{"ada@x.org:"}, std::string{":se:cret"},
        std::string{":"}, std::string{"not base64 !"}, std::string{""}, std::string{"b64:"},
        std::string{"b64:ada@x.org:se:cret"}, std::string{"b64:@@@"}, protocol::encode_base64("no colon"),
        protocol::encode_base64("\xff:\xff"), "b64:" + protocol::encode_base64("ada@x.org:wrong")}) {
    const auto outcome = login_password(sessions, start, Args{credential}, default_ttl);
    ASSERT_EQ(code_of(outcome), "AUTH_FAILED") << credential;
    messages.insert(std::get<LoginRefusal>(outcome).message);
  }
  EXPECT_EQ(messages.size(), 1U);
  EXPECT_EQ(sessions.sessions(), 0U) << "and nobody got a token";
}

TEST(Login, ReadsItsOptions) {
  struct Case {
    Args args;
    std::optional<std::string> device;
    std::optional<seconds> ttl;
    bool replace;
  };
  for (const auto& [args, device, ttl, replace] :
       {Case{{"c"}, {}, {}, false}, Case{{"c", "--replace"}, {}, {}, true}, Case{{"c", "--attach"}, {}, {}, false},
        Case{{"c", "--replace", "--device=cli", "--ttl=60"}, "cli", seconds{60}, true},
        Case{{"--device", "cli", "--ttl", "60", "c"}, "cli", seconds{60}, false}, Case{{"--attach", "c"}, {}, {}, false},
        Case{{"c", "--device=a=b"}, "a=b", {}, false}, Case{{"c", "--ttl=1"}, {}, seconds{1}, false},
        Case{{"c", "--ttl=31536000"}, {}, seconds{31536000}, false}}) {
    const auto parsed = parse_login(args);
    const auto* login = std::get_if<LoginArgs>(&parsed);
    ASSERT_NE(login, nullptr) << testing::PrintToString(args) << std::get<std::string>(parsed);
    EXPECT_EQ(login->credential, "c");
    EXPECT_EQ(login->device, device);
    EXPECT_EQ(login->ttl, ttl);
    EXPECT_EQ(login->replace, replace);
  }
}

// LOG-4, AUT-7
TEST(Login, BadArgumentsAreBadRequestsThatQuoteNoCredential) {
  const std::string key(257, 'k');
  for (const Args& args : {Args{},
                           Args{"--replace"},
                           Args{"ada@x.org:se:cret", "more"},
                           Args{"ada@x.org:se:cret", "--frob"},
                           Args{"ada@x.org:se:cret", "--attach", "--replace"},
                           Args{"ada@x.org:se:cret", "--device"},
                           Args{"ada@x.org:se:cret", "--device="},
                           Args{"ada@x.org:se:cret", "--device", "--attach"},
                           Args{"ada@x.org:se:cret", "--device=" + key},
                           Args{"ada@x.org:se:cret", "--ttl"},
                           Args{"ada@x.org:se:cret", "--ttl="},
                           Args{"ada@x.org:se:cret", "--ttl=0"},
                           Args{"ada@x.org:se:cret", "--ttl=-1"},
                           Args{"ada@x.org:se:cret", "--ttl=31536001"},
                           Args{"ada@x.org:se:cret", "--ttl=1.5"},
                           Args{"ada@x.org:se:cret", "--ttl=60s"},
                           Args{"ada@x.org:se:cret", "--ttl=+60"},
                           Args{"ada@x.org:se:cret", "--ttl= 60"},
                           Args{"ada@x.org:se:cret", "--ttl=99999999999999999999"},
                           Args{"ada@x.org:se:cret", "--replacement"},
                           Args{"ada@x.org:se:cret", "--ttlx=3"}}) {
    Accounts sessions = accounts();
    const auto outcome = login_password(sessions, start, args, default_ttl);
    EXPECT_EQ(code_of(outcome), "BAD_REQUEST") << testing::PrintToString(args);
    EXPECT_THAT(std::get<LoginRefusal>(outcome).message, Not(HasSubstr("cret")));
    EXPECT_EQ(sessions.sessions(), 0U);
  }
}

TEST(Login, SaysWhatItGranted) {
  Accounts sessions = accounts();
  const auto first = login_password(sessions, start, Args{"ada@x.org:se:cret", "--device=cli"}, default_ttl);
  const auto& granted = std::get<LoginSuccess>(first);
  EXPECT_EQ(granted.ttl, default_ttl);
  EXPECT_FALSE(granted.attached);
  EXPECT_EQ(granted.session->user, "ada@x.org");
  const auto second =
      login_password(sessions, start, Args{"ada@x.org:se:cret", "--device=cli", "--ttl=5", "--replace"}, default_ttl);
  EXPECT_TRUE(std::get<LoginSuccess>(second).attached);
  EXPECT_TRUE(std::get<LoginSuccess>(second).replace);
  EXPECT_EQ(std::get<LoginSuccess>(second).session->expires, start + seconds{5});
}

}  // namespace
}  // namespace procedura::mock::engine
