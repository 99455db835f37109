#include <procedura/conformance/mapping.hpp>
#include <procedura/conformance/report.hpp>

#include <algorithm>
#include <map>

namespace procedura::conformance {
namespace {

bool is_verdict(Outcome outcome) {
  return outcome == Outcome::pass || outcome == Outcome::fail || outcome == Outcome::warn || outcome == Outcome::info;
}

}  // namespace

bool CaseResult::any(Outcome outcome) const {
  return std::any_of(checks.begin(), checks.end(), [outcome](const CheckResult& result) { return result.outcome == outcome; });
}

std::size_t RunReport::count(Outcome outcome) const {
  std::size_t sum = 0;
  for (const CaseResult& result : cases) {
    sum += static_cast<std::size_t>(std::count_if(result.checks.begin(), result.checks.end(),
                                                  [outcome](const CheckResult& check) { return check.outcome == outcome; }));
  }
  return sum;
}

Coverage coverage_of(const std::vector<CaseResult>& cases, const Registry& registry, const Offering& offering,
                     Subject subject) {
  std::map<std::string_view, const CheckResult*> best;  // by clause: one with a verdict, else any
  for (const CaseResult& result : cases) {
    for (const CheckResult& check : result.checks) {
      const CheckResult*& held = best[check.check->clause];
      if (held == nullptr || (!is_verdict(held->bare()) && is_verdict(check.bare()))) {
        held = &check;
      }
    }
  }
  const auto has_case = [&registry](std::string_view clause) {
    return std::any_of(registry.begin(), registry.end(), [clause](const CaseSpec& spec) {
      return std::any_of(spec.checks.begin(), spec.checks.end(),
                         [clause](const CheckSpec& check) { return check.clause == clause; });
    });
  };

  Coverage coverage;
  const auto gap = [&coverage](const std::string& why, std::string_view clause) {
    const auto found = std::find_if(coverage.gaps.begin(), coverage.gaps.end(),
                                    [&why](const Coverage::Gap& known) { return known.why == why; });
    (found == coverage.gaps.end() ? coverage.gaps.emplace_back(Coverage::Gap{why, {}}) : *found).clauses.push_back(clause);
  };
  for (const Clause& clause : clauses()) {
    if (!clause.binds(subject) || (clause.only_ours() && !offering.declared(clause.id))) {
      continue;
    }
    coverage.applicable += 1;
    const auto found = best.find(clause.id);
    if (found == best.end()) {
      const std::string excluded{exclusion_of(subject, clause.id)};
      gap(has_case(clause.id) ? "not selected" : excluded.empty() ? "no case yet" : excluded, clause.id);
    } else if (!is_verdict(found->second->bare())) {
      gap(found->second->came, clause.id);
    } else {
      coverage.judged += 1;
    }
  }
  return coverage;
}

std::vector<std::string> discrepancies_of(const std::vector<CaseResult>& cases, const std::vector<const CaseSpec*>& selected) {
  std::map<std::string, int> due;  // by full id: how often it reported more or less than once
  for (const CaseSpec* spec : selected) {
    for (const CheckSpec& check : spec->checks) {
      due[full_id(*spec, check)] -= 1;
    }
  }
  for (const CaseResult& result : cases) {
    for (const CheckResult& check : result.checks) {
      due[full_id(*result.spec, *check.check)] += 1;
    }
  }
  std::vector<std::string> found;
  for (const auto& [id, difference] : due) {
    if (difference != 0) {
      found.push_back(id + (difference < 0 ? " was declared and did not report" : " reported more often than it was declared"));
    }
  }
  return found;
}

std::string_view to_string(Excuse::Kind kind) noexcept {
  return kind == Excuse::Kind::failing ? "known failing" : "known flaky";
}

std::string_view to_string(BaselineUse::Kind kind) noexcept {
  switch (kind) {
    case BaselineUse::Kind::used:
      return "used";
    case BaselineUse::Kind::stale:
      return "stale";
    case BaselineUse::Kind::expired:
      return "expired";
    case BaselineUse::Kind::unused:
      break;
  }
  return "unused";
}

namespace {

bool at_fault(const RunReport& report) {
  return report.count(Outcome::harness) != 0 || !report.discrepancies.empty();
}

bool judged_nothing(const RunReport& report) {
  return std::all_of(report.cases.begin(), report.cases.end(), [](const CaseResult& result) {
    return std::all_of(result.checks.begin(), result.checks.end(),
                       [](const CheckResult& check) { return check.outcome == Outcome::not_applicable; });
  });
}

bool holds_no_more(const BaselineUse& use) {
  return use.kind == BaselineUse::Kind::stale || use.kind == BaselineUse::Kind::expired;
}

}  // namespace

int exit_code(const RunReport& report) {
  if (at_fault(report)) {
    return 70;
  }
  if (!report.reached || judged_nothing(report)) {
    return 3;
  }
  if (report.out_of_time || report.interrupted || std::any_of(report.baseline.begin(), report.baseline.end(), holds_no_more)) {
    return 1;
  }
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      if (weighs(check.outcome, check.check->binding(), report.strict)) {
        return 1;
      }
    }
  }
  return 0;
}

std::string exit_reason(const RunReport& report) {
  if (!report.discrepancies.empty()) {
    return "the suite itself is at fault: " + report.discrepancies.front();
  }
  if (at_fault(report)) {
    return "the suite itself is at fault: see the checks that are HARNESS";
  }
  if (!report.reached) {
    return report.subject == Subject::agent ? "nobody answered at " + report.url : "no client ever connected";
  }
  if (judged_nothing(report)) {
    return "nothing was judged: the profile lacks what the selected cases need";
  }
  if (report.interrupted) {
    return "the run was interrupted";
  }
  return report.out_of_time ? "the run's time was over before all was judged (--max-time)" : "";
}

}  // namespace procedura::conformance
