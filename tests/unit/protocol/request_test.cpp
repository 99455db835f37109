#include <procedura/protocol/request.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace procedura::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string encode(std::string_view cmd, std::vector<std::string> args, Mode mode, ArgsStyle style) {
  std::string out;
  append_request(out, "0000002a", cmd, args, mode, style);
  return out;
}

TEST(Request, IsWrittenInTheDocumentedOrder) {
  EXPECT_EQ(encode("worldstate_snapshot", {"--terse"}, Mode::sync, ArgsStyle::module_first),
            R"({"id":"0000002a","cmd":"worldstate_snapshot","args":["worldstate_snapshot","--terse"],"mode":"sync"})");
  EXPECT_EQ(encode("m", {"a", ""}, Mode::async, ArgsStyle::bare),
            R"({"id":"0000002a","cmd":"m","args":["a",""],"mode":"async"})");
  EXPECT_EQ(encode("m", {}, Mode::async, ArgsStyle::bare), R"({"id":"0000002a","cmd":"m","args":[],"mode":"async"})");
}

TEST(Request, SurvivesTheRoundTripWhateverIsInIt) {
  const std::vector<std::string> args{"", "--x=\"1\"", "[a,b]", "\xF0\x9F\x98\x80", std::string("\0\n", 2)};
  const auto decoded = decode_request(encode("m\"\\", args, Mode::async, ArgsStyle::bare));
  const auto& request = std::get<Request>(decoded);
  EXPECT_EQ(request.id, "0000002a");
  EXPECT_EQ(request.cmd, "m\"\\");
  EXPECT_EQ(request.args, args);
  EXPECT_EQ(request.mode, Mode::async);
}

TEST(Request, FurtherMembersAreIgnoredAndTheLastOfTwoCounts) {
  const auto decoded =
      decode_request(R"({"x":{"id":1},"id":"a","id":"b","mode":"sync","cmd":"c","args":[ "1" , "2" ],"\u006dode":"async"})");
  const auto& request = std::get<Request>(decoded);
  EXPECT_EQ(request.id, "b");
  EXPECT_EQ(request.mode, Mode::async);
  EXPECT_THAT(request.args, ElementsAre("1", "2"));
}

struct Bad {
  const char* text;
  BadRequest::Kind kind;
  std::optional<std::string> id;
  const char* message;
};

constexpr auto frame = BadRequest::Kind::frame;
constexpr auto member = BadRequest::Kind::member;

const Bad bad_requests[] = {
    {"", frame, {}, "not valid JSON (at byte 0)"},
    {"[]", frame, {}, "not a JSON object"},
    {"{\"id\":\"a\",", frame, {}, "not valid JSON (at byte 10)"},
    {"\xFF", frame, {}, "not UTF-8"},
    {"{}", member, {}, "`id` is missing: it must be a string"},
    {R"({"id":7,"cmd":"c","args":[],"mode":"sync"})", member, {}, "`id` must be a string"},
    {R"({"id":"","cmd":"c","args":[],"mode":"sync"})", member, {}, "`id` must have 1 to 256 bytes"},
    {R"({"id":"a","args":[],"mode":"sync"})", member, "a", "`cmd` is missing: it must be a string"},
    {R"({"id":"a","cmd":1,"args":[],"mode":"sync"})", member, "a", "`cmd` must be a string"},
    {R"({"id":"a","cmd":"","args":[],"mode":"sync"})", member, "a", "`cmd` is empty: it must name a module"},
    {R"({"id":"a","cmd":"c","mode":"sync"})", member, "a", "`args` is missing: it must be an array of strings"},
    {R"({"id":"a","cmd":"c","args":"x","mode":"sync"})", member, "a", "`args` must be an array of strings"},
    {R"({"id":"a","cmd":"c","args":{},"mode":"sync"})", member, "a", "`args` must be an array of strings"},
    {R"({"id":"a","cmd":"c","args":["x",1],"mode":"sync"})", member, "a", "`args` must be an array of strings"},
    {R"({"id":"a","cmd":"c","args":[["x"]],"mode":"sync"})", member, "a", "`args` must be an array of strings"},
    {R"({"id":"a","cmd":"c","args":[]})", member, "a", R"(`mode` is missing: it must be "sync" or "async")"},
    {R"({"id":"a","cmd":"c","args":[],"mode":true})", member, "a", R"(`mode` must be "sync" or "async")"},
    {R"({"id":"a","cmd":"c","args":[],"mode":"SYNC"})", member, "a", R"(`mode` must be "sync" or "async")"},
};

TEST(Request, EachMistakeIsNamed) {
  for (const Bad& expected : bad_requests) {
    const auto decoded = decode_request(expected.text);
    ASSERT_TRUE(std::holds_alternative<BadRequest>(decoded)) << expected.text;
    const auto& bad = std::get<BadRequest>(decoded);
    EXPECT_EQ(bad.kind, expected.kind) << expected.text;
    EXPECT_EQ(bad.id, expected.id) << expected.text;
    EXPECT_THAT(bad.message, HasSubstr(expected.message)) << expected.text;
  }
}

TEST(Request, IdsHaveOneTo256Bytes) {
  const auto with_id = [](const std::string& id) {
    return decode_request(R"({"id":")" + id + R"(","cmd":"c","args":[],"mode":"sync"})");
  };
  EXPECT_TRUE(std::holds_alternative<Request>(with_id(std::string(256, 'x'))));
  EXPECT_TRUE(std::holds_alternative<BadRequest>(with_id(std::string(257, 'x'))));
}

TEST(Request, DepthIsBounded) {
  const std::string deep = R"({"id":"a","cmd":"c","args":[],"mode":"sync","x":)" + std::string(100'000, '[');
  const auto decoded = decode_request(deep);
  EXPECT_THAT(std::get<BadRequest>(decoded).message, HasSubstr("nested too deep"));
  EXPECT_EQ(std::get<BadRequest>(decoded).kind, BadRequest::Kind::frame);
}

TEST(Request, ArgumentsMayHoldQuotesAndBackslashes) {
  const auto decoded = decode_request(R"({"id":"a","cmd":"c","args":["\\","\"",",]"],"mode":"sync"})");
  EXPECT_THAT(std::get<Request>(decoded).args, ElementsAre("\\", "\"", ",]"));
}

// REQ-4
TEST(Request, OneLeadingModuleNameIsTakenAway) {
  Request request{"a", "echo", {"echo", "echo", "x"}, Mode::sync};
  EXPECT_TRUE(strip_module_name(request));
  EXPECT_THAT(request.args, ElementsAre("echo", "x"));
  Request bare{"a", "echo", {"x", "echo"}, Mode::sync};
  EXPECT_FALSE(strip_module_name(bare));
  EXPECT_THAT(bare.args, ElementsAre("x", "echo"));
  Request none{"a", "echo", {}, Mode::sync};
  EXPECT_FALSE(strip_module_name(none));
  EXPECT_THAT(none.args, IsEmpty());
}

TEST(Request, WordsAndValuesAreEachOthersReverse) {
  for (const Mode mode : {Mode::sync, Mode::async}) EXPECT_EQ(mode_from(to_string(mode)), mode);
  for (const ArgsStyle style : {ArgsStyle::module_first, ArgsStyle::bare}) EXPECT_EQ(args_style_from(to_string(style)), style);
  EXPECT_EQ(mode_from("Sync"), std::nullopt);
  EXPECT_EQ(args_style_from("auto"), std::nullopt);
}

}  // namespace
}  // namespace procedura::protocol
