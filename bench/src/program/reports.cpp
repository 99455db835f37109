#include "program/reports.hpp"

#include "program/command.hpp"
#include "program/output_files.hpp"

#include <ostream>

namespace procedura::bench {

int write_reports(Process& process, const RunRecord& run, const protocol::Redactor& redactor) {
  const Outputs& out = run.plan.out;
  const Verdict verdict = judge(run.plan, run.result);
  const bool json_to_out = out.json == "-";
  (json_to_out ? process.err : process.out) << redactor(text_report(run, verdict)) << std::flush;
  if (json_to_out) {
    process.out << redactor(json_report(run, verdict)) << std::flush;
  } else if (out.json) {
    write_file(*out.json, redactor(json_report(run, verdict)));
  }
  if (!process.out) throw Refused{could_not_run, "cannot write to standard output"};
  return exit_code(verdict.kind);
}

}  // namespace procedura::bench
