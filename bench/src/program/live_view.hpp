#pragma once

#include "load/plan.hpp"
#include "program/program.hpp"
#include "report/report.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace procedura::bench {

/// How a run stands, on stderr: lines that are drawn over on a terminal, a line now and then otherwise.
///
/// A thread of its own writes, so that a terminal that takes its time, or is stopped with Ctrl-S, makes no job late: what it
/// cannot take in time is not drawn. The calls come from one thread. Destroyed, it takes what it drew off the terminal.
class LiveView {
 public:
  /// Both outlive it. Nobody else writes to `process.err` meanwhile.
  LiveView(Process& process, const Plan& plan);
  ~LiveView();

  Nanos every() const;  ///< how often to show it
  void show(const Progress& progress);

 private:
  void write(std::stop_token stopped);

  Process& process_;
  const Plan& plan_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string next_;  // to be written; empty: nothing
  std::jthread writer_;
};

}  // namespace procedura::bench
