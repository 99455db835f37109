#include <procedura/protocol/json_text.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace procedura::protocol {
namespace {

std::string pretty(std::string_view json) {
  std::string out;
  append_pretty(out, json);
  return out;
}

std::string compact(std::string_view json) {
  std::string out;
  append_compact(out, json);
  return out;
}

std::string as_string(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

TEST(JsonString, DecodesEveryEscape) {
  using namespace std::string_literals;
  EXPECT_EQ(decode_string(R"("")"), "");
  EXPECT_EQ(decode_string(R"("plain")"), "plain");
  EXPECT_EQ(decode_string(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(decode_string(R"("\u0000\u0041\u00e9\u20AC")"), "\0A\xC3\xA9\xE2\x82\xAC"s);
  EXPECT_EQ(decode_string(R"("\ud83d\uDE00 x")"), "\xF0\x9F\x98\x80 x");
  EXPECT_EQ(decode_string(R"("\udbff\udfff")"), "\xF4\x8F\xBF\xBF");
  EXPECT_EQ(decode_string(R"("a\n")"), "a\n");
}

TEST(JsonString, OnlyStringsAreStrings) {
  for (const char* raw : {"", "1", "null", "{}", "[\"a\"]", "\""}) EXPECT_EQ(decode_string(raw), std::nullopt) << raw;
}

TEST(JsonString, ComparesByMeaning) {
  EXPECT_TRUE(string_equals(R"("id")", "id"));
  EXPECT_TRUE(string_equals(R"("\u0069d")", "id"));
  EXPECT_FALSE(string_equals(R"("id ")", "id"));
  EXPECT_FALSE(string_equals(R"("\u0069x")", "id"));
  EXPECT_FALSE(string_equals("1", "1"));
}

TEST(JsonString, IsEscapedAsPythonDoes) {
  using namespace std::string_view_literals;
  EXPECT_EQ(as_string(""), R"("")");
  EXPECT_EQ(as_string("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(as_string("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(as_string("\0\x01\x1f\x7f"sv), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(as_string("\xC3\xA9\xF0\x9F\x98\x80"), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
}

TEST(JsonString, EveryByteSurvivesTheRoundTrip) {
  std::string all;
  for (char c = 0; c < 0x7f; ++c) all += c;
  all += "\xC2\x80\xEF\xBF\xBF";
  EXPECT_EQ(decode_string(as_string(all)), all);
  EXPECT_EQ(nlohmann::json::parse(as_string(all)).get<std::string>(), all);
}

TEST(JsonPretty, IsLaidOutAsPythonDoes) {
  EXPECT_EQ(pretty("1"), "1");
  EXPECT_EQ(pretty(R"( "x" )"), R"("x")");
  EXPECT_EQ(pretty("{ }"), "{}");
  EXPECT_EQ(pretty("[\n]"), "[]");
  EXPECT_EQ(pretty(R"({"a":1,"b":[1,2],"c":{},"d":[[],{}]})"), R"({
  "a": 1,
  "b": [
    1,
    2
  ],
  "c": {},
  "d": [
    [],
    {}
  ]
})");
}

TEST(JsonPretty, KeepsNumbersAndEscapesStringsAnew) {
  EXPECT_EQ(pretty(R"([1.0,1e5,-0,12345678901234567890,1E400])"),
            "[\n  1.0,\n  1e5,\n  -0,\n  12345678901234567890,\n  1E400\n]");
  EXPECT_EQ(pretty(R"(["\u00e9","a\/b","\u0001"])"), "[\n  \"\xC3\xA9\",\n  \"a/b\",\n  \"\\u0001\"\n]");
  EXPECT_EQ(pretty(R"({"\u0061":"{,}"})"), "{\n  \"a\": \"{,}\"\n}");
}

TEST(JsonPretty, CanStandInsideAnotherText) {
  std::string out = "  ";
  append_pretty(out, R"({"a":[1]})", 4, 1);
  EXPECT_EQ(out, "  {\n        \"a\": [\n            1\n        ]\n    }");
}

TEST(JsonCompact, TakesOnlyTheWhiteSpace) {
  EXPECT_EQ(compact(" { \"a b\" : [ 1 , 2.50 , true ] ,\n\"c\":null } "), R"({"a b":[1,2.50,true],"c":null})");
  EXPECT_EQ(compact(R"("\u0041")"), R"("A")");
}

}  // namespace
}  // namespace procedura::protocol
