#pragma once

#include "load/schedule.hpp"
#include "program/program.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace procedura::bench {

/// Processes that make one load together and can talk to one another. Each calls the same functions in the same order; each
/// function but `shard` waits for the others.
class Ensemble {
 public:
  virtual ~Ensemble() = default;

  virtual Shard shard() const = 0;  ///< which of them this one is
  /// Returns when all have called it, as nearly at the same time as they can.
  virtual void meet() = 0;
  /// The texts of all in the order of their numbers, on the first of them; nothing on the others.
  virtual std::vector<std::string> gather(const std::string& text) = 0;
  /// The sum of everybody's numbers, each at its place, on the first of them; nothing on the others.
  virtual std::vector<std::uint64_t> sum(const std::vector<std::uint64_t>& numbers) = 0;
};

/// `run`, made by all processes of an ensemble together: each makes its shard of the load, all begin it at the same time, and
/// the first one merges what they measured, judges it and writes the reports. `args`: as for the program. On the others the
/// result is 0. Throws what keeps this process from it: the others wait for it and have to be ended.
int run_together(const std::vector<std::string>& args, Process& process, Ensemble& ensemble);

}  // namespace procedura::bench
