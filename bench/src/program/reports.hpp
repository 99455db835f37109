#pragma once

#include "program/program.hpp"
#include "report/report.hpp"

#include <procedura/protocol/redaction.hpp>

namespace procedura::bench {

/// Judges a run, prints its text report, and writes the files that `out` names. Returns the verdict's exit code; throws
/// `Refused` if something cannot be written. Where the redactor's secrets stand in the plan, they are taken out.
int write_reports(Process& process, RunRecord run, const Outputs& out, const protocol::Redactor& redactor);

}  // namespace procedura::bench
