#include "program/shard_file.hpp"

#include "judge/verdict.hpp"
#include "program/output_files.hpp"

#include <utility>

namespace procedura::bench {

ShardFile::ShardFile(std::string path, RunRecord record) : path_{std::move(path)}, record_{std::move(record)} {
  record_.complete = false;
  thread_ = std::thread{[this] { write_looks(); }};
}

ShardFile::~ShardFile() {
  {
    const std::lock_guard lock{mutex_};
    over_ = true;
    next_.reset();
  }
  changed_.notify_one();
  thread_.join();
}

void ShardFile::show(RunResult so_far) {
  {
    const std::lock_guard lock{mutex_};
    next_ = std::move(so_far);
  }
  changed_.notify_one();
}

void ShardFile::write_looks() {
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return over_ || next_; });
      if (over_) return;
      record_.result = *std::exchange(next_, std::nullopt);
    }
    try {
      write_file(path_, json_report(record_, judge(record_.plan, record_.result)));
    } catch (...) {  // told at the end, if it is still so; no load ends because of a look at it
    }
  }
}

}  // namespace procedura::bench
