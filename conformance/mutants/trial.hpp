#pragma once

#include <procedura/conformance/mutants.hpp>
#include <procedura/conformance/report.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance::mutants {

/// What came of one broken agent.
struct Trial {
  std::string_view name;
  std::string_view clause;
  std::string_view breaks;
  bool must = false;                       ///< some of its checks bind as a MUST
  std::vector<std::string_view> named;     ///< checks that must turn red
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

/// Runs the cases that it is named with against it, over sockets, and judges the judge.
Trial try_agent(const BrokenAgent& agent, const Reference& reference, const TrialOptions& options);
/// The same for a client program. `reference`: the profile of the client of which it is a variation.
Trial try_client(const BrokenClient& client, const ClientProfile& reference, const TrialOptions& options);

/// The suite's own environment, for client programs.
std::optional<std::string> own_environment(const std::string& name);

/// What must hold of a report about something broken: each of `checks` is red as it is bound to be (or as `outcome` says),
/// nothing is the suite's own fault, and there is a proof that the rule was broken. Pure.
std::vector<std::string> faults_of(const std::vector<std::string_view>& checks, std::optional<Outcome> outcome,
                                   const RunReport& report, const std::vector<std::string>& evidence);

/// The cases that these checks belong to.
std::vector<std::string> cases_of(const std::vector<std::string_view>& checks);

}  // namespace procedura::conformance::mutants
