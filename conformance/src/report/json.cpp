#include "evidence.hpp"

#include <procedura/conformance/render.hpp>

#include <nlohmann/json.hpp>

namespace procedura::conformance {
namespace {

using nlohmann::ordered_json;

// The agent's words may be broken UTF-8, which JSON cannot hold.
std::string text_of(const ordered_json& document) {
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

double seconds(protocol::Duration time) {
  return std::chrono::duration<double>(time).count();
}

ordered_json describe(const CaseSpec& spec, const CheckSpec& check) {
  return {{"id", full_id(spec, check)},
          {"clause", check.clause},
          {"level", to_string(check.binding())},
          {"source", std::string(1, static_cast<char>(check.source))}};
}

}  // namespace

std::string render_json(const RunReport& report) {
  ordered_json gaps = ordered_json::array();
  for (const auto& [why, clauses] : report.coverage.gaps) {
    gaps.push_back({{"why", why}, {"clauses", clauses}});
  }
  ordered_json checks = ordered_json::array();
  ordered_json cases = ordered_json::array();
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      ordered_json entry = describe(*result.spec, *check.check);
      entry["outcome"] = to_string(check.outcome);
      entry["came"] = check.came;
      checks.push_back(std::move(entry));
    }
    cases.push_back({{"id", result.spec->id},
                     {"ran", result.ran},
                     {"seconds", seconds(result.took)},
                     {"again", result.rerun},
                     {"transcript", transcript_lines(result.transcript)}});
  }
  return text_of(
      {{"suite", report.version},
       {"agent", report.agent},
       {"url", report.url},
       {"seed", report.seed},
       {"exit_code", exit_code(report)},
       {"seconds", seconds(report.took)},
       {"coverage", {{"applicable", report.coverage.applicable}, {"judged", report.coverage.judged}, {"gaps", gaps}}},
       {"checks", checks},
       {"cases", cases}});
}

std::string list_json(const Registry& registry) {
  ordered_json cases = ordered_json::array();
  for (const CaseSpec& spec : registry) {
    ordered_json needs = ordered_json::array();
    for (const Need need : spec.needs) {
      needs.push_back(to_string(need));
    }
    ordered_json checks = ordered_json::array();
    for (const CheckSpec& check : spec.checks) {
      ordered_json entry = describe(spec, check);
      entry["allowed"] = check.allowed;
      checks.push_back(std::move(entry));
    }
    cases.push_back({{"id", spec.id},
                     {"title", spec.title},
                     {"needs", needs},
                     {"after", spec.after},
                     {"session", spec.session},
                     {"deadline_s", spec.deadline.count()},
                     {"checks", checks}});
  }
  ordered_json all = ordered_json::array();
  for (const Clause& clause : clauses()) {
    all.push_back({{"id", clause.id},
                   {"level", to_string(clause.level)},
                   {"sources", clause.sources},
                   {"party", clause.party == Party::agent    ? "agent"
                             : clause.party == Party::client ? "client"
                                                             : "both"},
                   {"sentence", clause.sentence}});
  }
  return text_of({{"cases", cases}, {"clauses", all}});
}

}  // namespace procedura::conformance
