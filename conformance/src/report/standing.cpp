#include "standing.hpp"

#include <algorithm>

namespace procedura::conformance {
namespace {

std::optional<std::string> gap_of(const RunReport& report, std::string_view clause) {
  for (const auto& [why, clauses] : report.coverage.gaps) {
    if (std::find(clauses.begin(), clauses.end(), clause) != clauses.end()) {
      return why;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Standing> standings_of(const RunReport& report) {
  std::vector<Standing> all;
  for (const Clause& clause : clauses()) {
    if (!clause.binds(report.subject)) {
      continue;
    }
    Standing& standing = all.emplace_back();
    standing.clause = &clause;
    standing.gap = gap_of(report, clause.id);
    for (const CaseResult& result : report.cases) {
      for (const CheckResult& check : result.checks) {
        if (check.check->clause == clause.id) {
          standing.checks.push_back({&result, &check});
          standing.judged = standing.judged || (!standing.gap && check.bare() != Outcome::not_applicable);
          standing.broken = standing.broken || weighs(check.outcome, check.check->binding(), report.strict);
        }
      }
    }
  }
  return all;
}

}  // namespace procedura::conformance
