#pragma once

#include "compare/record.hpp"
#include "measure/run_result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace procedura::bench {

enum class Side : std::uint8_t { a, b };

/// What one run of one side came to. The run has no warm-up of its own: its traffic and its CPU time are those of its jobs.
struct SideRun {
  RunResult result;
  std::optional<Nanos> cpu;  ///< that the agent used in it; nothing: not known
};

/// The comparison as a value: it says which side runs next, is told what came of it, and makes the samples that are judged.
///
/// Pure: the order depends on the plan's seed alone. Within each pair the side that goes first is drawn, so that what a first
/// run does to a second (a warm cache, a hot processor) falls on both sides by chance.
class Pairs {
 public:
  explicit Pairs(ComparePlan plan);

  struct Turn {
    std::size_t pair;  ///< from 0
    Side side;
  };
  /// Nothing: all pairs are measured, or it was interrupted.
  std::optional<Turn> next() const;

  /// Of the side whose turn it is. Only a whole pair counts.
  void add(SideRun run);
  void interrupt() noexcept { interrupted_ = true; }

  /// Judges what there is.
  ComparisonRecord record(Surroundings surroundings) const;

 private:
  struct Figures {
    std::vector<std::optional<double>> values;  // one for each metric
    Metrics metrics;
    std::string reason;  // why the run would be invalid alone; empty: it would not
  };

  Figures figures_of(SideRun run) const;
  void add_pair(const Figures& a, const Figures& b);

  ComparePlan plan_;
  bool interrupted_ = false;
  std::optional<Figures> first_;  // of the pair that is being measured
  std::vector<bool> b_first_;     // of the pairs that are whole
  std::vector<PairedMetric> samples_;
  ComparedSide a_;
  ComparedSide b_;
};

}  // namespace procedura::bench
