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

#include <chrono>
#include <sstream>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

RunArguments parse(const std::vector<std::string>& args) {
  if (args.empty() || args.front() != "run") {
    throw Refused{bad_usage, "several processes together can only 'run': mpirun -n N procedura-bench-mpi run --url ..."};
  }
  auto parsed = parse_run(std::span{args}.subspan(1));
  if (auto* wrong = std::get_if<UsageError>(&parsed)) throw Refused{bad_usage, std::move(wrong->message)};
  return std::get<RunArguments>(std::move(parsed));
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
  RunArguments arguments = parse(args);
  Plan& plan = arguments.plan;
  if (arguments.find_capacity)
    throw Refused{bad_usage, "--find-capacity: each rate is decided on after the one before, by one process"};
  const Outputs out = std::exchange(plan.out, {});
  if (out.jobs) throw Refused{bad_usage, "--jobs: each process would write it; leave it away"};
  if (plan.load.shard.of > 1) throw Refused{bad_usage, "--shard: who started these processes has told each; leave it away"};
  take_share(plan, ensemble.shard());
  const bool first = ensemble.shard().index == 0;
  if (first) check_outputs(out, inputs_of(plan));

  RunSetting setting = prepare(plan, process);
  setting.start = [&ensemble] {
    ensemble.meet();
    return std::chrono::steady_clock::now();
  };
  std::ostringstream nobody;
  Process silent{process.env, nobody, nobody};
  const RunRecord mine = measure(plan, setting, first ? process : silent);

  const std::vector<std::uint64_t> sums = ensemble.sum(counts_of(mine.result.metrics));
  const std::vector<std::string> texts = ensemble.gather(json_report(mine, judge(mine.plan, mine.result)));
  if (!first) return 0;
  return write_reports(process, merged(texts, sums), out, setting.redactor);
}

}  // namespace procedura::bench
