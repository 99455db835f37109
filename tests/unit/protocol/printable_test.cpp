#include <procedura/protocol/redaction.hpp>

#include <gtest/gtest.h>

#include <string>

namespace procedura::protocol {
namespace {

TEST(Printable, LeavesOrdinaryTextAlone) {
  for (const char* text : {"", "plain text", "caf\xC3\xA9 \xF0\x9F\x98\x80 \xE4\xB8\x96", "back\\slash \"quote\""})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, ShowsWhatWouldMoveTheCursorOrTurnTheText) {
  using namespace std::string_view_literals;
  EXPECT_EQ(printable("\x1b[2Jgone"), "\\x1b[2Jgone");
  EXPECT_EQ(printable("a\0b\x7f"sv), "a\\x00b\\x7f");
  EXPECT_EQ(printable("a\r\nb\tc"), "a\\x0d\\x0ab\\x09c");
  EXPECT_EQ(printable("a\r\nb\tc", true), "a\\x0d\nb\tc");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(printable("\xE2\x80\xAE"
                      "evil\xE2\x81\xA9"),
            "\\u202eevil\\u2069");
  EXPECT_EQ(printable("\xE2\x80\xA8\xEF\xBB\xBF\xD8\x9C"), "\\u2028\\ufeff\\u061c");
}

TEST(Printable, ShowsBrokenUtf8ByteByByte) {
  EXPECT_EQ(printable("a\xFF"
                      "b"),
            "a\\xffb");
  EXPECT_EQ(printable("\xE2\x82"), "\\xe2\\x82");
  EXPECT_EQ(printable("\xED\xA0\x80x"), "\\xed\\xa0\\x80x");
  EXPECT_EQ(printable("\xC3\xC3\xA9"), "\\xc3\xC3\xA9");
}

TEST(Excerpt, CutsBetweenCharacters) {
  EXPECT_EQ(excerpt("", 0), "");
  EXPECT_EQ(excerpt("abc", 3), "abc");
  EXPECT_EQ(excerpt("abcd", 3), "abc...");
  EXPECT_EQ(excerpt("ab\xC3\xA9", 3), "ab...");
  EXPECT_EQ(excerpt("ab\xC3\xA9z", 4), "ab\xC3\xA9...");
  EXPECT_EQ(excerpt("\xF0\x9F\x98\x80", 2), "...");
}

}  // namespace
}  // namespace procedura::protocol
