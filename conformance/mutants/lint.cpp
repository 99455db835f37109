#include <procedura/conformance/mutants.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace procedura::conformance {
namespace {

bool is_name(std::string_view text) {
  const auto fine = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), fine);
}

}  // namespace

std::vector<std::string> lint(const std::vector<BrokenAgent>& agents, const Registry& registry) {
  std::vector<std::string> complaints;
  std::map<std::string, const CheckSpec*> checks;
  for (const CaseSpec& spec : registry) {
    for (const CheckSpec& check : spec.checks) {
      checks.emplace(full_id(spec, check), &check);
    }
  }
  std::set<std::string_view> names;
  std::set<std::string> caught;
  for (const BrokenAgent& agent : agents) {
    const auto complain = [&](const std::string& what) {
      complaints.push_back("broken agent " + std::string{agent.name} + " " + what);
    };
    if (!is_name(agent.name) || !names.insert(agent.name).second) {
      complain("has a bad or repeated name");
    }
    if (find_clause(agent.clause) == nullptr) {
      complain("breaks a clause that does not exist: " + std::string{agent.clause});
    }
    if (agent.breaks.empty() || agent.checks.empty()) {
      complain("does not say what it breaks, or who must notice");
    }
    if (agent.overlay.empty() && !agent.sabotage) {
      complain("breaks nothing: it has neither an overlay nor a sabotage");
    }
    for (const std::string_view id : agent.checks) {
      const auto check = checks.find(std::string{id});
      if (check == checks.end()) {
        complain("names a check that does not exist: " + std::string{id});
      } else if (check->second->clause != agent.clause) {
        complain("names " + std::string{id} + ", which is of " + std::string{check->second->clause} + " and not of " +
                 std::string{agent.clause});
      } else {
        caught.insert(std::string{id});
      }
    }
  }
  for (const auto& [id, check] : checks) {
    if (check->binding() != Level::may && !caught.contains(id) && check->unproven.empty()) {
      complaints.push_back("check " + id + " is turned red by no broken agent, and gives no reason for that (unproven)");
    }
    if (caught.contains(id) && !check->unproven.empty()) {
      complaints.push_back("check " + id + " is turned red by a broken agent, and says that it cannot be");
    }
  }
  return complaints;
}

}  // namespace procedura::conformance
