#include "program/reports.hpp"

#include "program/command.hpp"
#include "program/output_files.hpp"

#include <ostream>
#include <string>
#include <utility>

namespace procedura::bench {
namespace {

// What the agent said was redacted when it came. What is left are secrets that a user put where none belongs, and they are
// taken out before any report is made: behind the escapes of JSON or HTML nobody would find them.
RunRecord without_secrets(RunRecord run, const protocol::Redactor& redactor) {
  run.plan.url = redactor(run.plan.url);
  run.plan.module = redactor(run.plan.module);
  for (std::string& argument : run.plan.args) argument = redactor(argument);
  return run;
}

}  // namespace

int write_reports(Process& process, RunRecord given, const Outputs& out, const protocol::Redactor& redactor) {
  const RunRecord run = without_secrets(std::move(given), redactor);
  const Verdict verdict = judge(run.plan, run.result);
  const bool json_to_out = out.json == "-";
  const std::string search = run.capacity ? "\n" + text_report(*run.capacity) : "";
  (json_to_out ? process.err : process.out) << redactor(text_report(run, verdict) + search) << std::flush;
  if (json_to_out) {
    process.out << redactor.json(json_report(run, verdict)) << std::flush;
  } else if (out.json) {
    write_file(*out.json, redactor.json(json_report(run, verdict)));
  }
  if (!process.out) throw Refused{could_not_run, "cannot write to standard output"};
  return exit_code(verdict.kind);
}

}  // namespace procedura::bench
