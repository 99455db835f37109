#pragma once

#include "command.hpp"
#include "files.hpp"

#include <procedura/conformance/baseline.hpp>
#include <procedura/conformance/render.hpp>
#include <procedura/conformance/report.hpp>
#include <procedura/conformance/runner.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace procedura::conformance::program {

/// The options that a run has in either direction.
struct RunSettings {
  std::vector<std::string> select;
  unsigned jobs = 1;
  std::optional<double> max_time;  ///< seconds; 90, times the scale, if it is not said
  double time_scale = 1;           ///< of every deadline and patience: for slow machines
  std::optional<std::uint64_t> seed;
  bool strict = false;
  bool verbose = false;
  std::string known_failing;
  std::string known_flaky;
  std::string junit;
  std::string json;
  std::string html;
  std::string compare_with;
  std::string badge;

  void define(CLI::App& command);
  /// Refuses what is out of range, and patterns that match no case of the registry. What the reports say of subject and command
  /// is left to be filled in.
  RunOptions options(const Registry& registry) const;
  /// The cases with their deadlines scaled. A report's results point into it.
  Registry scaled(const Registry& registry) const;
  /// A patience, scaled.
  std::chrono::milliseconds scaled(std::chrono::milliseconds time) const;
  /// What a command needs behind it to be this run again, case by case.
  std::string again(const RunOptions& options) const;
};

/// What a run's outcomes are weighed by, and where its reports go. Made before the run, so that it is not in vain.
class Reports {
 public:
  /// `registry`: what the baselines speak of. `profile`: its file, which no report may be written over.
  Reports(const RunSettings& settings, const Registry& registry, const std::string& profile);
  /// Weighs and writes; the result is the process's exit code.
  int publish(RunReport report, Process& process);

 private:
  Baseline baseline_;
  std::optional<Earlier> earlier_;  // read before a report of the same name is begun
  bool verbose_;
  ReportFile junit_{""};
  ReportFile json_{""};
  ReportFile html_{""};
  ReportFile badge_{""};
};

/// A line that tells how far the run is, where there is a terminal to draw it on. Gone when this is.
class ProgressLine {
 public:
  explicit ProgressLine(Process& process);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  const Progress& progress() const { return progress_; }

 private:
  Process& process_;
  Progress progress_;
};

}  // namespace procedura::conformance::program
