// What the admin side does to the agent.
#include "admin_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::admin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr std::string_view world = R"({
  "version": 1, "auth": {"users": {"mira": "secret123"}},
  "stubs": [{"name": "q", "match": {"cmd": "q"}, "reply": [{"finished": "old"}]}],
  "expect": [{"name": "asked q", "request": {"cmd": "q"}, "count": 1}]})";

engine::ConnectionId connect(Admin& admin, std::string_view partition) {
  engine::door::Accept accepted;
  accepted.partition = partition;
  return admin.driver.connect(accepted);
}

std::string message_of(const net::HttpResponse& response) {
  return json::parse(response.body).at("message");
}

TEST(AdminActs, PushAFrameToAConnection) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  connect(admin, "a");
  const auto response = admin.send(
      "POST", "emit", R"({ "frame": { "status": "event", "n": 1e300, "big": 12345678901234567890123 }, "connection": 1 })");
  EXPECT_EQ(response.status, 200U) << response.body;
  EXPECT_EQ(json::parse(response.body), (json{{"sent", 1}}));
  EXPECT_THAT(admin.driver.texts, ElementsAre(Pair(a, R"({"status":"event","n":1e300,"big":12345678901234567890123})")))
      << "numbers as they were written";
}

TEST(AdminActs, PushAFrameToAPartition) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  const auto b = connect(admin, "b");
  const auto c = connect(admin, "a");
  EXPECT_EQ(json::parse(admin.send("POST", "emit", R"({"partition": "a", "frame": {"status": "event"}})").body)["sent"], 2);
  EXPECT_THAT(admin.driver.frames(a), SizeIs(1));
  EXPECT_THAT(admin.driver.frames(b), IsEmpty());
  EXPECT_THAT(admin.driver.frames(c), SizeIs(1));
  EXPECT_EQ(json::parse(admin.send("POST", "emit", R"({"partition": "default", "frame": {}})").body)["sent"], 0);
}

TEST(AdminActs, SayWhatIsWrongWithAFrameToPush) {
  Admin admin{world};
  connect(admin, "a");
  struct Case {
    const char *body, *message;
    unsigned status = 400;
  };
  const std::string deep = R"({"connection": 1, "frame": )" + std::string(300, '[') + std::string(300, ']') + "}";
  for (const auto& one : std::initializer_list<Case>{
           {"", "the body is wrong at line 1, column 1: "},
           {"{\n  \"connection\": 1,\n  \"frame\": {\"a\": tru}\n}", "the body is wrong at line 3, column 1"},
           {"[]", "not a JSON object"},
           {"{\"connection\": 1, \"frame\": {}} x", "the body is wrong at line 1, column "},
           {deep.c_str(), "the body is wrong at line 1, column "},
           {R"({"connection": 1})", "\"frame\" is missing"},
           {R"({"connection": 1, "frame": "{}"})", "frame must be a JSON object (CON-2), found "},
           {R"({"connection": 1, "frame": [1]})", "frame must be a JSON object (CON-2), found "},
           {R"({"frame": {}})", "it must say where to"},
           {R"({"connection": 1, "partition": "a", "frame": {}})", "it must say where to"},
           {R"({"connection": "1", "frame": {}})", "connection must be a number, found "},
           {R"({"connection": -1, "frame": {}})", "connection must be a number, found "},
           {R"({"connection": 1.5, "frame": {}})", "connection must be a number, found "},
           {R"({"partition": 7, "frame": {}})", "partition must be a string, found "},
           {R"({"conection": 1, "frame": {}})", R"(there is no member "conection" here; did you mean "connection"?)"},
           {R"({"connection": 1, "connection": 1, "frame": {}})", R"("connection" is given twice)"},
           {R"({"partition": "c", "frame": {}})", R"(there is no partition "c")", 404},
           {R"({"connection": 7, "frame": {}})", "connection 7 is not open; see /__admin/connections", 404}}) {
    const auto response = admin.send("POST", "emit", one.body);
    EXPECT_EQ(response.status, one.status) << one.body;
    EXPECT_THAT(message_of(response), HasSubstr(one.message)) << one.body;
  }
  EXPECT_THAT(admin.driver.texts, IsEmpty());
}

TEST(AdminActs, DropAConnection) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  const auto b = connect(admin, "a");
  EXPECT_EQ(admin.send("DELETE", "connections/1").status, 200U);
  EXPECT_EQ(admin.driver.close_code(a), 1001);
  EXPECT_EQ(admin.send("DELETE", "connections/1").status, 404U) << "it is closing";
  EXPECT_EQ(json::parse(admin.send("DELETE", "connections/2?code=4001").body),
            (json{{"connection", 2}, {"closed_with", 4001}}));
  EXPECT_EQ(admin.driver.close_code(b), 4001);
  for (const char* wrong : {"connections/x", "connections/-1", "connections/1/2", "connections/1?code=1005",
                            "connections/1?code=1006", "connections/1?code=1015", "connections/1?code=999",
                            "connections/1?code=5000", "connections/1?code=2000", "connections/1?code=x"}) {
    EXPECT_EQ(admin.send("DELETE", wrong).status, 400U) << wrong;
  }
  EXPECT_EQ(admin.send("DELETE", "connections/").status, 404U);
}

TEST(AdminActs, ResetOnePartitionOrAll) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  const auto b = connect(admin, "b");
  EXPECT_EQ(json::parse(admin.send("POST", "reset?partition=a").body), (json{{"reset", {"a"}}}));
  EXPECT_EQ(admin.driver.close_code(a), 1001);
  EXPECT_EQ(admin.driver.close_code(b), 0);
  EXPECT_EQ(json::parse(admin.send("POST", "reset", "{}").body), (json{{"reset", {"a", "b", "default"}}}));
  EXPECT_EQ(admin.driver.close_code(b), 1001);
  EXPECT_EQ(admin.send("POST", "reset?partition=c").status, 404U);
}

TEST(AdminActs, TakeNoBodyWhereThereIsNothingToSay) {
  Admin admin{world};
  connect(admin, "a");
  for (const char* path : {"reset", "verify"}) {
    const auto member = admin.send("POST", path, R"({"partition": "a"})");
    EXPECT_EQ(member.status, 400U);
    EXPECT_THAT(message_of(member), HasSubstr("takes no members in its body")) << "not all partitions, when one was meant";
    EXPECT_THAT(message_of(admin.send("POST", path, "{\n]")), HasSubstr("line 2, column 1"));
    EXPECT_EQ(admin.send("POST", path, "[]").status, 400U);
    EXPECT_EQ(admin.send("POST", path, " \n").status, std::string_view{path} == "reset" ? 200U : 409U);
  }
}

TEST(AdminActs, JudgeNow) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  EXPECT_EQ(admin.send("POST", "verify").status, 409U);
  admin.driver.send(a, request_text("1", "q"));
  const auto response = admin.send("POST", "verify?partition=a");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(json::parse(response.body)["met"], true);
  EXPECT_EQ(admin.send("POST", "verify?partition=b").status, 404U);
}

TEST(AdminActs, AdoptAnotherScenario) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  const auto response = admin.send("PUT", "scenario", R"(// the new world
    {"version": 1, "name": "new", "stubs": [{"name": "q", "match": {"cmd": "q"}, "reply": [{"finished": "new"}]}]})");
  EXPECT_EQ(response.status, 200U) << response.body;
  EXPECT_EQ(json::parse(response.body)["adopted"], "new");
  EXPECT_EQ(json::parse(response.body)["stubs"], 1);
  EXPECT_EQ(admin.driver.answer(a, request_text("1", "q")).at("result"), "new") << "on the connection that was there";
  EXPECT_EQ(admin.get_json("scenario")["name"], "new");
}

TEST(AdminActs, KeepTheOldScenarioWhenTheNewOneIsWrong) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  const auto response = admin.send("PUT", "scenario", "{\"version\": 1,\n \"stubz\": [],\n \"unmatched\": \"perhaps\"}");
  EXPECT_EQ(response.status, 422U);
  const auto problems = json::parse(response.body)["problems"];
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_EQ(problems[0]["line"], 2);
  EXPECT_EQ(problems[0]["column"], 2);
  EXPECT_EQ(problems[0]["pointer"], "/stubz");
  EXPECT_THAT(problems[1]["text"].get<std::string>(), HasSubstr("scenario:3:15: /unmatched: "));
  EXPECT_EQ(admin.driver.answer(a, request_text("1", "q")).at("result"), "old");
  for (const char* wrong : {"", "{", "[]", "\xff", "null"})
    EXPECT_EQ(admin.send("PUT", "scenario", wrong).status, 422U) << wrong;
}

TEST(AdminActs, AScenarioFromOutsideReadsNothingOfThisMachine) {
  Admin admin{world};
  EXPECT_EQ(admin
                .send("PUT", "scenario", R"({"version": 1, "stubs": [
      {"match": {"cmd": "q"}, "reply": [{"finished": "${env:PATH}"}]}]})")
                .status,
            422U);
  EXPECT_EQ(admin
                .send("PUT", "scenario", R"({"version": 1, "stubs": [
      {"match": {"cmd": "q"}, "reply": [{"finished": {"$file": "/etc/passwd"}}]}]})")
                .status,
            422U);
}

}  // namespace
}  // namespace procedura::mock::admin
