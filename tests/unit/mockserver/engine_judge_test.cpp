// A judge told directly what happened and when: how soon, which ids, with which codes, and what a reload leaves of it.
#include "engine/judge.hpp"
#include "engine_driver.hpp"

#include <gmock/gmock.h>

namespace procedura::mock::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr TimePoint start{std::chrono::hours{1}};

Match cmd(const std::string& name) {
  Condition condition;
  condition.equal = name;
  condition.shown = "\"" + name + "\"";
  Match match;
  match.cmd = std::move(condition);
  return match;
}

Scenario expecting(std::vector<Expectation::Rule> rules) {
  Scenario scenario;
  scenario.files = {"test.json"};
  for (auto& rule : rules) {
    scenario.expectations.push_back({"e" + std::to_string(scenario.expectations.size()), std::move(rule), {}});
  }
  return scenario;
}

ReceivedRequest asked(const std::string& name, std::uint64_t connection = 1, std::string id = "1") {
  Sender sender;
  sender.connection = connection;
  return receive(std::move(id), name, protocol::Mode::sync, {}, std::move(sender));
}

struct Asked {
  std::string cmd;
  int at_ms;
};

Verdict after(const Scenario& scenario, const std::vector<Asked>& requests) {
  const protocol::Redactor none;
  Judge judge{scenario, none};
  judge.opened(start);
  for (const auto& [name, at_ms] : requests) judge.request(start + milliseconds{at_ms}, asked(name));
  return judge.verdict();
}

TEST(EngineJudge, CountsAreInTimeOrNot) {
  const Scenario scenario = expecting({expectation::Count{cmd("a"), 2, std::nullopt, milliseconds{100}}});
  struct Case {
    std::vector<Asked> asked;
    bool met;
    std::string says;
  };
  for (const auto& one : {
           Case{{{"a", 0}, {"a", 100}}, true, ""},
           Case{{{"a", 0}, {"a", 100}, {"a", 900}}, true, ""},  // the second is what it asks for
           Case{{{"a", 0}, {"a", 101}},
                false,
                "expected 2 or more within 100ms of the first connection: cmd \"a\"; came 2, number 2 after 101ms"},
           Case{{{"a", 0}, {"b", 1}}, false, "came 1\nnearest: request 2 on connection 1"},
       }) {
    const auto judged = after(scenario, one.asked).expectations.at(0);
    EXPECT_EQ(judged.met, one.met) << one.says;
    EXPECT_THAT(judged.detail, HasSubstr(one.says));
    EXPECT_EQ(judged.met_after_ns.has_value(), one.met);
    if (one.met) {
      EXPECT_EQ(judged.met_after_ns, 100'000'000);
    }
  }
}

TEST(EngineJudge, AnOrderIsTimedFromItsFirstRequestToItsLastWhereverItCameQuickest) {
  const Scenario scenario = expecting({expectation::Order{{cmd("a"), cmd("b"), cmd("c")}, milliseconds{10}}});
  struct Case {
    std::vector<Asked> asked;
    bool met;
    std::string says;
  };
  for (const auto& one : {
           Case{{{"a", 0}, {"b", 5}, {"c", 10}}, true, ""},
           Case{{{"a", 0}, {"b", 5}, {"c", 11}}, false, "took 11ms at the least; expected within 10ms"},
           Case{{{"a", 0}, {"a", 8}, {"b", 9}, {"c", 12}}, true, ""},                         // a later beginning
           Case{{{"a", 0}, {"b", 1}, {"c", 50}, {"a", 60}, {"b", 61}, {"c", 62}}, true, ""},  // a later time
           Case{{{"a", 0}, {"b", 9}, {"a", 10}, {"c", 13}}, false, "took 13ms"},              // the second a has no b behind it
           Case{{{"a", 0}, {"b", 20}, {"c", 40}, {"c", 41}}, false, "took 40ms"},
           Case{{{"c", 0}, {"b", 1}, {"a", 2}}, false, "the first 1 of 3 came in this order; then none came with cmd \"b\""},
           Case{{}, false, "the first 0 of 3"},
       }) {
    const auto judged = after(scenario, one.asked).expectations.at(0);
    EXPECT_EQ(judged.met, one.met) << judged.detail << testing::PrintToString(one.asked.size());
    EXPECT_THAT(judged.detail, HasSubstr(one.says));
  }
}

TEST(EngineJudge, OneRequestTakesOnePlaceOfAnOrder) {
  for (const auto within : {std::optional<Duration>{}, std::optional<Duration>{milliseconds{10}}}) {
    const Scenario scenario = expecting({expectation::Order{{cmd("a"), cmd("a")}, within}});
    EXPECT_FALSE(after(scenario, {{"a", 0}}).met());
    EXPECT_TRUE(after(scenario, {{"a", 0}, {"a", 1}}).met());
  }
}

TEST(EngineJudge, AnIdIsUsedOnceOnAConnection) {
  const Scenario scenario = expecting({expectation::UniqueIds{}});
  const protocol::Redactor none;
  const auto judged = [&](auto act) {
    Judge judge{scenario, none};
    act(judge);
    return judge.verdict().expectations.at(0);
  };
  EXPECT_TRUE(judged([](Judge&) {}).met);
  EXPECT_TRUE(judged([](Judge& judge) {
                judge.request(start, asked("a", 1, "x"));
                judge.request(start, asked("a", 1, "y"));
                judge.request(start, asked("a", 2, "x"));
              }).met);
  const auto again = judged([](Judge& judge) {
    judge.request(start, asked("a", 1, "x"));
    judge.request(start, asked("b", 1, "x"));
    judge.request(start, asked("b", 1, "x"));
  });
  EXPECT_THAT(again.detail, HasSubstr("2 were, the first: x on connection 1, by request 2"));
  const auto live = judged([](Judge& judge) {
    judge.refused(3, {"DUPLICATE_ID", "a request with this id is live on this connection", "{}", "x"});
  });
  EXPECT_THAT(live.detail, HasSubstr("1 was, the first: x on connection 3, while it was live"));
}

TEST(EngineJudge, IdsTakeABoundedMemoryAndItIsSaidWhenItIsFull) {
  const Scenario scenario = expecting({expectation::UniqueIds{}});
  const protocol::Redactor none;
  Judge judge{scenario, none};
  constexpr int many = 100'000;
  for (int i = 0; i < many; ++i) judge.request(start, asked("a", 1, std::to_string(i)));
  auto verdict = judge.verdict();
  EXPECT_TRUE(verdict.met());
  ASSERT_THAT(verdict.notes, SizeIs(1));
  EXPECT_THAT(verdict.notes[0], HasSubstr("ids were not looked at"));
  judge.request(start, asked("a", 1, "0"));
  EXPECT_FALSE(judge.verdict().met()) << "what is known is known";

  Judge closing{scenario, none};
  for (int i = 0; i < many; ++i) {
    closing.request(start, asked("a", 1 + static_cast<std::uint64_t>(i) / 10'000, std::to_string(i)));
    if (i % 10'000 == 9'999) closing.closed(1 + static_cast<std::uint64_t>(i) / 10'000, 1000);
  }
  EXPECT_THAT(closing.verdict().notes, IsEmpty()) << "ids of connections that have closed take no memory";
}

TEST(EngineJudge, ClosesAreToldApartByTheirCodes) {
  const Scenario scenario = expecting({expectation::Close{1000}, expectation::Close{1001}});
  const protocol::Redactor none;
  Judge judge{scenario, none};
  for (const int code : {1000, 1006, 1001, 1006}) judge.closed(1, static_cast<std::uint16_t>(code));
  const auto verdict = judge.verdict();
  EXPECT_THAT(verdict.expectations[0].detail, HasSubstr("3 of 4 did not: 1 with 1001, 2 with 1006"));
  EXPECT_THAT(verdict.expectations[1].detail, HasSubstr("3 of 4 did not: 1 with 1000, 2 with 1006"));
  for (int code = 0; code < 65536; ++code) judge.closed(1, static_cast<std::uint16_t>(code));
  EXPECT_LT(judge.verdict().expectations[0].detail.size(), 400U);
}

TEST(EngineJudge, LowerBoundsAreWhatMustCome) {
  const protocol::Redactor none;
  const auto met = [&](const Expectation::Rule& rule, auto act) {
    const Scenario scenario = expecting({rule});
    Judge judge{scenario, none};
    judge.opened(start);
    act(judge);
    return judge.lower_bounds_met();
  };
  const auto nothing = [](Judge&) {};
  const auto one_late = [](Judge& judge) { judge.request(start + seconds{9}, asked("a")); };
  const auto closed = [](Judge& judge) { judge.closed(1, 1006); };
  EXPECT_FALSE(met(expectation::Count{cmd("a")}, nothing));
  EXPECT_TRUE(met(expectation::Count{cmd("a")}, one_late));
  EXPECT_FALSE(met(expectation::Count{cmd("a"), 2}, one_late));
  EXPECT_TRUE(met(expectation::Count{cmd("a"), 0, 0}, nothing));
  EXPECT_TRUE(met(expectation::Count{cmd("a"), 0, 0}, one_late)) << "too many is for the verdict";
  EXPECT_TRUE(met(expectation::Count{cmd("a"), 1, {}, seconds{1}}, one_late)) << "too late is for the verdict";
  EXPECT_FALSE(met(expectation::Order{{cmd("a"), cmd("b")}}, one_late));
  EXPECT_TRUE(met(expectation::Order{{cmd("a")}}, one_late));
  EXPECT_FALSE(met(expectation::Close{1000}, nothing));
  EXPECT_TRUE(met(expectation::Close{1000}, closed)) << "the wrong code is for the verdict";
  EXPECT_TRUE(met(expectation::UniqueIds{}, nothing));
}

TEST(EngineJudge, AReloadKeepsTheCountsOfWhatIsExpectedStill) {
  const protocol::Redactor none;
  const Scenario before = expecting({expectation::Count{cmd("a"), 1}, expectation::Order{{cmd("a"), cmd("b")}}});
  Judge judge{before, none};
  judge.opened(start);
  judge.request(start, asked("a"));
  judge.request(start, asked("a"));
  judge.request(start, asked("b"));
  judge.closed(1, 1000);

  const Scenario more = expecting({expectation::Count{cmd("a"), 3}, expectation::Order{{cmd("a"), cmd("b")}},
                                   expectation::Count{cmd("a"), 1}, expectation::Close{1000}});
  judge.adopt(more);
  EXPECT_EQ(judge.verdict().requests, 3U);
  std::vector<bool> met;
  for (const auto& one : judge.verdict().expectations) met.push_back(one.met);
  EXPECT_THAT(met, ElementsAre(false, true, false, true)) << "the new count counts from now on; closes were kept all along";
  judge.request(start, asked("a"));
  EXPECT_TRUE(judge.verdict().met());

  // Another kind, or an order of other places: what was counted says nothing about it.
  const Scenario others = expecting({expectation::Order{{cmd("a")}}, expectation::Order{{cmd("a"), cmd("b"), cmd("c")}}});
  judge.adopt(others);
  for (const auto& one : judge.verdict().expectations) EXPECT_FALSE(one.met);
  const Scenario quick = expecting({expectation::Order{{cmd("a")}, seconds{1}}});
  judge.request(start, asked("a"));
  judge.adopt(quick);
  EXPECT_FALSE(judge.verdict().met()) << "it was not timed before";
}

TEST(EngineJudge, AReloadForgetsTheCountsOfWhatIsNotExpectedAnyMore) {
  const protocol::Redactor none;
  struct Case {
    Expectation::Rule before, now;
    bool met;
  };
  const auto request = [](const std::string& name) { return expectation::Count{cmd(name)}; };
  const auto in_time = [](std::uint64_t at_least) { return expectation::Count{cmd("a"), at_least, {}, milliseconds{10}}; };
  const auto order = [](const std::string& first) { return expectation::Order{{cmd(first), cmd("b")}}; };
  int number = 0;
  for (const auto& one : {
           Case{request("a"), request("a"), true},
           Case{request("a"), request("b"), false},  // none of which was ever looked for
           Case{expectation::Count{cmd("a"), 0, 0}, request("a"), true},
           Case{in_time(2), in_time(2), false},
           Case{in_time(5), in_time(2), false},  // the second came late, and nobody has looked when
           Case{request("a"), expectation::Count{cmd("a"), 1, {}, milliseconds{10}}, true},
           Case{order("a"), order("a"), true},
           Case{order("a"), order("c"), false},
       }) {
    const Scenario before = expecting({one.before});
    const Scenario now = expecting({one.now});
    Judge counted{before, none};
    counted.opened(start);
    counted.request(start + milliseconds{1}, asked("a"));
    counted.request(start + seconds{1}, asked("a"));
    if (std::holds_alternative<expectation::Order>(one.before)) counted.request(start + seconds{1}, asked("b"));
    counted.adopt(now);
    EXPECT_EQ(counted.verdict().met(), one.met) << number;
    ++number;
  }
}

TEST(EngineJudge, AReloadMayBeTheFirstToLookAtIds) {
  const protocol::Redactor none;
  const Scenario before = expecting({expectation::Count{cmd("a")}});
  const Scenario now = expecting({expectation::Count{cmd("a")}, expectation::UniqueIds{}});
  Judge judge{before, none};
  judge.opened(start);
  judge.adopt(now);
  judge.request(start, asked("a", 1, "x"));
  EXPECT_TRUE(judge.verdict().met());
  judge.request(start, asked("a", 1, "x"));
  EXPECT_FALSE(judge.verdict().met());
}

TEST(EngineJudge, ACredentialIsNotShownWhereverAPeerPutIt) {
  // Read as any other request's, the option `--replace` has the credential behind it for its value (AUT-7).
  for (const auto* looks_at : {R"("options": {"replace": true})", R"("raw_args": {"1": "x"})", R"("args": {"0": "x"})",
                               R"("options": {"device": "x", "no": 4})"}) {
    Driver world{R"({"version": 1, "auth": {"users": {"mira": "secret123"}},
      "expect": [{"name": "it", "request": {"cmd": "login_password", )" +
                 std::string{looks_at} + "}}]}"};
    world.send(world.connect(), request_text("a", "login_password", {"--replace", "mira:wr0ng-password", "--device", "wr0ng"}));
    const auto report = world.engine.verdict().report();
    EXPECT_THAT(report, HasSubstr("nearest: request 1"));
    EXPECT_THAT(report, Not(HasSubstr("wr0ng"))) << looks_at;
  }
}

TEST(EngineJudge, ABreachFailsOnlyAStrictRun) {
  for (const bool strict : {false, true}) {
    EngineOptions options;
    options.strict = strict;
    struct Case {
      std::function<void(Driver&, ConnectionId)> act;
      std::string says;
    };
    const std::vector<Case> cases{
        {[](Driver& world, ConnectionId client) { world.send(client, "no JSON"); }, "connection 1: BAD_FRAME: "},
        {[](Driver& world, ConnectionId client) { world.send_binary(client, 3); }, "connection 1: BAD_FRAME: binary"},
        {[](Driver& world, ConnectionId client) { world.send(client, R"({"id": "x", "cmd": 1})"); }, "BAD_REQUEST: "},
        {[](Driver& world, ConnectionId client) {
           world.send(client, request_text("twice", "long"));
           world.send(client, request_text("twice", "long"));
         },
         "DUPLICATE_ID: a request with this id is live on this connection: twice"},
        {[](Driver& world, ConnectionId client) { world.send(client, request_text("m", "long", {"bare"})); },
         "args do not begin with the module's name"},
        {[](Driver& world, ConnectionId client) {
           world.engine.broke({world.now, 0}, client, "a frame without a mask");
         },
         "connection 1: a frame without a mask"},
    };
    for (const auto& one : cases) {
      Driver world{R"({"version": 1, "args_style": "module-first", "stubs": [
        {"name": "long", "match": {"cmd": "long"}, "reply": [{"delay": "1h"}, {"finished": 1}]}]})",
                   options};
      if (one.says.find("DUPLICATE") != std::string::npos)
        world.adopt(R"({"version": 1, "stubs": [
        {"name": "long", "match": {"cmd": "long"}, "reply": [{"delay": "1h"}, {"finished": 1}]}]})");
      one.act(world, world.connect());
      const auto verdict = world.engine.verdict();
      ASSERT_THAT(verdict.broken, SizeIs(1)) << one.says;
      EXPECT_THAT(verdict.broken[0], HasSubstr(one.says));
      EXPECT_EQ(verdict.met(), !strict);
      EXPECT_THAT(verdict.report(), HasSubstr("clients broke the protocol 1 time"));
      EXPECT_THAT(verdict.report(), HasSubstr(strict ? "FAILED" : "passed"));
    }
  }
}

TEST(EngineJudge, WhatIsRefusedForItsContentIsNoBreach) {
  EngineOptions options;
  options.strict = true;
  Driver world{R"({"version": 1, "auth": {"required": true}})", options};
  const auto client = world.connect();
  world.send(client, request_text("a", "unknown"));
  world.send(client, request_text("b", "login_password", {"nobody:nothing"}));
  world.send(client, request_text("c", "login_password", {"a:b", "--ttl=0"}));
  EXPECT_THAT(world.engine.verdict().broken, IsEmpty());
  EXPECT_TRUE(world.engine.verdict().met());
}

}  // namespace
}  // namespace procedura::mock::engine
