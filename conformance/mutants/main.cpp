// procedura-mutation: judges the suite by agents that break one rule each.
#include "trial.hpp"

#include <iostream>

int main(int argc, char** argv) {
  using namespace procedura::conformance;
  const Reference reference = reference_agent(PROCEDURA_CONFORMANCE_DIR);
  int survived = 0;
  for (const auto& complaint : lint(broken_agents(), server_cases())) {
    std::cout << complaint << "\n";
  }
  for (const BrokenAgent& agent : broken_agents()) {
    if (argc > 1 && agent.name != argv[1]) {
      continue;
    }
    const auto trial = mutants::try_agent(agent, reference, {});
    std::cout << (trial.caught() ? "caught   " : "SURVIVED ") << trial.name << " " << trial.took.count() << " ms "
              << (trial.evidence.empty() ? "" : trial.evidence.front().substr(0, 120)) << "\n";
    for (const auto& fault : trial.faults) {
      std::cout << "         " << fault << "\n";
      ++survived;
    }
  }
  return survived == 0 ? 0 : 1;
}
