#pragma once

#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/report.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What is known to fail, and until when that is taken: a run is red for news, and for a baseline that no longer holds. Pure.
namespace procedura::conformance {

/// One entry of a baseline (schema/baseline.schema.json). People wrote it.
struct BaselineEntry {
  Excuse excuse;
  /// It names a case: at least one of its checks fails. Otherwise it names checks, and each of them fails.
  bool whole_case = false;

  bool covers(const CaseSpec& spec, const CheckSpec& check) const;
};

using Baseline = std::vector<BaselineEntry>;

/// Reads a baseline and tells all that is wrong with it. A pattern that matches nothing in `registry` is a problem; so are
/// unknown keys and days that do not exist. All entries are of `kind`.
std::variant<Baseline, std::vector<ProfileProblem>> parse_baseline(std::string_view text, Excuse::Kind kind,
                                                                   const Registry& registry);

/// Checks that more than one entry covers: which of them counts would be a guess. A sentence each.
std::vector<std::string> overlaps(const Baseline& baseline, const Registry& registry);

/// Weighs the report's outcomes by the baseline. `today` is in UTC, "2026-11-23"; an entry holds through the day on which it
/// expires, and excuses nothing after it.
///
/// What fails as known becomes XFAIL (FAIL, WARN and UNTESTABLE alike), and what was to fail and did not, XPASS; what is flaky
/// may do either. HARNESS and N/A stay what they are, and so does what the run never reached. What waits for a known failure is
/// UNTESTABLE and must be listed itself: a baseline does not hide that something was not tested.
void apply_baseline(RunReport& report, const Baseline& baseline, std::string_view today);

}  // namespace procedura::conformance
