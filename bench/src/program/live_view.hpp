#pragma once

#include "program/program.hpp"
#include "report/report.hpp"

namespace procedura::bench {

/// How a run stands, on stderr: one line that is written over on a terminal, a line now and then otherwise.
class LiveView {
 public:
  /// `process` outlives it.
  explicit LiveView(Process& process) : process_{process} {}

  Nanos every() const;  ///< how often to show it
  void show(const Progress& progress);
  void wipe();  ///< takes it off the terminal

 private:
  Process& process_;
};

}  // namespace procedura::bench
