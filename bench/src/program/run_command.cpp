#include "program/run_command.hpp"

#include "io/machine.hpp"
#include "io/runner.hpp"
#include "program/live_view.hpp"
#include "program/output_files.hpp"
#include "program/preparation.hpp"
#include "program/reports.hpp"
#include "program/run_arguments.hpp"

#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

int run_load_and_report(std::span<const std::string> arguments, Process& process) {
  auto parsed = parse_run(arguments);
  if (auto* wrong = std::get_if<UsageError>(&parsed)) throw Refused{bad_usage, std::move(wrong->message)};
  Plan& plan = std::get<Plan>(parsed);
  check_outputs(plan.out, inputs_of(plan));

  RunSetting setting = prepare(plan, process);
  LiveView view{process};
  setting.progress_every = view.every();
  setting.on_progress = [&view](const Progress& progress) { view.show(progress); };
  auto result = run_load(plan, setting);
  view.wipe();
  if (!result) throw Refused{could_not_run, describe(result.error())};
  return write_reports(process, {std::move(plan), *std::move(result), surroundings()}, setting.redactor);
}

}  // namespace

Command run_command() {
  return {"run", "put a load on an agent, and report its latencies", run_help, run_load_and_report};
}

}  // namespace procedura::bench
