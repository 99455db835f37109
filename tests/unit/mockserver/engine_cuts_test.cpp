// Every script that succeeds, cut at every one of its moments, in every way: whatever happens when, nothing is sent to who has
// gone, others get what is theirs, and nothing is left over.
#include "engine_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct Script {
  std::string name, reply;
  std::string more = {};
  bool detached = false;
};

const std::vector<Script>& scripts() {
  static const std::vector<Script> all = {
      {"at once", R"([{"running": {}}, {"finished": 1}])"},
      {"delays", R"(["accept", {"delay": "10ms"}, {"running": {}}, {"delay": "10ms"},
         {"repeat": 2, "as": "i", "steps": [{"running": {}}, {"delay": "10ms"}]}, {"finished": 1}])"},
      {"awaits",
       R"(["accept", {"delay": "10ms"}, {"await": {"cmd": "go"}, "limit": "1h"}, {"delay": "10ms"}, {"finished": 1}])"},
      {"coalesced",
       R"(["accept", {"fault": {"coalesce": 9}}, {"running": {}}, {"delay": "10ms"}, {"running": {}}, {"delay": "10ms"},
         {"finished": 1}])"},
      {"faults", R"(["accept", {"fault": "truncate"}, {"delay": "10ms"}, {"running": {}}, {"fault": {"illegal": "masked"}},
         {"delay": "10ms"}, {"fault": {"duplicate": 3}}, {"finished": 1}, {"fault": {"extra": "running"}}])"},
      {"variables",
       R"([{"set": {"x": "${id}"}, "scope": "connection"}, {"delay": "20ms"}, {"set": {"y": 1}, "scope": "partition"},
         {"broadcast": {"status": "news"}}, {"delay": "10ms"}, {"finished": "${var.y}"}])"},
      {"closes itself", R"(["accept", {"delay": "10ms"}, {"running": {}}, {"close": 4000}])"},
      {"resets itself", R"(["accept", {"delay": "20ms"}, {"fault": "reset"}])"},
      {"detached", R"(["accept", {"delay": "10ms"}, {"running": {}}, {"delay": "20ms"}, {"finished": 1}])",
       R"("detached": true, )", true},
  };
  return all;
}

std::string world_text(const Script& script) {
  return R"({"version": 1, "stubs": [
    {"name": "go", "match": {"cmd": "go"}, "reply": [{"finished": "went"}]},
    {"name": "calm", "match": {"cmd": "calm"}, "reply": ["accept", {"delay": "35ms"}, {"finished": 1}]},
    {"name": "it", "match": {"cmd": "it"}, )" +
         script.more + R"("reply": )" + script.reply + "}]}";
}

struct Cut {
  std::string name;
  void (*strike)(Driver& world, ConnectionId victim);
  bool spares_others = true;
  bool spares_all = false;
};

const std::vector<Cut>& cuts() {
  static const std::vector<Cut> all = {
      {"the client closes", [](Driver& world, ConnectionId victim) { world.close(victim, 1000); }},
      {"the client resets", [](Driver& world, ConnectionId victim) { world.close(victim, 1006); }},
      {"somebody drops it",
       [](Driver& world, ConnectionId victim) {
         world.act([&](const Moment& moment, Outputs& out) { world.engine.drop(moment, victim, 4000, out); });
       }},
      {"the agent goes down", [](Driver& world, ConnectionId) { world.going_down(); }, false},
      {"its partition is reset", [](Driver& world, ConnectionId) { world.reset("default"); }, false},
      {"a reload",
       [](Driver& world, ConnectionId) {
         world.adopt(R"({"version": 1, "stubs": [{"name": "go", "match": {"cmd": "go"}, "reply": [{"finished": "other"}]}]})");
       },
       true, true},
      {"a request with its id", [](Driver& world, ConnectionId victim) { world.send(victim, request_text("a", "calm")); }, true,
       true},
  };
  return all;
}

TEST(EngineCuts, EveryScriptCutAtEveryMomentInEveryWay) {
  for (const Script& script : scripts()) {
    for (const Cut& cut : cuts()) {
      for (int at = -1; at <= 50; at += 1) {
        SCOPED_TRACE(script.name + ", " + cut.name + " at " + std::to_string(at) + " ms");
        Driver world{world_text(script)};
        const auto victim = world.connect();
        const auto other = world.connect();
        world.send(other, request_text("calm", "calm"));
        if (at < 0) cut.strike(world, victim);
        world.send(victim, request_text("a", "it", {}, "async"));
        for (int now = 0; now <= 50; ++now) {
          if (now == at) {
            cut.strike(world, victim);
            if (!cut.spares_all) world.events(victim);
          } else if (now == 30) {
            world.send(other, request_text("go", "go"));
          }
          world.advance(milliseconds{1});
        }
        world.advance(seconds{1});
        if (!cut.spares_all && at >= 0) {
          EXPECT_THAT(world.events(victim), IsEmpty()) << "nothing is sent to who has gone";
        }
        std::size_t calm = 0;
        for (const auto& frame : world.frames(other)) calm += frame.value("id", "") == "calm" && frame.contains("result");
        if (cut.spares_others) {
          EXPECT_EQ(calm, 1U) << "others get what is theirs";
        }
        world.close(victim, 1006);
        world.close(other);
        world.advance(std::chrono::hours{2});
        EXPECT_EQ(world.engine.instances(), 0U);
        EXPECT_EQ(world.engine.due(), std::nullopt) << "no timer is left";
        EXPECT_THAT(world.engine.connections(), IsEmpty());
      }
    }
  }
}

// A module that takes ten minutes, with updates and a deadline of the run, in no time.
TEST(EngineCuts, AScenarioOfTenMinutesTakesNone) {
  EngineOptions options;
  options.deadline = seconds{599};
  Driver world{
      R"({"version": 1, "auth": {"required": true, "users": {"ada": "x"}, "tokens": [{"token": "t", "user": "ada", "ttl": "300s"}]}, "stubs": [
    {"name": "long", "match": {"cmd": "long"}, "reply": ["accept",
      {"repeat": 60, "as": "i", "steps": [{"delay": "10s"}, {"running": {"minute": "${i / 6}"}}]}, {"finished": 1}]}]})",
      options};
  const auto began = std::chrono::steady_clock::now();
  const auto client = world.connect("t", Via::bearer);
  world.ask(client, request_text("a", "long", {}, "async"));
  world.advance(seconds{300});
  EXPECT_THAT(world.frames(client), SizeIs(30));
  EXPECT_EQ(world.answer(client, request_text("b", "long")).at("code"), "AUTH_EXPIRED") << "the job goes on";
  world.advance(seconds{298});
  EXPECT_FALSE(world.engine.over());
  world.advance(seconds{1});
  EXPECT_TRUE(world.engine.over()) << "the deadline of the run";
  world.advance(seconds{1});
  EXPECT_EQ(world.frames(client).back().at("status"), "finished");
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{5});
}

}  // namespace
}  // namespace procedura::mock::engine
