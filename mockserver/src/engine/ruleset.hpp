#pragma once

#include "scenario/stub_index.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace procedura::mock::engine {

/// Names of stubs, partitions and users, each kept once for as long as the agent lives: the journal and the counters outlive a
/// scenario.
class Names {
 public:
  std::string_view keep(std::string_view name) {
    const auto known = names_.find(name);
    return known != names_.end() ? *known : *names_.emplace(name).first;
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>{}(name); }
  };
  std::unordered_set<std::string, Hash, std::equal_to<>> names_;
};

/// A scenario made ready for matching. Shared by whoever began with it: an instance that lives on after a reload keeps its own.
class Ruleset {
 public:
  Ruleset(std::shared_ptr<const Scenario> scenario, Names& names) : scenario_{std::move(scenario)}, stubs_{scenario_->stubs} {
    kept_names_.reserve(scenario_->stubs.size());
    for (const Stub& stub : scenario_->stubs) kept_names_.push_back(names.keep(stub.name));
  }
  Ruleset(const Ruleset&) = delete;
  Ruleset& operator=(const Ruleset&) = delete;
  ~Ruleset() = default;

  const Scenario& scenario() const noexcept { return *scenario_; }
  const Settings& settings() const noexcept { return scenario_->settings; }
  const StubIndex& stubs() const noexcept { return stubs_; }
  /// The kept name of one of the scenario's stubs. Its address stands for the name: the same over all reloads.
  std::string_view kept_name(const Stub& stub) const noexcept {
    return kept_names_[static_cast<std::size_t>(&stub - scenario_->stubs.data())];
  }

 private:
  std::shared_ptr<const Scenario> scenario_;
  StubIndex stubs_;
  std::vector<std::string_view> kept_names_;
};

/// Counts by the name of a stub.
using StubCounts = std::unordered_map<const char*, std::uint64_t>;

}  // namespace procedura::mock::engine
