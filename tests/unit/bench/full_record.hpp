#pragma once

#include "report/report.hpp"

#include <procedura/protocol/random.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace procedura::bench::testing {

/// A run with something in every field of its record: what `load` says, made up from the numbers of its arrivals. Shards of the
/// same plan have the jobs that are theirs.
inline RunRecord full_record(Shard shard = {}, std::uint64_t jobs = 3000) {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  using std::chrono::seconds;

  RunRecord run;
  Plan& plan = run.plan;
  plan.url = "wss://agent.example:8765/";
  plan.module = "place_ooi_sprites";
  plan.args = {"--n", "4", "it's"};
  plan.mode = protocol::Mode::async;
  plan.args_style = protocol::ArgsStyle::bare;
  plan.load.load = OpenLoop{300, Arrival::poisson, 50};
  plan.load.connections = 8;
  plan.load.duration = seconds{10};
  plan.load.ramp = seconds{1};
  plan.load.warm_up = milliseconds{1500};
  plan.load.cut_off = seconds{3};
  plan.load.seed = 9'223'372'036'854'775'807U;
  plan.load.shard = shard;
  plan.slos = {std::get<Slo>(parse_slo("p50<20ms")), std::get<Slo>(parse_slo("failed<=1%"))};
  plan.max_send_lag = milliseconds{3};
  plan.churn = Churn::connect;
  plan.tls = {"ca.pem", true};
  plan.floor = false;
  plan.token_file = "token";
  plan.credential_env = "AGENT_CREDENTIAL";

  run.capacity = CapacityReport{{280.5, CapacitySearch::Bound::generator, 294, true},
                                {{280.5, false, RateFinding::kept, "p50<20ms: 3.00 ms"},
                                 {294, false, RateFinding::generator, ""},
                                 {280.5, true, RateFinding::unclear, "p99.9"}}};

  RunResult& result = run.result;
  const Nanos begin = plan.load.ramp + plan.load.warm_up;
  Metrics metrics;
  for (std::uint64_t i = shard.index; i < jobs; i += shard.of) {
    const Nanos due = plan.load.duration * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(jobs);
    const auto draw = [i](std::uint64_t what, std::uint64_t most) {
      return microseconds{1 + static_cast<std::int64_t>(protocol::mix(i, what) % most)};
    };
    Timeline job;
    job.arrival = i;
    job.times.intended = begin + due;
    Second& second = result.series.at(due);
    ++second.due;
    const auto add = [&](JobEnd how) {
      each_latency(job.times, how, job.end, [&](Metric metric, Nanos value) { second.of(metric).record(value); });
    };
    if (i % 500 == 499) {
      metrics.unsent();
      continue;
    }
    job.times.sent = job.times.intended + draw(1, 50);
    ++second.sent;
    if (i % 400 == 399) {
      add(JobEnd::unfinished);
      metrics.unfinished(job.times);
      continue;
    }
    if (i % 7 != 0) job.times.ack = *job.times.sent + draw(2, 500);
    if (i % 3 == 0) {
      job.times.first_event = *job.times.sent + draw(3, 2000) + microseconds{500};
      job.events = {*job.times.first_event, *job.times.first_event + draw(4, 900)};
      job.more_events = i % 2;
      metrics.gap(job.events[1] - job.events[0]);
      second.of(Metric::gap).record(job.events[1] - job.events[0]);
    }
    job.end = *job.times.sent + draw(5, 20'000) + milliseconds{4};
    if (i % 100 == 99) {
      job.error = i % 200 == 199 ? "OUT_OF_MANA" : "(no code)";
      metrics.failed(job.times, job.end, i % 200 == 199 ? "OUT_OF_MANA" : "");
      ++second.failed;
      add(JobEnd::failed);
    } else {
      metrics.finished(job.times, job.end);
      ++second.finished;
      add(JobEnd::finished);
    }
    if (result.timelines.wants(job.arrival, job.response())) result.timelines.add(job);
  }
  for (Second& second : result.series.seconds) second.in_flight = shard.index == 0 ? 3 : 0;
  result.metrics = std::move(metrics);
  result.window = plan.load.duration;
  result.sending_time = plan.load.duration + milliseconds{1};
  result.ending_time = plan.load.duration + milliseconds{20};
  result.most_in_flight = 12;
  result.in_flight_by_quarter = {1, 2, 3, 4};
  result.held_back = true;
  result.interrupted = true;
  result.connections_lost = 1;
  result.first_loss = "the agent closed with 1001: going away";
  for (std::uint64_t i = 0; i < share_of(plan.load.connections, shard); ++i) {
    result.connection_times.resolve.record(microseconds{100 + i});
    result.connection_times.connect.record(microseconds{200 + i});
    result.connection_times.tls.record(microseconds{300 + i});
    result.connection_times.upgrade.record(microseconds{400 + i});
  }
  result.tls_version = "TLSv1.3";
  result.tls_cipher = "TLS_AES_256_GCM_SHA384";
  result.traffic = {1001, 4004, 100'100, 400'400};
  result.health = {seconds{10}, seconds{4}, seconds{3}, 0.01, 17};
  result.floor = Floor{Histogram{}, seconds{1}};
  for (int i = 0; i < 500; ++i) result.floor->response.record(microseconds{20 + i % 30});
  result.agent_counts = {{"frames_in", 1001, 1001}, {"frames_out", -2, 4004}};

  run.surroundings = {"2026-01-02T03:04:05Z", "0.1.0", 4, "a machine, Linux 6.1", "0-3"};
  return run;
}

}  // namespace procedura::bench::testing
