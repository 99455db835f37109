#pragma once

#include "program/program.hpp"
#include "report/report.hpp"

#include <procedura/protocol/redaction.hpp>

namespace procedura::bench {

/// A run as its reports may show it. What the agent said was redacted when it came; what is left are secrets that a user put
/// where none belongs. They are taken out here and not of the reports: behind the escapes of JSON or HTML nobody would find
/// them, and what looks like one in the text of a histogram is none.
RunRecord without_secrets(RunRecord run, const protocol::Redactor& redactor);

/// Judges a run, prints its text report, and writes the files that `out` names. Returns the verdict's exit code; throws
/// `Refused` if something cannot be written. Where the redactor's secrets stand in the plan, they are taken out.
int write_reports(Process& process, RunRecord run, const Outputs& out, const protocol::Redactor& redactor);

}  // namespace procedura::bench
