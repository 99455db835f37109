// Worlds side by side: what one partition does, another does not see.
#include "engine/junit.hpp"
#include "engine_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::string_view world = R"({
  "version": 1, "auth": {"users": {"mira": "secret123"}},
  "stubs": [{"name": "m", "match": {"cmd": "m"}, "reply": [{"delay": "1s"}, {"finished": "${job}"}]}],
  "expect": [{"name": "asked once", "request": {"cmd": "m"}, "count": 1}]})";

ConnectionId connect(Driver& driver, std::string_view partition) {
  door::Accept accepted;
  accepted.partition = partition;
  return driver.connect(accepted);
}

TEST(EnginePartition, IsNamedByItsHeaderElseByItsPath) {
  struct Case {
    std::string target, header;
    std::optional<std::string> name;
  };
  const std::vector<Case> cases = {{"/", "", "default"},
                                   {"/p/a", "", "a"},
                                   {"/p/a/ws?x=1", "", "a"},
                                   {"/p/a?x", "", "a"},
                                   {"/p/a", "b", "b"},
                                   {"/p/", "", std::nullopt},
                                   {"/p/?x", "", std::nullopt},
                                   {"/pa", "", "default"},
                                   {"/", "two words", std::nullopt},
                                   {"/p/%41", "", std::nullopt},
                                   {"/", std::string(64, 'x'), std::string(64, 'x')},
                                   {"/", std::string(65, 'x'), std::nullopt},
                                   {"/x?/p/a", "", "default"}};
  for (const auto& one : cases) {
    Upgrade upgrade;
    upgrade.target = one.target;
    upgrade.partition = one.header;
    const auto name = partition_of(upgrade);
    EXPECT_EQ(name ? std::optional{std::string{*name}} : std::nullopt, one.name) << one.target << " " << one.header;
  }
}

TEST(EnginePartition, CountsAndJudgesOnItsOwn) {
  Driver driver{world};
  const auto a = connect(driver, "a");
  const auto b = connect(driver, "b");
  EXPECT_EQ(driver.ask(a, request_text("1", "m")).size(), 1U);
  driver.advance(seconds{1});
  // The first job of the first connection of its partition, in each.
  EXPECT_EQ(driver.frames(a).back().at("result"), "job-1-1");
  EXPECT_TRUE(driver.engine.verdict("a")->met());
  EXPECT_FALSE(driver.engine.verdict("b")->met());
  EXPECT_FALSE(driver.engine.verdict("c"));
  const auto all = driver.engine.verdict();
  ASSERT_THAT(all.expectations, SizeIs(2)) << "the default partition was not used";
  EXPECT_EQ(all.expectations[0].partition, "a");
  EXPECT_FALSE(all.met());
  EXPECT_EQ(driver.ask(b, request_text("1", "m")).size(), 1U);
  driver.advance(seconds{1});
  EXPECT_EQ(driver.frames(b).back().at("result"), "job-1-1");
  EXPECT_TRUE(driver.engine.verdict().met());
}

TEST(EnginePartition, TheJournalTellsWhoseEachEventIs) {
  Driver driver{world};
  const auto a = connect(driver, "a");
  const auto b = connect(driver, "b");
  driver.send(a, request_text("1", "login_password", {"mira:secret123"}));
  driver.send(a, request_text("2", "m"));
  driver.send(b, request_text("1", "m"));
  driver.advance(seconds{1});
  driver.close(a);
  std::size_t requests = 0;
  for (const auto& entry : driver.engine.journal()) {
    const bool of_a = entry.connection == a;
    EXPECT_EQ(entry.partition, of_a ? "a" : "b") << entry.frame;
    const bool asked = entry.direction == JournalEntry::Direction::in && entry.frame.find("\"m\"") != std::string::npos;
    if (asked) ++requests;
    EXPECT_EQ(entry.user, asked && of_a ? "mira" : "") << entry.frame;
  }
  EXPECT_EQ(requests, 2U);
}

TEST(EnginePartition, ItsNameIsAPeersAndNoSecretEvenIfItIsOne) {
  Driver driver{world};
  driver.send(connect(driver, "secret123"), "no JSON");
  driver.send(connect(driver, "mine"), "no JSON");
  const auto verdicts = driver.engine.verdicts();
  const auto xml = junit_xml(verdicts, {"mock-agent", seconds{1}, "run"});
  const auto report = driver.engine.verdict().report();
  for (const auto& shown : {xml, report}) {
    EXPECT_EQ(shown.find("secret123"), std::string::npos) << shown;
    EXPECT_NE(shown.find("[mine]"), std::string::npos) << shown;
  }
  EXPECT_TRUE(driver.engine.verdict("secret123"));
}

TEST(EnginePartition, OneTooManyIsToldWhatHelps) {
  EngineOptions options;
  options.max_partitions = 2;  // one of them is the default
  Driver driver{R"({"version": 1})", options};
  Upgrade upgrade;
  upgrade.target = "/p/one-more";
  const auto come = [&] { return driver.engine.upgrade({driver.now, driver.wall}, upgrade); };
  EXPECT_TRUE(std::holds_alternative<door::Accept>(come()));
  upgrade.target = "/p/two-more";
  const auto refused = come();
  ASSERT_TRUE(std::holds_alternative<door::Refuse>(refused));
  EXPECT_EQ(std::get<door::Refuse>(refused).http_status, 503U);
  // A reset would not: it keeps what it empties.
  EXPECT_EQ(std::get<door::Refuse>(refused).body,
            "There are as many partitions as one mock has: start another mock for more.\n");
}

TEST(EnginePartition, AForeignPageMakesNoneAndUsesNothingUp) {
  EngineOptions options;
  options.max_partitions = 3;
  Driver driver{R"({"version": 1, "faults": [{"fault": "drop-upgrade", "when": {"connection": 1}}]})", options};
  const auto come = [&](std::string_view path, std::string_view origin) {
    Upgrade upgrade;
    upgrade.target = path;
    upgrade.origin = origin;
    return driver.engine.upgrade({driver.now, driver.wall}, upgrade);
  };
  for (int i = 0; i < 10; ++i) {
    const auto decision = come("/p/" + std::to_string(i), "https://evil.example");
    ASSERT_TRUE(std::holds_alternative<door::Refuse>(decision));
    EXPECT_EQ(std::get<door::Refuse>(decision).http_status, 403U);
    EXPECT_TRUE(std::holds_alternative<door::Refuse>(come("/", "https://evil.example")));
  }
  EXPECT_THAT(driver.engine.partitions(), ElementsAre("default"));
  EXPECT_TRUE(std::holds_alternative<door::Drop>(come("/", ""))) << "this is the first attempt";
  EXPECT_TRUE(std::holds_alternative<door::Accept>(come("/", "")));
}

TEST(EnginePartition, AResetEndsItsConnectionsAndForgetsAll) {
  Driver driver{world};
  const auto a = connect(driver, "a");
  const auto b = connect(driver, "b");
  driver.send(a, request_text("1", "m"));
  EXPECT_EQ(driver.engine.instances(), 1U);
  driver.reset("a");
  EXPECT_EQ(driver.close_code(a), 1001);
  EXPECT_EQ(driver.close_code(b), 0);
  EXPECT_EQ(driver.engine.instances(), 0U);
  driver.close(a, 1001);
  EXPECT_FALSE(driver.engine.verdict("a")->met());
  const auto again = connect(driver, "a");
  EXPECT_EQ(driver.answer(again, request_text("1", "m")).at("job_id"), "job-1-1");
}

TEST(EnginePartition, AnotherScenarioAnswersFromNowOnAndWhatBeganGoesOn) {
  Driver driver{world};
  const auto a = driver.connect();
  driver.send(a, request_text("old", "m"));
  driver.adopt(R"({"version": 1, "stubs": [{"name": "m", "match": {"cmd": "m"}, "reply": [{"finished": "new"}]}],
                   "expect": [{"name": "asked once", "request": {"cmd": "m"}, "count": 2}]})");
  driver.frames(a);
  EXPECT_EQ(driver.answer(a, request_text("new", "m")).at("result"), "new");
  driver.advance(seconds{1});
  EXPECT_EQ(driver.frames(a).back().at("result"), "job-1-1") << "the first one keeps the reply it began with";
  EXPECT_TRUE(driver.engine.verdict().met()) << "what was counted for an expectation of this name counts on";
}

}  // namespace
}  // namespace procedura::mock::engine
