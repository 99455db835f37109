#include "evidence.hpp"
#include "json_text.hpp"

#include <procedura/conformance/mapping.hpp>
#include <procedura/conformance/render.hpp>

#include <map>

namespace procedura::conformance {
namespace {

using nlohmann::ordered_json;

double seconds(protocol::Duration time) {
  return std::chrono::duration<double>(time).count();
}

double milliseconds(protocol::Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

ordered_json json_of(const Excuse& excuse) {
  ordered_json entry = {
      {"kind", to_string(excuse.kind)}, {"pattern", excuse.pattern}, {"reason", excuse.reason}, {"expires", excuse.expires}};
  if (!excuse.issue.empty()) {
    entry["issue"] = excuse.issue;
  }
  return entry;
}

ordered_json json_of(const CaseResult& result, const CheckResult& check) {
  ordered_json entry = json_of(*result.spec, *check.check);
  entry["outcome"] = to_string(check.outcome);
  entry["came"] = check.came;
  entry["allowed"] = check.check->allowed;
  if (check.was) {
    entry["was"] = to_string(*check.was);
  }
  if (check.excuse) {
    entry["baseline"] = json_of(*check.excuse);
  }
  return entry;
}

std::string_view kind_of(Entry::Kind kind) {
  switch (kind) {
    case Entry::Kind::dialed:
      return "dialed";
    case Entry::Kind::opened:
      return "opened";
    case Entry::Kind::refused:
      return "refused";
    case Entry::Kind::sent:
      return "sent";
    case Entry::Kind::sent_raw:
      return "sent_raw";
    case Entry::Kind::received:
      return "received";
    case Entry::Kind::noticed:
      return "noticed";
    case Entry::Kind::left_out:
      return "left_out";
    case Entry::Kind::process:
      return "process";
    case Entry::Kind::gave_up:
      break;
  }
  return "gave_up";
}

ordered_json json_of(const Transcript& transcript) {
  ordered_json entries = ordered_json::array();
  for (const Entry& entry : transcript) {
    entries.push_back({{"connection", entry.connection},
                       {"at_ms", milliseconds(entry.at)},
                       {"direction", direction(entry.kind)},
                       {"kind", kind_of(entry.kind)},
                       {"text", entry.text}});
  }
  return entries;
}

ordered_json json_of(const RunReport& report, const CaseResult& result) {
  return {{"id", result.spec->id},
          {"title", result.spec->title},
          {"ran", result.ran},
          {"seconds", seconds(result.took)},
          {"again", result.rerun},
          {"transcript", json_of(result.transcript)},
          {"by_hand", by_hand(report, result)}};
}

ordered_json json_of(const RootCause& cause) {
  ordered_json checks = ordered_json::array();
  for (const auto& [result, check] : cause.hits) {
    checks.push_back(full_id(*result->spec, *check->check));
  }
  ordered_json blocked = ordered_json::array();
  for (const CaseResult* result : cause.blocked) {
    blocked.push_back(result->spec->id);
  }
  return {{"outcome", to_string(cause.outcome())}, {"why", cause.why}, {"checks", checks}, {"blocked", blocked}};
}

ordered_json json_of(const Coverage& coverage) {
  ordered_json gaps = ordered_json::array();
  for (const auto& [why, clauses] : coverage.gaps) {
    gaps.push_back({{"why", why}, {"clauses", clauses}});
  }
  return {{"applicable", coverage.applicable}, {"judged", coverage.judged}, {"gaps", gaps}};
}

/// Of the cases in this report: what was not selected is not there.
ordered_json mapping_of(const RunReport& report) {
  std::map<std::string_view, std::vector<std::string>> checks;
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      checks[check.check->clause].push_back(full_id(*result.spec, *check.check));
    }
  }
  std::vector<ClauseMapping> mapping;
  for (const Clause& clause : clauses()) {
    if (clause.binds(report.subject)) {
      mapping.push_back({&clause, checks[clause.id], exclusion_of(report.subject, clause.id)});
    }
  }
  return json_of(mapping);
}

ordered_json identity_of(const RunReport& report) {
  ordered_json told = ordered_json::object();
  for (const auto& [name, value] : report.told) {
    told[name] = value;
  }
  return {{"format", 1},
          {"subject", to_string(report.subject)},
          {"suite", report.version},
          {"registry_hash", report.registry_hash},
          {"profile_hash", report.profile_hash},
          {"agent", report.agent},
          {"told", told},
          {"url", report.url},
          {"started", report.started},
          {"seed", report.seed},
          {"strict", report.strict}};
}

}  // namespace

std::string render_json(const RunReport& report) {
  ordered_json document = identity_of(report);
  document["exit_code"] = exit_code(report);
  document["exit_reason"] = exit_reason(report);
  document["out_of_time"] = report.out_of_time;
  document["interrupted"] = report.interrupted;
  document["seconds"] = seconds(report.took);
  document["coverage"] = json_of(report.coverage);
  document["checks"] = ordered_json::array();
  document["cases"] = ordered_json::array();
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      document["checks"].push_back(json_of(result, check));
    }
    document["cases"].push_back(json_of(report, result));
  }
  document["causes"] = ordered_json::array();
  for (const RootCause& cause : root_causes(report)) {
    document["causes"].push_back(json_of(cause));
  }
  document["baseline"] = ordered_json::array();
  for (const BaselineUse& use : report.baseline) {
    ordered_json entry = json_of(use.entry);
    entry["use"] = to_string(use.kind);
    document["baseline"].push_back(std::move(entry));
  }
  document["discrepancies"] = report.discrepancies;
  document["mapping"] = mapping_of(report);
  return text_of(document);
}

}  // namespace procedura::conformance
