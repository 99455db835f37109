#include "program/ensemble.hpp"

#include "io/runner.hpp"
#include "program/command.hpp"
#include "program/measuring.hpp"
#include "program/output_files.hpp"
#include "program/preparation.hpp"
#include "program/reports.hpp"
#include "program/run_arguments.hpp"
#include "report/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

// What is behind `--` is for a module.
bool has(const std::vector<std::string>& args, std::string_view option) {
  const auto end = std::find(args.begin(), args.end(), "--");
  return std::any_of(args.begin(), end, [option](std::string_view word) { return word.substr(0, word.find('=')) == option; });
}

RunArguments parse(const std::vector<std::string>& args, Shard shard) try {
  if (args.empty() || args.front() != "run") {
    throw Refused{bad_usage, "several processes together can only 'run': mpirun -n N procedura-bench-mpi run --url ..."};
  }
  if (has(args, "--shard")) throw Refused{bad_usage, "--shard: who started these processes has told each; leave it away"};
  auto parsed = parse_run(std::span{args}.subspan(1));
  if (auto* wrong = std::get_if<UsageError>(&parsed)) throw Refused{bad_usage, std::move(wrong->message)};
  auto arguments = std::get<RunArguments>(std::move(parsed));
  if (arguments.find_capacity)
    throw Refused{bad_usage, "--find-capacity: each rate is decided on after the one before, by one process"};
  if (arguments.start_at) throw Refused{bad_usage, "--start-at: these processes begin together by themselves; leave it away"};
  if (arguments.plan.out.jobs) throw Refused{bad_usage, "--jobs: each process would write it; leave it away"};
  take_share(arguments.plan, shard);
  return arguments;
} catch (UsageError& wrong) {
  throw Refused{bad_usage, std::move(wrong.message)};
}

/// All that is counted of a run, in one row: whoever adds up the rows of all shards has that of the whole.
std::vector<std::uint64_t> counts_of(const Metrics& metrics) {
  const JobCounts& jobs = metrics.jobs();
  std::vector<std::uint64_t> row{jobs.due,        jobs.sent,   jobs.finished, jobs.failed,
                                 jobs.unfinished, jobs.unsent, jobs.no_ack,   jobs.no_event};
  for (std::size_t i = 0; i < metric_count; ++i) {
    const auto counts = metrics.of(static_cast<Metric>(i)).counts();
    row.insert(row.end(), counts.begin(), counts.end());
  }
  return row;
}

RunRecord read_part(const std::string& text) {
  auto outcome = read_report(text);
  if (const auto* error = std::get_if<ReportError>(&outcome))
    throw Refused{could_not_run, "a shard's report: " + error->message};
  return std::get<RunRecord>(std::move(outcome));
}

RunRecord merged(const std::vector<std::string>& texts, const std::vector<std::uint64_t>& sums) {
  std::vector<ShardRun> parts;
  for (const std::string& text : texts) parts.push_back({fmt::format("shard {}", parts.size()), read_part(text)});
  auto outcome = merge_shards(std::move(parts));
  if (const auto* error = std::get_if<MergeError>(&outcome)) throw Refused{could_not_run, error->message};
  RunRecord whole = std::get<RunRecord>(std::move(outcome));
  // The counts went two ways, and none may be lost on either.
  if (counts_of(whole.result.metrics) != sums) {
    throw Refused{could_not_run,
                  "the merged histograms are not the sum of those of the shards: this is a fault of procedura-bench"};
  }
  return whole;
}

}  // namespace

int run_together(const std::vector<std::string>& args, Process& process, Ensemble& ensemble) {
  const bool first = ensemble.shard().index == 0;
  for (const std::string_view word : {"--help", "-h", "--version"}) {
    if (!has(args, word)) continue;
    if (!first) return 0;
    // Of the one command that there is.
    return word == "--version" ? run({"--version"}, process) : run({"run", "--help"}, process);
  }
  Plan plan = parse(args, ensemble.shard()).plan;
  const Outputs out = std::exchange(plan.out, {});
  if (first) check_outputs(out, inputs_of(plan));

  RunSetting setting = prepare(plan, process);
  setting.start = [&ensemble] {
    ensemble.meet();
    return std::chrono::steady_clock::now();
  };
  std::ostringstream nobody;
  Process silent{process.env, nobody, nobody};
  const RunRecord mine = measure(plan, setting, first ? process : silent).run;

  const std::vector<std::uint64_t> sums = ensemble.sum(counts_of(mine.result.metrics));
  const std::vector<std::string> texts = ensemble.gather(json_report(mine, judge(mine.plan, mine.result)));
  if (!first) return 0;
  return write_reports(process, merged(texts, sums), out, setting.redactor);
}

}  // namespace procedura::bench
