#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace procedura::protocol {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::vector<std::pair<std::string, std::string>> members_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> members;
  ObjectScanner scan{text, 256};
  while (const auto member = scan.next()) members.emplace_back(member->key, member->value);
  return scan.done() ? members
                     : std::vector<std::pair<std::string, std::string>>{{"fault", std::string{describe(scan.fault())}}};
}

JsonFault fault_of(std::string_view text, std::size_t depth = 256) {
  ObjectScanner scan{text, depth};
  while (scan.next()) {
  }
  return scan.fault();
}

TEST(JsonScan, GivesTheMembersOfTheOutermostObjectAsTheyWereWritten) {
  EXPECT_THAT(members_of("{}"), IsEmpty());
  EXPECT_THAT(members_of(" \t\r\n{ } \n"), IsEmpty());
  EXPECT_THAT(members_of(R"({"a":1})"), ElementsAre(Pair(R"("a")", "1")));
  EXPECT_THAT(members_of(R"( { "a" : 1.0 , "b":[1, {"c":"}"}] ,"a":"\u0041" } )"),
              ElementsAre(Pair(R"("a")", "1.0"), Pair(R"("b")", R"([1, {"c":"}"}])"), Pair(R"("a")", R"("\u0041")")));
  EXPECT_THAT(members_of(R"({"n":12345678901234567890123,"e":1e400,"z":-0})"),
              ElementsAre(Pair(R"("n")", "12345678901234567890123"), Pair(R"("e")", "1e400"), Pair(R"("z")", "-0")));
}

TEST(JsonScan, TellsWhatIsJsonButNoObject) {
  for (const char* text : {"[]", "1", "\"text\"", "null", "true", " [1,2] ", "-0.5e+3"}) {
    EXPECT_EQ(fault_of(text), JsonFault::not_object) << text;
    EXPECT_EQ(check_json(text).fault, JsonFault::none) << text;
  }
}

// Each of them is refused by the grammar of RFC 8259; both the object scanner and the plain check must say so.
constexpr const char* not_json[] = {"",
                                    " ",
                                    "{",
                                    "}",
                                    "{]",
                                    "[}",
                                    "[",
                                    "]",
                                    "{\"a\"}",
                                    "{\"a\":}",
                                    "{\"a\":1,}",
                                    "{,}",
                                    "{,\"a\":1}",
                                    "{\"a\":1 \"b\":2}",
                                    "{\"a\" 1}",
                                    "{a:1}",
                                    "{'a':1}",
                                    "{\"a\":01}",
                                    "{\"a\":+1}",
                                    "{\"a\":.5}",
                                    "{\"a\":1.}",
                                    "{\"a\":1e}",
                                    "{\"a\":1e+}",
                                    "{\"a\":-}",
                                    "{\"a\":--1}",
                                    "{\"a\":0x1}",
                                    "{\"a\":NaN}",
                                    "{\"a\":Infinity}",
                                    "{\"a\":nul}",
                                    "{\"a\":True}",
                                    "{\"a\":tru",
                                    "{\"a\":\"}",
                                    "{\"a\":\"\\\"}",
                                    "{\"a\":\"\\x\"}",
                                    "{\"a\":\"\\u12\"}",
                                    "{\"a\":\"\\u12g4\"}",
                                    "{\"a\":\"\\ud800\"}",
                                    "{\"a\":\"\\ud800\\u0041\"}",
                                    "{\"a\":\"\\udc00\"}",
                                    "{\"a\":\"\\ud800\\ud800\"}",
                                    "{\"a\":\"\\ud800\\",
                                    "{\"a\":\"\n\"}",
                                    "{\"a\":\"\t\"}",
                                    "{\"a\":[1,]}",
                                    "{\"a\":[,1]}",
                                    "{\"a\":[1 2]}",
                                    "{\"a\":{\"b\"}}",
                                    "{\"a\":{\"b\":1,}}",
                                    "{\"a\":{1:2}}",
                                    "{\"a\":1}}",
                                    "{\"a\":1}{",
                                    "{\"a\":1} x",
                                    "{\"a\":1}\v",
                                    "\xEF\xBB\xBF{}",
                                    "// c\n{}",
                                    "{\"a\":1/**/}",
                                    "{\"a\":[}",
                                    "{\"a\":[1}",
                                    "{\"a\":{]}",
                                    "{\"a\":{\"b\":1]}"};

TEST(JsonScan, RefusesWhatIsNoJson) {
  for (const char* text : not_json) {
    EXPECT_EQ(fault_of(text), JsonFault::syntax) << text;
    EXPECT_EQ(check_json(text).fault, JsonFault::syntax) << text;
    EXPECT_FALSE(nlohmann::json::accept(text[0] == '\xEF' ? "\x01" : text)) << "the table is wrong: " << text;
  }
}

TEST(JsonScan, RefusesAZeroByteAnywhere) {
  using namespace std::string_view_literals;
  for (const auto text : {"\0{}"sv, "{\0}"sv, "{}\0"sv, "{\"a\0\":1}"sv, "{\"a\":\"\0\"}"sv})
    EXPECT_EQ(fault_of(text), JsonFault::syntax);
}

TEST(JsonScan, RefusesWhatIsNoUtf8) {
  for (const char* text : {"{\"a\":\"\xFF\"}", "{\"a\":\"\xC0\x80\"}", "{\"a\":\"\xED\xA0\x80\"}", "{\"\xE2\x82\":1}",
                           "{\"a\":\"\xF5\x80\x80\x80\"}"}) {
    EXPECT_EQ(fault_of(text), JsonFault::not_utf8);
    EXPECT_EQ(check_json(text).fault, JsonFault::not_utf8);
  }
}

TEST(JsonScan, SaysWhereTheFaultIs) {
  EXPECT_EQ(check_json(R"({"a":[1,2,x]})").offset, 10U);
  ObjectScanner scan{R"({"a":1,"b":tru})", 256};
  while (scan.next()) {
  }
  EXPECT_EQ(scan.offset(), 11U);
}

std::string nested(std::size_t levels, char open, char close) {
  return std::string(levels, open) + std::string(levels, close);
}

// CON-9: the limit holds exactly, for arrays, objects, and the object that a frame is.
TEST(JsonScan, BoundsDepthExactly) {
  EXPECT_EQ(check_json(nested(256, '[', ']')).fault, JsonFault::none);
  EXPECT_EQ(check_json(nested(257, '[', ']')).fault, JsonFault::too_deep);
  EXPECT_EQ(fault_of(R"({"a":)" + nested(255, '[', ']') + "}"), JsonFault::none);
  EXPECT_EQ(fault_of(R"({"a":)" + nested(256, '[', ']') + "}"), JsonFault::too_deep);
  EXPECT_EQ(fault_of(R"({"a":{"b":{}}})", 3), JsonFault::none);
  EXPECT_EQ(fault_of(R"({"a":{"b":{}}})", 2), JsonFault::too_deep);
  EXPECT_EQ(fault_of(R"({})", 1), JsonFault::none);
  EXPECT_EQ(fault_of(R"({})", 0), JsonFault::too_deep);
  EXPECT_EQ(fault_of("[]", 0), JsonFault::too_deep);
  // However high the limit is set, there is one.
  EXPECT_EQ(check_json(nested(1024, '[', ']'), 100'000).fault, JsonFault::none);
  EXPECT_EQ(check_json(nested(1025, '[', ']'), 100'000).fault, JsonFault::too_deep);
}

TEST(JsonScan, AMillionLevelsCostNoStack) {
  EXPECT_EQ(check_json(std::string(1'000'000, '[')).fault, JsonFault::too_deep);
  EXPECT_EQ(check_json(R"({"a":)" + std::string(1'000'000, '[')).fault, JsonFault::too_deep);
}

// nlohmann's parser as an oracle: over texts that are one small change away from JSON, both say the same.
TEST(JsonScan, AgreesWithAnIndependentParserOnMutatedTexts) {
  const std::vector<std::string> seeds{
      R"({"id":"00ff","job_id":"j-1","status":"running","progress":0.25,"list":[1,-2,3e5,true,false,null]})",
      R"({"a":{"b":[{},[],"\u00e9\ud83d\ude00\n\\"]},"c":""})", R"([[],{"k":[1.5E-3]},"x"])", R"("just \"text\" / here")"};
  constexpr std::string_view alphabet = "{}[],:\"\\0123456789.eE+-truefalsn \n/u\x7f";
  std::uint64_t draw = 7;
  for (int round = 0; round < 60'000; ++round) {
    std::string text = seeds[(draw = mix(draw)) % seeds.size()];
    const auto changes = 1 + (draw = mix(draw)) % 3;
    for (std::uint64_t change = 0; change < changes; ++change) {
      const std::size_t at = (draw = mix(draw)) % text.size();
      const char letter = alphabet[(draw = mix(draw)) % alphabet.size()];
      switch ((draw = mix(draw)) % 3) {
        case 0:
          text[at] = letter;
          break;
        case 1:
          text.insert(at, 1, letter);
          break;
        default:
          text.erase(at, 1);
      }
      if (text.empty()) text = "{";
    }
    const bool theirs = nlohmann::json::accept(text);
    const bool ours = check_json(text).fault == JsonFault::none;
    // 1e999 is JSON; nlohmann refuses it because no double holds it.
    if (ours != theirs && text.find_first_of("eE") != std::string::npos) continue;
    ASSERT_EQ(ours, theirs) << text;
    const bool object = theirs && nlohmann::json::parse(text).is_object();
    ASSERT_EQ(fault_of(text) == JsonFault::none, object) << text;
  }
}

TEST(JsonScan, NextStaysAtTheEnd) {
  ObjectScanner scan{R"({"a":1})", 256};
  EXPECT_TRUE(scan.next());
  EXPECT_FALSE(scan.done());
  EXPECT_FALSE(scan.next());
  EXPECT_TRUE(scan.done());
  EXPECT_FALSE(scan.next());
  EXPECT_TRUE(scan.done());
  ObjectScanner broken{"x", 256};
  EXPECT_FALSE(broken.next());
  EXPECT_FALSE(broken.next());
  EXPECT_EQ(broken.fault(), JsonFault::syntax);
}

TEST(JsonScan, FaultsHaveWords) {
  EXPECT_EQ(describe(JsonFault::none), "valid JSON");
  EXPECT_EQ(describe(JsonFault::not_utf8), "not UTF-8");
  EXPECT_EQ(describe(JsonFault::syntax), "not valid JSON");
  EXPECT_EQ(describe(JsonFault::too_deep), "nested too deep");
  EXPECT_EQ(describe(JsonFault::not_object), "not a JSON object");
}

}  // namespace
}  // namespace procedura::protocol
