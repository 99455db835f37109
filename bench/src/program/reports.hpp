#pragma once

#include "program/program.hpp"
#include "report/report.hpp"

#include <procedura/protocol/redaction.hpp>

namespace procedura::bench {

/// Judges a run, prints its text report, and writes the files that its plan names. Returns the verdict's exit code; throws
/// `Refused` if something cannot be written. Secrets are out of what a report is made of; the redactor sees to those that a
/// user put where none belongs.
int write_reports(Process& process, const RunRecord& run, const protocol::Redactor& redactor);

}  // namespace procedura::bench
