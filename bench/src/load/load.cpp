#include "load/load.hpp"

#include <algorithm>
#include <functional>
#include <limits>

namespace procedura::bench {

Load::Load(const LoadPlan& plan)
    : shard_{plan.shard},
      max_in_flight_{std::numeric_limits<std::size_t>::max()},
      window_begin_{plan.ramp + plan.warm_up},
      window_end_{window_begin_ + plan.duration},
      cut_off_{plan.cut_off},
      usable_(share_of(plan.connections, plan.shard), true),
      last_sent_{window_begin_},
      last_end_{window_begin_} {
  if (const auto* open = std::get_if<OpenLoop>(&plan.load)) {
    schedule_.emplace(open->arrival, open->rate, plan.seed, shard_, plan.ramp);
    max_in_flight_ = std::max<std::size_t>(1, share_of(open->max_in_flight, shard_));
  } else {
    const std::size_t all = std::get<ClosedLoop>(plan.load).concurrency;
    // Places open evenly over the ramp: ascending, and so a heap already.
    for (std::size_t i = shard_.index; i < all; i += shard_.of) {
      const double share = static_cast<double>(i) / static_cast<double>(all);
      free_turns_.emplace_back(static_cast<Nanos::rep>(share * static_cast<double>(plan.ramp.count())));
    }
    next_arrival_ = shard_.index;
  }
  series_.step = Series::step_for(plan.duration);
  series_.seconds.reserve(static_cast<std::size_t>(plan.duration / series_.step) + 1);
  second_end_ = window_begin_ + series_.step;
}

Load::Step Load::next(Nanos now) {
  if (over_) return Over{};
  look_at_seconds(now);
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

// Comes before every change of the jobs in flight, so that a second is told of as it ended, however late somebody looks.
void Load::look_at_seconds(Nanos now) {
  if (window_end_ <= window_begin_) return;  // interrupted before it began: nothing is measured
  for (; now >= second_end_; second_end_ += series_.step)
    series_.at(second_end_ - series_.step - window_begin_).in_flight = in_flight_;
}

std::optional<Nanos> Load::next_due(Nanos now) const {
  if (schedule_) return schedule_->at() < window_end_ ? std::optional{schedule_->at()} : std::nullopt;
  if (free_turns_.empty() || now >= window_end_) return std::nullopt;
  return free_turns_.front();
}

std::uint64_t Load::take_turn() {
  if (schedule_) {
    const std::uint64_t arrival = schedule_->number();
    schedule_->advance();
    return arrival;
  }
  std::pop_heap(free_turns_.begin(), free_turns_.end(), std::greater<>{});
  free_turns_.pop_back();
  const std::uint64_t arrival = next_arrival_;
  next_arrival_ += shard_.of;
  return arrival;
}

Load::Begin Load::begin(Nanos intended) {
  const JobSlot slot = free_slot();
  Job& job = jobs_[slot];
  job.timeline.arrival = take_turn();
  job.timeline.times = {intended, {}, {}, {}};
  job.timeline.events.clear();
  job.timeline.more_events = 0;
  job.last_event.reset();
  job.measured = intended >= window_begin_;
  job.live = true;
  if (job.measured) ++series_.at(intended - window_begin_).due;
  most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
  return {slot, pick_connection(), job.timeline.arrival, job.measured};
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

void Load::sent(JobSlot slot, Nanos now) {
  Job& job = jobs_[slot];
  job.timeline.times.sent = now;
  if (!job.measured || over_) return;
  ++series_.at(now - window_begin_).sent;
  last_sent_ = std::max(last_sent_, now);
}

void Load::frame(JobSlot slot, protocol::Status status, Nanos now) {
  Job& job = jobs_[slot];
  JobTimes& times = job.timeline.times;
  const bool accepts = status == protocol::Status::ack || status == protocol::Status::started;
  if (accepts && !times.ack) times.ack = now;
  if (status == protocol::Status::running && !over_) event(job, now);
}

void Load::event(Job& job, Nanos now) {
  if (!job.timeline.times.first_event) job.timeline.times.first_event = now;
  if (!job.measured) return;
  if (job.last_event) {
    metrics_.gap(now - *job.last_event);
    series_.at(now - window_begin_).of(Metric::gap).record(now - *job.last_event);
  }
  job.last_event = now;
  if (job.timeline.events.size() < Timeline::most_events) {
    job.timeline.events.push_back(now);
  } else {
    ++job.timeline.more_events;
  }
}

void Load::finished(JobSlot slot, Nanos now) {
  if (over_) return;
  Job& job = jobs_[slot];
  if (job.measured) {
    metrics_.finished(job.timeline.times, now);
    job.timeline.end = now;
    job.timeline.error.clear();
    ++series_.at(now - window_begin_).finished;
    record(job, JobEnd::finished);
  }
  end(slot, now);
}

void Load::failed(JobSlot slot, std::string_view code, Nanos now) {
  if (over_) return;
  Job& job = jobs_[slot];
  if (job.measured) {
    metrics_.failed(job.timeline.times, now, code);
    job.timeline.end = now;
    job.timeline.error = shown_code(code);
    ++series_.at(now - window_begin_).failed;
    record(job, JobEnd::failed);
  }
  end(slot, now);
}

void Load::record(const Job& job, JobEnd how) {
  const Timeline& timeline = job.timeline;
  Second& second = series_.at(timeline.times.intended - window_begin_);
  each_latency(timeline.times, how, timeline.end, [&second](Metric metric, Nanos value) { second.of(metric).record(value); });
  if (how != JobEnd::unfinished && timelines_.wants(timeline.arrival, timeline.response())) timelines_.add(timeline);
}

void Load::end(JobSlot slot, Nanos now) {
  look_at_seconds(now);
  if (jobs_[slot].measured) last_end_ = std::max(last_end_, now);
  jobs_[slot].live = false;
  free_slots_.push_back(slot);
  --in_flight_;
  if (schedule_) return;
  free_turns_.push_back(now);
  std::push_heap(free_turns_.begin(), free_turns_.end(), std::greater<>{});
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
  look_at_seconds(now);
  if (window_end_ > window_begin_) series_.at(now - window_begin_ - Nanos{1}).in_flight = in_flight_;
  for (const Job& job : jobs_) {
    if (!job.live || !job.measured) continue;
    metrics_.unfinished(job.timeline.times);
    record(job, JobEnd::unfinished);
  }
  for (; schedule_ && schedule_->at() < window_end_; schedule_->advance()) {
    if (schedule_->at() < window_begin_) continue;
    metrics_.unsent();
    ++series_.at(schedule_->at() - window_begin_).due;
  }
  return {};
}

}  // namespace procedura::bench
