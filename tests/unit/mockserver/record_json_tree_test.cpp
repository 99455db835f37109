// JSON laid out for who reviews a recording.
#include "record/json_tree.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace procedura::mock::record {
namespace {

std::string laid_out(std::string_view json, std::size_t width, std::size_t indent = 0) {
  std::string out;
  append_layout(out, *read_json(json), indent, indent, width);
  return out;
}

TEST(Layout, WhatFitsStaysOnOneLine) {
  EXPECT_EQ(laid_out(R"({"a":[1,{"b":"x\n"}],"c":{},"d":[]})", 80), R"({ "a": [1, { "b": "x\n" }], "c": {}, "d": [] })");
  EXPECT_EQ(laid_out("[1,2]", 6), "[1, 2]");
  EXPECT_EQ(laid_out("[1,2]", 5), "[\n  1,\n  2\n]");
}

TEST(Layout, TheRestIsSpreadAsFarAsItHasToBe) {
  EXPECT_EQ(laid_out(R"({"a":[1,2,3],"bb":{"c":true,"d":null}})", 20, 2),
            "{\n    \"a\": [1, 2, 3],\n    \"bb\": {\n      \"c\": true,\n      \"d\": null\n    }\n  }");
}

TEST(Layout, AStepAndItsFrameBeginTogether) {
  EXPECT_EQ(laid_out(R"({"finished":{"a":[1,2,3],"b":true}})", 20, 2),
            "{ \"finished\": {\n    \"a\": [1, 2, 3],\n    \"b\": true\n  } }");
}

TEST(Layout, KeepsEveryValue) {
  const std::string_view text = R"({"n":[1.50,1e3,-0],"s":"\u0000\"\\ü\ud83d\ude00","deep":[[[[{"x":[false]}]]]],"":{"":""}})";
  for (std::size_t width = 0; width < 120; ++width) {
    EXPECT_EQ(nlohmann::json::parse(laid_out(text, width)), nlohmann::json::parse(text)) << width;
  }
}

TEST(ReadJson, TakesMessagesAndNothingElse) {
  for (const char* text : {"{}", "[1]", " { \"a\": [null] } "}) EXPECT_TRUE(read_json(text)) << text;
  for (const char* text : {"", "{", "{} // comment", "{\"a\":1,\"a\":2}", "[1e999]", "\xFF", "null", "\"x\""})
    EXPECT_FALSE(read_json(text)) << text;
  EXPECT_TRUE(read_json(std::string(256, '[') + std::string(256, ']')));
  EXPECT_FALSE(read_json(std::string(257, '[') + std::string(257, ']')));
}

}  // namespace
}  // namespace procedura::mock::record
