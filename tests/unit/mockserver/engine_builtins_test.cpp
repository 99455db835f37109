// LOG-2 ... LOG-7 as a client sees them, and the other commands that every agent has.
#include "engine_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr auto world_with_users = R"({"version": 1,
  "auth": {"required": true, "users": {"ada": "engine", "bob": "rocket"}},
  "stubs": [{"name": "fail", "match": {"cmd": "fail"}, "reply": [{"error": {"code": "BROKEN", "message": "no"}}]}]})";

std::vector<std::string> keys(const json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

json login(Driver& world, ConnectionId client, const std::vector<std::string>& args, std::string_view mode = "sync") {
  return world.answer(client, request_text("login", "login_password", args, mode));
}

TEST(EngineBuiltins, LoginTellsWhatLog4Says) {
  Driver world{world_with_users};
  const json first = login(world, world.connect(), {"ada:engine", "--device=cli", "--ttl=60"}).at("result");
  EXPECT_THAT(keys(first), ElementsAre("attached", "device", "expires_in", "session_token", "user"));
  EXPECT_EQ(first["user"], "ada");
  EXPECT_EQ(first["device"], "cli");
  EXPECT_EQ(first["expires_in"], 60);
  EXPECT_EQ(first["attached"], false);
  const json second = login(world, world.connect(), {"ada:engine", "--device=cli"}).at("result");
  EXPECT_EQ(second["session_token"], first["session_token"]);
  EXPECT_EQ(second["attached"], true);
  EXPECT_EQ(second["expires_in"], 3600);
  EXPECT_EQ(login(world, world.connect(), {"ada:engine"}).at("result").at("device"), nullptr);
}

TEST(EngineBuiltins, LoginTakesBothModesAndBothStyles) {
  Driver world{world_with_users};
  const auto client = world.connect();
  for (const char* mode : {"sync", "async"}) {
    for (const auto& args :
         {std::vector<std::string>{"ada:engine"}, std::vector<std::string>{"login_password", "ada:engine"}}) {
      const auto frames = world.ask(client, request_text("a", "login_password", args, mode));
      EXPECT_THAT(statuses(frames), ElementsAre(std::string{mode} == "sync" ? "ack" : "started", "finished"));
      EXPECT_EQ(frames[0].at("job_id"), frames[1].at("job_id"));
    }
  }
  EXPECT_EQ(login(world, client, {"ada:wrong"}).at("code"), "AUTH_FAILED");
  EXPECT_EQ(login(world, client, {"ada:engine", "--ttl=0"}).at("code"), "BAD_REQUEST");
}

// LOG-7: what the connection was before does not matter, and a failed login changes nothing.
TEST(EngineBuiltins, TheConnectionBearsTheIdentityOfItsLastLogin) {
  Driver world{world_with_users};
  const auto client = world.connect("stale", Via::subprotocol);
  login(world, client, {"ada:engine", "--device=cli"});
  login(world, client, {"bob:wrong"});
  EXPECT_EQ(world.answer(client, request_text("a", "__diag_auth")).at("result").at("user"), "ada");
  login(world, client, {"bob:rocket"});
  EXPECT_EQ(world.answer(client, request_text("a", "__diag_auth")).at("result").at("user"), "bob");
}

// LOG-5
TEST(EngineBuiltins, ReplaceClosesTheOtherConnectionsOnlyWhereTheScenarioSaysSo) {
  for (const bool closes : {false, true}) {
    for (const char* how : {"--replace", "--attach", ""}) {
      json scenario = json::parse(world_with_users);
      scenario["auth"]["replace"] = closes ? "close-4001" : "keep";
      Driver world{scenario.dump()};
      const auto first = world.connect();
      const std::string token = login(world, first, {"ada:engine", "--device=cli"}).at("result").at("session_token");
      const auto second = world.connect(token, Via::bearer);
      const auto stranger = world.connect();
      login(world, stranger, {"ada:engine", "--device=other"});
      const auto third = world.connect();
      std::vector<std::string> args{"ada:engine", "--device=cli"};
      if (*how != '\0') args.emplace_back(how);
      EXPECT_EQ(login(world, third, args).at("result").at("attached"), true);
      const bool expected = closes && std::string{how} == "--replace";
      EXPECT_EQ(world.close_code(first), expected ? 4001 : 0) << how;
      EXPECT_EQ(world.close_code(second), expected ? 4001 : 0) << how;
      EXPECT_EQ(world.close_code(stranger), 0) << how;
      EXPECT_EQ(world.close_code(third), 0) << "never the one that logs in";
      EXPECT_EQ(world.answer(third, request_text("a", "__diag_auth")).at("result").at("user"), "ada");
    }
  }
}

TEST(EngineBuiltins, DiagAuthNeverShowsTheToken) {
  Driver world{world_with_users};
  const auto client = world.connect();
  const json nobody = world.answer(client, request_text("a", "__diag_auth")).at("result");
  EXPECT_EQ(nobody, json::parse(R"({"authenticated":false,"user":null,"device":null,"via":null,"expires_in":null})"));
  const std::string token = login(world, client, {"ada:engine", "--device=cli", "--ttl=60"}).at("result").at("session_token");
  world.advance(milliseconds{500});
  for (const auto& [connection, via] :
       {std::pair{client, "login"}, std::pair{world.connect(token, Via::subprotocol), "subprotocol"},
        std::pair{world.connect(token, Via::bearer), "bearer"}}) {
    const json shown = world.answer(connection, request_text("a", "__diag_auth")).at("result");
    EXPECT_EQ(shown, (json{{"authenticated", true}, {"user", "ada"}, {"device", "cli"}, {"via", via}, {"expires_in", 60}}));
  }
}

TEST(EngineBuiltins, ATokenWithoutEndSaysSo) {
  Driver world{
      R"({"version": 1, "auth": {"required": true, "users": {"ada": "engine"}, "tokens": [{"token": "t", "user": "ada"}]}})"};
  const json shown = world.answer(world.connect("t", Via::bearer), request_text("a", "__diag_auth")).at("result");
  EXPECT_EQ(shown.at("authenticated"), true);
  EXPECT_EQ(shown.at("expires_in"), nullptr);
  EXPECT_EQ(shown.at("device"), nullptr);
}

TEST(EngineBuiltins, KeepaliveTellsTheTime) {
  Driver world{world_with_users};
  EXPECT_EQ(world.answer(world.connect(), request_text("a", "__keepalive")).at("result"),
            (json{{"ok", true}, {"server_time_ms", world.wall}}));
}

TEST(EngineBuiltins, MetricsCountWhatWasSeen) {
  Driver world{world_with_users};
  const auto client = world.connect();
  const auto other = world.connect();
  world.ask(client, "{");
  world.ask(client, request_text("a", "fail"));
  login(world, client, {"ada:engine"});
  world.ask(client, request_text("a", "fail"));
  world.ask(client, request_text("a", "nope"));
  world.close(other);
  world.advance(milliseconds{1500});
  const std::string text = request_text("a", "__diag_ws_metrics");
  const json shown = world.answer(client, text).at("result");
  EXPECT_THAT(keys(shown), ElementsAre("bytes", "connections", "errors", "frames", "jobs", "uptime_s"));
  EXPECT_EQ(shown["uptime_s"], 1.5);
  EXPECT_EQ(shown["connections"], (json{{"open", 1}, {"total", 2}}));
  EXPECT_EQ(shown["frames"], (json{{"in", 6}, {"out", 7}})) << "without its own answer";
  EXPECT_EQ(shown["jobs"], (json{{"live", 0}, {"finished", 1}, {"failed", 3}}));
  EXPECT_EQ(shown["errors"], (json{{"AUTH_REQUIRED", 1}, {"BAD_FRAME", 1}, {"BROKEN", 1}, {"UNKNOWN_MODULE", 1}}));
  EXPECT_GT(shown["bytes"]["in"], text.size());
  EXPECT_GT(shown["bytes"]["out"], 0);
}

TEST(EngineBuiltins, ErrorCodesFromOutsideDoNotFillTheMemory) {
  Metrics metrics;
  for (int i = 0; i < 1000; ++i) metrics.count_error("CODE_" + std::to_string(i));
  EXPECT_LE(metrics.errors.size(), 257U);
  EXPECT_EQ(metrics.errors.at("other"), 744U);
}

TEST(EngineBuiltins, AStubOverridesThem) {
  Driver world{R"({"version": 1, "auth": {"required": true}, "stubs": [
    {"name": "login", "match": {"cmd": "login_password"}, "reply": [{"error": {"code": "AUTH_DOWN", "message": "later"}}]},
    {"name": "alive", "match": {"cmd": "__keepalive", "mode": "async"}, "reply": [{"finished": "mine"}]}]})"};
  const auto client = world.connect();
  EXPECT_EQ(login(world, client, {"ada:engine"}).at("code"), "AUTH_DOWN") << "and needs no session for it";
  EXPECT_EQ(world.answer(client, request_text("a", "__keepalive", {}, "async")).at("result"), "mine");
  EXPECT_EQ(world.answer(client, request_text("a", "__keepalive")).at("result").at("ok"), true) << "where no stub matches";
}

// ASY-3 for the built-ins too
TEST(EngineBuiltins, KeepToTheTargetOfTheScenario) {
  for (const char* target : {"id", "job_id", "both"}) {
    json scenario = json::parse(world_with_users);
    scenario["target"] = target;
    Driver world{scenario.dump()};
    const auto client = world.connect();
    for (const char* mode : {"sync", "async"}) {
      const auto frames = world.ask(client, request_text("a", "__keepalive", {}, mode));
      const bool sync = std::string{mode} == "sync";
      const bool by_id = std::string{target} != "job_id";
      const bool by_job = std::string{target} != "id";
      EXPECT_EQ(frames.at(0).contains("id"), true);
      EXPECT_EQ(frames.at(0).contains("job_id"), !sync || by_job) << target << mode;
      EXPECT_EQ(frames.at(1).contains("id"), by_id) << target << mode;
      EXPECT_EQ(frames.at(1).contains("job_id"), by_job) << target << mode;
    }
  }
}

}  // namespace
}  // namespace procedura::mock::engine
