#include "program/run_command.hpp"

#include "program/measuring.hpp"
#include "program/output_files.hpp"
#include "program/preparation.hpp"
#include "program/reports.hpp"
#include "program/run_arguments.hpp"

#include <chrono>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

// The clocks of the shards' machines have to agree; a wall clock that is set while the load runs does not matter any more.
protocol::TimePoint moment_of(std::chrono::sys_seconds moment) {
  // In seconds first: what is centuries away does not fit into nanoseconds.
  if (moment - std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) > std::chrono::hours{720}) {
    throw Refused{bad_usage, "--start-at: that is more than 720h away"};
  }
  const auto left = moment - std::chrono::system_clock::now();
  if (left.count() >= 0) return std::chrono::steady_clock::now() + std::chrono::duration_cast<protocol::Duration>(left);
  throw Refused{could_not_run,
                "--start-at: that time is over, and the others have begun; give one that leaves time to connect"};
}

int run_load_and_report(std::span<const std::string> arguments, Process& process) {
  auto parsed = parse_run(arguments, process.env);
  if (auto* wrong = std::get_if<UsageError>(&parsed)) throw Refused{bad_usage, std::move(wrong->message)};
  auto& [plan, search, start_at] = std::get<RunArguments>(parsed);
  check_outputs(plan.out, inputs_of(plan));
  if (start_at) moment_of(*start_at);

  RunSetting setting = prepare(plan, process);
  if (start_at) setting.start = [moment = *start_at] { return moment_of(moment); };
  auto [run, trouble] = search ? find_capacity(plan, setting, process) : measure(plan, setting, process);
  const int code = write_reports(process, std::move(run), plan.out, setting.redactor);
  if (trouble) throw *std::move(trouble);
  return code;
}

}  // namespace

Command run_command() {
  return {"run", "put a load on an agent, and report its latencies", run_help, run_load_and_report};
}

}  // namespace procedura::bench
