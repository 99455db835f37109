#pragma once

#include "report/report.hpp"

#include <string>
#include <variant>
#include <vector>

namespace procedura::bench {

/// What one of several processes that made a load together measured, and the file that says so.
struct ShardRun {
  std::string name;
  RunRecord run;
};

/// Why runs are not the parts of one: one line that says which, and what to do.
struct MergeError {
  std::string message;
};

/// Puts the shards of a load together to the run of the whole, in any order. Counts are added, so the histograms are those of a
/// single process that had measured all jobs. All shards have to be there, complete, of the same plan and program, and have
/// run at the same time: begun within a tenth of the window, or a second if that is more, and not one interrupted much before
/// the others.
std::variant<RunRecord, MergeError> merge_shards(std::vector<ShardRun> shards);

}  // namespace procedura::bench
