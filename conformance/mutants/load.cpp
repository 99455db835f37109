#include "load.hpp"

#include "trial.hpp"

#include <procedura/conformance/client_runner.hpp>
#include <procedura/conformance/runner.hpp>
#include <procedura/conformance/socket_dialer.hpp>
#include <procedura/conformance/tap.hpp>
#include <procedura/protocol/random.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

namespace procedura::conformance::mutants {

namespace {

Verdicts verdicts_of(const RunReport& report) {
  Verdicts verdicts;
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      verdicts.emplace(full_id(*result.spec, *check.check), check.outcome);
    }
  }
  return verdicts;
}

}  // namespace

Verdicts judge_reference(const Reference& reference, unsigned jobs, std::uint64_t seed, bool tapped) {
  const mock::MockAgent mock{reference.scenario};
  std::optional<Tap> tap;
  if (tapped) {
    tap.emplace(mock.port());
  }
  RunOptions run;
  run.seed = seed;
  run.jobs = jobs;
  run.max_time = std::chrono::minutes{10};
  run.url = tap ? tap->url() : mock.url();
  const auto endpoint = Endpoint::parse(run.url);
  const RunReport report = run_suite(
      server_cases(), reference.profile, [&endpoint] { return make_socket_dialer(*endpoint); }, run);
  return verdicts_of(report);
}

Verdicts judge_client(const ClientProfile& client, unsigned jobs, std::uint64_t seed) {
  RunOptions run;
  run.seed = seed;
  run.jobs = jobs;
  run.max_time = std::chrono::minutes{10};
  return verdicts_of(run_client_suite(client_cases(), client, own_environment, run));
}

std::vector<std::string> not_green(const Verdicts& verdicts) {
  std::vector<std::string> out;
  for (const auto& [id, outcome] : verdicts) {
    if (outcome != Outcome::pass && outcome != Outcome::info && outcome != Outcome::not_applicable) {
      out.push_back(id + " is " + std::string{to_string(outcome)});
    }
  }
  return out;
}

std::vector<std::string> changed(const Verdicts& before, const Verdicts& now) {
  std::vector<std::string> out;
  for (const auto& [id, outcome] : before) {
    const auto found = now.find(id);
    if (found == now.end()) {
      out.push_back(id + " did not report");
    } else if (found->second != outcome) {
      out.push_back(id + " was " + std::string{to_string(outcome)} + " and is " + std::string{to_string(found->second)});
    }
  }
  for (const auto& [id, outcome] : now) {
    if (!before.contains(id)) {
      out.push_back(id + " did not report before");
    }
  }
  return out;
}

class BusyMachine::Impl {
 public:
  Impl() {
    const unsigned threads = std::max(2U, 2 * std::thread::hardware_concurrency());
    for (unsigned i = 0; i < threads; ++i) {
      workers_.emplace_back([this](const std::stop_token& stop) {
        std::uint64_t x = 1;
        while (!stop.stop_requested()) {
          x = protocol::mix(x, 1);
        }
        sum_ += x;  // so that the work is not optimised away
      });
    }
  }

 private:
  std::atomic<std::uint64_t> sum_ = 0;
  std::vector<std::jthread> workers_;
};

BusyMachine::BusyMachine() : impl_{std::make_unique<Impl>()} {}
BusyMachine::~BusyMachine() = default;

}  // namespace procedura::conformance::mutants
