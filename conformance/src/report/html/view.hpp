#pragma once

#include <procedura/conformance/render.hpp>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The parts of a report's page. Each returns markup; every word that is not the suite's own goes through `markup_text`.
namespace procedura::conformance::html {

/// How an outcome looks: the class that gives it its colour, and a mark for those who see none.
struct Look {
  std::string_view css;
  std::string_view mark;
};
Look look_of(Outcome outcome) noexcept;

/// Mark and word of an outcome, coloured.
std::string tag(Outcome outcome);
/// "0.012 s"
std::string seconds(protocol::Duration time);
/// A sentence of the protocol's page: what stands between backticks is code.
std::string prose(std::string_view sentence);
/// A command or the like, with a button that copies it.
std::string copyable(std::string_view text);

/// What several parts of one page need to know of its run.
class View {
 public:
  View(const RunReport& report, const Earlier* before);

  const RunReport& report() const { return report_; }
  const Earlier* before() const { return before_; }
  const std::vector<RootCause>& causes() const { return causes_; }
  /// The case stands in the part about what went wrong.
  bool is_problem(const CaseResult& result) const { return problems_.contains(&result); }
  /// How many bytes its transcript may take, so that the page stays one that a browser opens at once.
  std::size_t allowance(const CaseResult& result) const;
  /// What the filter looks at: ` data-check="..." data-outcome="..." data-level="..."`.
  std::string marks(const CaseResult& result, const CheckResult& check) const;
  /// "was PASS"; empty where nothing changed or there is no earlier run.
  std::string change(const CaseResult& result, const CheckResult& check) const;

 private:
  const RunReport& report_;
  const Earlier* before_;
  std::vector<RootCause> causes_;
  std::set<const CaseResult*> problems_;
  std::size_t told_ = 0;  // cases with a transcript
};

std::string header_of(const View& view);
std::string filter_of(const View& view);
std::string problems_of(const View& view);
std::string changes_of(const View& view);
std::string matrix_of(const View& view);
std::string cases_of(const View& view);

/// One case: a `details` with its checks, the command that does it again, and what was said.
std::string case_details(const View& view, const CaseResult& result);
/// What was said, with times, in at most about `allowance` bytes: of a long transcript the beginning and the end.
std::string transcript_table(const Transcript& transcript, std::size_t allowance);

}  // namespace procedura::conformance::html
