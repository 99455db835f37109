#pragma once

#include "judge/verdict.hpp"
#include "load/plan.hpp"
#include "report/report.hpp"

#include <procedura/error.hpp>
#include <procedura/protocol/redaction.hpp>
#include <procedura/transport.hpp>

#include <functional>

namespace procedura::bench {

/// What a run needs beside its plan.
struct RunSetting {
  TransportOptions transport;   ///< of every connection
  protocol::Redactor redactor;  ///< over all text from the agent that is kept
  Nanos progress_every{std::chrono::seconds{5}};
  std::function<void(const Progress&)> on_progress = [](const Progress&) {};
};

/// Makes the load and measures it: opens all connections, runs, waits for what is in flight, closes them. Blocks; one thread.
/// While it runs, SIGINT and SIGTERM end the run early.
///
/// Fails if a connection cannot be made before the run begins.
Result<RunResult> run_load(const Plan& plan, const RunSetting& setting);

}  // namespace procedura::bench
