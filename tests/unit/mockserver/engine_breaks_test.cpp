// `auth.break`: each flag breaks its clause, and only that.
#include "engine_driver.hpp"

#include <gmock/gmock.h>

#include <set>

namespace procedura::mock::engine {
namespace {

std::string world_text(std::string_view broken) {
  const std::string list = broken.empty() ? "" : "\"" + std::string{broken} + "\"";
  return R"({"version": 1, "auth": {"required": true, "users": {"ada": "engine", "bob": "tables"}, "break": [)" + list +
         R"(], "tokens": [{"token": "short", "user": "ada", "device": "ci", "ttl": "10s"}, {"token": "good", "user": "bob"}]},
    "stubs": [{"name": "who", "match": {"cmd": "who"}, "reply": [{"finished": "${user}"}]}]})";
}

/// A world in which one rule is broken, or none.
class Broken : public Driver {
 public:
  explicit Broken(std::string_view rule) : Driver{world_text(rule)} {}

  json login(ConnectionId from, std::vector<std::string> args) {
    return answer(from, request_text("l", "login_password", args));
  }
  std::string token(std::vector<std::string> args) {
    const json end = login(connect(), std::move(args));
    return end.contains("result") ? end.at("result").at("session_token").get<std::string>() : end.at("code").get<std::string>();
  }
  /// Who a connection with this upgrade is: a user, or an error's code.
  std::string who(const Upgrade& upgrade) {
    const auto decision = engine.upgrade({now, wall}, upgrade);
    const auto* accepted = std::get_if<door::Accept>(&decision);
    return accepted ? who(connect(*accepted)) : "refused";
  }
  std::string who(ConnectionId from) {
    const json end = answer(from, request_text("w", "who"));
    return end.contains("result") ? end.at("result").get<std::string>() : end.at("code").get<std::string>();
  }
};

Upgrade showing(std::string subprotocol, std::string bearer = "", std::string target = "/") {
  Upgrade upgrade;
  upgrade.target = std::move(target);
  upgrade.subprotocols = std::move(subprotocol);
  if (!bearer.empty()) upgrade.authorization = "Bearer " + bearer;
  return upgrade;
}

struct Rule {
  std::string_view name;
  std::string (*look)(Broken& world);
  std::string_view kept;    // what is seen where the rule holds
  std::string_view broken;  // and where it is broken
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = {
      {"ttl",
       [](Broken& world) {
         const auto client = world.connect("short", Via::bearer);
         world.advance(seconds{11});
         return world.who(client);
       },
       "AUTH_EXPIRED", "ada"},
      {"ttl-range",
       [](Broken& world) {
         std::string codes;
         for (const char* ttl : {"0", "31536001", "never", "99999999999999"}) {
           const json end = world.login(world.connect(), {"ada:engine", std::string{"--ttl="} + ttl});
           codes += end.contains("code") ? end.at("code").get<std::string>() + " " : "taken ";
         }
         return codes;
       },
       "BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST ", "taken taken taken taken "},
      {"device",
       [](Broken& world) {
         return std::string{world.token({"bob:tables", "--device=a"}) == world.token({"bob:tables", "--device=b"}) ? "same"
                                                                                                                   : "two"};
       },
       "two", "same"},
      {"bearer-first", [](Broken& world) { return world.who(showing("good", "short")); }, "bob", "ada"},
      {"unknown-user",
       [](Broken& world) {
         return world.token({"eve:x"}) + " " + world.token({"ada:x"}) + " " + world.token({"no credential"});
       },
       "AUTH_FAILED AUTH_FAILED AUTH_FAILED", "UNKNOWN_USER AUTH_FAILED AUTH_FAILED"},
      {"any-token", [](Broken& world) { return world.who(showing("whatever")); }, "AUTH_REQUIRED", "anybody"},
      {"query-token", [](Broken& world) { return world.who(showing("", "", "/x?a=1&token=g%6fod#f")); }, "AUTH_REQUIRED",
       "bob"},
      {"login-connection",
       [](Broken& world) {
         const auto client = world.connect();
         const std::string token = world.login(client, {"ada:engine"}).at("result").at("session_token");
         return world.who(client) + ", then " + world.who(showing(token));
       },
       "ada, then ada", "AUTH_REQUIRED, then ada"},
      {"one-token",
       [](Broken& world) { return std::string{world.token({"bob:tables"}) == world.token({"bob:tables"}) ? "same" : "two"}; },
       "two", "same"},
  };
  return all;
}

TEST(EngineBreaks, EachBreaksItsRule) {
  for (const Rule& rule : rules()) {
    Broken kept{""};
    EXPECT_EQ(rule.look(kept), rule.kept) << rule.name;
    Broken broken{rule.name};
    EXPECT_EQ(rule.look(broken), rule.broken) << rule.name;
  }
}

std::set<std::string> broken_in_the_journal(const Broken& world) {
  std::set<std::string> rules;
  for (const auto& entry : world.engine.journal()) {
    if (entry.event == JournalEntry::Event::fault && entry.fault == "auth.break") rules.insert(entry.frame);
  }
  return rules;
}

TEST(EngineBreaks, TheJournalTellsThatARuleWasBrokenAndOnlyThen) {
  for (const Rule& rule : rules()) {
    Broken idle{rule.name};
    EXPECT_EQ(idle.who(idle.connect("good", Via::bearer)), "bob");
    idle.login(idle.connect(), {"bob:tables", "--device=a", "--ttl=60"});
    idle.login(idle.connect(), {"bob:tables", "--device=a", "--ttl=60"});
    if (rule.name != "login-connection") {
      EXPECT_THAT(broken_in_the_journal(idle), ::testing::IsEmpty()) << rule.name;
    }
    Broken broken{rule.name};
    rule.look(broken);
    EXPECT_THAT(broken_in_the_journal(broken), ::testing::ElementsAre(std::string{rule.name}));
  }
}

TEST(EngineBreaks, AndNoOther) {
  for (const Rule& broken : rules()) {
    for (const Rule& other : rules()) {
      if (broken.name == other.name) continue;
      Broken world{broken.name};
      const std::string seen = other.look(world);
      // Where no device counts, logins without one share their session too; and a token that has expired is any token (AUT-6).
      const bool implied =
          (broken.name == "device" && other.name == "one-token") || (broken.name == "any-token" && other.name == "ttl");
      EXPECT_EQ(seen, implied ? other.broken : other.kept) << broken.name << " is broken, " << other.name << " should hold";
    }
  }
}

TEST(EngineBreaks, AnyTokenTakesOneThatHasExpiredAndAReloadMendsAllRules) {
  Broken world{"any-token"};
  world.advance(seconds{11});
  EXPECT_EQ(world.who(showing("short")), "ada");
  const auto client = world.connect("whatever", Via::bearer);
  EXPECT_EQ(world.who(client), "anybody");
  world.adopt(world_text(""));
  EXPECT_EQ(world.who(client), "AUTH_REQUIRED");
  EXPECT_EQ(world.who(showing("short")), "AUTH_EXPIRED");
}

// A reload: sessions stay, users come and go, tokens that are new are good from now on.
TEST(EngineReload, UsersAndTokensAreThoseOfTheNewScenario) {
  Broken world{""};
  const auto ada = world.connect();
  world.login(ada, {"ada:engine"});
  world.advance(seconds{8});
  world.adopt(R"({"version": 1, "auth": {"required": true, "users": {"eve": "garden", "bob": "chairs"},
    "tokens": [{"token": "new", "user": "eve", "ttl": "10s"}, {"token": "short", "user": "eve", "ttl": "10s"},
               {"token": "good", "user": "bob", "revoked": true}]},
    "stubs": [{"name": "who", "match": {"cmd": "who"}, "reply": [{"finished": "${user}"}]}]})");
  EXPECT_EQ(world.who(ada), "ada") << "who is logged in stays so";
  EXPECT_EQ(world.token({"ada:engine"}), "AUTH_FAILED") << "but she cannot log in any more";
  EXPECT_EQ(world.token({"bob:tables"}), "AUTH_FAILED");
  EXPECT_EQ(world.token({"bob:chairs"}).size(), 32U);
  EXPECT_EQ(world.token({"eve:garden"}).size(), 32U);
  EXPECT_EQ(world.who(showing("new")), "eve");
  EXPECT_EQ(world.who(showing("good")), "AUTH_REQUIRED") << "it was revoked";
  world.advance(seconds{3});
  EXPECT_EQ(world.who(showing("short")), "AUTH_EXPIRED") << "one that was known keeps its time";
  EXPECT_EQ(world.who(showing("new")), "eve");
  world.advance(seconds{7});
  EXPECT_EQ(world.who(showing("new")), "AUTH_EXPIRED") << "its time began with the reload";
}

TEST(EngineReload, SeededTokensLiveFromTheBeginningOfTheirPartition) {
  Broken world{""};
  world.advance(seconds{60});
  Upgrade upgrade = showing("short");
  EXPECT_EQ(world.who(upgrade), "AUTH_EXPIRED");
  upgrade.partition = "later";
  EXPECT_EQ(world.who(upgrade), "ada");
}

}  // namespace
}  // namespace procedura::mock::engine
