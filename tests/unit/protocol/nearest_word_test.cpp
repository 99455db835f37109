#include <procedura/protocol/nearest_word.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace procedura::protocol {
namespace {

constexpr std::array<std::string_view, 5> words{"login", "logout", "run", "stream", "mode"};

TEST(NearestWord, SeesThroughTheCommonSlips) {
  EXPECT_EQ(nearest_word("lgoin", words), "login");  // swapped
  EXPECT_EQ(nearest_word("steram", words), "stream");
  EXPECT_EQ(nearest_word("ru", words), "run");  // left out
  EXPECT_EQ(nearest_word("mdoe", words), "mode");
  EXPECT_EQ(nearest_word("modee", words), "mode");     // too many
  EXPECT_EQ(nearest_word("LOGIN", words), "login");    // case
  EXPECT_EQ(nearest_word("logiut", words), "logout");  // the nearer of two
}

TEST(NearestWord, ProposesNothingThatIsFarOff) {
  EXPECT_EQ(nearest_word("walk", words), "");
  EXPECT_EQ(nearest_word("zebra", words), "");
  EXPECT_EQ(nearest_word("", words), "");
  EXPECT_EQ(nearest_word("login", {}), "");
  EXPECT_EQ(nearest_word("lxxxn", words), "");
}

TEST(NearestWord, HostileLengthsCostNothing) {
  EXPECT_EQ(nearest_word(std::string(10'000'000, 'x'), words), "");
}

}  // namespace
}  // namespace procedura::protocol
