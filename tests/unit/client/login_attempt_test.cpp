#include "login_attempt.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

namespace procedura::detail {
namespace {

using namespace std::chrono_literals;
using protocol::ArgsStyle;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto automatic = ArgsStyleChoice::automatic;

Failure refused(std::string code) {
  Failure failure = Failure::of(errc::agent_error, "no");
  failure.agent_code = std::move(code);
  return failure;
}

TEST(LoginArgs, AreTheDocumentedOnes) {
  EXPECT_THAT(login_args("a:b", {}), ElementsAre("a:b", "--replace"));
  EXPECT_THAT(login_args("b64:x", {.attach = true, .device = "my key", .ttl = 2h}),
              ElementsAre("b64:x", "--attach", "--device=my key", "--ttl=7200"));
}

TEST(LoginAttempt, AutomaticTriesModuleFirstAndThenBareOnce) {
  LoginAttempt attempt{automatic, {}};
  EXPECT_EQ(attempt.style(), ArgsStyle::module_first);
  EXPECT_TRUE(attempt.again(refused("BAD_REQUEST")));
  EXPECT_EQ(attempt.style(), ArgsStyle::bare);
  EXPECT_FALSE(attempt.again(refused("BAD_REQUEST")));
}

TEST(LoginAttempt, AStyleThatIsKnownOrAskedForIsTheOnlyOne) {
  struct Case {
    ArgsStyleChoice choice;
    std::optional<ArgsStyle> known;
    ArgsStyle style;
  };
  for (const Case& one :
       {Case{automatic, ArgsStyle::bare, ArgsStyle::bare}, Case{automatic, ArgsStyle::module_first, ArgsStyle::module_first},
        Case{ArgsStyleChoice::bare, {}, ArgsStyle::bare}, Case{ArgsStyleChoice::bare, ArgsStyle::module_first, ArgsStyle::bare},
        Case{ArgsStyleChoice::module_first, {}, ArgsStyle::module_first},
        Case{ArgsStyleChoice::module_first, ArgsStyle::bare, ArgsStyle::module_first}}) {
    LoginAttempt attempt{one.choice, one.known};
    EXPECT_EQ(attempt.style(), one.style);
    EXPECT_FALSE(attempt.again(refused("AUTH_FAILED")));
  }
}

TEST(LoginAttempt, OnlyARefusalIsTriedAgain) {
  for (const errc code : {errc::connect_failed, errc::connect_timeout, errc::handshake_refused, errc::ack_timeout,
                          errc::final_timeout, errc::deadline, errc::connection_lost, errc::cancelled, errc::protocol_error}) {
    LoginAttempt attempt{automatic, {}};
    EXPECT_FALSE(attempt.again(Failure::of(code, "x")));
    EXPECT_EQ(attempt.failure().code, code);
  }
}

TEST(LoginAttempt, ShowsTheTellingFailure) {
  struct Case {
    const char* first;
    const char* second;
    const char* shown;
  };
  for (const Case& one :
       {Case{"AUTH_FAILED", "BAD_REQUEST", "AUTH_FAILED"}, Case{"BAD_REQUEST", "AUTH_FAILED", "AUTH_FAILED"},
        Case{"AUTH_FAILED", "AUTH_FAILED", "AUTH_FAILED"}, Case{"UNKNOWN_MODULE", "BAD_REQUEST", "UNKNOWN_MODULE"}}) {
    LoginAttempt attempt{automatic, {}};
    EXPECT_TRUE(attempt.again(refused(one.first)));
    EXPECT_FALSE(attempt.again(refused(one.second)));
    EXPECT_EQ(attempt.failure().agent_code, one.shown);
  }
  LoginAttempt attempt{automatic, {}};
  attempt.again(refused("AUTH_FAILED"));
  attempt.again(Failure::of(errc::connection_lost, "gone"));
  EXPECT_EQ(attempt.failure().agent_code, "AUTH_FAILED");
}

TEST(LoginAttempt, AConnectionLostInTheSecondAttemptIsNotHiddenByAMisreading) {
  LoginAttempt attempt{automatic, {}};
  EXPECT_TRUE(attempt.again(refused("BAD_REQUEST")));
  EXPECT_FALSE(attempt.again(Failure::of(errc::connection_lost, "gone")));
  EXPECT_EQ(attempt.failure().code, errc::connection_lost);
}

RunResult result(const std::string& json) {
  auto decoded = protocol::decode_reply(R"({"id":"1","status":"finished","result":)" + json + "}");
  return RunResult{Event{std::move(decoded.reply)}};
}

TEST(LoginResultReading, FindsTheToken) {
  const auto granted = read_login_result(result(R"({"session_token":"t/=","expires_in":60,"user":"a"})"));
  EXPECT_EQ(granted.value().token, "t/=");
  EXPECT_EQ(granted->expires_in, 60);
  for (const char* odd : {"\"soon\"", "-1", "1.5", "9223372036854775807", "18446744073709551615", "null"}) {
    const std::string json = std::string{R"({"session_token":"t","expires_in":)"} + odd + "}";
    EXPECT_FALSE(read_login_result(result(json)).value().expires_in) << odd;
  }
}

TEST(LoginResultReading, RefusesWhatIsNoToken) {
  for (const char* json : {"null", "1", "[]", "{}", R"({"session_token":1})", R"({"session_token":""})",
                           R"({"session_token":"a b"})", R"({"session_token":"a\r\nb"})"}) {
    const auto granted = read_login_result(result(json));
    ASSERT_FALSE(granted) << json;
    EXPECT_EQ(granted.error().code, errc::protocol_error);
    EXPECT_THAT(granted.error().message, HasSubstr("session_token"));
  }
}

}  // namespace
}  // namespace procedura::detail
