#pragma once

#include <procedura/conformance/report.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

/// Which case is run next, and what becomes of those that cannot be. Pure, and not thread-safe: its owner locks.
class Schedule {
 public:
  /// `select`: patterns, none means all. What the selected cases depend on is run with them. The registry must outlive it.
  Schedule(const Registry& registry, Offering offering, const std::vector<std::string>& select, std::uint64_t seed);

  /// Patterns that match no case.
  const std::vector<std::string>& unmatched() const { return unmatched_; }

  /// A case that can be run now; null when there is none, because all is done or what is left waits for cases that run.
  const CaseSpec* next();
  /// What came of a case that `next` handed out: a finding for each check that it judged. A check that applies and was not
  /// judged is UNTESTABLE for the reason `unjudged`, or HARNESS if there is none.
  void finished(const CaseSpec& spec, const std::map<std::string_view, Finding>& findings, const std::string& unjudged);
  /// What has not been started never will be.
  void give_up(const std::string& why);

  bool done() const { return waiting_.empty() && running_ == 0; }
  /// In the registry's order, once `done`. Only outcomes and what came are filled in.
  std::vector<CaseResult> results() const;
  /// The order in which cases are tried.
  const std::vector<const CaseSpec*>& order() const { return order_; }

 private:
  void include(const CaseSpec& spec);
  std::vector<std::string_view> prerequisites(const CaseSpec& spec) const;
  std::optional<std::string> lacking(const CaseSpec& spec, const CheckSpec& check) const;
  bool settled(const CaseSpec& spec);
  void settle_what_cannot_run();
  void settle_all(const CaseSpec& spec, Outcome outcome, const std::string& why);
  void put(const CaseSpec& spec, const CheckSpec& check, Outcome outcome, std::string came);

  const Registry& registry_;
  Offering offering_;
  std::vector<std::string> unmatched_;
  std::vector<const CaseSpec*> order_;
  std::vector<const CaseSpec*> waiting_;
  std::size_t running_ = 0;
  std::map<std::string, CheckResult> results_;  // by full id of the check
  std::map<std::string, const CaseSpec*> owners_;
};

}  // namespace procedura::conformance
