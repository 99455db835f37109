#include "suite.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/runner.hpp>

#include <algorithm>

namespace procedura::conformance {
namespace {

/// Tells cases to the agent that its dialer reaches.
class AgentTeller : public Teller {
 public:
  AgentTeller(std::unique_ptr<Dialer> dialer, const Profile& profile, Secrets& secrets, const RunOptions& options,
              const Suite& suite)
      : dialer_{std::move(dialer)}, profile_{profile}, secrets_{secrets}, options_{options}, suite_{suite} {}

  Told tell(const CaseSpec& spec) override {
    Case c{spec, {profile_, *dialer_, secrets_, options_.seed, suite_.ends(), options_.interrupted}};
    return told_of(
        spec, secrets_, [&] { std::get<void (*)(Case&)>(spec.run)(c); }, c.findings(), c.transcript());
  }
  TimePoint now() override { return dialer_->now(); }
  Dialer& dialer() { return *dialer_; }

 private:
  std::unique_ptr<Dialer> dialer_;
  const Profile& profile_;
  Secrets& secrets_;
  const RunOptions& options_;
  const Suite& suite_;
};

}  // namespace

RunReport run_suite(const Registry& registry, const Profile& profile, const DialerFactory& dialers, const RunOptions& options,
                    const Progress& progress) {
  Secrets secrets;
  for (const Login& login : profile.credentials) {
    secrets.add_credential(login.credential);
  }
  auto dialer = dialers();
  Offering offering = profile.offering();
  offering.needs.merge(dialer->brings());
  Suite suite{registry, offering, options, progress};
  const auto teller = [&] { return std::make_unique<AgentTeller>(dialers(), profile, secrets, options, suite); };

  const auto first = std::make_unique<AgentTeller>(std::move(dialer), profile, secrets, options, suite);
  const TimePoint began = first->now();
  suite.begin(began);
  const auto unreachable = first->dialer().unreachable(std::min(began + profile.answer_within, suite.ends()));
  if (unreachable) {
    suite.give_up("no connection: " + *unreachable);
  }
  suite.work(*first, teller);

  RunReport report = suite.report(Subject::agent);
  report.agent = profile.agent;
  report.profile_hash = profile.hash;
  report.reached = !unreachable;
  report.took = first->now() - began;
  if (const std::string server = first->dialer().server(); !server.empty()) {
    report.told.emplace_back("Server", server);
  }
  seal(report, secrets.redactor());
  return report;
}

}  // namespace procedura::conformance
