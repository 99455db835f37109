#include <procedura/conformance/case.hpp>
#include <procedura/conformance/runner.hpp>
#include <procedura/conformance/schedule.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace procedura::conformance {
namespace {

constexpr const char* not_reached = "not reached: the run's time was over (--max-time)";

struct Told {
  std::map<std::string_view, Finding> findings;
  std::string unjudged;  ///< why the rest was not; empty if all should have been
  Transcript transcript;
  Duration took{};
};

Told tell(const CaseSpec& spec, const CaseSetting& setting) {
  Told told;
  const TimePoint began = setting.dialer.now();
  Case c{spec, setting};
  std::string fault;
  try {
    spec.run(c);
  } catch (const CannotGoOn& stop) {
    told.unjudged = stop.why;
  } catch (const RunOver&) {
    told.unjudged = not_reached;
  } catch (const std::exception& error) {
    fault = error.what();
  }
  // Sealed here, at the one place where findings leave the case: behind it nothing is secret.
  const protocol::Redactor redactor = setting.secrets.redactor();
  for (const auto& [slug, finding] : c.findings()) {
    told.findings.emplace(slug, Finding{finding.kind, sealed(finding.came, redactor)});
  }
  if (!fault.empty()) {
    for (const CheckSpec& check : spec.checks) {
      told.findings.emplace(check.slug, Finding::harness("the suite failed: " + sealed(fault, redactor)));
    }
  }
  told.unjudged = sealed(told.unjudged, redactor);
  told.transcript = sealed(c.transcript(), redactor);
  told.took = setting.dialer.now() - began;
  return told;
}

class Suite {
 public:
  Suite(const Registry& registry, const Profile& profile, const RunOptions& options, const Progress& progress)
      : profile_{profile},
        options_{options},
        progress_{progress},
        schedule_{registry, profile, options.select, options.seed},
        all_{schedule_.order().size()} {
    for (const Login& login : profile.credentials) {
      secrets_.add_credential(login.credential);
    }
  }

  void begin(TimePoint now) { ends_ = now + options_.max_time; }
  TimePoint ends() const { return ends_; }
  void give_up(const std::string& why) { schedule_.give_up(why); }
  bool out_of_time() const { return out_of_time_; }

  /// Works until nothing is left to be begun.
  void work(Dialer& dialer) {
    std::unique_lock lock{mutex_};
    while (const CaseSpec* spec = take(dialer, lock)) {
      lock.unlock();
      Told told = tell(*spec, {profile_, dialer, secrets_, options_.seed, ends_});
      lock.lock();
      schedule_.finished(*spec, told.findings, told.unjudged);
      out_of_time_ = out_of_time_ || told.unjudged == not_reached;
      told_.insert_or_assign(spec->id, std::move(told));
      changed_.notify_all();
      if (progress_) {
        progress_(told_.size(), all_, *spec);
      }
    }
  }

  std::vector<CaseResult> results() {
    auto results = schedule_.results();
    for (CaseResult& result : results) {
      result.rerun = options_.command + " --select " + std::string{result.spec->id};
      if (const auto told = told_.find(result.spec->id); told != told_.end()) {
        result.ran = true;
        result.took = told->second.took;
        result.transcript = std::move(told->second.transcript);
      }
    }
    return results;
  }

 private:
  const CaseSpec* take(Dialer& dialer, std::unique_lock<std::mutex>& lock) {
    for (;;) {
      if (dialer.now() >= ends_ && !schedule_.done()) {
        out_of_time_ = true;
        schedule_.give_up(not_reached);
      }
      if (const CaseSpec* spec = schedule_.next()) {
        return spec;
      }
      if (schedule_.done()) {
        changed_.notify_all();
        return nullptr;
      }
      // Another worker runs what the rest waits for, and is bounded by its own deadline.
      changed_.wait(lock);
    }
  }

  const Profile& profile_;
  const RunOptions& options_;
  const Progress& progress_;
  Secrets secrets_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Schedule schedule_;
  std::size_t all_;
  std::map<std::string_view, Told> told_;
  TimePoint ends_{};
  bool out_of_time_ = false;
};

}  // namespace

RunReport run_suite(const Registry& registry, const Profile& profile, const DialerFactory& dialers, const RunOptions& options,
                    const Progress& progress) {
  Suite suite{registry, profile, options, progress};
  const auto dialer = dialers();
  const TimePoint began = dialer->now();
  suite.begin(began);

  RunReport report;
  const auto unreachable = dialer->unreachable(std::min(began + profile.answer_within, suite.ends()));
  report.reached = !unreachable;
  if (unreachable) {
    suite.give_up("no connection: " + *unreachable);
  }
  {
    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < options.jobs; ++i) {
      helpers.emplace_back([&suite, &dialers] { suite.work(*dialers()); });
    }
    suite.work(*dialer);
  }

  report.version = PROCEDURA_VERSION;
  report.url = options.url;
  report.agent = profile.agent;
  report.seed = options.seed;
  report.strict = options.strict;
  report.out_of_time = suite.out_of_time();
  report.took = dialer->now() - began;
  report.cases = suite.results();
  report.coverage = coverage_of(report.cases, registry, profile);
  return report;
}

}  // namespace procedura::conformance
