#include "frame_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <set>

namespace procedura::conformance {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// These refer to other schemas, and are there for other people's tools.
const std::set<std::string_view> for_others = {"reply", "login-request"};

TEST(FrameSchemas, take_their_own_examples) {
  EXPECT_EQ(frame_schemas().size(), 14U);
  for (const FrameSchema& schema : frame_schemas()) {
    if (for_others.contains(schema.name)) {
      EXPECT_THROW(frame_problems(schema.name, "{}"), std::logic_error);
      continue;
    }
    const json whole = json::parse(schema.text);  // C++20 keeps no temporary alive for a range of it
    for (const json& example : whole.at("examples")) {
      EXPECT_THAT(frame_problems(schema.name, example.dump()), IsEmpty()) << schema.name << ": " << example;
    }
  }
  EXPECT_THROW(frame_problems("nack", "{}"), std::logic_error);
}

TEST(FrameSchemas, refuse_counter_examples) {
  std::ifstream file{WRONG_FRAMES};
  const json wrong = json::parse(file);
  for (const auto& [name, documents] : wrong.items()) {
    for (const json& document : documents) {
      if (!for_others.contains(name)) {
        EXPECT_THAT(frame_problems(name, document.dump()), Not(IsEmpty())) << name << ": " << document;
      }
    }
  }
}

TEST(FrameProblems, say_which_member_what_it_is_and_what_was_expected) {
  EXPECT_THAT(frame_problems("ack", R"({"id":"1","status":"ack","job_id":7})"),
              ElementsAre(FrameProblem{"/job_id",
                                       "/job_id is of type number; expected by SYN-2 (MAY, observed): a string, what the "
                                       "agent calls the job; later frames may be targeted by it"}));
  EXPECT_THAT(frame_problems("ack", R"({"id":"1"})"),
              ElementsAre(FrameProblem{"/status", "/status is missing; expected by SYN-1 (MUST, documented): \"ack\""}));
  EXPECT_THAT(
      frame_problems("finished", R"({"status":"finished","result":1})"),
      ElementsAre(Field(&FrameProblem::what, HasSubstr("it is incomplete; expected by SYN-1 (MUST, documented), ASY-3"))));
  EXPECT_THAT(frame_problems("started", R"({"status":"started","job_id":""})"),
              ElementsAre(Field(&FrameProblem::what, HasSubstr("/job_id is an empty string; expected by ASY-1"))));
  EXPECT_THAT(frame_problems("keepalive-result", R"({"ok":false,"server_time_ms":1})"),
              ElementsAre(Field(&FrameProblem::what,
                                "/ok is of type boolean with another value; expected by BLT-1 (MUST, declared): true")));
}

TEST(FrameProblems, find_all_of_them_also_further_in) {
  const auto problems =
      frame_problems("diag-ws-metrics-result",
                     R"({"uptime_s":-1,"connections":{"open":1},"frames":{"in":"1","out":1},"jobs":7,"errors":{"E":[]}})");
  std::vector<std::string> members;
  for (const auto& problem : problems) {
    members.push_back(problem.member);
    EXPECT_THAT(problem.what, HasSubstr("; expected by BLT-2")) << problem.member;
  }
  EXPECT_THAT(members,
              ::testing::UnorderedElementsAre("/uptime_s", "/connections/total", "/frames/in", "/jobs", "/errors/E", "/bytes"));
  EXPECT_THAT(frame_problems("request", R"({"id":"1","cmd":"m","args":["a",7],"mode":"sync"})"),
              ElementsAre(Field(&FrameProblem::member, "/args/1")));
}

TEST(FrameProblems, quote_no_values) {
  for (const auto& problem :
       frame_problems("login-session", R"({"session_token":["s3cret"],"user":"s3cret","device":{"d":"s3cret"}})")) {
    EXPECT_THAT(problem.what, Not(HasSubstr("s3cret")));
  }
}

TEST(FrameProblems, take_what_is_json_at_its_edges) {
  EXPECT_THAT(frame_problems("finished", R"({"id":"1","status":"finished","result":1e400})"), IsEmpty());
  EXPECT_THAT(frame_problems("ack", R"({"id":"\u0000","status":"ack"})"), IsEmpty()) << "one character is not none";
  EXPECT_THAT(frame_problems("ack", R"({"id":7,"status":"ack","id":"1"})"), IsEmpty()) << "the last one counts";
  EXPECT_THAT(frame_problems("ack", R"({"\u0069d":"1","status":"\u0061ck"})"), IsEmpty());
  EXPECT_THAT(frame_problems("keepalive-result", R"({"ok":true,"server_time_ms":12345678901234567890})"), IsEmpty());
}

TEST(FrameProblems, are_told_of_what_is_no_frame_at_all) {
  const auto whole = [](const char* words) { return ElementsAre(Field(&FrameProblem::what, HasSubstr(words))); };
  EXPECT_THAT(frame_problems("ack", ""), whole("it is not valid JSON"));
  EXPECT_THAT(frame_problems("ack", R"({"id":"1")"), whole("it is not valid JSON"));
  EXPECT_THAT(frame_problems("ack", "[1]"), whole("it is not a JSON object"));
  EXPECT_THAT(frame_problems("ack", "{\"id\":\"\xff\"}"), whole("it is not UTF-8"));
  EXPECT_THAT(frame_problems("finished", "{\"result\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
              whole("it is nested too deep"));
}

TEST(FrameProblems, cost_little_however_big_the_frame_is) {
  const std::size_t big = std::size_t{8} * 1024 * 1024;
  std::string many = "[0";
  while (many.size() < big) {
    many += ",0";
  }
  many += "]";
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(frame_problems("finished", R"({"id":"1","status":"finished","result":)" + many + "}"), IsEmpty());
  EXPECT_THAT(frame_problems("ack", R"({"status":"ack","id":")" + std::string(big, 'x') + "\"}"), IsEmpty());
  EXPECT_THAT(frame_problems("request", R"({"id":"1","cmd":"m","mode":"sync","args":)" + many + "}"),
              ElementsAre(Field(&FrameProblem::what, HasSubstr("too long to say where"))));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{60});
}

}  // namespace
}  // namespace procedura::conformance
