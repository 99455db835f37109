#pragma once

#include "judge/verdict.hpp"
#include "load/capacity.hpp"
#include "load/plan.hpp"
#include "measure/run_result.hpp"

#include <procedura/protocol/redaction.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace procedura::bench {

/// What stands in a report beside the run itself.
struct Surroundings {
  std::string started_at;  ///< UTC, RFC 3339
  std::string version;
  unsigned cpus = 0;     ///< of the machine that made the load
  std::string machine;   ///< its processor and kernel, for people
  std::string affinity;  ///< the CPUs that the generator may use, as the kernel writes them: "0-1"
};

/// A run with all that a report of it needs, whether it was made here and now, read from a file, or merged from shards.
struct RunRecord {
  Plan plan;
  RunResult result;
  Surroundings surroundings;
  std::size_t shards = 1;  ///< how many processes made it
  bool complete = true;    ///< false: a look at a run that was still going on; of it all but series and timelines
  std::optional<CapacityReport> capacity = {};  ///< the search that this run was the last of
};

/// For people. What came from the agent in it is printable.
std::string text_report(const RunRecord& run, const Verdict& verdict);

/// For programs: one JSON object as in bench/schema/run.schema.json, ending in a newline. Times are whole nanoseconds; a
/// quantile that the sample cannot carry is null. It holds the histograms whole, so that `read_report` gets the run back.
std::string json_report(const RunRecord& run, const Verdict& verdict);

/// Why a text is no report of a run: one line.
struct ReportError {
  std::string message;
};

/// Reads what `json_report` wrote. The text is hostile; secrets that were redacted stay so.
std::variant<RunRecord, ReportError> read_report(std::string_view text);

/// One HTML file for people, complete in itself: no other host, no other file, and all figures without JavaScript too. What
/// `redactor` knows shows as `<redacted>`; a page must not be redacted later, because its script and style are known by hash.
std::string html_report(const RunRecord& run, const Verdict& verdict, const protocol::Redactor& redactor = {});

/// How a run that is going on stands.
struct Progress {
  Nanos now{0};
  Nanos window_begin{0};
  Nanos window_end{0};
  std::size_t in_flight = 0;
  const Metrics* metrics = nullptr;
  const Series* series = nullptr;
};

/// How many jobs finished in the last whole second of the window, per second; nothing before there is one, and after the
/// window.
std::optional<double> finished_per_second(const Progress& progress);

/// One line without its end: phase, time left, jobs in flight, counts, rate, the most frequent error, latency so far.
std::string progress_line(const Progress& progress);

}  // namespace procedura::bench
