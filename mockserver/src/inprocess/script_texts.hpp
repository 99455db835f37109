#pragma once

#include "scenario/load.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock::inprocess {

/// The texts that a mock's scenario is made of: those it was given, and behind them, as if by one more `--script` each, what
/// was written in code. All of them are loaded together each time, so that every check sees the whole.
class ScriptTexts {
 public:
  /// Takes a line for people for each warning.
  using Warn = std::function<void(std::string_view)>;

  ScriptTexts(LoadOptions options, Warn warn) : options_{std::move(options)}, warn_{std::move(warn)} {}

  // These throw `MockError`, and then everything is as it was before.

  /// Nothing but these from now on.
  std::shared_ptr<const Scenario> replace(std::vector<ScenarioText> texts);
  /// One more; it takes the place of what was added under the same key.
  std::shared_ptr<const Scenario> add(std::string_view key, ScenarioText text);

 private:
  struct Part {
    std::string key;
    ScenarioText text;
  };
  std::shared_ptr<const Scenario> load(const std::vector<Part>& parts) const;

  LoadOptions options_;
  Warn warn_;
  std::vector<Part> parts_;
};

}  // namespace procedura::mock::inprocess
