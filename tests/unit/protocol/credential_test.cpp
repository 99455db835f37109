#include <procedura/protocol/credential.hpp>

#include <gtest/gtest.h>

#include <string>

namespace procedura::protocol {
namespace {

struct Case {
  std::string text;
  const char* user;  // null: malformed
  std::string password;
};

// LOG-1: prefix first, then the colon, then base64.
TEST(Credential, IsReadInTheDocumentedOrder) {
  const Case table[] = {
      {"admin@procedura.org:secret123", "admin@procedura.org", "secret123"},
      {"a:", "a", ""},
      {"a:b:c", "a", "b:c"},
      {encode_base64("a:b:c"), "a", "b:c"},
      {"b64:" + encode_base64("a:pass"), "a", "pass"},
      {"b64:YTpw", "a", "p"},
      {"YTpwYQ", "a", "pa"},
      {"\xC3\xA9:p", "\xC3\xA9", "p"},
      {"b64:a:b", nullptr, ""},  // the prefix decides, and a colon is no base64
      {"b64:", nullptr, ""},
      {"b64:" + encode_base64("nocolon"), nullptr, ""},
      {encode_base64(":p"), nullptr, ""},
      {":p", nullptr, ""},
      {"", nullptr, ""},
      {"not base64!", nullptr, ""},
      {encode_base64("\xFF:p"), nullptr, ""},
      {"\xFF:p", nullptr, ""},
  };
  for (const Case& expected : table) {
    const auto credential = parse_credential(expected.text);
    ASSERT_EQ(credential.has_value(), expected.user != nullptr) << expected.text;
    if (!credential) continue;
    EXPECT_EQ(credential->user, expected.user);
    EXPECT_EQ(credential->password, expected.password);
  }
}

// The vectors of RFC 4648, section 10.
TEST(Base64, KnowsTheVectorsOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(encode_base64(plain), encoded);
    EXPECT_EQ(decode_base64(encoded), plain);
  }
  EXPECT_EQ(decode_base64("Zg"), "f");
  EXPECT_EQ(decode_base64("Zm8"), "fo");
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text :
       {"Z", "Zm9vY", "Zg=", "Zg===", "Z===", "====", "=", "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm-_", "Zh==", "Zm9="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

TEST(Base64, EveryByteSurvivesTheRoundTrip) {
  std::string bytes;
  for (int value = 0; value < 256; ++value) {
    bytes += static_cast<char>(value);
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
  }
}

}  // namespace
}  // namespace procedura::protocol
