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
      if (held == nullptr || (!is_verdict(held->outcome) && is_verdict(check.outcome))) {
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
      gap(has_case(clause.id) ? "not selected" : "no case yet", clause.id);
    } else if (!is_verdict(found->second->outcome)) {
      gap(found->second->came, clause.id);
    } else {
      coverage.judged += 1;
    }
  }
  return coverage;
}

std::string exit_reason(const RunReport& report) {
  if (report.count(Outcome::harness) != 0) {
    return "the suite itself is at fault: see the checks that are HARNESS";
  }
  if (!report.reached) {
    return "nobody answered at " + report.url;
  }
  const bool any = std::any_of(report.cases.begin(), report.cases.end(), [](const CaseResult& result) {
    return std::any_of(result.checks.begin(), result.checks.end(),
                       [](const CheckResult& check) { return check.outcome != Outcome::not_applicable; });
  });
  return any ? "" : "nothing was judged: the profile lacks what the selected cases need";
}

int exit_code(const RunReport& report) {
  if (report.count(Outcome::harness) != 0) {
    return 70;
  }
  if (!exit_reason(report).empty()) {
    return 3;
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

}  // namespace procedura::conformance
