// Expectations and how they are reported; the journal.
#include "engine_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string expecting(std::string_view expectations) {
  return R"({"version": 1, "auth": {"users": {"ada": "engine42"}}, "stubs": [
  {"name": "job", "match": {"cmd": "job"}, "reply": [{"finished": 1}]},
  {"name": "other", "match": {"cmd": "other"}, "reply": [{"finished": 1}]}],
"expect": [
)" + std::string{expectations} +
         "]}";
}

struct Sent {
  std::string cmd;
  std::vector<std::string> args = {};
};

Verdict after(std::string_view expectations, const std::vector<Sent>& sent, const std::vector<std::uint16_t>& closes = {}) {
  Driver world{expecting(expectations)};
  const auto client = world.connect();
  int id = 0;
  for (const auto& [cmd, args] : sent) world.ask(client, request_text(std::to_string(++id), cmd, args));
  for (const auto code : closes) world.close(world.connect(), code);
  return world.engine.verdict();
}

TEST(EngineVerdict, CountsRequests) {
  struct Case {
    std::string rule;
    int sent;
    bool met;
  };
  for (const auto& one : {Case{"", 0, false}, Case{"", 1, true}, Case{"", 9, true}, Case{R"(, "count": 2)", 1, false},
                          Case{R"(, "count": 2)", 2, true}, Case{R"(, "count": 2)", 3, false}, Case{R"(, "count": 0)", 0, true},
                          Case{R"(, "count": 0)", 1, false}, Case{R"(, "count": {"atLeast": 1, "atMost": 2})", 0, false},
                          Case{R"(, "count": {"atLeast": 1, "atMost": 2})", 2, true},
                          Case{R"(, "count": {"atLeast": 1, "atMost": 2})", 3, false}}) {
    std::vector<Sent> sent{{"other"}};
    for (int i = 0; i < one.sent; ++i) sent.push_back({"job"});
    const auto verdict = after(R"({"name": "e", "request": {"cmd": "job"})" + one.rule + "}", sent);
    EXPECT_EQ(verdict.met(), one.met) << one.rule << one.sent;
    ASSERT_THAT(verdict.expectations, SizeIs(1));
    EXPECT_EQ(verdict.expectations[0].met, one.met);
    EXPECT_EQ(verdict.expectations[0].detail.empty(), one.met);
    EXPECT_THAT(verdict.expectations[0].where, HasSubstr("test.json:5:"));
  }
}

TEST(EngineVerdict, RefusedRequestsCountAndBuiltInsToo) {
  EXPECT_TRUE(
      after(R"({"name": "a", "request": {"cmd": "nope"}}, {"name": "b", "request": {"cmd": "login_password"}, "count": 1})",
            {{"nope"}, {"login_password", {"ada:wrong"}}})
          .met());
}

TEST(EngineVerdict, ShowsTheNearestMissFieldByField) {
  const auto verdict =
      after(R"({"name": "e", "request": {"cmd": "job", "options": {"n": 4, "dry-run": true}}})",
            {{"other", {"--n", "4", "--dry-run"}}, {"job", {"--n", "5"}}, {"job", {"--n", "4"}}, {"job", {"--n", "6"}}});
  const std::string detail = verdict.expectations.at(0).detail;
  EXPECT_THAT(detail, HasSubstr("expected 1 or more"));
  EXPECT_THAT(detail, HasSubstr("came 0"));
  EXPECT_THAT(detail, HasSubstr("nearest: request 3 on connection 1"));
  EXPECT_THAT(detail, HasSubstr("options.dry-run"));
  EXPECT_THAT(detail, Not(HasSubstr("\n  options.n")));
}

TEST(EngineVerdict, AnOrderIsASubsequence) {
  const std::string rule = R"({"name": "e", "order": [{"cmd": "login_password"}, {"cmd": "job"}, {"cmd": "job"}]})";
  EXPECT_TRUE(after(rule, {{"other"}, {"login_password"}, {"other"}, {"job"}, {"other"}, {"job"}, {"job"}}).met());
  for (const auto& sent : {std::vector<Sent>{}, std::vector<Sent>{{"job"}, {"job"}, {"login_password"}},
                           std::vector<Sent>{{"login_password"}, {"job"}}}) {
    const auto verdict = after(rule, sent);
    EXPECT_FALSE(verdict.met());
    EXPECT_THAT(verdict.expectations[0].detail, HasSubstr("of 3 came in this order"));
  }
  EXPECT_THAT(after(rule, {{"login_password"}, {"other"}}).expectations[0].detail, HasSubstr("nearest: request 2"));
}

TEST(EngineVerdict, EachPlaceInAnOrderHasMissesOfItsOwn) {
  const std::string rule =
      R"({"name": "e", "order": [{"cmd": "a", "options": {"n": 1}}, {"cmd": "b", "options": {"n": 4, "m": 4}}]})";
  const auto none = after(rule, {{"a", {"--n", "9"}}, {"a", {"--n", "1"}}});
  EXPECT_THAT(none.expectations[0].detail, testing::Not(HasSubstr("nearest"))) << "that was near to the place before";

  std::vector<Sent> sent(300, Sent{"other"});  // more misses than are explained for one place
  sent.push_back({"a", {"--n", "1"}});
  sent.push_back({"b", {"--n", "5", "--m", "4"}});
  EXPECT_THAT(after(rule, sent).expectations[0].detail, HasSubstr("options.n: expected 4, found \"5\""));
}

TEST(EngineVerdict, EveryConnectionThatClosedDidSoAsExpected) {
  const std::string rule = R"({"name": "e", "close": {"code": 1000}})";
  EXPECT_TRUE(after(rule, {}, {1000, 1000}).met());
  EXPECT_THAT(after(rule, {}, {}).expectations[0].detail, HasSubstr("none has closed"));
  EXPECT_THAT(after(rule, {}, {1000, 1006, 1001}).expectations[0].detail,
              HasSubstr("2 of 3 did not: 1 with 1001, 1 with 1006"));
}

TEST(EngineVerdict, WhatTheMockClosesOnGoingDownIsNotJudged) {
  Driver world{expecting(R"({"name": "e", "close": {"code": 1000}})")};
  world.close(world.connect(), 1000);
  const auto open = world.connect();
  world.going_down();
  world.close(open, 1001);
  EXPECT_TRUE(world.engine.verdict().met());
}

TEST(EngineVerdict, ReportsForPeople) {
  const auto verdict =
      after(R"({"name": "met one", "request": {"cmd": "job"}}, {"name": "unmet\u001b[31m", "request": {"cmd": "absent"}})",
            {{"job"}, {"other"}});
  const std::string report = verdict.report();
  EXPECT_THAT(report, HasSubstr("2 requests on 1 connection; 1 of 2 expectations met: FAILED\n"));
  EXPECT_THAT(report, HasSubstr("  met     met one\n"));
  EXPECT_THAT(report, HasSubstr("  UNMET   unmet"));
  EXPECT_THAT(report, HasSubstr("test.json:5:"));
  EXPECT_THAT(report, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Verdict{}.report(), HasSubstr("0 requests on 0 connections; no expectations: passed"));
}

TEST(EngineVerdict, KeepsABoundedNumberOfFailuresAndNotes) {
  const auto scenario = scenario_from(expecting(""));
  const protocol::Redactor none;
  Judge judge{*scenario, none};
  for (int i = 0; i < 250; ++i) {
    judge.failure("f" + std::to_string(i));
    judge.note("n" + std::to_string(i));
  }
  const auto verdict = judge.verdict();
  EXPECT_THAT(verdict.failures, SizeIs(100));
  EXPECT_EQ(verdict.more_failures, 150U);
  EXPECT_EQ(verdict.more_notes, 150U);
  EXPECT_THAT(verdict.report(), HasSubstr("250 failures"));
  EXPECT_THAT(verdict.report(), HasSubstr("... and 150 more"));
}

TEST(EngineVerdict, KeepsABoundedPartOfEachFailureAndNoneOfItsSecrets) {
  const auto scenario = scenario_from(expecting(""));
  protocol::Redactor secrets;
  secrets.add("hunter22");
  Judge judge{*scenario, secrets};
  judge.failure("no module " + std::string(4082, 'x') + "hunter22" + std::string(1'000'000, 'y'));
  judge.note(std::string(4095, 'x') + "äöü");
  const auto verdict = judge.verdict();
  EXPECT_LT(verdict.failures.front().size(), 5000U);
  EXPECT_THAT(verdict.failures.front(), testing::Not(HasSubstr("hunt"))) << "redacted, then cut";
  EXPECT_TRUE(verdict.notes.front() == std::string(4095, 'x') + "…") << "cut between characters";
}

TEST(EngineVerdict, ExplainsOnlyTheFirstMissesOfALoadTest) {
  std::vector<Sent> sent(400, Sent{"other"});
  sent.push_back({"job", {"--n", "5"}});
  const auto verdict = after(R"({"name": "e", "request": {"cmd": "job", "options": {"n": 4}}})", sent);
  EXPECT_THAT(verdict.expectations[0].detail, HasSubstr("nearest: request 1 on"))
      << "the near one came too late to be looked at";
}

// AUT-7
TEST(EngineVerdict, SecretsAreRedacted) {
  for (const char* field : {"args", "raw_args"}) {
    for (const char* credential : {"ada:engine42", "ada:not-in-the-scenario", "YWRhOm5vdC1pbi10aGUtc2NlbmFyaW8="}) {
      const auto verdict =
          after(std::string{R"({"name": "e", "request": {"cmd": "login_password", ")"} + field + R"(": ["somebody:else"]}})",
                {{"login_password", {credential}}});
      EXPECT_FALSE(verdict.met());
      EXPECT_THAT(verdict.report(), HasSubstr("<redacted>"));
      EXPECT_THAT(verdict.report(), Not(HasSubstr(credential)));
      EXPECT_THAT(verdict.report(), Not(HasSubstr("engine42")));
    }
  }
}

TEST(EngineJournal, KeepsWhatPassedAndWhoseItWas) {
  Driver world{expecting("")};
  const auto client = world.connect();
  world.ask(client, request_text("a", "job", {"x"}));
  world.advance(milliseconds{5});
  world.send_binary(client, 3);
  world.close(client, 1000);
  auto entries = world.engine.journal();
  ASSERT_THAT(entries, SizeIs(7));
  EXPECT_EQ(entries[0].event, JournalEntry::Event::opened);
  EXPECT_EQ(entries[0].via, "");
  for (const auto& entry : entries) EXPECT_EQ(entry.partition, "default");
  entries.erase(entries.begin());
  EXPECT_EQ(entries[0].direction, JournalEntry::Direction::in);
  EXPECT_EQ(entries[0].frame, request_text("a", "job", {"x"}));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(entries[i].seq, i + 2);
    EXPECT_EQ(entries[i].stub, "job");
    EXPECT_EQ(entries[i].instance, 1U);
    EXPECT_EQ(entries[i].connection, client);
    EXPECT_EQ(entries[i].t_ns, 0);
  }
  EXPECT_EQ(json::parse(entries[2].frame).at("status"), "finished");
  EXPECT_GT(entries[2].step, entries[1].step);
  EXPECT_EQ(entries[3].frame, "binary message of 3 bytes");
  EXPECT_EQ(entries[3].t_ns, 5'000'000);
  EXPECT_EQ(json::parse(entries[4].frame).at("code"), "BAD_FRAME");
  EXPECT_EQ(entries[4].stub, "");
  EXPECT_EQ(entries[5].event, JournalEntry::Event::closed);
  EXPECT_EQ(entries[5].code, 1000);
  EXPECT_EQ(entries[5].connection, client);
}

TEST(EngineJournal, ShowsNoSecret) {
  Driver world{expecting("")};
  const auto client = world.connect();
  const json answer = world.answer(client, request_text("a", "login_password", {"ada:engine42"}));
  const std::string token = answer.at("result").at("session_token");
  world.ask(client, "engine42 is not JSON");
  world.ask(client, request_text("b", "job", {"engine42"}));
  for (const auto& entry : world.engine.journal()) {
    EXPECT_THAT(entry.frame, Not(HasSubstr("engine42")));
    EXPECT_THAT(entry.frame, Not(HasSubstr(token)));
  }
}

TEST(EngineJournal, IsBoundedInEntriesAndBytes) {
  const TimePoint start{};
  const protocol::Redactor none;
  const auto texts = [&](const Journal& journal) {
    std::vector<std::string> list;
    for (const auto& entry : journal.entries(none)) list.push_back(entry.frame);
    return list;
  };
  Journal few{start, {3, 1000}};
  EXPECT_THAT(texts(few), IsEmpty());
  few.attribute({"nothing yet", 1, 1});
  for (const char* text : {"1", "2", "3", "4", "5"}) few.record(start, JournalEntry::Direction::note, 0, text);
  EXPECT_THAT(texts(few), ElementsAre("3", "4", "5"));
  EXPECT_EQ(few.recorded(), 5U);
  EXPECT_EQ(few.dropped(), 2U);

  Journal small{start, {100, 10}};
  for (const char* text : {"aaaa", "bbbb", "cc"}) small.record(start, JournalEntry::Direction::note, 0, text);
  EXPECT_THAT(texts(small), ElementsAre("aaaa", "bbbb", "cc"));
  small.record(start, JournalEntry::Direction::note, 0, "dddddd");
  EXPECT_THAT(texts(small), ElementsAre("cc", "dddddd"));
  for (const char* text : {"e", "f", "g", "h", "i", "j"}) small.record(start, JournalEntry::Direction::note, 0, text);
  EXPECT_THAT(texts(small), ElementsAre("e", "f", "g", "h", "i", "j")) << "turned and grown, and still in order";
  small.record(start, JournalEntry::Direction::note, 0, std::string(5000, 'x'));
  EXPECT_THAT(texts(small), SizeIs(1)) << "a huge one is kept alone";
  small.record(start, JournalEntry::Direction::note, 0, "y");
  EXPECT_THAT(texts(small), ElementsAre("y"));
}

}  // namespace
}  // namespace procedura::mock::engine
