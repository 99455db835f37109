#include "json_schema.hpp"
#include "scenario/schema.hpp"
#include "scenario_support.hpp"

#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace procedura::mock {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;

/// What our schema finds wrong with a scenario; empty if it is as the schema says.
class Schema {
 public:
  std::string operator()(const json& scenario) const { return schema_.problems(scenario); }

 private:
  procedura::testing::JsonSchema schema_{json::parse(scenario_schema())};
};

json document_of(const std::string& path) {
  std::ifstream file{path};
  return json::parse(file, nullptr, true, /*ignore_comments=*/true);
}

std::vector<std::pair<std::string, json>> shipped() {
  std::vector<std::pair<std::string, json>> all;
  for (const auto& entry : std::filesystem::directory_iterator{PROCEDURA_SCENARIOS}) {
    if (entry.path().extension() != ".json") continue;
    all.emplace_back(entry.path().filename().string(), document_of(entry.path().string()));
  }
  return all;
}

const std::string everything = PROCEDURA_TEST_SUPPORT "/everything.json";

TEST(ScenarioSchema, TakesEveryShippedScenario) {
  const Schema schema;
  const auto scenarios = shipped();
  EXPECT_GE(scenarios.size(), 5U);
  for (const auto& [name, scenario] : scenarios) EXPECT_THAT(schema(scenario), IsEmpty()) << name;
}

TEST(ScenarioSchema, TakesEverythingThatTheLoaderTakes) {
  EXPECT_THAT(Schema{}(document_of(everything)), IsEmpty());
  const std::vector<std::string> paths = {everything};
  EXPECT_THAT(testing::messages(load_scenario_files(paths)), IsEmpty());
}

TEST(ScenarioSchema, RefusesOrdinaryMistakesAsTheLoaderDoes) {
  const std::vector<std::string> rows = {
      "[]",
      R"({"sed": 1})",
      R"({"version": 2})",
      R"({"seed": -1})",
      R"({"args_style": "module_first"})",
      R"({"target": "job"})",
      R"({"unmatched": "explode"})",
      R"({"auth": {"required": 1}})",
      R"({"auth": {"users": ["a"]}})",
      R"({"auth": {"tokens": [{"token": "t"}]}})",
      R"({"auth": {"accept": ["cookie"]}})",
      R"({"auth": {"refuse": "no"}})",
      R"({"auth": {"replace": "kill"}})",
      R"({"stubs": [{}]})",
      R"({"stubs": [{"name": "s", "match": {"cdm": "x"}, "reply": [{"finished": 1}]}]})",
      R"({"stubs": [{"name": "s", "match": {"cmd": 1}, "reply": [{"finished": 1}]}]})",
      R"({"stubs": [{"name": "s", "match": {"options": {"n": {}}}, "reply": [{"finished": 1}]}]})",
      R"({"stubs": [{"name": "s", "match": {"mode": "asink"}, "reply": [{"finished": 1}]}]})",
      R"({"expect": [{"name": "e"}]})",
      R"({"expect": [{"name": "e", "close": {"code": 1000}, "order": [{}, {}]}]})",
      R"({"expect": [{"name": "e", "close": {"code": 1000}, "count": 1}]})",
      R"({"expect": [{"name": "e", "request": {}, "count": -1}]})",
      R"({"expect": [{"name": "e", "order": [{}]}]})",
      testing::with_reply(R"(["finished"])"),
      testing::with_reply(R"([{"dely": "1s"}])"),
      testing::with_reply(R"([{"delay": 20}])"),
      testing::with_reply(R"([{"delay": {"uniform": {"min": "1s"}}}])"),
      testing::with_reply(R"([{"delay": {"lognormal": {"median": "1s", "sigma": -1}}}])"),
      testing::with_reply(R"([{"running": 1}])"),
      testing::with_reply(R"([{"running": {"status": 1}}])"),
      testing::with_reply(R"([{"error": {"code": "X"}}])"),
      testing::with_reply(R"([{"repeat": -1, "steps": []}])"),
      testing::with_reply(R"([{"repeat": 1}])"),
      testing::with_reply(R"([{"running": {}, "delay": "1s"}])"),
      testing::with_reply(R"([{"fault": "rest"}])"),
      testing::with_reply(R"([{"fault": {"close": 70000}}])"),
      testing::with_reply(R"([{"fault": "stall-upgrade"}])"),
      testing::with_reply(R"([{"close": 1005}])"),
      testing::with_reply(R"([{"raw": 1}])"),
      testing::with_reply(R"([{"set": {}}])"),
      testing::with_reply(R"([{"set": {"a b": 1}}])"),
      testing::with_reply(R"([{"await": {"cdm": "x"}}])"),
      testing::with_reply(R"([{"broadcast": []}])"),
      testing::with_reply(R"([{"running": {}, "when": {}}])"),
      testing::with_reply(R"([{"running": {}, "when": {"instance": 0}}])"),
      testing::with_reply(R"([{"finished": {"a": {"$file": "x", "b": 1}}}])"),
      testing::with_reply(R"([{"finished": {"$generate": {"bytes": "1MB"}}}])"),
      R"({"stall": {"every": "1s"}})",
      R"({"faults": [{"fault": "truncate"}]})",
      R"({"faults": [{"fault": "reset", "when": {"instance": 1}}]})",
      R"({"limits": {"pause_at": "1 MiB"}})",
      R"({"auth": {"break": ["tll"]}})",
      R"({"expect": [{"name": "e", "unique_ids": false}]})",
      R"({"expect": [{"name": "e", "never": {}, "within": "1s"}]})",
  };
  const Schema schema;
  for (const std::string& row : rows) {
    EXPECT_FALSE(schema(json::parse(row)).empty()) << row;
    EXPECT_EQ(testing::load({row}).scenario, nullptr) << row;
  }
}

/// Every value in a tree.
void collect(json& node, std::vector<json*>& all) {
  all.push_back(&node);
  if (node.is_structured()) {
    for (json& child : node) collect(child, all);
  }
}

/// Changes one thing, drawn at random.
json mutated(json scenario, std::uint64_t draw) {
  const json values = {nullptr, true,   false, 0,       -1,     1.5,           1e300,          "",
                       "x",     "20ms", "${",  "${id}", "both", json::array(), json::object(), {{"cmd", "x"}}};
  std::vector<json*> all;
  collect(scenario, all);
  json& node = *all[protocol::mix(draw, 1) % all.size()];
  const json& value = values[protocol::mix(draw, 2) % values.size()];
  const std::uint64_t kind = protocol::mix(draw, 3) % 4;
  if (kind == 0 || node.empty() || !node.is_structured()) {
    node = value;
  } else if (kind == 1) {
    node.erase(std::next(node.begin(), static_cast<std::ptrdiff_t>(protocol::mix(draw, 4) % node.size())));
  } else if (node.is_array()) {
    node.push_back(kind == 2 ? value : node[0]);
  } else if (kind == 2) {
    node["extra"] = value;
  } else {
    auto first = std::next(node.begin(), static_cast<std::ptrdiff_t>(protocol::mix(draw, 4) % node.size()));
    json moved = first.value();
    const std::string name = first.key() + "s";
    node.erase(first);
    node[name] = moved;
  }
  return scenario;
}

TEST(ScenarioSchema, WhateverItRejectsTheLoaderRejects) {
  const Schema schema;
  LoadOptions options;
  options.read_file = [](auto, auto path, auto) { return ScenarioText{std::string{path}, "[]"}; };
  std::vector<json> bases = {document_of(everything)};
  for (auto& [name, scenario] : shipped()) bases.push_back(std::move(scenario));
  int rejected = 0;
  int taken = 0;
  for (std::uint64_t draw = 0; draw < 1500; ++draw) {
    const json scenario = mutated(bases[draw % bases.size()], draw);
    const auto errors = schema(scenario);
    const auto loaded = testing::load({scenario.dump()}, options);
    ++(errors.empty() ? taken : rejected);
    if (errors.empty()) continue;
    EXPECT_EQ(loaded.scenario, nullptr) << scenario.dump() << ::testing::PrintToString(errors);
  }
  EXPECT_GT(rejected, 200);
  EXPECT_GT(taken, 200);
}

}  // namespace
}  // namespace procedura::mock
