#include "profile_json.hpp"

#include <procedura/conformance/baseline.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace procedura::conformance {
namespace {

bool is_day(std::string_view text) {
  const auto number = [text](std::size_t from, std::size_t length) {
    int value = 0;
    for (const char c : text.substr(from, length)) {
      value = c >= '0' && c <= '9' && value >= 0 ? value * 10 + (c - '0') : -1;
    }
    return value;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return false;
  }
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  return year >= 0 && month > 0 && day > 0 &&
         std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}}
             .ok();
}

void read_pattern(ProfileJson& reader, const nlohmann::json& value, const std::string& at, const Registry& registry,
                  BaselineEntry& entry) {
  entry.whole_case = value.contains("case");
  if (entry.whole_case == value.contains("check")) {
    reader.complain(at, entry.whole_case ? "has both \"case\" and \"check\": an entry has one of them"
                                         : "lacks \"case\" (area/slug) or \"check\" (area/slug:check)");
    return;
  }
  const char* key = entry.whole_case ? "case" : "check";
  std::string& pattern = entry.excuse.pattern;
  pattern = reader.string(value, key, at, true);
  if (pattern.empty()) {
    return;
  }
  const std::string here = at + "/" + key;
  const auto colons = std::count(pattern.begin(), pattern.end(), ':');
  if (colons != (entry.whole_case ? 0 : 1)) {
    reader.complain(here, entry.whole_case ? "names a check: write \"check\" instead of \"case\""
                                           : "names no one check; expected area/slug:check, with * and ** where wanted");
    return;
  }
  const bool any = std::any_of(registry.begin(), registry.end(), [&entry](const CaseSpec& spec) {
    return std::any_of(spec.checks.begin(), spec.checks.end(),
                       [&](const CheckSpec& check) { return entry.covers(spec, check); });
  });
  if (!any) {
    reader.complain(here, pattern + " matches nothing; `procedura-conformance list` shows all cases and checks");
  }
}

BaselineEntry read_entry(ProfileJson& reader, const nlohmann::json& value, const std::string& at, Excuse::Kind kind,
                         const Registry& registry) {
  BaselineEntry entry;
  entry.excuse.kind = kind;
  if (!reader.object(value, at, {"case", "check", "reason", "issue", "expires"})) {
    return entry;
  }
  read_pattern(reader, value, at, registry, entry);
  entry.excuse.reason = reader.string(value, "reason", at, true);
  entry.excuse.issue = reader.string(value, "issue", at, false);
  entry.excuse.expires = reader.string(value, "expires", at, true);
  if (!entry.excuse.expires.empty() && !is_day(entry.excuse.expires)) {
    reader.complain(at + "/expires", "expected a day as YYYY-MM-DD, found " + entry.excuse.expires);
  }
  return entry;
}

}  // namespace

std::variant<Baseline, std::vector<ProfileProblem>> parse_baseline(std::string_view text, Excuse::Kind kind,
                                                                   const Registry& registry) {
  ProfileJson reader;
  const auto root = reader.document(text);
  Baseline baseline;
  if (reader.problems.empty() && reader.object(root, "", {"$schema", "entries"})) {
    if (!root.contains("entries")) {
      reader.complain("", "the member \"entries\" (an array) is missing");
    }
    const auto& entries = reader.array(root, "entries", "");
    for (std::size_t i = 0; i < entries.size(); ++i) {
      baseline.push_back(read_entry(reader, entries[i], fmt::format("/entries/{}", i), kind, registry));
    }
  }
  if (!reader.problems.empty()) {
    return std::move(reader.problems);
  }
  return baseline;
}

}  // namespace procedura::conformance
