#pragma once

#include "load/load.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <variant>
#include <vector>

namespace procedura::bench {

/// Two seconds behind one of warm-up.
inline LoadPlan open(double rate, std::size_t connections = 1, std::size_t max_in_flight = 10'000) {
  LoadPlan plan;
  plan.load = OpenLoop{rate, Arrival::constant, max_in_flight};
  plan.connections = connections;
  plan.warm_up = std::chrono::seconds{1};
  plan.duration = std::chrono::seconds{2};
  plan.cut_off = std::chrono::seconds{5};
  return plan;
}

inline LoadPlan closed(std::size_t concurrency, std::size_t connections = 1) {
  LoadPlan plan = open(1, connections);
  plan.load = ClosedLoop{concurrency};
  return plan;
}

inline bool over(const Load::Step& step) {
  return std::holds_alternative<Load::Over>(step);
}

/// An agent made of numbers: plays a whole run, with each reply as late as `service` says, or when `replies_at` does, and
/// returns when it was over.
struct Play {
  Load load;
  Nanos now{0};
  Nanos service{std::chrono::milliseconds{1}};
  std::function<bool(std::uint64_t)> fails = [](auto) { return false; };
  std::multimap<Nanos, JobSlot> replies = {};
  std::vector<std::size_t> connections = {};
  std::map<std::uint64_t, Nanos> arrivals = {};  // when each was due
  std::uint64_t begun = 0;
  std::function<Nanos(Nanos sent)> replies_at = [this](Nanos sent) { return sent + service; };
  std::function<Nanos()> send_lag = [] { return Nanos{0}; };

  void until(Nanos end) {
    while (now < end) {
      const auto step = load.next(now);
      if (over(step)) return;
      if (const auto* begin = std::get_if<Load::Begin>(&step)) {
        const Nanos sent = now + send_lag();
        load.sent(begin->job, sent);
        arrivals.emplace(begin->arrival, load.times(begin->job).intended);
        connections.push_back(begin->connection);
        replies.emplace(replies_at(sent), begin->job);
        ++begun;
        continue;
      }
      Nanos next = std::min(std::get<Load::Wait>(step).until, end);
      if (!replies.empty() && replies.begin()->first <= next) {
        next = replies.begin()->first;
        const JobSlot job = replies.begin()->second;
        replies.erase(replies.begin());
        if (fails(begun)) {
          load.failed(job, "E", next);
        } else {
          load.finished(job, next);
        }
      }
      now = next;
    }
  }
  Nanos to_the_end() {
    until(std::chrono::hours{1});
    return now;
  }
};

}  // namespace procedura::bench
