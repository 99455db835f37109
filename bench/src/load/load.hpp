#pragma once

#include "load/plan.hpp"
#include "load/schedule.hpp"
#include "measure/metrics.hpp"
#include "measure/series.hpp"
#include "measure/timeline.hpp"

#include <procedura/protocol/reply.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::bench {

/// Names a job while it is in flight; reused afterwards.
using JobSlot = std::uint32_t;

/// The run as a value: told what happens and when, it says which job begins where, how long to wait, and when it is over.
///
/// Pure: it knows no clock, socket or thread. All times are since the run's start and must not go back. Not thread-safe.
///
/// Life of a run: warm-up, measured window, drain (begun jobs may end, jobs that were held back may begin), over. It is over
/// when nothing is left to do after the window, at the cut-off, or when no connection is left.
class Load {
 public:
  struct Begin {  ///< Send a job on this connection now.
    JobSlot job;
    std::size_t connection;
    std::uint64_t arrival;  ///< its number in the whole load
    bool measured;          ///< it is due in the window
  };
  struct Wait {  ///< Nothing to do until then, or until a reply comes. `exact`: a job is due then, to the microsecond.
    Nanos until;
    bool exact;
  };
  struct Over {};
  using Step = std::variant<Begin, Wait, Over>;

  /// Makes this shard's share of the load. It has `share_of(plan.connections, plan.shard)` connections.
  explicit Load(const LoadPlan& plan);

  Step next(Nanos now);

  void sent(JobSlot job, Nanos now);
  /// A frame that does not end the job.
  void frame(JobSlot job, protocol::Status status, Nanos now);
  void finished(JobSlot job, Nanos now);
  /// `code`: as in `Metrics::failed`.
  void failed(JobSlot job, std::string_view code, Nanos now);
  /// The connection is gone; its jobs must be told `failed` one by one. No job begins on it any more.
  void connection_lost(std::size_t connection);
  /// No job is due from now on: the window ends early, and the drain begins. A second time: the run is over.
  void interrupt(Nanos now);

  /// Of a job in flight: until it is told `finished` or `failed`.
  const JobTimes& times(JobSlot job) const noexcept { return jobs_[job].timeline.times; }

  const Metrics& metrics() const noexcept { return metrics_; }
  const Series& series() const noexcept { return series_; }  ///< seconds are whole up to the last that was reached
  const TimelineSample& timelines() const noexcept { return timelines_; }
  std::size_t in_flight() const noexcept { return in_flight_; }
  std::size_t most_in_flight() const noexcept { return most_in_flight_; }
  std::size_t connections_lost() const noexcept { return lost_; }
  /// Jobs in flight at the end of each quarter of the window that was reached.
  std::span<const std::uint64_t> quarters() const noexcept { return quarters_; }
  bool held_back() const noexcept { return held_back_; }  ///< a due job had to wait for `max_in_flight`
  bool interrupted() const noexcept { return interrupted_; }
  Nanos window_begin() const noexcept { return window_begin_; }
  Nanos window_end() const noexcept { return window_end_; }  ///< earlier than planned after `interrupt`
  /// When the last measured job was written; the window's begin if none was.
  Nanos last_sent() const noexcept { return last_sent_; }
  /// When the last measured job ended; the window's begin if none did.
  Nanos last_end() const noexcept { return last_end_; }

 private:
  struct Job {
    Timeline timeline;  // its events keep their memory from job to job
    std::optional<Nanos> last_event;
    bool measured = false;
    bool live = false;
  };

  std::optional<Nanos> next_due(Nanos now) const;
  Begin begin(Nanos intended);
  std::uint64_t take_turn();
  std::size_t pick_connection();
  JobSlot free_slot();
  void event(Job& job, Nanos now);
  void record(const Job& job, JobEnd how);
  void end(JobSlot job, Nanos now);
  Over finish(Nanos now);
  void look_at_quarters(Nanos now);
  void look_at_seconds(Nanos now);

  std::optional<Schedule> schedule_;  // open loop
  std::vector<Nanos> free_turns_;     // closed loop: since when a place in the concurrency is free; a heap, the earliest first
  std::uint64_t next_arrival_ = 0;    // closed loop
  Shard shard_;
  std::size_t max_in_flight_;
  Nanos window_begin_;
  Nanos window_end_;
  Nanos cut_off_;

  std::vector<bool> usable_;  // connections
  std::size_t next_connection_ = 0;
  std::size_t lost_ = 0;

  std::vector<Job> jobs_;
  std::vector<JobSlot> free_slots_;
  std::size_t in_flight_ = 0;
  std::size_t most_in_flight_ = 0;
  std::vector<std::uint64_t> quarters_;

  Metrics metrics_;
  Series series_;
  Nanos second_end_;  // of the second that is not over yet
  TimelineSample timelines_;
  Nanos last_sent_;
  Nanos last_end_;
  bool held_back_ = false;
  bool interrupted_ = false;
  bool over_ = false;
};

}  // namespace procedura::bench
