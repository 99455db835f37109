#include "program/run_command.hpp"

#include "program/measuring.hpp"
#include "program/output_files.hpp"
#include "program/preparation.hpp"
#include "program/reports.hpp"
#include "program/run_arguments.hpp"

#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

int run_load_and_report(std::span<const std::string> arguments, Process& process) {
  auto parsed = parse_run(arguments, process.env);
  if (auto* wrong = std::get_if<UsageError>(&parsed)) throw Refused{bad_usage, std::move(wrong->message)};
  auto& [plan, search] = std::get<RunArguments>(parsed);
  check_outputs(plan.out, inputs_of(plan));

  const RunSetting setting = prepare(plan, process);
  RunRecord run = search ? find_capacity(plan, setting, process) : measure(plan, setting, process);
  return write_reports(process, std::move(run), plan.out, setting.redactor);
}

}  // namespace

Command run_command() {
  return {"run", "put a load on an agent, and report its latencies", run_help, run_load_and_report};
}

}  // namespace procedura::bench
