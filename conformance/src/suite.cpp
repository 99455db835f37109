#include "suite.hpp"

#include <procedura/conformance/case.hpp>

#include <exception>
#include <thread>

namespace procedura::conformance {

Told told_of(const CaseSpec& spec, const Secrets& secrets, const std::function<void()>& story,
             const std::map<std::string_view, Finding>& findings, const Transcript& transcript) {
  Told told;
  std::string fault;
  try {
    story();
  } catch (const CannotGoOn& stop) {
    told.unjudged = stop.why;
  } catch (const RunOver&) {
    told.unjudged = not_reached;
  } catch (const std::exception& error) {
    fault = error.what();
  }
  const protocol::Redactor redactor = secrets.redactor();
  for (const auto& [slug, finding] : findings) {
    told.findings.emplace(slug, Finding{finding.kind, sealed(finding.came, redactor)});
  }
  if (!fault.empty()) {
    for (const CheckSpec& check : spec.checks) {
      told.findings.emplace(check.slug, Finding::harness("the suite failed: " + sealed(fault, redactor)));
    }
  }
  told.unjudged = sealed(told.unjudged, redactor);
  told.transcript = sealed(transcript, redactor);
  return told;
}

void seal(RunReport& report, const protocol::Redactor& redactor) {
  const auto seal_text = [&redactor](std::string& text) { text = redactor(text); };
  for (CaseResult& result : report.cases) {
    for (CheckResult& check : result.checks) {
      seal_text(check.came);
    }
    for (Entry& entry : result.transcript) {
      seal_text(entry.text);
    }
  }
  for (Coverage::Gap& gap : report.coverage.gaps) {
    seal_text(gap.why);
  }
  for (auto& [name, value] : report.told) {
    seal_text(name);
    seal_text(value);
  }
}

Suite::Suite(const Registry& registry, const Offering& offering, const RunOptions& options, const Progress& progress)
    : registry_{registry},
      offering_{offering},
      options_{options},
      progress_{progress},
      schedule_{registry, offering, options.select, options.seed},
      all_{schedule_.order().size()} {}

void Suite::give_up(const std::string& why) {
  const std::lock_guard lock{mutex_};
  schedule_.give_up(why);
}

void Suite::work(Teller& first, const std::function<std::unique_ptr<Teller>()>& more) {
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < options_.jobs; ++i) {
    helpers.emplace_back([this, &more] { work(*more()); });
  }
  work(first);
}

void Suite::work(Teller& teller) {
  std::unique_lock lock{mutex_};
  while (const CaseSpec* spec = take(teller, lock)) {
    lock.unlock();
    const TimePoint began = teller.now();
    Told told = teller.tell(*spec);
    told.took = teller.now() - began;
    lock.lock();
    if (told.unjudged == not_reached) {
      (interrupted() ? cut_short_ : out_of_time_) = true;
      told.unjudged = interrupted() ? not_reached_by_signal : not_reached;
    }
    schedule_.finished(*spec, told.findings, told.unjudged);
    told_.insert_or_assign(spec->id, std::move(told));
    changed_.notify_all();
    if (progress_) {
      progress_(told_.size(), all_, *spec);
    }
  }
}

const CaseSpec* Suite::take(Teller& teller, std::unique_lock<std::mutex>& lock) {
  for (;;) {
    if (!schedule_.done() && interrupted()) {
      cut_short_ = true;
      schedule_.give_up(not_reached_by_signal);
    } else if (!schedule_.done() && teller.now() >= ends_) {
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

std::vector<CaseResult> Suite::results() {
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

RunReport Suite::report(Subject subject) {
  RunReport report;
  report.subject = subject;
  report.version = PROCEDURA_VERSION;
  report.registry_hash = hash_of(registry_);
  report.started = options_.started;
  report.command = options_.command;
  for (const std::string& pattern : options_.select) {
    report.command += " --select '" + pattern + "'";
  }
  report.url = options_.url;
  report.seed = options_.seed;
  report.strict = options_.strict;
  report.out_of_time = out_of_time_;
  report.cases = results();
  report.interrupted = cut_short_;
  report.discrepancies = discrepancies_of(report.cases, schedule_.order());
  report.coverage = coverage_of(report.cases, registry_, offering_, subject);
  return report;
}

}  // namespace procedura::conformance
