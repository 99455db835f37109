// What `probe` asks of an agent in memory, and what it writes of the answers.
#include "fake_agent.hpp"

#include <procedura/conformance/probe.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace procedura::conformance::testing {
namespace {

using nlohmann::json;
using protocol::ArgsStyle;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;

ProbeSetting setting(bool with_credential = true) {
  const Profile known = fake_profile();
  return {"an agent", with_credential ? "CREDENTIAL" : "",
          with_credential ? known.credentials.front().credential : std::string{}, 7};
}

Probed everything() {
  Probed probed;
  probed.opened = true;
  probed.echoes = true;
  probed.login_styles = {ArgsStyle::module_first, ArgsStyle::bare};
  probed.snapshot_styles = {ArgsStyle::module_first, ArgsStyle::bare};
  probed.snapshot_members = {"meta", "entities"};
  probed.snapshot_is_object = true;
  probed.snapshot_is_protected = true;
  probed.updates = 4;
  probed.builtins = {"BLT-1", "BLT-3"};
  probed.keepalive_finishes = true;
  return probed;
}

json profile_of(const Draft& draft) {
  const auto parsed = parse_profile(draft.profile);
  EXPECT_TRUE(std::holds_alternative<Profile>(parsed)) << draft.profile;
  return json::parse(draft.profile);
}

TEST(Draft, has_all_that_was_found_out) {
  const json profile = profile_of(draft_of(everything(), setting()));
  EXPECT_EQ(profile["agent"], "an agent");
  EXPECT_EQ(profile["credentials"][0]["env"], "CREDENTIAL");
  EXPECT_EQ(
      profile["modules"]["quick"],
      json::parse(
          R"({"cmd":"worldstate_snapshot","args":["--terse"],"expect":{"type":"object","members":["meta","entities"]}})"));
  EXPECT_EQ(profile["modules"]["streaming"],
            json::parse(R"({"cmd":"place_ooi_sprites","args":["--dry-run","--n","4"],"least_updates":4})"));
  EXPECT_EQ(profile["modules"]["protected"]["cmd"], "worldstate_snapshot");
  EXPECT_EQ(profile["declares"], (json{"BLT-1", "BLT-3"}));
  EXPECT_EQ(profile["args_style"], (json{"module-first", "bare"}));
  EXPECT_EQ(profile["never_call"], json{"init_character"});
}

TEST(Draft, never_holds_the_credential) {
  const Draft draft = draft_of(everything(), setting());
  const auto secret = setting().credential.substr(setting().credential.find(':') + 1);
  EXPECT_EQ(draft.profile.find(secret), std::string::npos);
  for (const std::string& note : draft.notes) {
    EXPECT_EQ(note.find(secret), std::string::npos);
  }
}

// Each thing that is not found out is left out, and said.
TEST(Draft, leaves_out_what_is_not_known) {
  struct Row {
    const char* name;
    void (*forget)(Probed&);
    const char* key;  // JSON pointer of what is gone
    const char* note;
  };
  const Row rows[] = {
      {"login", [](Probed& p) { p.login_styles.clear(); }, "/credentials", "the login with the one in CREDENTIAL was refused"},
      {"updates", [](Probed& p) { p.updates.reset(); }, "/modules/streaming", "left out: modules.streaming"},
      {"protected", [](Probed& p) { p.snapshot_is_protected = false; }, "/modules/protected", "is answered without a session"},
      {"builtins", [](Probed& p) { p.builtins.clear(); }, "/declares", "left out: declares; only"},
      {"styles", [](Probed& p) { p.login_styles.clear(); }, "/args_style", "left out: args_style"},
      {"object", [](Probed& p) { p.snapshot_is_object = false; }, "/modules/quick/expect", "left out: modules.slow"},
      {"members", [](Probed& p) { p.snapshot_members.clear(); }, "/modules/quick/expect/members", "left out: modules.slow"},
  };
  for (const Row& row : rows) {
    Probed probed = everything();
    EXPECT_TRUE(profile_of(draft_of(probed, setting())).contains(json::json_pointer{row.key})) << row.name;
    row.forget(probed);
    const Draft draft = draft_of(probed, setting());
    EXPECT_FALSE(profile_of(draft).contains(json::json_pointer{row.key})) << row.name;
    EXPECT_THAT(draft.notes, Contains(HasSubstr(row.note))) << row.name;
  }
}

TEST(Draft, takes_the_one_style_that_is_answered) {
  Probed probed = everything();
  probed.login_styles.clear();
  probed.snapshot_styles = {ArgsStyle::bare};
  EXPECT_EQ(profile_of(draft_of(probed, setting()))["args_style"], json{"bare"});
}

TEST(Draft, takes_the_keepalive_where_there_is_no_snapshot) {
  Probed probed = everything();
  probed.snapshot_styles.clear();
  EXPECT_EQ(profile_of(draft_of(probed, setting()))["modules"]["quick"], json::parse(R"({"cmd":"__keepalive"})"));
}

TEST(Draft, is_none_without_a_quick_module) {
  Probed probed = everything();
  probed.snapshot_styles.clear();
  probed.keepalive_finishes = false;
  EXPECT_EQ(draft_of(probed, setting()).profile, "");
  EXPECT_EQ(draft_of({}, setting()).profile, "");
  EXPECT_THAT(draft_of({}, setting()).notes, Contains(HasSubstr("AUT-5")));
}

TEST(Probe, asks_for_nothing_but_what_is_documented_as_harmless) {
  for (const bool with_credential : {true, false}) {
    FakeAgent agent;
    std::vector<protocol::Request> seen;
    agent.twist = [&seen](std::vector<Planned>&, const protocol::Request& request) { seen.push_back(request); };
    const auto dialer = dial_to(agent);
    probe(*dialer, setting(with_credential));
    ASSERT_FALSE(seen.empty());
    std::set<std::string> commands;
    for (const protocol::Request& request : seen) {
      commands.insert(request.cmd);
      if (request.cmd == "place_ooi_sprites") {
        EXPECT_THAT(request.args, Contains("--dry-run"));
      }
    }
    EXPECT_THAT(commands, IsSubsetOf({"worldstate_snapshot", "place_ooi_sprites", "__keepalive", "__diag_ws_metrics",
                                      "__diag_auth", "login_password"}));
    EXPECT_EQ(commands.contains("login_password"), with_credential);
  }
}

TEST(Probe, finds_out_what_an_agent_does) {
  FakeAgent agent;
  const auto dialer = dial_to(agent);
  const Probed probed = probe(*dialer, setting());
  EXPECT_TRUE(probed.opened);
  EXPECT_EQ(probed.echoes, true);
  EXPECT_THAT(probed.login_styles, Contains(ArgsStyle::module_first));
}

TEST(Probe, outlives_agents_that_misbehave) {
  for (void (*spoil)(FakeAgent&) :
       {+[](FakeAgent& a) { a.answers_upgrade = false; }, +[](FakeAgent& a) { a.closes_when_asked = true; },
        +[](FakeAgent& a) { a.floods = true; },
        +[](FakeAgent& a) { a.twist = [](std::vector<Planned>& plan, const protocol::Request&) { plan.clear(); }; }}) {
    FakeAgent agent;
    spoil(agent);
    const auto dialer = dial_to(agent);
    const Draft draft = draft_of(probe(*dialer, setting()), setting());
    EXPECT_THAT(draft.notes, Not(IsEmpty()));
  }
}

}  // namespace
}  // namespace procedura::conformance::testing
