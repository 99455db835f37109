#pragma once

#include <procedura/conformance/mutants.hpp>
#include <procedura/conformance/report.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Agents that do nothing sensible at all. What they pass all the same is written down in conformance/mutants/golden/NAME.txt,
/// one check a line, and looked at by people: a check that the silent agent passes had better have a reason. When a list is no
/// longer right, `procedura-mutation degenerate --renew` writes it anew, and the difference is for the review.
namespace procedura::conformance::mutants {

struct DegenerateAgent {
  std::string_view name;
  std::string_view does;
  std::function<tap::Sabotage()> sabotage;
};

const std::vector<DegenerateAgent>& degenerate_agents();

/// Runs all cases against it: as anybody would, and then each for itself, whatever came of those that it depends on.
std::vector<RunReport> try_degenerate(const DegenerateAgent& agent, const Reference& reference, std::uint64_t seed = 1);

/// The checks that passed in one of them, sorted.
std::vector<std::string> passed(const std::vector<RunReport>& reports);

}  // namespace procedura::conformance::mutants
