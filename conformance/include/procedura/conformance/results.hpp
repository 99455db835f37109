#pragma once

#include <procedura/conformance/profile.hpp>

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What another run wrote with `--json` (schema/results.schema.json), and what changed between two of them. Pure.
namespace procedura::conformance {

/// The results of a run, as far as they can be compared. All of it is untrusted: another machine or another version wrote it.
struct Results {
  std::string subject;  ///< "agent" or "client"
  std::string suite;    ///< the version
  std::string registry_hash;
  std::string profile_hash;
  std::string agent;
  std::string started;
  struct Check {
    std::string outcome;  ///< as it was reported: "XFAIL"
    std::string bare;     ///< without the baseline: "FAIL"
    std::string clause;
    std::string level;
    std::string came;
  };
  std::map<std::string, Check, std::less<>> checks;  ///< by full id
};

/// Reads results of this version's format; members that it does not know are passed over. What is not JSON, no results, or of
/// another format is told, each problem with its place.
std::variant<Results, std::vector<ProfileProblem>> parse_results(std::string_view text);

/// A check that two runs report differently.
struct Change {
  enum class Kind : std::uint8_t {
    regression,     ///< worse than before
    fix,            ///< better than before
    applicability,  ///< N/A in one of them
    appeared,       ///< only in the later one
    gone,           ///< only in the earlier one
  } kind;
  std::string id;
  Results::Check before;  ///< empty where it appeared
  Results::Check now;     ///< empty where it is gone
};

std::string_view to_string(Change::Kind kind) noexcept;  ///< "regression", "fix", "N/A", "new", "gone"

struct Comparison {
  std::vector<std::string> caveats;  ///< why the two can be compared only with care: other versions, hashes, agents
  std::vector<Change> changes;       ///< by kind, then by id
  std::size_t same = 0;              ///< checks that came to the same

  bool regressed() const;
};

/// What is judged is the subject: outcomes are compared as they are without baselines. PASS and INFO are the same; a check that
/// is UNTESTABLE at the level of a MAY is no worse than one that passed.
Comparison compare(const Results& before, const Results& now);

std::string render_text(const Comparison& comparison, bool colour);
std::string render_json(const Comparison& comparison);

}  // namespace procedura::conformance
