#include <procedura/protocol/token.hpp>

#include <gtest/gtest.h>

#include <string>

namespace procedura::protocol {
namespace {

// AUT-4, over every byte there is.
TEST(Token, EveryByteIsJudgedByRfc9110) {
  const std::string tchars = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int value = 0; value < 256; ++value) {
    const std::string token{'t', static_cast<char>(value)};
    EXPECT_EQ(is_subprotocol(token), value != 0 && tchars.find(static_cast<char>(value)) != std::string::npos) << value;
    EXPECT_EQ(is_header_safe(token), value >= 0x21 && value <= 0x7E) << value;
  }
  EXPECT_FALSE(is_subprotocol(""));
  EXPECT_FALSE(is_header_safe(""));
}

TEST(Token, GoesBothWaysOrAsBearerAlone) {
  const auto plain = handshake_token("abc-123");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->subprotocol, "abc-123");
  EXPECT_EQ(plain->authorization, "Bearer abc-123");
  const auto base64 = handshake_token("a/b=");
  ASSERT_TRUE(base64);
  EXPECT_EQ(base64->subprotocol, std::nullopt);
  EXPECT_EQ(base64->authorization, "Bearer a/b=");
  for (const char* bad : {"", "a b", "a\r\nX: y", "a\n", "\xC3\xA9", "a\x7f"}) EXPECT_FALSE(handshake_token(bad)) << bad;
}

TEST(Token, IsFoundInAnAuthorizationHeader) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bEARER  abc "), "abc");
  EXPECT_EQ(bearer_token("\tBearer\tabc"), "abc");
  EXPECT_EQ(bearer_token("Bearer a b"), "a b");
  for (const char* none : {"", "Bearer", "Bearer ", "   ", "Basic abc", "Bearerabc", "Bear abc"}) {
    EXPECT_EQ(bearer_token(none), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace procedura::protocol
