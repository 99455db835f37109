#pragma once

#include "judge/verdict.hpp"
#include "load/plan.hpp"
#include "report/report.hpp"

#include <procedura/error.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/transport.hpp>

#include <chrono>
#include <functional>
#include <iosfwd>

namespace procedura::bench {

/// What a run needs beside its plan.
struct RunSetting {
  TransportOptions transport;   ///< of every connection
  protocol::Redactor redactor;  ///< over all text from the agent that is kept
  Nanos progress_every{std::chrono::seconds{5}};
  std::function<void(const Progress&)> on_progress = [](const Progress&) {};

  /// Says when the run's clock begins, at once or later; asked when all connections are open. Shards agree on it here.
  std::function<protocol::TimePoint()> start = [] { return std::chrono::steady_clock::now(); };
  /// What there is of the result, every so often while the run goes on, but for its series and timelines; nothing: never. It is
  /// called between two jobs, and what it takes makes jobs late: it should hand the result to another thread.
  std::function<void(RunResult)> on_snapshot = {};
  Nanos snapshot_every{std::chrono::seconds{1}};
  /// Takes a line of JSON for each measured job that ended (see `JobLog`), on a thread of its own. Null: nobody. Outlives the
  /// run; its state says whether all could be written.
  std::ostream* jobs = nullptr;
};

/// Makes the load and measures it: opens all connections, measures the floor if that is asked for, runs, waits for what is in
/// flight, closes them. Blocks; one thread. While it runs, SIGINT and SIGTERM end the run early.
///
/// Fails if a connection cannot be made, or is lost, before the run begins; but one that an agent ends because it was asked
/// for its counters is made again.
Result<RunResult> run_load(const Plan& plan, const RunSetting& setting);

}  // namespace procedura::bench
