#include "io/job_log.hpp"

#include <procedura/protocol/json_text.hpp>

#include <iterator>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>

namespace procedura::bench {
namespace {

constexpr std::size_t chunk = 1024;

void append_time(std::string& out, std::string_view name, std::optional<Nanos> time, Nanos start) {
  out += ",\"";
  out += name;
  out += "\":";
  out += time ? std::to_string((start + *time).count()) : "null";
}

}  // namespace

void append_job_line(std::string& out, const JobRecord& job, Nanos start) {
  out += "{\"arrival\":" + std::to_string(job.arrival) + ",\"connection\":" + std::to_string(job.connection) + ",\"id\":";
  protocol::append_string(out, job.id);
  append_time(out, "intended_ns", job.times.intended, start);
  append_time(out, "sent_ns", job.times.sent, start);
  append_time(out, "ack_ns", job.times.ack, start);
  append_time(out, "first_event_ns", job.times.first_event, start);
  append_time(out, "end_ns", job.end, start);
  if (!job.error.empty()) {
    out += ",\"error\":";
    protocol::append_string(out, job.error);
  }
  out += "}\n";
}

JobLog::JobLog(std::ostream& out, Nanos start) : out_{out}, start_{start}, thread_{[this] { write(); }} {
  filling_.reserve(chunk);
}

JobLog::~JobLog() {
  hand_over(true);
  thread_.join();
}

void JobLog::add(JobRecord job) {
  filling_.push_back(std::move(job));
  if (filling_.size() == chunk) hand_over(false);
}

void JobLog::hand_over(bool last) {
  {
    const std::lock_guard lock{mutex_};
    waiting_.insert(waiting_.end(), std::make_move_iterator(filling_.begin()), std::make_move_iterator(filling_.end()));
    over_ = last;
  }
  filling_.clear();
  changed_.notify_one();
}

void JobLog::write() {
  std::vector<JobRecord> jobs;
  std::string text;
  for (bool over = false; !over;) {
    jobs.clear();
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return over_ || !waiting_.empty(); });
      std::swap(jobs, waiting_);
      over = over_;
    }
    text.clear();
    for (const JobRecord& job : jobs) append_job_line(text, job, start_);
    out_.write(text.data(), static_cast<std::streamsize>(text.size()));
  }
  out_.flush();
}

}  // namespace procedura::bench
