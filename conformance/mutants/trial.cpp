#include "trial.hpp"

#include "sabotages.hpp"

#include <procedura/conformance/client_runner.hpp>
#include <procedura/conformance/runner.hpp>
#include <procedura/conformance/socket_dialer.hpp>
#include <procedura/conformance/tap.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
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

const CheckSpec* find_check(const Registry& registry, std::string_view id) {
  for (const CaseSpec& spec : registry) {
    if (id.rfind(std::string{spec.id} + ":", 0) == 0) {
      return spec.find(id.substr(spec.id.size() + 1));
    }
  }
  return nullptr;
}

template <class Broken>
Trial begun(const Broken& broken, const Registry& registry) {
  Trial trial;
  trial.name = broken.name;
  trial.clause = broken.clause;
  trial.breaks = broken.breaks;
  trial.named = broken.checks;
  for (const std::string_view id : broken.checks) {
    const CheckSpec* check = find_check(registry, id);
    trial.must = trial.must || (check != nullptr && check->binding() == Level::must);
  }
  return trial;
}

/// Reads the report; the evidence must be there already.
void judge(Trial& trial, std::optional<Outcome> outcome, const RunReport& report) {
  trial.faults = faults_of(trial.named, outcome, report, trial.evidence);
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      trial.reports.emplace(full_id(*result.spec, *check.check), check.outcome);
    }
  }
  trial.took = std::chrono::duration_cast<std::chrono::milliseconds>(report.took);
}

/// A file that is gone with it.
class ProofFile {
 public:
  explicit ProofFile(std::string_view name)
      : path_{std::filesystem::temp_directory_path() /
              ("procedura-proof-" + std::string{name} + "-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)))} {}
  ProofFile(const ProofFile&) = delete;
  ProofFile& operator=(const ProofFile&) = delete;
  ~ProofFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  std::string path() const { return path_.string(); }
  std::vector<std::string> lines() const {
    std::ifstream in{path_};
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
      lines.push_back(line);
    }
    return lines;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

std::vector<std::string> cases_of(const std::vector<std::string_view>& checks) {
  std::vector<std::string> cases;
  for (const std::string_view id : checks) {
    std::string name{id.substr(0, id.find(':'))};
    if (std::find(cases.begin(), cases.end(), name) == cases.end()) {
      cases.push_back(std::move(name));
    }
  }
  return cases;
}

std::vector<std::string> faults_of(const std::vector<std::string_view>& checks, std::optional<Outcome> outcome,
                                   const RunReport& report, const std::vector<std::string>& evidence) {
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
  for (const std::string_view id : checks) {
    const auto found = results.find(std::string{id});
    if (found == results.end()) {
      faults.push_back(std::string{id} + " did not report");
      continue;
    }
    const CheckResult& result = *found->second;
    const Outcome wanted = outcome.value_or(result.check->binding() == Level::must ? Outcome::fail : Outcome::warn);
    if (result.outcome != wanted) {
      faults.push_back(std::string{id} + " should be " + std::string{to_string(wanted)} + " and is " +
                       std::string{to_string(result.outcome)} + (result.came.empty() ? "" : " (" + result.came + ")"));
    }
  }
  return faults;
}

Trial try_agent(const BrokenAgent& agent, const Reference& reference, const TrialOptions& options) {
  Trial trial = begun(agent, server_cases());
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
  run.select = cases_of(agent.checks);
  run.seed = options.seed;
  run.url = tap ? tap->url() : mock.url();
  const auto endpoint = Endpoint::parse(run.url);
  const RunReport report = run_suite(
      server_cases(), profile, [&endpoint] { return make_socket_dialer(*endpoint); }, run);

  // What the mock did on its own account proves nothing about a sabotage.
  trial.evidence = tap ? tap->fired() : evidence_of(mock, agent);
  protocol::Redactor redactor;
  for (const Login& login : profile.credentials) {
    redactor.add_credential(login.credential);
  }
  for (std::string& line : trial.evidence) {
    line = sealed(line, redactor);
  }
  judge(trial, agent.outcome, report);
  return trial;
}

std::optional<std::string> own_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

Trial try_client(const BrokenClient& client, const ClientProfile& reference, const TrialOptions& options) {
  Trial trial = begun(client, client_cases());
  const ProofFile proof{client.name};
  ClientProfile profile = reference;
  profile.patience = std::min(profile.patience, 2 * options.patience);  // a process has to start first
  profile.env["BROKEN_CLIENT_RULE"] = client.name;
  profile.env["BROKEN_CLIENT_PROOF"] = proof.path();
  if (client.profile) {
    client.profile(profile);
  }
  RunOptions run;
  run.select = cases_of(client.checks);
  run.seed = options.seed;
  const RunReport report = run_client_suite(client_cases(), profile, own_environment, run);
  trial.evidence = proof.lines();
  judge(trial, client.outcome, report);
  return trial;
}

}  // namespace procedura::conformance::mutants
