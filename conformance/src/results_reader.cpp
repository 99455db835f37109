#include "profile_json.hpp"

#include <procedura/conformance/results.hpp>

#include <array>

namespace procedura::conformance {
namespace {

constexpr int format = 1;

/// A member that is a string, and may be empty.
std::string text_of(ProfileJson& reader, const nlohmann::json& parent, const char* key, const std::string& at) {
  const auto found = parent.find(key);
  if (found == parent.end()) {
    reader.complain(at, std::string{"the member \""} + key + "\" (a string) is missing");
  } else if (!found->is_string()) {
    reader.complain(at + "/" + key, "expected a string, found " + ProfileJson::kind_of(*found));
  } else {
    return found->get<std::string>();
  }
  return {};
}

std::string outcome_of(ProfileJson& reader, const nlohmann::json& parent, const char* key, const std::string& at) {
  constexpr std::array known = {"PASS", "FAIL", "WARN", "INFO", "N/A", "UNTESTABLE", "HARNESS", "XFAIL", "XPASS"};
  std::string outcome = text_of(reader, parent, key, at);
  if (!outcome.empty() && std::find(known.begin(), known.end(), outcome) == known.end()) {
    reader.complain(at + "/" + key, "this is no outcome: " + outcome);
  }
  return outcome;
}

void read_check(ProfileJson& reader, const nlohmann::json& value, const std::string& at, Results& results) {
  if (!value.is_object()) {
    reader.complain(at, "expected an object, found " + ProfileJson::kind_of(value));
    return;
  }
  Results::Check check;
  const std::string id = text_of(reader, value, "id", at);
  check.clause = text_of(reader, value, "clause", at);
  check.level = text_of(reader, value, "level", at);
  check.came = text_of(reader, value, "came", at);
  check.outcome = outcome_of(reader, value, "outcome", at);
  check.bare = value.contains("was") ? outcome_of(reader, value, "was", at) : check.outcome;
  if (!results.checks.emplace(id, std::move(check)).second) {
    reader.complain(at + "/id", "the check " + id + " is there twice");
  }
}

}  // namespace

std::variant<Results, std::vector<ProfileProblem>> parse_results(std::string_view text) {
  constexpr std::size_t enough = 20;  // of a file that is something else altogether
  ProfileJson reader;
  const auto root = reader.document(text);
  Results results;
  if (!reader.problems.empty()) {
    return std::move(reader.problems);
  }
  if (!root.is_object() || !root.contains("format") || !root.contains("checks")) {
    reader.complain("", "these are no results of procedura-conformance --json");
    return std::move(reader.problems);
  }
  if (root["format"] != format) {
    reader.complain("/format", "another version of procedura-conformance wrote this; expected " + std::to_string(format));
    return std::move(reader.problems);
  }
  results.subject = text_of(reader, root, "subject", "");
  results.suite = text_of(reader, root, "suite", "");
  results.registry_hash = text_of(reader, root, "registry_hash", "");
  results.profile_hash = text_of(reader, root, "profile_hash", "");
  results.agent = text_of(reader, root, "agent", "");
  results.started = text_of(reader, root, "started", "");
  const auto& checks = reader.array(root, "checks", "");
  for (std::size_t i = 0; i < checks.size() && reader.problems.size() < enough; ++i) {
    read_check(reader, checks[i], "/checks/" + std::to_string(i), results);
  }
  if (!reader.problems.empty()) {
    return std::move(reader.problems);
  }
  return results;
}

}  // namespace procedura::conformance
