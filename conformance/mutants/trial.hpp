#pragma once

#include <procedura/conformance/mutants.hpp>
#include <procedura/conformance/report.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance::mutants {

/// What came of one broken agent.
struct Trial {
  std::string_view name;
  std::string_view clause;
  bool must = false;                       ///< some of its checks bind as a MUST
  std::vector<std::string> evidence;       ///< lines of the journal that say that the rule was broken
  std::map<std::string, Outcome> reports;  ///< by full id, of every check of the cases that it is tried with
  std::vector<std::string> faults;         ///< why it does not count as caught, one sentence each
  std::chrono::milliseconds took{};

  bool caught() const { return faults.empty(); }
};

struct TrialOptions {
  std::chrono::milliseconds patience{2000};  ///< for one answer: many broken agents never give it
  std::uint64_t seed = 1;
};

/// Runs the cases that `agent` is named with against it, over sockets, and judges the judge.
Trial try_agent(const BrokenAgent& agent, const Reference& reference, const TrialOptions& options);

/// What must hold of a report about `agent`: each named check is red as it is bound to be, and no other outcome is the suite's
/// own fault. Pure.
std::vector<std::string> faults_of(const BrokenAgent& agent, const RunReport& report, const std::vector<std::string>& evidence);

/// The cases whose checks `agent` names.
std::vector<std::string> cases_of(const BrokenAgent& agent);

}  // namespace procedura::conformance::mutants
