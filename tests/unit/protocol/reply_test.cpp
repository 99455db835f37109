#include <procedura/protocol/reply.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace procedura::protocol {
namespace {

using Fault = DecodedReply::Fault;
using testing::HasSubstr;

TEST(Reply, KeepsItsTextAndReadsWhatItIsRoutedBy) {
  const std::string text = R"( {"result" : {"n":1.0} , "job_id":"j","status":"finished","id":"\u0061"} )";
  const DecodedReply decoded = decode_reply(text);
  ASSERT_EQ(decoded.fault, Fault::none) << decoded.what;
  EXPECT_EQ(decoded.reply.text, text);
  EXPECT_EQ(decoded.reply.id, "a");
  EXPECT_EQ(decoded.reply.job_id, "j");
  EXPECT_EQ(decoded.reply.status, Status::finished);
  EXPECT_EQ(decoded.reply.result(), R"({"n":1.0})");
}

TEST(Reply, SpansSurviveAMoveOfAShortText) {
  DecodedReply decoded = decode_reply(R"({"status":"ack"})");
  const Reply moved = std::move(decoded.reply);
  EXPECT_EQ(moved.status_span.in(moved.text), R"("ack")");
}

TEST(Reply, ReadsMessageAndCodeOfAnError) {
  const Reply reply = decode_reply(R"({"id":"a","status":"error","code":"NO\u0021","message":"it \"broke\"","x":1})").reply;
  EXPECT_EQ(reply.status, Status::error);
  EXPECT_EQ(reply.code(), "NO!");
  EXPECT_EQ(reply.message(), "it \"broke\"");
  const Reply odd = decode_reply(R"({"id":"a","status":"error","code":7,"message":null})").reply;
  EXPECT_EQ(odd.code(), "");
  EXPECT_EQ(odd.message(), "");
  EXPECT_EQ(odd.result(), "");
}

TEST(Reply, TheLastOfTwoCounts) {
  const Reply reply = decode_reply(R"({"id":"a","status":"ack","status":"running","id":"b"})").reply;
  EXPECT_EQ(reply.id, "b");
  EXPECT_EQ(reply.status, Status::running);
}

TEST(Reply, AStatusThatTheProtocolDoesNotNameIsNoFault) {
  const DecodedReply decoded = decode_reply(R"({"id":"a","status":"paused"})");
  EXPECT_EQ(decoded.fault, Fault::none);
  EXPECT_EQ(decoded.reply.status, Status::unknown);
}

struct Broken {
  std::string text;
  Fault fault;
  std::optional<std::string> id;
  const char* what;
};

TEST(Reply, EachFaultIsNamedAndTheIdSavedIfItCameBefore) {
  const Broken table[] = {
      {"", Fault::not_json, {}, "not valid JSON at byte 0"},
      {R"({"id":"a","status":"fini)", Fault::not_json, "a", "not valid JSON at byte"},
      {R"({"status":"ack","id":"a")", Fault::not_json, "a", "not valid JSON"},
      {R"({"status":"ack" "id":"a"})", Fault::not_json, {}, "not valid JSON"},
      {"[1]", Fault::not_object, {}, "not a JSON object"},
      {R"({"id":"a","x":)" + std::string(300, '['), Fault::too_deep, "a", "nested too deep"},
      {R"({"id":7,"status":"ack"})", Fault::bad_member, {}, "`id` is not a string"},
      {R"({"id":"a","job_id":7,"status":"ack"})", Fault::bad_member, "a", "`job_id` is not a string"},
      {R"({"id":"a"})", Fault::bad_member, "a", "`status` is missing"},
      {R"({"id":"a","status":null})", Fault::bad_member, "a", "`status` is not a string"},
      {"{\"id\":\"a\",\"status\":\"\xFF\"}", Fault::not_json, {}, "not UTF-8"},
  };
  for (const Broken& expected : table) {
    const DecodedReply decoded = decode_reply(expected.text);
    EXPECT_EQ(decoded.fault, expected.fault) << expected.text;
    EXPECT_EQ(decoded.reply.id, expected.id) << expected.text;
    EXPECT_THAT(decoded.what, HasSubstr(expected.what)) << expected.text;
  }
}

TEST(Reply, FramesAreWrittenInTheDocumentedShape) {
  const Address both{"r1", "j1"};
  const auto written = [](auto append) {
    std::string out = "before{";
    append(out);
    return out.substr(7);
  };
  EXPECT_EQ(written([&](std::string& out) { append_ack(out, both); }), R"({"id":"r1","status":"ack"})");
  EXPECT_EQ(written([&](std::string& out) {
              append_ack(out, both, {true, true});
            }),
            R"({"id":"r1","job_id":"j1","status":"ack"})");
  EXPECT_EQ(written([&](std::string& out) { append_started(out, both); }), R"({"id":"r1","job_id":"j1","status":"started"})");
  EXPECT_EQ(written([&](std::string& out) {
              append_started(out, both, {false, true});
            }),
            R"({"job_id":"j1","status":"started"})");
  EXPECT_EQ(written([&](std::string& out) {
              append_running(out, both, {true, false}, R"("n":1)");
            }),
            R"({"id":"r1","status":"running","n":1})");
  EXPECT_EQ(written([&](std::string& out) { append_running(out, both, {}, {}); }),
            R"({"id":"r1","job_id":"j1","status":"running"})");
  EXPECT_EQ(written([&](std::string& out) {
              append_finished(out, {"r1", {}}, {}, "null");
            }),
            R"({"id":"r1","status":"finished","result":null})");
  EXPECT_EQ(written([&](std::string& out) {
              append_error(out, both, {true, false}, "BAD", "no \"x\"", R"("hint":1)");
            }),
            R"({"id":"r1","status":"error","code":"BAD","message":"no \"x\"","hint":1})");
  EXPECT_EQ(written([&](std::string& out) {
              append_error(out, both, {false, true}, {}, "m");
            }),
            R"({"job_id":"j1","status":"error","message":"m"})");
  EXPECT_EQ(written([&](std::string& out) { append_untargeted_error(out, "BAD_FRAME", "m"); }),
            R"({"status":"error","code":"BAD_FRAME","message":"m"})");
  EXPECT_EQ(written([&](std::string& out) { append_untargeted_error(out, "DUPLICATE_ID", "m", "r1"); }),
            R"({"status":"error","code":"DUPLICATE_ID","message":"m","ref":"r1"})");
}

TEST(Reply, StatusWordsAndValuesAreEachOthersReverse) {
  for (const Status status :
       {Status::ack, Status::started, Status::running, Status::finished, Status::error, Status::unknown}) {
    EXPECT_EQ(status_from(to_string(status)), status);
  }
  EXPECT_EQ(status_from("Ack"), Status::unknown);
  EXPECT_TRUE(is_terminal(Status::finished));
  EXPECT_TRUE(is_terminal(Status::error));
  EXPECT_FALSE(is_terminal(Status::running));
}

}  // namespace
}  // namespace procedura::protocol
