#include "measure/timeline.hpp"

#include <procedura/protocol/random.hpp>

#include <algorithm>
#include <utility>

namespace procedura::bench {
namespace {

std::uint64_t draw(std::uint64_t arrival) noexcept {
  return protocol::mix(arrival);  // a bijection: no two arrivals draw the same
}

bool has(const std::vector<Timeline>& jobs, std::uint64_t arrival) noexcept {
  return std::any_of(jobs.begin(), jobs.end(), [&](const Timeline& job) { return job.arrival == arrival; });
}

bool slower(std::uint64_t arrival, Nanos response, const Timeline& than) noexcept {
  return std::pair{than.response(), arrival} < std::pair{response, than.arrival};  // of two as slow, the earlier one
}

}  // namespace

bool TimelineSample::among_slowest(std::uint64_t arrival, Nanos response) const noexcept {
  return slowest_.size() < most || slower(arrival, response, slowest_.back());
}

bool TimelineSample::among_drawn(std::uint64_t arrival) const noexcept {
  return draw(arrival) <= highest_draw_;
}

bool TimelineSample::wants(std::uint64_t arrival, Nanos response) const noexcept {
  return among_slowest(arrival, response) || among_drawn(arrival);
}

void TimelineSample::add(const Timeline& job) {
  if (among_slowest(job.arrival, job.response())) add_slowest(job);
  if (among_drawn(job.arrival)) add_drawn(job);
}

void TimelineSample::add_slowest(const Timeline& job) {
  if (has(slowest_, job.arrival)) return;
  const auto behind = std::find_if(slowest_.begin(), slowest_.end(),
                                   [&](const Timeline& other) { return slower(job.arrival, job.response(), other); });
  slowest_.insert(behind, job);
  if (slowest_.size() > most) slowest_.pop_back();
}

void TimelineSample::add_drawn(const Timeline& job) {
  if (has(drawn_, job.arrival)) return;
  const auto by_draw = [](const Timeline& a, const Timeline& b) { return draw(a.arrival) < draw(b.arrival); };
  const auto by_arrival = [](const Timeline& a, const Timeline& b) { return a.arrival < b.arrival; };
  drawn_.insert(std::upper_bound(drawn_.begin(), drawn_.end(), job, by_arrival), job);
  if (drawn_.size() > most) drawn_.erase(std::max_element(drawn_.begin(), drawn_.end(), by_draw));
  if (drawn_.size() == most) highest_draw_ = draw(std::max_element(drawn_.begin(), drawn_.end(), by_draw)->arrival);
}

void TimelineSample::merge(const TimelineSample& other) {
  for (const Timeline& job : other.slowest_) {
    if (among_slowest(job.arrival, job.response())) add_slowest(job);
  }
  for (const Timeline& job : other.drawn_) {
    if (among_drawn(job.arrival)) add_drawn(job);
  }
}

}  // namespace procedura::bench
