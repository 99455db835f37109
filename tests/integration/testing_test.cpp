// procedura::testing, used as its users would, and what it says when a test of theirs fails.
#include <procedura/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace procedura::mock::script;
using namespace procedura::testing;
using namespace std::chrono_literals;
using nlohmann::json;
using procedura::mock::JournalEntry;
using procedura::mock::MockAgent;
using procedura::mock::MockError;
using ::testing::_;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

template <typename Value, typename Matcher>
std::string explain(const Value& value, const Matcher& matcher) {
  ::testing::StringMatchResultListener listener;
  ::testing::SafeMatcherCast<const Value&>(matcher).MatchAndExplain(value, &listener);
  return listener.str();
}

template <typename Value, typename Matcher>
std::string description(const Matcher& matcher) {
  return ::testing::DescribeMatcher<const Value&>(matcher);
}

using Journal = std::vector<JournalEntry>;

// ------------------------------------------------------------------------------------------------------------------ fixture

TEST_F(AgentTest, GivesEachTestAMockAndAClient) {
  agent.stub("worldstate_snapshot").reply(ack(), finished({{"entities", json::object()}}));
  agent.expect("looked once").request("worldstate_snapshot").count(1);
  agent.expect("said goodbye").closed_with(1000);
  EXPECT_THAT(client().worldstate_snapshot().warning, HasSubstr("EMPTY_WORLD"));
  EXPECT_THAT(agent.journal(), Received("worldstate_snapshot"));
}

TEST_F(AgentTest, StartsAfresh) {
  EXPECT_THAT(agent.journal(), Not(Received("worldstate_snapshot")));
  EXPECT_THAT([&] { client().run("worldstate_snapshot"); }, FailedWith("UNKNOWN_MODULE"));
}

class OnAManualClock : public AgentTest {
 protected:
  OnAManualClock() : AgentTest{options()} {}
  static MockAgent::Options options() {
    MockAgent::Options options;
    options.clock = MockAgent::Clock::manual;
    return options;
  }
};

TEST_F(OnAManualClock, WaitsForHoursInNoTime) {
  agent.stub("init_character")
      .mode(Mode::async)
      .reply(started(), delay(2h), running({{"at", "2h"}}), delay(3h), finished("done"));
  auto stream = client().stream("init_character");
  EXPECT_EQ(stream.next()->phase(), "started");
  agent.advance(2h);
  EXPECT_EQ(stream.next()->phase(), "running");
  agent.advance(3h);
  EXPECT_THAT(stream.next().value(), HasResult("done"));
}

/// A test of a user, which fails at its end.
class Unmet : public AgentTest {
 public:
  void TestBody() override {
    agent.stub("login").reply(finished());
    agent.expect("four sprites").request("place_ooi_sprites").option("n", 4).count(1);
    agent.stub("place_ooi_sprites").reply(finished());
    client().run("place_ooi_sprites", {"--n", "5"});
  }
  void end() { TearDown(); }
};

TEST(AgentTestFixture, FailsATestWhoseExpectationsAreNotMet) {
  ::testing::TestPartResultArray failures;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter{
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures};
    Unmet test;
    test.TestBody();
    test.end();
  }
  ASSERT_EQ(failures.size(), 1);
  EXPECT_THAT(failures.GetTestPartResult(0).message(),
              AllOf(HasSubstr("UNMET   four sprites"), HasSubstr("testing_test.cpp:"),
                    HasSubstr("options.n: expected 4, found \"5\""), HasSubstr("entries of the journal (seed 0)"),
                    HasSubstr("connection 1 in [place_ooi_sprites 1]: {\"id\""), HasSubstr("closed with 1000")));
}

// ----------------------------------------------------------------------------------------------------------------- Received

class ReceivedTest : public AgentTest {
 protected:
  ReceivedTest() {
    agent.add_script(R"({"auth":{"users":{"ada":"engine42"}}})");
    agent.stub("job").reply(finished());
    client().run("job", {"x", "--n", "4"});
    client().login_password("ada:engine42");
    client().run("job", {"y", "--n=5", "--dry-run"});
    for (const auto& event : client().stream("job", {"--n", "6"})) EXPECT_NE(event.phase(), "error");
  }
};

TEST_F(ReceivedTest, FindsWhatItIsAskedFor) {
  const auto journal = agent.journal();
  EXPECT_THAT(journal, Received("job"));
  EXPECT_THAT(journal, Received("job", Times(3)));
  EXPECT_THAT(journal, Received("job", Times(::testing::Between(2, 4))));
  EXPECT_THAT(journal, Not(Received("job", Times(2))));
  EXPECT_THAT(journal, Received("job", WithOption("n", 4), WithArg(0, "x"), Times(1)));
  EXPECT_THAT(journal, Received("job", WithOption("n", at_least(5)), Times(2)));
  EXPECT_THAT(journal, Received("job", WithFlag("dry-run"), WithArgs({"y"}), Times(1)));
  EXPECT_THAT(journal, Received("job", WithOption("dry-run"), FromUser("ada"), Times(1)));
  EXPECT_THAT(journal, Received("job", FromUser("ada"), Times(2)));
  EXPECT_THAT(journal, Received("job", OnConnection(1), Times(1)));
  EXPECT_THAT(journal, Received("job", InMode(Mode::async), Times(1)));
  EXPECT_THAT(journal, Received(matches("^(job|login_password)$"), Times(4)));
  EXPECT_THAT(journal, Not(Received("reset_world")));
  EXPECT_THAT(journal, Received("reset_world", Times(0)));
  EXPECT_THROW(Received("job", WithArg(0, matches("["))), MockError);
}

TEST_F(ReceivedTest, SaysWhatItWantedAndWhatCameNearest) {
  EXPECT_EQ(description<Journal>(Received("job", WithOption("n", 9))), R"(has requests with cmd "job", options.n 9)");
  EXPECT_EQ(description<Journal>(Received("job", Times(2))), R"(has requests with cmd "job", called twice)");
  EXPECT_EQ(description<Journal>(Not(Received("job"))), R"(does not have requests with cmd "job")");
  const auto journal = agent.journal();
  EXPECT_THAT(explain(journal, Received("job", WithOption("n", 9), WithArg(0, "x"))),
              AllOf(HasSubstr("where none came"), HasSubstr("nearest: entry"), HasSubstr(R"(options.n: expected 9, found "4")"),
                    Not(HasSubstr("args[0]"))));
  EXPECT_THAT(explain(journal, Received("job", Times(1))),
              AllOf(HasSubstr("where came 3, the last one:\n  #"), Not(HasSubstr("nearest"))));
  EXPECT_EQ(explain(Journal{}, Received("job")), "where none came\nno other request came");
}

TEST_F(ReceivedTest, ShowsEntriesInALineEachAndNoSecret) {
  const auto journal = agent.journal();
  std::string all;
  for (const auto& entry : journal) {
    const std::string line = ::testing::PrintToString(entry);
    EXPECT_THAT(line, Not(HasSubstr("\n")));
    all += line + '\n';
  }
  EXPECT_THAT(all, AllOf(HasSubstr("connection 1 opened"), HasSubstr("connection 2 in by ada [job 2]: {"),
                         HasSubstr("out [job"), HasSubstr("<redacted>"), Not(HasSubstr("engine42"))));
  JournalEntry hostile;
  hostile.seq = 7;
  hostile.partition = "a";
  hostile.direction = JournalEntry::Direction::in;
  hostile.event = JournalEntry::Event::frame;
  hostile.frame = "\x1b[2J" + std::string(1000, 'x');
  EXPECT_THAT(::testing::PrintToString(hostile), AllOf(HasSubstr("#7 0.000 ms partition a in: \\x1b[2J"),
                                                       Not(HasSubstr("\x1b")), ::testing::SizeIs(::testing::Lt(500U))));
}

TEST_F(ReceivedTest, VerdictsAreMetOrSayWhyNot) {
  agent.expect("later").request("later").count(1);
  agent.expect("none").request("none").never();
  const auto verdict = agent.verdict();
  EXPECT_THAT(verdict, Not(Met()));
  EXPECT_THAT(verdict, Met("none"));
  EXPECT_THAT(verdict, Not(Met("later")));
  EXPECT_THAT(verdict, Not(Met("unheard of")));
  EXPECT_THAT(explain(verdict, Met()), HasSubstr("UNMET   later"));
  EXPECT_THAT(explain(verdict, Met("later")), AllOf(HasSubstr("partition default"), HasSubstr("came 0")));
  EXPECT_EQ(explain(verdict, Met("unheard of")), "which has no expectation of that name");
  EXPECT_EQ(description<procedura::mock::Verdict>(Met("later")), "expectation \"later\" is met");
  EXPECT_THAT(::testing::PrintToString(verdict), HasSubstr("1 of 2 expectations met"));
  agent.stub("later").reply(finished());
  client().run("later");
}

// ------------------------------------------------------------------------------------------------------- what a client got

TEST_F(AgentTest, ResultsAreComparedAsJson) {
  agent.stub("world").reply(finished(JsonText{R"({"b":{"y":[1,2]},"a":1.50})"}));
  agent.stub("word").reply(finished("ready"));
  const auto world = client().run("world");
  EXPECT_THAT(world, HasResult({{"a", 1.5}, {"b", {{"y", {1, 2}}}}}));
  EXPECT_THAT(client().run("word"), HasResult("ready"));
  EXPECT_THAT(world, Not(HasResult(nullptr)));
  EXPECT_THAT(explain(world, HasResult({{"a", 2}, {"b", {{"y", {1}}}}, {"c", 3}})),
              AllOf(HasSubstr("has otherwise /a: 1.5"), HasSubstr("has besides /b/y/-: 2"), HasSubstr("lacks /c")));
  EXPECT_EQ(explain(world, HasResult(1)), R"(which is {"a":1.5,"b":{"y":[1,2]}})");
  EXPECT_EQ(description<procedura::RunResult>(HasResult({{"token", "secret"}})), R"(has the result {"token":"<redacted>"})");
  EXPECT_THAT(::testing::PrintToString(world), HasSubstr(R"("result":{"b":{"y":[1,2]},"a":1.50})"));
}

TEST_F(AgentTest, FailuresAreKnownByTheirCode) {
  agent.stub("no").reply(error("NO_WORLD", "there is no world", {{"where", "here"}}));
  const auto call = [&] { client().run("no"); };
  EXPECT_THAT(call, FailedWith("NO_WORLD"));
  EXPECT_THAT(call, FailedWith("NO_WORLD", HasSubstr("no world")));
  EXPECT_THAT(call, Not(FailedWith("NO_WORLD", HasSubstr("else"))));
  EXPECT_THAT(call, Not(FailedWith("OTHER")));
  EXPECT_THAT([] {}, Not(FailedWith("NO_WORLD")));
  EXPECT_EQ(explain(call, FailedWith("OTHER")), "which failed with NO_WORLD: there is no world");
  EXPECT_EQ(explain([] {}, FailedWith("OTHER")), "which did not fail");
  const auto lost = procedura::Failure::of(procedura::errc::connection_lost, "gone");
  EXPECT_THAT(lost, FailedWith(procedura::errc::connection_lost));
  EXPECT_THAT(procedura::Result<int>{lost}, FailedWith("CONNECTION_LOST", HasSubstr("gone")));
  EXPECT_THAT(procedura::Result<int>{1}, Not(FailedWith("CONNECTION_LOST")));
  EXPECT_THAT(procedura::Error{lost}, FailedWith("CONNECTION_LOST"));
  EXPECT_THAT(::testing::PrintToString(lost), HasSubstr("CONNECTION_LOST: gone"));
}

// -------------------------------------------------------------------------------------------------------------------- double

/// Code of a user, written against the interface.
int count_entities(procedura::Agent& agent) {
  return static_cast<int>(agent.worldstate_snapshot(true).result.json().at("entities").size());
}
double last_progress(procedura::Agent& agent) {
  double progress = 0;
  for (const auto& event : agent.stream("place", {"--n", "2"})) {
    if (event.phase() == "running") progress = event.json().at("progress");
  }
  return progress;
}

TEST(AgentDoubleTest, AnswersAsItIsTold) {
  AgentDouble agent;
  EXPECT_CALL(agent, do_run("worldstate_snapshot", ElementsAre("--terse"), _))
      .WillOnce(Answers({{"entities", {1, 2}}}))
      .WillOnce(Fails("NO_WORLD", "there is no world"))
      .WillRepeatedly(Fails(procedura::errc::connection_lost, "gone"));
  EXPECT_EQ(count_entities(agent), 2);
  EXPECT_THAT([&] { count_entities(agent); }, FailedWith("NO_WORLD"));
  EXPECT_THAT([&] { count_entities(agent); }, FailedWith("CONNECTION_LOST"));

  EXPECT_CALL(agent, do_stream("place", ElementsAre("--n", "2"), _))
      .Times(2)
      .WillRepeatedly(
          Streams({started_event(), running_event({{"progress", 0.5}}), running_event({{"progress", 1}}), finished_event(2)}));
  EXPECT_EQ(last_progress(agent), 1);
  EXPECT_EQ(last_progress(agent), 1) << "each stream is its own";
}

TEST(AgentDoubleTest, KnowsWhatModulesDoWhoeverCalls) {
  ::testing::NiceMock<AgentDouble> agent;
  agent.answers("worldstate_snapshot", {{"entities", json::object()}}).fails("place", "BUSY", "later").lets_in("t");
  EXPECT_EQ(count_entities(agent), 0);
  EXPECT_THAT([&] { last_progress(agent); }, FailedWith("BUSY", "later"));
  EXPECT_THAT([&] { agent.run("place"); }, FailedWith("BUSY"));
  EXPECT_EQ(agent.login_password("ada:engine42").token, "t");
  agent.streams("place", {finished_event()});
  EXPECT_EQ(last_progress(agent), 0);
}

TEST(AgentDoubleTest, FailsWhatItWasNotToldAbout) {
  ::testing::NiceMock<AgentDouble> agent;
  EXPECT_THAT([&] { agent.run("m"); }, FailedWith("UNKNOWN_MODULE", HasSubstr("what m does")));
  EXPECT_THAT([&] { agent.stream("m"); }, FailedWith("UNKNOWN_MODULE"));
  EXPECT_THAT([&] { agent.login_password("ada:engine42"); }, FailedWith("AUTH_FAILED"));
  EXPECT_THROW(make_event({{"status", 1}}), procedura::Error);
}

}  // namespace
