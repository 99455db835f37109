// What the admin side shows.
#include "admin_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::admin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view world = R"({
  "version": 1, "name": "demo", "seed": 42, "auth": {"users": {"mira": "secret123"}},
  "stubs": [{"name": "slow", "match": {"cmd": "m", "options": {"n": {"atMost": 9}}},
             "reply": [{"running": {"progress": 0.5}}, {"delay": "2s"}, {"finished": 1}]},
            {"name": "quick", "match": {"cmd": "q"}, "reply": [{"finished": "done"}]}],
  "expect": [{"name": "asked q", "request": {"cmd": "q"}, "count": 1}]})";

engine::ConnectionId connect(Admin& admin, std::string_view partition) {
  engine::door::Accept accepted;
  accepted.partition = partition;
  return admin.driver.connect(accepted);
}

TEST(AdminLooks, SayThatTheMockIsUp) {
  Admin admin{world};
  admin.driver.advance(std::chrono::seconds{90});
  EXPECT_EQ(admin.get_json("health"), (json{{"status", "ok"}, {"uptime_s", 90.0}}));
  EXPECT_EQ(admin.get_json("ready"), (json{{"ready", true}, {"scenario", "demo"}}));
}

TEST(AdminLooks, AreNotReadyOnceTheRunIsOver) {
  engine::EngineOptions options;
  options.deadline = std::chrono::seconds{1};
  Admin admin{world, {}, options};
  EXPECT_EQ(admin.get("ready").status, 200U);
  admin.driver.advance(std::chrono::seconds{1});
  EXPECT_EQ(admin.get("ready").status, 503U);
}

TEST(AdminLooks, ListConnections) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  admin.driver.send(a, request_text("1", "login_password", {"mira:secret123", "--device=laptop"}));
  admin.driver.advance(std::chrono::milliseconds{1500});
  const auto b = connect(admin, "b");
  admin.driver.send(b, request_text("1", "m", {}));
  const auto all = admin.get_json("connections");
  EXPECT_EQ(all["total"], 2);
  EXPECT_EQ(all["connections"][0], (json{{"connection", a},
                                         {"partition", "a"},
                                         {"ordinal", 1},
                                         {"user", "mira"},
                                         {"device", "laptop"},
                                         {"via", "login"},
                                         {"age_s", 1.5},
                                         {"live", 0}}));
  EXPECT_EQ(all["connections"][1]["user"], nullptr);
  EXPECT_EQ(admin.get_json("connections?partition=b")["total"], 1);
  EXPECT_EQ(admin.get("connections?partition=c").status, 404U);
}

TEST(AdminLooks, ListJobsAsTheyRun) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  admin.driver.send(a, request_text("r1", "m", {"--n", "4"}, "async"));
  admin.driver.advance(std::chrono::milliseconds{500});
  const auto jobs = admin.get_json("jobs");
  ASSERT_EQ(jobs["total"], 1);
  EXPECT_EQ(jobs["jobs"][0], (json{{"partition", "a"},
                                   {"connection", a},
                                   {"instance", 1},
                                   {"stub", "slow"},
                                   {"cmd", "m"},
                                   {"id", "r1"},
                                   {"job_id", "job-1-1"},
                                   {"mode", "async"},
                                   {"frames", 2},
                                   {"age_s", 0.5},
                                   {"due_in_s", 1.5}}));
  EXPECT_EQ(admin.get_json("jobs?partition=default")["total"], 0);
  admin.driver.advance(std::chrono::seconds{2});
  EXPECT_EQ(admin.get_json("jobs")["total"], 0);
}

TEST(AdminLooks, TellTheVerdictSoFar) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  connect(admin, "b");
  admin.driver.send(a, request_text("1", "q"));
  const auto of_a = admin.get_json("verdict?partition=a");
  EXPECT_EQ(of_a["met"], true);
  EXPECT_EQ(of_a["requests"], 1);
  EXPECT_EQ(of_a["expectations"][0]["name"], "asked q");
  EXPECT_EQ(of_a["expectations"][0].count("detail"), 0U);
  const auto all = admin.get_json("verdict");
  EXPECT_EQ(all["met"], false);
  EXPECT_THAT(all["expectations"], SizeIs(2));
  EXPECT_EQ(all["expectations"][1]["partition"], "b");
  EXPECT_EQ(all["expectations"][1]["where"], "test.json:6:14");
  EXPECT_THAT(all["expectations"][1]["detail"].get<std::string>(), HasSubstr("came 0"));
  EXPECT_EQ(admin.get("verdict").status, 200U);
}

TEST(AdminLooks, SummarizeTheScenario) {
  Admin admin{world};
  const auto scenario = admin.get_json("scenario");
  EXPECT_EQ(scenario["name"], "demo");
  EXPECT_EQ(scenario["seed"], 42);
  EXPECT_EQ(scenario["files"], json::array({"test.json"}));
  EXPECT_EQ(scenario["auth"], (json{{"required", false}, {"users", {"mira"}}, {"tokens", 0}}));
  EXPECT_EQ(
      scenario["stubs"][0],
      (json{{"name", "slow"},
            {"priority", 0},
            {"match", {{{"field", "cmd"}, {"expected", "\"m\""}}, {{"field", "options.n"}, {"expected", "{\"atMost\":9}"}}}},
            {"replies", 1},
            {"where", "test.json:3:13"}}));
  EXPECT_EQ(scenario["expectations"][0], (json{{"name", "asked q"}, {"where", "test.json:6:14"}}));
}

TEST(AdminLooks, GiveThePageAllThatItShowsInOne) {
  Admin admin{world};
  const auto a = connect(admin, "a");
  connect(admin, "b");
  admin.driver.send(a, request_text("r1", "m", {"--n", "4"}, "async"));
  const auto state = admin.get_json("state");
  EXPECT_EQ(state["partitions"], json::array({"a", "b", "default"}));
  EXPECT_EQ(state["open"]["total"], 2);
  EXPECT_EQ(state["running"]["jobs"][0]["cmd"], "m");
  EXPECT_THAT(state["verdict"]["expectations"], SizeIs(2));
  EXPECT_EQ(state["journal"]["dropped"], 0);
  EXPECT_FALSE(state["run"].get<std::string>().empty());
  const auto of_b = admin.get_json("state?partition=b");
  EXPECT_EQ(of_b["open"]["total"], 1);
  EXPECT_EQ(of_b["running"]["total"], 0);
  EXPECT_THAT(of_b["verdict"]["expectations"], SizeIs(1));
  EXPECT_EQ(admin.get("state?partition=c").status, 404U);
}

TEST(AdminLooks, BoundWhatOneStateLists) {
  Admin admin{world};
  for (int i = 0; i < 600; ++i) connect(admin, "a");
  const auto state = admin.get_json("state");
  EXPECT_EQ(state["open"]["total"], 600);
  EXPECT_THAT(state["open"]["connections"], SizeIs(500));
  EXPECT_THAT(admin.get_json("connections")["connections"], SizeIs(600));
}

TEST(AdminLooks, SayWhatThereIsWhereThereIsNothing) {
  Admin admin{world};
  const auto response = admin.get("helth");
  EXPECT_EQ(response.status, 404U);
  const auto body = json::parse(response.body);
  EXPECT_EQ(body["code"], "NOT_FOUND");
  EXPECT_EQ(body["message"], R"(there is no "/__admin/helth"; did you mean "/__admin/health"?)");
  EXPECT_THAT(body["paths"], ::testing::Contains("/__admin/connections/N"));
}

TEST(AdminLooks, SayHowThingsAreAskedFor) {
  Admin admin{world};
  struct Case {
    const char *method, *path, *allow;
  };
  for (const auto& one : std::initializer_list<Case>{{"POST", "health", "GET, HEAD"},
                                                     {"GET", "reset", "POST"},
                                                     {"HEAD", "emit", "POST"},
                                                     {"DELETE", "scenario", "GET, HEAD, PUT"},
                                                     {"GET", "connections/1", "DELETE"},
                                                     {"OPTIONS", "health", "GET, HEAD"},
                                                     {"get", "health", "GET, HEAD"},
                                                     {"PATCH", "ui", "GET, HEAD"}}) {
    const auto response = admin.send(one.method, one.path);
    EXPECT_EQ(response.status, 405U) << one.method << " " << one.path;
    EXPECT_EQ(header(response, "Allow"), one.allow) << one.method << " " << one.path;
  }
}

TEST(AdminLooks, AnswerHeadAsGet) {
  Admin admin{world};
  for (const char* path : {"health", "ui", "metrics", "nothing", ""}) {
    const auto head = admin.answer(Admin::request("HEAD", path));
    EXPECT_EQ(head.status, admin.get(path).status) << path;
    EXPECT_EQ(head.body, admin.get(path).body) << path;
  }
  EXPECT_EQ(admin.answer(Admin::request("HEAD", "journal?follow=1")).source, nullptr);
}

TEST(AdminLooks, TakeNoParameterThatTheyDoNotKnow) {
  Admin admin{world};
  struct Case {
    const char *path, *message;
  };
  for (const auto& one : std::initializer_list<Case>{
           {"journal?conection=1", R"(there is no parameter "conection" here; did you mean "connection"?)"},
           {"journal?connection=x", R"(connection takes a whole number, found "x")"},
           {"journal?connection=-1", R"(connection takes a whole number, found "-1")"},
           {"journal?since=99999999999999999999", R"(since takes a whole number, found "99999999999999999999")"},
           {"journal?limit=0", R"(limit takes a number from 1 on, found "0")"},
           {"journal?direction=up", R"(direction takes "in", "out" or "note", found "up")"},
           {"journal?format=xml", R"(format takes "ndjson" or "json", found "xml")"},
           {"journal?follow=maybe", R"(follow takes 1 or 0, found "maybe")"},
           {"journal?follow=1&format=json", R"(follow takes no format=json: an array that never ends is no JSON, found "1")"},
           {"journal?since=1", "since=1 has not come yet: the last entry is 0; was the mock started anew?"},
           {"journal?stub=a&stub=b", R"(the parameter "stub" is given twice)"},
           {"journal?contains=%ff", "the query is not UTF-8"},
           {"state?x", R"(there is no parameter "x" here, only "partition")"},
           {"health?verbose=1", R"(there is no parameter "verbose" here, nor any other)"}}) {
    const auto response = admin.get(one.path);
    EXPECT_EQ(response.status, 400U) << one.path;
    EXPECT_EQ(json::parse(response.body)["message"], one.message) << one.path;
  }
}

}  // namespace
}  // namespace procedura::mock::admin
