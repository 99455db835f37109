#pragma once

#include "report/report.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace procedura::bench {

/// The file of a shard while its run goes on: each look at the run is written there, marked as not complete, by a thread of its
/// own, so that no job is late because of a disk. A process that is killed leaves its last look, and `merge` sees that it is
/// one.
///
/// When looks come faster than they can be written, those between are left out. One that cannot be written is no matter: the
/// report at the end cannot either, and says so.
class ShardFile {
 public:
  /// `record`: what each look is put into.
  ShardFile(std::string path, RunRecord record);
  ~ShardFile();  ///< waits for the one that is being written
  ShardFile(const ShardFile&) = delete;
  ShardFile& operator=(const ShardFile&) = delete;

  void show(RunResult so_far);

 private:
  void write_looks();

  std::string path_;
  RunRecord record_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<RunResult> next_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace procedura::bench
