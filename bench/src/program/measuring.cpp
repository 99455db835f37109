#include "program/measuring.hpp"

#include "io/interruption.hpp"
#include "io/machine.hpp"
#include "judge/rate.hpp"
#include "load/capacity.hpp"
#include "measure/moment.hpp"
#include "program/live_view.hpp"
#include "program/reports.hpp"
#include "program/shard_file.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

constexpr double highest_rate = 1e6;

Result<RunResult> watched(const Plan& plan, RunSetting& setting, Process& process) {
  LiveView view{process, plan};
  setting.progress_every = view.every();
  setting.on_progress = [&view](const Progress& progress) { view.show(progress); };
  return run_load(plan, setting);
}

// One of several processes: what it has measured is in its file before it is over.
std::unique_ptr<ShardFile> looks_of_shard(const RunRecord& record, RunSetting& setting) {
  const auto& path = record.plan.out.json;
  if (record.plan.load.shard.of == 1 || !path || *path == "-") return nullptr;
  auto file = std::make_unique<ShardFile>(*path, without_secrets(record, setting.redactor));
  setting.on_snapshot = [target = file.get()](RunResult so_far) { target->show(std::move(so_far)); };
  return file;
}

// What the runs before it have found is not lost to an interruption. Nothing: it came before this run had begun.
std::optional<Measured> next_step(const Plan& plan, const RunSetting& setting, Process& process,
                                  Interruption& interruption) try {
  if (interruption.requested()) return std::nullopt;
  return measure(plan, setting, process);
} catch (const Refused&) {
  if (interruption.requested()) return std::nullopt;
  throw;
}

}  // namespace

Measured measure(const Plan& plan, RunSetting setting, Process& process) {
  Measured measured;
  RunRecord& record = measured.run;
  record.plan = plan;
  record.surroundings = surroundings();
  std::ofstream jobs;
  if (plan.out.jobs) {
    jobs.open(*plan.out.jobs, std::ios::binary | std::ios::trunc);
    setting.jobs = &jobs;
  }
  // It begins when all its connections are there, and maybe later still.
  setting.start = [&record, start = setting.start] {
    const protocol::TimePoint at = start();
    const auto left = at - std::chrono::steady_clock::now();
    const auto moment =
        std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(left);
    record.surroundings.started_at = moment_text(std::chrono::floor<std::chrono::seconds>(moment));
    return at;
  };
  const auto looks = looks_of_shard(record, setting);
  auto result = watched(plan, setting, process);
  if (!result) throw Refused{could_not_run, describe(result.error())};
  if (plan.out.jobs && !jobs.flush()) {
    measured.trouble = Refused{
        could_not_run, fmt::format("--jobs: cannot write {}, not all jobs are in it", protocol::printable(*plan.out.jobs))};
  }
  record.result = *std::move(result);
  return measured;
}

Measured find_capacity(Plan plan, const RunSetting& setting, Process& process) {
  auto& open = std::get<OpenLoop>(plan.load.load);
  CapacitySearch search{open.rate, highest_rate};
  const bool wants_floor = plan.floor;
  std::optional<Floor> floor;
  Interruption interruption;
  std::optional<Measured> last;
  for (;;) {
    open.rate = std::get<CapacitySearch::Try>(search.next()).rate;
    plan.floor = wants_floor && !floor;  // once is enough
    std::optional<Measured> next = last ? next_step(plan, setting, process, interruption) : measure(plan, setting, process);
    if (!next) {
      last->run.result.interrupted = true;
      last->run.capacity = {search.so_far(), search.steps()};
      return *std::move(last);
    }
    RunRecord& run = last.emplace(*std::move(next)).run;
    if (run.result.floor) floor = run.result.floor;
    run.result.floor = floor;
    run.plan.floor = wants_floor;

    const JudgedRate judged = judge_rate(plan, run.result, judge(plan, run.result));
    if (!run.result.interrupted) {
      search.found(judged.finding, judged.why);
      say(process, fmt::format("{} jobs/s: {}{}{}", open.rate, to_string(judged.finding), judged.why.empty() ? "" : ", ",
                               setting.redactor(judged.why)));
    }
    if (run.result.interrupted || std::holds_alternative<CapacitySearch::Found>(search.next())) {
      run.capacity = {search.so_far(), search.steps()};
      return *std::move(last);
    }
  }
}

}  // namespace procedura::bench
