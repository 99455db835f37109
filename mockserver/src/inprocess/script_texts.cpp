#include "inprocess/script_texts.hpp"

#include <procedura/mock/mock_error.hpp>

#include <algorithm>
#include <utility>

namespace procedura::mock::inprocess {

std::shared_ptr<const Scenario> ScriptTexts::replace(std::vector<ScenarioText> texts) {
  std::vector<Part> parts;
  for (auto& text : texts) parts.push_back({{}, std::move(text)});
  auto scenario = load(parts);
  parts_ = std::move(parts);
  return scenario;
}

std::shared_ptr<const Scenario> ScriptTexts::add(std::string_view key, ScenarioText text) {
  std::vector<Part> parts = parts_;
  const auto same =
      key.empty() ? parts.end() : std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.key == key; });
  if (same != parts.end()) {
    same->text = std::move(text);
  } else {
    parts.push_back({std::string{key}, std::move(text)});
  }
  auto scenario = load(parts);
  parts_ = std::move(parts);
  return scenario;
}

std::shared_ptr<const Scenario> ScriptTexts::load(const std::vector<Part>& parts) const {
  std::vector<ScenarioText> texts;
  for (const auto& part : parts) texts.push_back(part.text);
  auto loaded = load_scenario(texts, options_);
  std::string problems = "the scenario cannot be used:";
  for (const auto& problem : loaded.problems) {
    problems += '\n' + to_string(problem);
    if (loaded.scenario) warn_(to_string(problem));
  }
  if (!loaded.scenario) throw MockError{MockError::Kind::scenario, problems};
  return std::move(loaded.scenario);
}

}  // namespace procedura::mock::inprocess
