#pragma once

#include "compare/record.hpp"
#include "load/load.hpp"
#include "report/report.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// Runs that never were: the load generator's own machine against an agent that is a function. For tests of what is made of a
/// run, where a socket would only add chance. The same on every machine.
namespace procedura::bench::samples {

/// What an agent does with a job. Times are since it was sent.
struct Answer {
  Nanos ack{0};
  std::vector<Nanos> events;
  Nanos end{0};
  std::string error;  ///< its code; empty: it finishes
};

/// Told the number of a job and when it was sent, since the run's start.
using Agent = std::function<Answer(std::uint64_t arrival, Nanos sent)>;

/// Runs `plan` against `agent`; each job leaves `send_lag` after it could.
RunResult simulate(const LoadPlan& plan, const Agent& agent, Nanos send_lag);

/// 30 s of async jobs, 200 a second, with events, a stall of half a second after 20 s, a few that fail, and all that can be
/// known of a run beside them. Valid, and its one SLO is met.
RunRecord whole_run();
/// 12 s of 20 sync jobs a second, SLOs in all three states: to be looked at in golden files.
RunRecord small_run();
/// Two seconds in a closed loop, nothing known beside.
RunRecord bare_run();
/// Nothing happened at all.
RunRecord empty_run();
/// A second of load on an agent that takes eight more to answer, late in a long run: all is at an edge of its picture.
RunRecord late_run();
/// One job was due, and finished.
RunRecord one_job_run();
/// An agent that answers slower than it is asked, until its connections break; words that would like to be more than words.
RunRecord hostile_run();

/// 20 pairs of two commands: B takes a tenth more CPU, as long as A to answer, and has a few more bytes.
ComparisonRecord slower_comparison();
/// The same where nothing can be told, with words that would like to be more than words.
ComparisonRecord hostile_comparison();

/// One job was a thousand times as fast as all others.
ComparisonRecord lopsided_comparison();

/// Markup, control characters and text that turns around.
extern const std::string hostile;

}  // namespace procedura::bench::samples
