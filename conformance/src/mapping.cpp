#include <procedura/conformance/mapping.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace procedura::conformance {
namespace {

struct Exclusion {
  Subject subject;
  std::string_view clause;
  std::string_view why;
};

constexpr auto exclusions = std::to_array<Exclusion>({
    {Subject::agent, "CON-8", "compression is an agreement of both sides, and the suite offers none"},
    {Subject::agent, "RES-1",
     "any JSON value is right as a result, so an agent cannot break it; the rest of it is about clients"},
    {Subject::client, "CON-8", "compression is an agreement of both sides, and nothing tells a client to offer it"},
    {Subject::client, "AUT-3", "it leaves the agent free; that clients take the echo is seen in every case with a token"},
});

/// "sync/lifecycle:a" and "sync/lifecycle:b" in one word: "sync/lifecycle:a,b".
std::vector<std::string> by_case(const std::vector<std::string>& checks) {
  std::vector<std::string> out;
  for (const std::string& id : checks) {
    const auto colon = id.find(':');
    if (!out.empty() && out.back().compare(0, colon + 1, id, 0, colon + 1) == 0) {
      out.back() += "," + id.substr(colon + 1);
    } else {
      out.push_back(id);
    }
  }
  return out;
}

}  // namespace

std::string_view exclusion_of(Subject subject, std::string_view clause) noexcept {
  const auto found = std::find_if(exclusions.begin(), exclusions.end(), [&](const Exclusion& exclusion) {
    return exclusion.subject == subject && exclusion.clause == clause;
  });
  return found == exclusions.end() ? std::string_view{} : found->why;
}

std::vector<ClauseMapping> mapping_of(const Registry& registry, Subject subject) {
  std::vector<ClauseMapping> mapping;
  for (const Clause& clause : clauses()) {
    if (!clause.binds(subject)) {
      continue;
    }
    ClauseMapping& entry = mapping.emplace_back(ClauseMapping{&clause, {}, exclusion_of(subject, clause.id)});
    for (const CaseSpec& spec : registry) {
      for (const CheckSpec& check : spec.checks) {
        if (check.clause == clause.id) {
          entry.checks.push_back(full_id(spec, check));
        }
      }
    }
  }
  return mapping;
}

std::vector<std::string> lint(const std::vector<ClauseMapping>& mapping) {
  std::vector<std::string> complaints;
  for (const ClauseMapping& entry : mapping) {
    if (entry.checks.empty() && entry.excluded.empty()) {
      complaints.push_back(std::string{entry.clause->id} + " has neither a check nor a reason why not");
    } else if (!entry.checks.empty() && !entry.excluded.empty()) {
      complaints.push_back(std::string{entry.clause->id} + " has checks, and a reason why it has none");
    }
  }
  return complaints;
}

std::string render_markdown(const std::vector<ClauseMapping>& mapping) {
  std::string out = "| clause | level | source | checks |\n|---|---|---|---|\n";
  for (const ClauseMapping& entry : mapping) {
    std::vector<std::string> words;
    for (const std::string& checks : by_case(entry.checks)) {
      words.push_back("`" + checks + "`");
    }
    out += fmt::format("| {} | {} | {} | {} |\n", entry.clause->id, to_string(entry.clause->level), entry.clause->sources,
                       words.empty() ? fmt::format("none: {}", entry.excluded) : fmt::format("{}", fmt::join(words, " ")));
  }
  return out;
}

std::string render_text(const std::vector<ClauseMapping>& mapping) {
  std::string out;
  for (const ClauseMapping& entry : mapping) {
    out += fmt::format("{:<6}  {:<6}  {:<2}  {}\n", entry.clause->id, to_string(entry.clause->level), entry.clause->sources,
                       entry.checks.empty() ? fmt::format("none: {}", entry.excluded)
                                            : fmt::format("{}", fmt::join(by_case(entry.checks), "  ")));
  }
  return out;
}

}  // namespace procedura::conformance
