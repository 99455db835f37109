#include <procedura/protocol/errc.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace procedura {
namespace {

TEST(Errc, EveryValueHasASentenceAndItsOwnName) {
  std::set<std::string_view> names;
  for (int value = 0; value <= static_cast<int>(errc::end_of_stream); ++value) {
    const auto code = static_cast<errc>(value);
    EXPECT_NE(describe(code), "unknown error") << value;
    EXPECT_EQ(make_error_code(code).message(), describe(code));
    const bool nameless = code == errc::ok || code == errc::agent_error;
    EXPECT_EQ(code_name(code).empty(), nameless) << value;
    if (nameless) continue;
    EXPECT_TRUE(names.insert(code_name(code)).second) << code_name(code);
    EXPECT_EQ(errc_from_code_name(code_name(code)), code);
  }
  EXPECT_EQ(errc_from_code_name("ACK_TIMEOUT"), errc::ack_timeout);
  EXPECT_EQ(errc_from_code_name(""), std::nullopt);
  EXPECT_EQ(errc_from_code_name("AUTH_REQUIRED"), std::nullopt);
  EXPECT_EQ(describe(static_cast<errc>(999)), "unknown error");
  EXPECT_EQ(code_name(static_cast<errc>(999)), "");
  EXPECT_STREQ(error_category().name(), "procedura");
}

TEST(Errc, IsAnErrorCodeOfBoost) {
  const boost::system::error_code code = errc::deadline;
  EXPECT_TRUE(code.failed());
  EXPECT_FALSE(boost::system::error_code{errc::ok}.failed());
  EXPECT_EQ(code.category(), error_category());
}

}  // namespace
}  // namespace procedura
