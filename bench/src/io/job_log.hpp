#pragma once

#include "measure/metrics.hpp"

#include <procedura/protocol/deadlines.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace procedura::bench {

/// A measured job that ended.
struct JobRecord {
  std::uint64_t arrival = 0;  ///< its number in the whole load
  std::size_t connection = 0;
  std::string id;  ///< of its request (REQ-2)
  JobTimes times;
  Nanos end{0};
  std::string error;  ///< its code, printable; empty: it finished
};

/// One line of JSON, with its end: `arrival`, `connection`, `id`, and then the nanoseconds of the machine's monotonic clock
/// (CLOCK_MONOTONIC, which all its processes share) at which it was due (`intended_ns`), was `sent_ns`, got its `ack_ns`, its
/// `first_event_ns` and its `end_ns`; null: it never did. `error` is there if it failed. `start`: of the run, on that clock.
void append_job_line(std::string& out, const JobRecord& job, Nanos start);

/// Writes jobs to a stream, on a thread of its own: a file may keep its writer waiting, and no job is to be late for it.
class JobLog {
 public:
  /// `out` outlives it, and is its own meanwhile.
  JobLog(std::ostream& out, Nanos start);
  /// Returns when all is written, or the stream has failed.
  ~JobLog();
  JobLog(const JobLog&) = delete;
  JobLog& operator=(const JobLog&) = delete;

  void add(JobRecord job);

 private:
  void hand_over(bool last);
  void write();

  std::ostream& out_;
  Nanos start_;
  std::vector<JobRecord> filling_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::vector<JobRecord> waiting_;
  bool over_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace procedura::bench
