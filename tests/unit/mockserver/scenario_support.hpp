#pragma once

#include "scenario/load.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace procedura::mock::testing {

/// Loads texts as `a.json`, `b.json` and so on.
inline LoadedScenario load(std::initializer_list<std::string> texts, const LoadOptions& options = {}) {
  std::vector<ScenarioText> sources;
  char name = 'a';
  for (const std::string& text : texts) sources.push_back({std::string{name++} + ".json", text});
  return load_scenario(sources, options);
}

inline std::vector<std::string> messages(const LoadedScenario& loaded) {
  std::vector<std::string> all;
  for (const Problem& problem : loaded.problems) all.push_back(to_string(problem));
  return all;
}

/// A scenario that must be good; its problems fail the test.
inline std::shared_ptr<const Scenario> loaded_well(std::initializer_list<std::string> texts, const LoadOptions& options = {}) {
  const LoadedScenario loaded = load(texts, options);
  for (const std::string& message : messages(loaded)) ADD_FAILURE() << message;
  return loaded.scenario != nullptr ? loaded.scenario : std::make_shared<const Scenario>();
}

/// A scenario of one stub with this reply.
inline std::string with_reply(const std::string& reply) {
  return R"({"stubs":[{"name":"s","match":{"cmd":"m"},"reply":)" + reply + "}]}";
}

/// A scenario of one stub with this match.
inline std::string with_match(const std::string& match) {
  return R"({"stubs":[{"name":"s","match":)" + match + R"(,"reply":[{"finished":null}]}]})";
}

}  // namespace procedura::mock::testing
