#include "columns.hpp"

#include <gtest/gtest.h>

namespace procedura::cli {
namespace {

struct Case {
  const char* what;
  const char* text;
  std::size_t columns;
};

const Case cases[] = {
    {"nothing", "", 0},
    {"ASCII", "abc", 3},
    {"an umlaut", "\u00fc", 1},
    {"a soft hyphen is drawn", "\u00ad", 1},
    {"u and a combining diaeresis", "u\u0308", 1},
    {"two marks on one letter", "e\u0302\u0301", 1},
    {"Hebrew with points", "\u05e9\u05c1\u05b8", 1},
    {"Devanagari with a virama", "\u0915\u094d", 1},
    {"a zero width space", "a\u200bb", 2},
    {"Chinese", "\u4e16\u754c", 4},
    {"Hangul, composed", "\ud55c", 2},
    {"Hangul, of three parts", "\u1112\u1161\u11ab", 2},
    {"fullwidth letters", "\uff21\uff22", 4},
    {"halfwidth katakana", "\uff76", 1},
    {"an emoji", "\U0001f600", 2},
    {"a family of four, joined: as its parts", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", 8},
    {"an ideograph of plane 2", "\U00020000", 2},
    {"box drawing", "\u2500\u2588", 2},
    {"Greek, Cyrillic, arrows", "\u03b1\u0416\u2192", 3},
    {"Georgian, once taken for wide", "\u10d0\u1e00\u2026", 3},
    {"bytes that are no UTF-8", "\x80\xff", 2},
};

TEST(Columns, AreThoseOfATerminal) {
  for (const Case& each : cases) EXPECT_EQ(columns(each.text), each.columns) << each.what;
}

TEST(Cut, FitsAndKeepsCharactersWhole) {
  for (const Case& each : cases)
    for (std::size_t width = 0; width < 10; ++width) {
      const std::string part = cut(each.text, width);
      EXPECT_LE(columns(part), width) << each.what;
      EXPECT_TRUE(std::string_view{each.text}.starts_with(part)) << each.what;
      EXPECT_EQ(part == each.text, each.columns <= width) << each.what;
    }
}

TEST(Cut, KeepsWhatCombinesWithTheLastCharacter) {
  EXPECT_EQ(cut("u\u0308x", 1), "u\u0308");
  EXPECT_EQ(cut("\u4e16\u754c", 3), "\u4e16") << "a wide letter is never cut in half";
}

}  // namespace
}  // namespace procedura::cli
