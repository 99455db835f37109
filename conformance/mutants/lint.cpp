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

/// What the two catalogues have in common.
struct Mutant {
  std::string kind;
  std::string_view name;
  std::string_view clause;
  const std::vector<std::string_view>& checks;
  std::string_view breaks;
  bool does_something;
};

std::vector<std::string> lint(const std::vector<Mutant>& mutants, const Registry& registry) {
  std::vector<std::string> complaints;
  std::map<std::string, const CheckSpec*> checks;
  for (const CaseSpec& spec : registry) {
    for (const CheckSpec& check : spec.checks) {
      checks.emplace(full_id(spec, check), &check);
    }
  }
  std::set<std::string_view> names;
  std::set<std::string> caught;
  for (const Mutant& mutant : mutants) {
    const auto complain = [&](const std::string& what) {
      complaints.push_back(mutant.kind + " " + std::string{mutant.name} + " " + what);
    };
    if (!is_name(mutant.name) || !names.insert(mutant.name).second) {
      complain("has a bad or repeated name");
    }
    if (find_clause(mutant.clause) == nullptr) {
      complain("breaks a clause that does not exist: " + std::string{mutant.clause});
    }
    if (mutant.breaks.empty() || mutant.checks.empty()) {
      complain("does not say what it breaks, or who must notice");
    }
    if (!mutant.does_something) {
      complain("breaks nothing: it has neither an overlay nor a sabotage");
    }
    for (const std::string_view id : mutant.checks) {
      const auto check = checks.find(std::string{id});
      if (check == checks.end()) {
        complain("names a check that does not exist: " + std::string{id});
      } else if (check->second->clause != mutant.clause) {
        complain("names " + std::string{id} + ", which is of " + std::string{check->second->clause} + " and not of " +
                 std::string{mutant.clause});
      } else {
        caught.insert(std::string{id});
      }
    }
  }
  for (const auto& [id, check] : checks) {
    if (check->binding() != Level::may && !caught.contains(id) && check->unproven.empty()) {
      complaints.push_back("check " + id + " is turned red by nothing broken, and gives no reason for that (unproven)");
    }
    if (caught.contains(id) && !check->unproven.empty()) {
      complaints.push_back("check " + id + " is turned red by something broken, and says that it cannot be");
    }
  }
  return complaints;
}

}  // namespace

std::vector<std::string> lint(const std::vector<BrokenAgent>& agents, const Registry& registry) {
  std::vector<Mutant> mutants;
  for (const BrokenAgent& agent : agents) {
    mutants.push_back({"broken agent", agent.name, agent.clause, agent.checks, agent.breaks,
                       !agent.overlay.empty() || static_cast<bool>(agent.sabotage)});
  }
  return lint(mutants, registry);
}

std::vector<std::string> lint(const std::vector<BrokenClient>& clients, const Registry& registry) {
  std::vector<Mutant> mutants;
  for (const BrokenClient& client : clients) {
    mutants.push_back({"broken client", client.name, client.clause, client.checks, client.breaks, true});
  }
  return lint(mutants, registry);
}

}  // namespace procedura::conformance
