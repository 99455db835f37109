#pragma once

#include "compare/comparison.hpp"
#include "load/plan.hpp"
#include "measure/metrics.hpp"
#include "report/report.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace procedura::bench {

/// What `procedura-bench compare` does.
struct ComparePlan {
  std::string a;  ///< ws:// or wss:// URL of an agent that runs, or a command that starts one; `{port}` in it is its port
  std::string b;
  std::size_t pairs = 50;
  CompareOptions options;
  Plan run;                                       ///< of each run, but for its URL; the warm-up is before each
  Nanos start_within = std::chrono::seconds{10};  ///< how long a command may take until its agent accepts connections
};

/// Whether this side of a comparison is a command, and not a URL.
bool is_command(std::string_view side) noexcept;

/// One side: all its runs together. The measured windows alone.
struct ComparedSide {
  Metrics metrics;
  std::size_t invalid_runs = 0;  ///< that would not have stood alone: `judge` of a run says INVALID
  std::string first_reason;      ///< why the first of them would not
};

/// A comparison with all that a report of it needs.
struct ComparisonRecord {
  ComparePlan plan;
  ComparedSide a;
  ComparedSide b;
  std::vector<bool> b_first;  ///< for each pair that was measured: which side was drawn to go first
  bool interrupted = false;   ///< before all pairs were measured
  std::vector<ComparedMetric> metrics;
  Surroundings surroundings;
};

/// What a whole comparison comes to.
struct ComparisonVerdict {
  Difference difference = Difference::inconclusive;
  std::vector<std::string> reasons;  ///< why it stands for nothing: each says what was found; empty: it stands
  std::vector<std::string> notes;    ///< what a reader should know beside the figures

  bool valid() const noexcept { return reasons.empty(); }
};

ComparisonVerdict judge(const ComparisonRecord& comparison);

/// 0 equivalent or faster, 97 inconclusive, 98 invalid, 99 slower.
int exit_code(const ComparisonVerdict& verdict) noexcept;

/// For people. What came from an agent in it is printable.
std::string text_report(const ComparisonRecord& comparison, const ComparisonVerdict& verdict);

/// For programs: one JSON object as in bench/schema/comparison.schema.json, ending in a newline.
std::string json_report(const ComparisonRecord& comparison, const ComparisonVerdict& verdict);

/// For people, as a page: see `html_report` of a run.
std::string html_report(const ComparisonRecord& comparison, const ComparisonVerdict& verdict,
                        const protocol::Redactor& redactor = {});

/// A side as a report may show it: passwords in URLs and the values of options like `--token` are `<redacted>`.
std::string shown_side(std::string_view side);

/// The command that repeats the comparison, quoted for a shell, with secrets redacted.
std::string command_line(const ComparePlan& plan);

}  // namespace procedura::bench
