#include "load/load.hpp"

#include <algorithm>
#include <limits>

namespace procedura::bench {

Load::Load(const LoadPlan& plan)
    : max_in_flight_{std::numeric_limits<std::size_t>::max()},
      window_begin_{plan.warm_up},
      window_end_{plan.warm_up + plan.duration},
      cut_off_{plan.cut_off},
      usable_(plan.connections, true),
      last_sent_{plan.warm_up},
      last_end_{plan.warm_up} {
  if (const auto* open = std::get_if<OpenLoop>(&plan.load)) {
    schedule_.emplace(open->arrival, open->rate, plan.seed);
    max_in_flight_ = open->max_in_flight;
  } else {
    free_turns_.assign(std::get<ClosedLoop>(plan.load).concurrency, Nanos{0});
  }
}

Load::Step Load::next(Nanos now) {
  if (over_) return Over{};
  look_at_quarters(now);
  const Nanos cut = window_end_ + cut_off_;
  if (now >= cut || lost_ == usable_.size()) return finish(now);

  if (const auto due = next_due(now)) {
    if (*due > now) return Wait{*due, true};
    if (in_flight_ < max_in_flight_) return begin(*due);
    held_back_ = true;
    return Wait{cut, false};
  }
  if (now < window_end_) return Wait{window_end_, false};
  if (in_flight_ == 0) return finish(now);
  return Wait{cut, false};
}

void Load::look_at_quarters(Nanos now) {
  if (interrupted_ || quarters_.size() == 4) return;
  const auto nth = static_cast<Nanos::rep>(quarters_.size()) + 1;
  if (now >= window_begin_ + (window_end_ - window_begin_) * nth / 4) quarters_.push_back(in_flight_);
}

std::optional<Nanos> Load::next_due(Nanos now) const {
  if (schedule_) return schedule_->at() < window_end_ ? std::optional{schedule_->at()} : std::nullopt;
  if (free_turns_.empty() || now >= window_end_) return std::nullopt;
  return free_turns_.front();
}

Load::Begin Load::begin(Nanos intended) {
  if (schedule_) {
    schedule_->advance();
  } else {
    free_turns_.pop_front();
  }
  const JobSlot slot = free_slot();
  jobs_[slot] = Job{JobTimes{intended, {}, {}, {}}, intended >= window_begin_, true};
  most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
  return {slot, pick_connection()};
}

JobSlot Load::free_slot() {
  if (free_slots_.empty()) {
    jobs_.emplace_back();
    return static_cast<JobSlot>(jobs_.size() - 1);
  }
  const JobSlot slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

std::size_t Load::pick_connection() {
  while (!usable_[next_connection_ % usable_.size()]) ++next_connection_;
  return next_connection_++ % usable_.size();
}

void Load::sent(JobSlot job, Nanos now) {
  jobs_[job].times.sent = now;
  if (jobs_[job].measured) last_sent_ = std::max(last_sent_, now);
}

void Load::frame(JobSlot job, protocol::Status status, Nanos now) {
  JobTimes& times = jobs_[job].times;
  const bool accepts = status == protocol::Status::ack || status == protocol::Status::started;
  if (accepts && !times.ack) times.ack = now;
  if (status == protocol::Status::running && !times.first_event) times.first_event = now;
}

void Load::finished(JobSlot job, Nanos now) {
  if (over_) return;
  if (jobs_[job].measured) metrics_.finished(jobs_[job].times, now);
  end(job, now);
}

void Load::failed(JobSlot job, std::string_view code, Nanos now) {
  if (over_) return;
  if (jobs_[job].measured) metrics_.failed(jobs_[job].times, now, code);
  end(job, now);
}

void Load::end(JobSlot job, Nanos now) {
  if (jobs_[job].measured) last_end_ = std::max(last_end_, now);
  jobs_[job].live = false;
  free_slots_.push_back(job);
  --in_flight_;
  if (!schedule_) free_turns_.push_back(now);
}

void Load::connection_lost(std::size_t connection) {
  if (!usable_[connection]) return;
  usable_[connection] = false;
  ++lost_;
}

void Load::interrupt(Nanos now) {
  if (interrupted_) {
    finish(now);
    return;
  }
  interrupted_ = true;
  window_end_ = std::min(window_end_, now);
}

Load::Over Load::finish(Nanos now) {
  if (over_) return {};
  over_ = true;
  window_end_ = std::min(window_end_, now);  // no connection is left: nothing was due any more
  for (const Job& job : jobs_) {
    if (job.live && job.measured) metrics_.unfinished(job.times);
  }
  for (; schedule_ && schedule_->at() < window_end_; schedule_->advance()) {
    if (schedule_->at() >= window_begin_) metrics_.unsent();
  }
  return {};
}

}  // namespace procedura::bench
