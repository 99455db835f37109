#include "../suite.hpp"
#include "command_line.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/conformance/client_runner.hpp>

#include <set>

namespace procedura::conformance {
namespace {

/// Runs a client's commands on stages of its own.
class ClientTeller : public Teller {
 public:
  ClientTeller(const ClientProfile& profile, const Environment& env, Secrets& secrets, const RunOptions& options,
               const Suite& suite)
      : profile_{profile}, env_{env}, secrets_{secrets}, options_{options}, suite_{suite} {}

  Told tell(const CaseSpec& spec) override {
    ClientCase c{spec, {profile_, secrets_, env_, options_.seed, suite_.ends(), options_.interrupted}};
    const auto story = [&] {
      try {
        std::get<void (*)(ClientCase&)>(spec.run)(c);
      } catch (...) {
        c.finish();
        throw;
      }
      c.finish();
    };
    return told_of(spec, secrets_, story, c.findings(), c.transcript());
  }
  TimePoint now() override { return std::chrono::steady_clock::now(); }

 private:
  const ClientProfile& profile_;
  const Environment& env_;
  Secrets& secrets_;
  const RunOptions& options_;
  const Suite& suite_;
};

}  // namespace

std::vector<ProfileProblem> not_startable(const ClientProfile& profile, const Environment& env) {
  std::vector<ProfileProblem> problems;
  std::set<std::string> tried;
  for (const auto& command : profile.commands) {
    Call call;
    call.command = command.first;
    const ChildStart start = start_of(profile, call, {"/nonexistent", "ws://127.0.0.1:1", env});
    if (!tried.insert(start.argv.front()).second) {
      continue;
    }
    if (auto why = why_not_startable(start)) {
      std::string at = "/" + std::string{to_string(command.first)} + "/0";
      at.replace(at.find('.'), 1, "/");
      problems.push_back({std::move(at), *std::move(why)});
    }
  }
  return problems;
}

RunReport run_client_suite(const Registry& registry, const ClientProfile& profile, const Environment& env,
                           const RunOptions& options, const Progress& progress) {
  Secrets secrets;
  const Offering offering = profile.offering();
  Suite suite{registry, offering, options, progress};
  const auto teller = [&] { return std::make_unique<ClientTeller>(profile, env, secrets, options, suite); };
  const auto first = teller();
  const TimePoint began = first->now();
  suite.begin(began);
  suite.work(*first, teller);

  RunReport report = suite.report(Subject::client);
  report.agent = profile.client;
  report.profile_hash = profile.hash;
  report.reached = true;  // its program could be started
  report.took = first->now() - began;
  seal(report, secrets.redactor());
  return report;
}

}  // namespace procedura::conformance
