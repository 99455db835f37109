#pragma once

#include "plan.hpp"
#include "verdict.hpp"

#include <string>

namespace procedura::bench {

/// What stands in a report beside the run itself.
struct Surroundings {
  std::string started_at;  ///< UTC, RFC 3339
  std::string version;
  unsigned cpus = 0;  ///< of the machine that made the load
};

/// For people. What came from the agent in it is printable.
std::string text_report(const Plan& plan, const RunResult& result, const Verdict& verdict, const Surroundings& surroundings);

/// For programs: one JSON object as in bench/schema/run.schema.json, ending in a newline. Times are whole nanoseconds; a
/// quantile that the sample cannot carry is null.
std::string json_report(const Plan& plan, const RunResult& result, const Verdict& verdict, const Surroundings& surroundings);

/// How a run that is going on stands.
struct Progress {
  Nanos now{0};
  Nanos window_begin{0};
  Nanos window_end{0};
  std::size_t in_flight = 0;
  const Metrics* metrics = nullptr;
};

/// One line without its end: phase, time left, jobs, in flight, latency so far, errors.
std::string progress_line(const Progress& progress);

}  // namespace procedura::bench
