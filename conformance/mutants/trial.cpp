#include "trial.hpp"

#include "sabotages.hpp"

#include <procedura/conformance/runner.hpp>
#include <procedura/conformance/socket_dialer.hpp>
#include <procedura/conformance/tap.hpp>

#include <algorithm>
#include <set>

namespace procedura::conformance::mutants {
namespace {

/// The names of an overlay's stubs: that one of them answered proves that it is not the reference agent's that did.
std::set<std::string> stubs_of(const std::string& overlay) {
  std::set<std::string> names;
  const Json tree = Json::parse(overlay.empty() ? "{}" : overlay, nullptr, true, true);
  for (const Json& stub : tree.value("stubs", Json::array())) {
    names.insert(stub.value("name", ""));
  }
  return names;
}

std::vector<std::string> evidence_of(const mock::MockAgent& mock, const BrokenAgent& agent) {
  std::vector<std::string> lines;
  const auto stubs = stubs_of(agent.overlay);
  for (const mock::JournalEntry& entry : mock.journal()) {
    if (entry.event == mock::JournalEntry::Event::fault) {
      lines.push_back("fault " + entry.fault + (entry.frame.empty() ? "" : ": " + entry.frame));
    } else if (entry.direction == mock::JournalEntry::Direction::out && stubs.contains(entry.stub)) {
      lines.push_back("stub " + entry.stub + " answered: " + entry.frame);
    }
  }
  return lines;
}

const CheckSpec* find_check(std::string_view id) {
  for (const CaseSpec& spec : server_cases()) {
    if (id.rfind(std::string{spec.id} + ":", 0) == 0) {
      return spec.find(id.substr(spec.id.size() + 1));
    }
  }
  return nullptr;
}

Outcome expected(const BrokenAgent& agent, const CheckSpec& check) {
  return agent.outcome.value_or(check.binding() == Level::must ? Outcome::fail : Outcome::warn);
}

}  // namespace

std::vector<std::string> cases_of(const BrokenAgent& agent) {
  std::vector<std::string> cases;
  for (const std::string_view id : agent.checks) {
    std::string name{id.substr(0, id.find(':'))};
    if (std::find(cases.begin(), cases.end(), name) == cases.end()) {
      cases.push_back(std::move(name));
    }
  }
  return cases;
}

std::vector<std::string> faults_of(const BrokenAgent& agent, const RunReport& report,
                                   const std::vector<std::string>& evidence) {
  std::vector<std::string> faults;
  if (evidence.empty()) {
    faults.emplace_back("nothing in the journal says that the rule was broken");
  }
  std::map<std::string, const CheckResult*> results;
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      results.emplace(full_id(*result.spec, *check.check), &check);
      if (check.outcome == Outcome::harness) {
        faults.push_back(full_id(*result.spec, *check.check) + " is HARNESS: " + check.came);
      }
    }
  }
  for (const std::string_view id : agent.checks) {
    const auto found = results.find(std::string{id});
    if (found == results.end()) {
      faults.push_back(std::string{id} + " did not report");
    } else if (const Outcome wanted = expected(agent, *found->second->check); found->second->outcome != wanted) {
      const std::string& came = found->second->came;
      faults.push_back(std::string{id} + " should be " + std::string{to_string(wanted)} + " and is " +
                       std::string{to_string(found->second->outcome)} + (came.empty() ? "" : " (" + came + ")"));
    }
  }
  return faults;
}

Trial try_agent(const BrokenAgent& agent, const Reference& reference, const TrialOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  Trial trial;
  trial.name = agent.name;
  trial.clause = agent.clause;
  for (const std::string_view id : agent.checks) {
    const CheckSpec* check = find_check(id);
    trial.must = trial.must || (check != nullptr && check->binding() == Level::must);
  }

  mock::MockAgent::Options mock_options;
  if (agent.options) {
    agent.options(mock_options);
  }
  mock::MockAgent mock{reference.scenario, mock_options};
  if (!agent.overlay.empty()) {
    mock.add_script(agent.overlay);
  }
  std::optional<Tap> tap;
  if (agent.sabotage) {
    tap.emplace(mock.port(), agent.sabotage());
  }

  Profile profile = reference.profile;
  profile.answer_within = options.patience;
  if (agent.profile) {
    agent.profile(profile);
  }
  RunOptions run;
  run.select = cases_of(agent);
  run.seed = options.seed;
  run.url = tap ? tap->url() : mock.url();
  const auto endpoint = Endpoint::parse(run.url);
  const RunReport report = run_suite(
      server_cases(), profile, [&endpoint] { return make_socket_dialer(*endpoint); }, run);

  trial.evidence = evidence_of(mock, agent);
  if (tap) {
    // What the mock did on its own account proves nothing about a sabotage.
    trial.evidence = tap->fired();
  }
  trial.faults = faults_of(agent, report, trial.evidence);
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      trial.reports.emplace(full_id(*result.spec, *check.check), check.outcome);
    }
  }
  trial.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  return trial;
}

}  // namespace procedura::conformance::mutants
