#include "scenario_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The fault of a step, as a scenario writes it.
Fault in_reply(const std::string& fault) {
  const auto scenario =
      testing::loaded_well({testing::with_reply("[\"accept\", {\"fault\": " + fault + "}, {\"finished\": 1}]")});
  if (scenario->stubs.empty()) return {};
  const auto* step = std::get_if<step::Fault>(&scenario->stubs.front().replies.front().at(1).action);
  return step == nullptr ? Fault{} : step->fault;
}

Fault of_connections(const std::string& fault) {
  const auto scenario = testing::loaded_well({"{\"faults\": [{\"fault\": " + fault + "}]}"});
  return scenario->settings.faults.empty() ? Fault{} : scenario->settings.faults.front().fault;
}

TEST(Faults, AreReadByTheirWords) {
  for (const std::string word :
       {"reset", "drop", "half-open", "no-pong", "no-close", "truncate", "wrong-id", "unknown-job", "omit", "duplicate"}) {
    EXPECT_EQ(name_of(in_reply("\"" + word + "\"")), word);
  }
  for (const std::string word : {"reset", "drop", "half-open", "no-pong", "no-close", "stall-upgrade", "drop-upgrade"}) {
    EXPECT_EQ(name_of(of_connections("\"" + word + "\"")), word);
  }
}

TEST(Faults, HaveValues) {
  EXPECT_EQ(std::get<fault::CloseCode>(in_reply(R"({"close": 1006})")).code, 1006);
  EXPECT_EQ(std::get<fault::CloseCode>(in_reply(R"({"close": 0})")).code, 0);
  EXPECT_EQ(std::get<fault::CloseCode>(of_connections(R"({"close": 65535})")).code, 65535);
  EXPECT_EQ(std::get<fault::CloseCode>(in_reply(R"({"close": "empty"})")).code, std::nullopt);
  EXPECT_EQ(std::get<fault::Bandwidth>(in_reply(R"({"bandwidth": "10KiB"})")).bytes_per_second, 10240U);
  EXPECT_EQ(std::get<fault::Bandwidth>(of_connections(R"({"bandwidth": 0})")).bytes_per_second, 0U);
  EXPECT_EQ(std::get<fault::Fragment>(in_reply(R"({"fragment": 16})")).bytes, 16U);
  EXPECT_EQ(std::get<fault::Dribble>(in_reply(R"({"dribble": "1ms"})")).pause, milliseconds{1});
  EXPECT_EQ(std::get<fault::Duplicate>(in_reply("\"duplicate\"")).times, 2U);
  EXPECT_EQ(std::get<fault::Duplicate>(in_reply(R"({"duplicate": 5})")).times, 5U);
  EXPECT_EQ(std::get<fault::Coalesce>(in_reply(R"({"coalesce": 3})")).frames, 3U);
}

TEST(Faults, HaveEveryDistributionOfALatency) {
  const auto latency = [](const std::string& value) {
    return std::get<fault::Latency>(of_connections("{\"latency\": " + value + "}")).delay;
  };
  EXPECT_EQ(std::get<FixedDelay>(latency(R"("20ms")").distribution).value, milliseconds{20});
  EXPECT_EQ(std::get<UniformDelay>(latency(R"({"uniform": {"min": "1ms", "max": "2ms"}})").distribution).max, milliseconds{2});
  EXPECT_EQ(std::get<NormalDelay>(latency(R"({"normal": {"mean": "5ms", "stddev": "1ms"}})").distribution).mean,
            milliseconds{5});
  const Delay delay = latency(R"({"lognormal": {"median": "5ms", "sigma": 1}, "max": "1s"})");
  EXPECT_EQ(std::get<LognormalDelay>(delay.distribution).median, milliseconds{5});
  EXPECT_EQ(delay.max, seconds{1});
}

TEST(Faults, HaveEveryKindOfIllegalAndExtraFrame) {
  using Illegal = fault::Illegal::Kind;
  const std::vector<std::pair<std::string, Illegal>> illegal = {{"reserved-opcode", Illegal::reserved_opcode},
                                                                {"reserved-bits", Illegal::reserved_bits},
                                                                {"masked", Illegal::masked},
                                                                {"oversize-length", Illegal::oversize_length},
                                                                {"bad-utf8", Illegal::bad_utf8},
                                                                {"fragmented-control", Illegal::fragmented_control},
                                                                {"long-control", Illegal::long_control},
                                                                {"lone-continuation", Illegal::lone_continuation}};
  for (const auto& [word, kind] : illegal) {
    EXPECT_EQ(std::get<fault::Illegal>(in_reply(R"({"illegal": ")" + word + "\"}")).kind, kind) << word;
  }
  using Extra = fault::Extra::Kind;
  const std::vector<std::pair<std::string, Extra>> extra = {{"ack", Extra::ack},
                                                            {"started", Extra::started},
                                                            {"running", Extra::running},
                                                            {"finished", Extra::finished},
                                                            {"error", Extra::error}};
  for (const auto& [word, kind] : extra) {
    EXPECT_EQ(std::get<fault::Extra>(in_reply(R"({"extra": ")" + word + "\"}")).kind, kind) << word;
  }
}

struct Row {
  std::string fault;
  std::string message;
};

TEST(Faults, AreRefusedWhereTheyAreWrong) {
  const std::vector<Row> rows = {
      {R"("rest")",
       ": expected a fault, one of \"reset\", \"drop\", \"close\", \"illegal\", \"half-open\", \"no-pong\", \"no-close\", "
       "\"bandwidth\", \"latency\", \"fragment\", \"dribble\", \"truncate\", \"wrong-id\", \"unknown-job\", \"duplicate\", "
       "\"omit\", \"coalesce\" or \"extra\", found \"rest\"; did you mean \"reset\"?"},
      {R"({"rest": 1})", ": expected a fault, one of \"reset\""},
      {R"("stall-upgrade")", ": \"stall-upgrade\" is over when a reply begins: put it into \"faults\" of the scenario"},
      {R"("close")", ": \"close\" takes a value, such as {\"close\": 1006}"},
      {R"("latency")", ": \"latency\" takes a value, such as {\"latency\": \"20ms\"}"},
      {R"("extra")", ": \"extra\" takes a value, such as {\"extra\": \"running\"}"},
      {R"({"reset": true})", ": \"reset\" takes no value: write \"fault\": \"reset\""},
      {"{}",
       ": expected a fault: a word such as \"reset\", or an object of one member such as {\"close\": 1006}, found an empty "
       "object"},
      {R"({"close": 1000, "extra": "ack"})", ": expected a fault: a word"},
      {"7", ": expected a fault: a word such as \"reset\", or an object of one member such as {\"close\": 1006}, found 7"},
      {R"({"close": 65536})", "/close: expected a whole number from 0 to 65535, found 65536"},
      {R"({"close": "none"})",
       "/close: expected a close code, a whole number from 0 to 65535, or \"empty\", found the string \"none\""},
      {R"({"illegal": "reserved"})", "/illegal: expected \"reserved-opcode\", "},
      {R"({"bandwidth": "10KB"})",
       "/bandwidth: expected a size from 0B to 1GiB: a number of bytes, or a text such as \"64KiB\" (units: B, KiB, MiB, GiB), "
       "found the string \"10KB\""},
      {R"({"bandwidth": -1})", "/bandwidth: expected a size from 0B to 1GiB"},
      {R"({"bandwidth": "2GiB"})", "/bandwidth: expected a size from 0B to 1GiB"},
      {R"({"latency": 20})", "/latency: expected a duration from 0s to 1d, found 20 without a unit"},
      {R"({"fragment": 0})", "/fragment: expected a size from 1B to 1GiB"},
      {R"({"dribble": "2h"})", "/dribble: expected a duration from 0s to 1h"},
      {R"({"duplicate": 1})", "/duplicate: expected a whole number from 2 to 1000, found 1"},
      {R"({"coalesce": 1001})", "/coalesce: expected a whole number from 2 to 1000, found 1001"},
      {R"({"extra": "send"})",
       "/extra: expected \"ack\", \"started\", \"running\", \"finished\" or \"error\", found the string \"send\""},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded =
        testing::load({testing::with_reply("[\"accept\", {\"fault\": " + row.fault + "}, {\"finished\": 1}]")});
    EXPECT_EQ(loaded.scenario, nullptr) << row.fault;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr("/stubs/0/reply/1/fault" + row.message))) << row.fault;
  }
}

TEST(Faults, OfConnectionsHaveTheirOwnConditions) {
  const auto scenario = testing::loaded_well({R"({"faults": [
    {"fault": "reset", "when": {"connection": {"atMost": 2}}}, {"fault": {"latency": "20ms"}} ]})"});
  const auto& faults = scenario->settings.faults;
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_TRUE(matches(*faults[0].when.connection, "2"));
  EXPECT_FALSE(matches(*faults[0].when.connection, "3"));
  EXPECT_FALSE(faults[1].when.connection);
  EXPECT_EQ(scenario->where(faults[1].place), "a.json:2:64");

  const std::vector<Row> rows = {
      {R"([{"fault": "truncate"}])", "/faults/0/fault: \"truncate\" needs a reply: put it among the steps of a stub"},
      {R"([{"fault": {"extra": "ack"}}])", "/faults/0/fault: \"extra\" needs a reply"},
      {R"([{"fault": "rset"}])", "\"latency\", \"stall-upgrade\" or \"drop-upgrade\", found \"rset\"; did you mean \"reset\"?"},
      {R"([{"when": {"connection": 1}}])", "/faults/0: expected a key \"fault\", found none"},
      {R"([{"fault": "reset", "when": {"instance": 1}}])",
       "/faults/0/when/instance: unknown key \"instance\", expected one of connection"},
      {R"([{"fault": "reset", "when": {}}])", "/faults/0/when: expected at least one of \"connection\", found an empty object"},
      {R"(["reset"])", "/faults/0: expected an object, a fault of connections, found the string \"reset\""},
      {R"({"fault": "reset"})",
       "/faults: expected an array of faults such as {\"fault\": \"reset\", \"when\": {\"connection\": 1}}, found an object"},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded = testing::load({"{\"faults\": " + row.fault + "}"});
    EXPECT_EQ(loaded.scenario, nullptr) << row.fault;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.fault;
  }
}

TEST(Faults, BreakRulesOfAuthentication) {
  const auto breaks = [](const std::string& words) {
    const AuthBreaks b = testing::loaded_well({R"({"auth": {"break": [)" + words + "]}}"})->settings.auth.breaks;
    return std::vector<bool>{b.ttl_ignored, b.ttl_unchecked, b.device_ignored,        b.bearer_first, b.users_told_apart,
                             b.any_token,   b.query_token,   b.login_needs_reconnect, b.one_token};
  };
  const std::vector<std::string> words = {"ttl",       "ttl-range",   "device",           "bearer-first", "unknown-user",
                                          "any-token", "query-token", "login-connection", "one-token"};
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::vector<bool> only(words.size());
    only[i] = true;
    EXPECT_EQ(breaks("\"" + words[i] + "\""), only) << words[i];
  }
  EXPECT_EQ(breaks(""), std::vector<bool>(words.size()));
}

TEST(Faults, LimitsAndStallsAreRead) {
  const Settings settings = testing::loaded_well({R"({
    "stall": {"every": "10s", "for": "200ms"},
    "limits": {"pause_at": "1MiB", "give_up_at": "1.5MiB", "message": 10, "connections": 3, "live_requests": 4, "live_bytes": "2KiB",
               "upgrade": "5s", "close": "1s"}})"})
                                ->settings;
  ASSERT_TRUE(settings.stall);
  EXPECT_EQ(settings.stall->every, seconds{10});
  EXPECT_EQ(settings.stall->length, milliseconds{200});
  EXPECT_EQ(settings.limits.pause_at, 1048576U);
  EXPECT_EQ(settings.limits.give_up_at, 1572864U);
  EXPECT_EQ(settings.limits.message, 10U);
  EXPECT_EQ(settings.limits.connections, 3U);
  EXPECT_EQ(settings.limits.live_requests, 4U);
  EXPECT_EQ(settings.limits.live_bytes, 2048U);
  EXPECT_EQ(settings.limits.upgrade, seconds{5});
  EXPECT_EQ(settings.limits.close, seconds{1});

  testing::loaded_well({R"({"limits": {"pause_at": "1MiB", "give_up_at": 1048576}})"});
  const Settings merged =
      testing::loaded_well({R"({"limits": {"message": 10, "connections": 3}, "faults": [{"fault": "reset"}]})",
                            R"({"limits": {"message": 20}, "faults": []})"})
          ->settings;
  EXPECT_EQ(merged.limits.message, 20U);
  EXPECT_EQ(merged.limits.connections, 3U);
  EXPECT_TRUE(merged.faults.empty());

  const std::vector<Row> rows = {
      {R"("limits": {"pause_at": "2MiB", "give_up_at": "1MiB"})",
       "/limits: expected pause_at (2MiB) to be no more than give_up_at (1MiB): nothing would ever pause"},
      {R"("limits": {"pause_at": 0})", "/limits/pause_at: expected a size from 1B to 1024GiB"},
      {R"("limits": {"connections": "10"})",
       "/limits/connections: expected a whole number from 1 to 1000000, found the string \"10\""},
      {R"("limits": {"upgrade": "0s"})", "/limits/upgrade: expected a duration from 1ms to 1h"},
      {R"("limits": {"pauseat": 1})",
       "/limits/pauseat: unknown key \"pauseat\", expected one of pause_at, give_up_at, message"},
      {R"("limits": [])", "/limits: expected an object of limits, found an empty array"},
      {R"("stall": {"every": "1s", "for": "1s"})",
       "/stall: expected \"for\" (1s) to be less than \"every\" (1s): the agent would never move"},
      {R"("stall": {"every": "1s"})", "/stall: expected a key \"for\", found none"},
      {R"("stall": "1s")", "/stall: expected an object with every and for, found the string \"1s\""},
      {R"("auth": {"break": ["tll"]})", "/auth/break/0: expected \"ttl\", \"ttl-range\""},
      {R"("auth": {"break": "ttl"})",
       "/auth/break: expected an array of rules to break, such as \"ttl\", found the string \"ttl\""},
  };
  for (const Row& row : rows) {
    const LoadedScenario loaded = testing::load({"{" + row.fault + "}"});
    EXPECT_EQ(loaded.scenario, nullptr) << row.fault;
    EXPECT_THAT(testing::messages(loaded), ElementsAre(HasSubstr(row.message))) << row.fault;
  }
}

}  // namespace
}  // namespace procedura::mock
