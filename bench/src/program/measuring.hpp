#pragma once

#include "io/runner.hpp"
#include "load/plan.hpp"
#include "program/command.hpp"
#include "report/report.hpp"

#include <optional>

namespace procedura::bench {

/// A run that was made.
struct Measured {
  RunRecord run;
  std::optional<Refused> trouble = {};  ///< its log of jobs could not be written: to be thrown when the run is reported
};

/// Makes the run of a plan, with its live view and its log of jobs. Throws `Refused` if it cannot be made.
Measured measure(const Plan& plan, RunSetting setting, Process& process);

/// Makes one run after the other until the highest rate is found that keeps the plan's SLOs, beginning with the plan's, and
/// says on stderr what each came to. The record is of the last run, with the search in it. An interruption ends the search.
/// Throws `Refused`.
Measured find_capacity(Plan plan, const RunSetting& setting, Process& process);

}  // namespace procedura::bench
