#include "bench_samples.hpp"

#include <procedura/protocol/random.hpp>

#include <algorithm>
#include <cmath>
#include <queue>

namespace procedura::bench::samples {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Coming {  // something from the agent
  Nanos at;
  std::uint64_t order;  // what comes at one time comes in the order in which it was made
  JobSlot job;
  protocol::Status status;
  std::string code;

  bool operator>(const Coming& other) const { return std::pair{at, order} > std::pair{other.at, other.order}; }
};

class Simulation {
 public:
  Simulation(const LoadPlan& plan, const Agent& agent, Nanos send_lag) : load_{plan}, agent_{agent}, send_lag_{send_lag} {}

  RunResult run() {
    while (step()) {
    }
    RunResult result;
    result.metrics = load_.metrics();
    result.series = load_.series();
    result.timelines = load_.timelines();
    result.window = std::max(Nanos{0}, load_.window_end() - load_.window_begin());
    result.sending_time = std::max(result.window, load_.last_sent() - load_.window_begin());
    result.ending_time = std::max(result.window, load_.last_end() - load_.window_begin());
    result.most_in_flight = load_.most_in_flight();
    result.in_flight_by_quarter.assign(load_.quarters().begin(), load_.quarters().end());
    result.held_back = load_.held_back();
    return result;
  }

 private:
  bool step() {
    const Load::Step next = load_.next(now_);
    if (const auto* begin = std::get_if<Load::Begin>(&next)) {
      ask(*begin);
    } else if (const auto* wait = std::get_if<Load::Wait>(&next)) {
      if (coming_.empty() || coming_.top().at > wait->until) {
        now_ = wait->until;
      } else {
        tell();
      }
    }
    return !std::holds_alternative<Load::Over>(next);
  }

  void ask(const Load::Begin& begin) {
    const Nanos sent = now_ + send_lag_;
    load_.sent(begin.job, sent);
    const Answer answer = agent_(begin.arrival, sent);
    const auto come = [&](Nanos after, protocol::Status status, const std::string& code = {}) {
      coming_.push({sent + after, order_++, begin.job, status, code});
    };
    come(answer.ack, protocol::Status::ack);
    for (const Nanos event : answer.events) come(event, protocol::Status::running);
    come(answer.end, answer.error.empty() ? protocol::Status::finished : protocol::Status::error, answer.error);
  }

  void tell() {
    const Coming what = coming_.top();
    coming_.pop();
    now_ = std::max(now_, what.at);
    if (what.status == protocol::Status::finished) {
      load_.finished(what.job, now_);
    } else if (what.status == protocol::Status::error) {
      load_.failed(what.job, what.code, now_);
    } else {
      load_.frame(what.job, what.status, now_);
    }
  }

  Load load_;
  const Agent& agent_;
  Nanos send_lag_;
  Nanos now_{0};
  std::uint64_t order_ = 0;
  std::priority_queue<Coming, std::vector<Coming>, std::greater<>> coming_;
};

/// Mostly near `base`, now and then many times as long. Whole numbers alone, so that every machine draws the same.
Nanos drawn(std::uint64_t arrival, std::uint64_t what, Nanos base) {
  const std::uint64_t draw = protocol::mix(arrival, what);
  Nanos time = base + base * static_cast<Nanos::rep>(draw % 1000) / 1000;
  for (std::uint64_t rest = draw / 1000; rest % 4 == 0; rest /= 4) time += base / 2;
  if (draw / 7919 % 500 == 0) time *= 12;
  return time;
}

Surroundings somewhere() {
  return {"2026-01-02T03:04:05Z", "0.1.0", 2, "Some CPU @ 2.00GHz, Linux 6.1.0", "0-1"};
}

Slo slo(std::string_view text) {
  return std::get<Slo>(parse_slo(text));
}

Floor floor_of(Nanos base, std::uint64_t count) {
  Floor floor;
  for (std::uint64_t i = 0; i < count; ++i) floor.response.record(drawn(i, 9, base));
  floor.duration = seconds{1};
  return floor;
}

void add_connections(RunResult& result, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    result.connection_times.resolve.record(microseconds{40});
    result.connection_times.connect.record(drawn(i, 5, microseconds{90}));
    result.connection_times.upgrade.record(drawn(i, 6, microseconds{700}));
  }
  result.traffic = {result.metrics.jobs().sent, 2 * result.metrics.jobs().finished, 120 * result.metrics.jobs().sent,
                    400 * result.metrics.jobs().finished};
}

Answer usual(std::uint64_t arrival, std::size_t events) {
  Answer answer;
  answer.ack = drawn(arrival, 1, microseconds{300});
  Nanos at = answer.ack;
  for (std::size_t i = 0; i < events; ++i) answer.events.push_back(at += drawn(arrival, 10 + i, microseconds{900}));
  answer.end = at + drawn(arrival, 2, microseconds{1200});
  return answer;
}

}  // namespace

const std::string hostile =
    "</script><script>window.owned=1</script><!-- body --><img src=x onerror=\"window.owned=2\"><b id=injected>b</b>'&amp; "
    "\x1b[31m\xE2\x80\xAE\xE2\x80\xA8\xFF";

RunResult simulate(const LoadPlan& plan, const Agent& agent, Nanos send_lag) {
  return Simulation{plan, agent, send_lag}.run();
}

RunRecord whole_run() {
  RunRecord run;
  run.plan.url = "wss://127.0.0.1:8765/";
  run.plan.module = "worldstate_stream";
  run.plan.args = {"--region=north"};
  run.plan.mode = protocol::Mode::async;
  run.plan.load.load = OpenLoop{200, Arrival::poisson, 500};
  run.plan.load.connections = 4;
  run.plan.load.duration = seconds{30};
  run.plan.load.ramp = seconds{2};
  run.plan.load.warm_up = seconds{3};
  run.plan.load.seed = 7;
  run.plan.slos = {slo("p50<20ms")};
  const Nanos stall_begin = seconds{5 + 20};
  const Nanos stall_end = stall_begin + milliseconds{500};
  const Agent agent = [=](std::uint64_t arrival, Nanos sent) {
    Answer answer = usual(arrival, arrival % 4);
    // What it was asked in the stall it begins after it.
    const Nanos wait = sent >= stall_begin && sent < stall_end ? stall_end - sent : Nanos{0};
    answer.ack += wait;
    answer.end += wait;
    for (Nanos& event : answer.events) event += wait;
    if (sent > seconds{15} && sent < seconds{18} && arrival % 9 == 0) answer.error = "OUT_OF_MANA";
    return answer;
  };
  run.result = simulate(run.plan.load, agent, microseconds{4});
  add_connections(run.result, 4);
  for (std::uint64_t i = 0; i < 4; ++i) run.result.connection_times.tls.record(drawn(i, 7, milliseconds{2}));
  run.result.tls_version = "TLSv1.3";
  run.result.tls_cipher = "TLS_AES_256_GCM_SHA384";
  run.result.health = {seconds{31}, milliseconds{9200}, milliseconds{5100}, 0.0004, 37};
  run.result.floor = floor_of(microseconds{60}, 20'000);
  run.result.agent_counts = {{"frames_in", 6000, 6000}, {"frames_out", 21'000, 21'000}};
  run.surroundings = somewhere();
  return run;
}

RunRecord small_run() {
  RunRecord run;
  run.plan.url = "ws://agent.example:8765/";
  run.plan.module = "worldstate_snapshot";
  run.plan.load.load = OpenLoop{20, Arrival::constant, 100};
  run.plan.load.duration = seconds{12};
  run.plan.load.warm_up = seconds{1};
  run.plan.slos = {slo("p50<20ms"), slo("ack.p50<=100us"), slo("p99<50ms"), slo("failed<1%")};
  const Agent agent = [](std::uint64_t arrival, Nanos) {
    Answer answer = usual(arrival, 0);
    if (arrival % 50 == 49) answer.error = "OUT_OF_MANA";
    return answer;
  };
  run.result = simulate(run.plan.load, agent, microseconds{3});
  add_connections(run.result, 1);
  run.result.health = {milliseconds{12'010}, milliseconds{1300}, milliseconds{900}, std::nullopt, 3};
  run.result.floor = floor_of(microseconds{50}, 1000);
  run.surroundings = somewhere();
  return run;
}

RunRecord bare_run() {
  RunRecord run;
  run.plan.url = "ws://127.0.0.1:8765/";
  run.plan.module = "worldstate_snapshot";
  run.plan.load.load = ClosedLoop{2};
  run.plan.load.duration = milliseconds{1500};
  run.plan.load.warm_up = Nanos{0};
  run.plan.slos = {slo("p99<1s")};
  run.result = simulate(
      run.plan.load, [](std::uint64_t arrival, Nanos) { return usual(arrival, 0); }, Nanos{0});
  run.surroundings = somewhere();
  return run;
}

RunRecord empty_run() {
  RunRecord run;
  run.plan.url = "ws://127.0.0.1:8765/";
  run.plan.module = "worldstate_snapshot";
  run.plan.load.load = OpenLoop{1, Arrival::constant, 1};
  return run;
}

RunRecord late_run() {
  RunRecord run;
  run.plan.url = "ws://127.0.0.1:8765/";
  run.plan.module = "worldstate_stream";
  run.plan.mode = protocol::Mode::async;
  run.plan.load.load = OpenLoop{100, Arrival::constant, 1000};
  run.plan.load.duration = seconds{1};
  run.plan.load.warm_up = Nanos{0};
  run.result = simulate(
      run.plan.load,
      [](std::uint64_t, Nanos sent) {
        return Answer{{}, {}, seconds{1} + 8 * sent, {}};
      },
      Nanos{0});
  TimelineSample later;
  for (Timeline job : run.result.timelines.slowest()) {
    job.arrival += 1'234'000'000;
    if (job.arrival % 2 == 0) job.error = "OUT_OF_MANA";
    later.add(job);
  }
  run.result.timelines = later;
  run.surroundings = somewhere();
  return run;
}

RunRecord one_job_run() {
  RunRecord run = empty_run();
  run.plan.load.duration = milliseconds{1500};
  run.plan.load.warm_up = Nanos{0};
  run.result = simulate(
      run.plan.load, [](std::uint64_t arrival, Nanos) { return usual(arrival, 0); }, Nanos{0});
  return run;
}

RunRecord hostile_run() {
  RunRecord run;
  run.plan.url = "ws://user:geheim1@127.0.0.1:8765/?token=geheim2&x=" + hostile;
  run.plan.module = hostile;
  run.plan.args = {"--token", "geheim3", hostile};
  run.plan.mode = protocol::Mode::async;
  run.plan.load.load = OpenLoop{100, Arrival::constant, 10'000};
  run.plan.load.duration = seconds{20};
  run.plan.load.warm_up = Nanos{0};
  run.plan.tls.insecure = true;
  run.plan.slos = {slo("p50<1ms"), slo("failed<1%")};
  run.plan.slos[1].text = hostile;
  const Agent agent = [](std::uint64_t arrival, Nanos sent) {
    Answer answer = usual(arrival, arrival % 130);
    answer.end += sent / 2;
    if (arrival % 3 == 0) answer.error = hostile.substr(arrival % 7);
    return answer;
  };
  run.result = simulate(run.plan.load, agent, milliseconds{1});
  run.result.connections_lost = 1;
  run.result.first_loss = hostile;
  run.result.tls_version = hostile;
  run.result.tls_cipher = hostile;
  run.result.agent_counts = {{hostile, 1, 2}};
  run.result.interrupted = true;
  run.surroundings = {hostile, hostile, 2, hostile, hostile};
  run.shards = 3;
  return run;
}

namespace {

/// `count` measurements around `base`, each within `noise` of it; B's are `factor` times as much.
PairedMetric paired(std::string name, std::string unit, bool gated, double base, double noise, double factor,
                    std::size_t count) {
  PairedMetric metric{std::move(name), std::move(unit), gated, {}, {}};
  const auto draw = [&](std::uint64_t i, std::uint64_t side) {
    const auto part = static_cast<double>(protocol::mix(i, side) % 2001) / 1000 - 1;
    return base * (1 + noise * part);
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    metric.a.push_back(std::round(draw(i, 1)));
    metric.b.push_back(std::round(draw(i, 2) * factor));
  }
  return metric;
}

ComparedSide side_of(std::uint64_t jobs, Nanos base) {
  ComparedSide side;
  for (std::uint64_t i = 0; i < jobs; ++i)
    side.metrics.finished({Nanos{0}, Nanos{0}, drawn(i, 3, base / 4), {}}, drawn(i, 4, base));
  return side;
}

}  // namespace

ComparisonRecord slower_comparison() {
  ComparisonRecord comparison;
  comparison.plan.a = "./agent-before --port {port}";
  comparison.plan.b = "./agent-after --port {port}";
  comparison.plan.pairs = 20;
  comparison.plan.run.module = "worldstate_snapshot";
  comparison.plan.run.load.load = OpenLoop{200, Arrival::constant, 1000};
  comparison.plan.run.load.duration = seconds{5};
  comparison.plan.run.load.warm_up = seconds{1};
  comparison.a = side_of(20'000, milliseconds{1});
  comparison.b = side_of(20'000, microseconds{1010});
  for (std::uint64_t i = 0; i < 20; ++i) comparison.b_first.push_back(protocol::mix(i) % 2 == 0);
  comparison.metrics = {{paired("cpu_per_job", "ns", true, 80'000, 0.02, 1.1, 20), 1.1012, 1.0913, 1.1094, 0.0001, 0.006, 0.02,
                         Difference::slower},
                        {paired("bytes_per_job", "bytes", true, 640, 0.0, 1.003125, 20), 1.003125, 1.003125, 1.003125, 0.0001,
                         0, 0.02, Difference::equivalent},
                        {paired("response.p50", "ns", true, 1'600'000, 0.03, 1.0, 20), 1.004, 0.982, 1.0231, 0.6, 0.012, 0.02,
                         Difference::inconclusive},
                        {paired("response.p99", "ns", false, 9'000'000, 0.5, 1.0, 20), 1.07, 0.72, 1.66, 0.43, 0.4, 0.4,
                         Difference::inconclusive}};
  comparison.surroundings = somewhere();
  return comparison;
}

ComparisonRecord lopsided_comparison() {
  ComparisonRecord comparison = slower_comparison();
  comparison.a = comparison.b = {};
  for (ComparedSide* side : {&comparison.a, &comparison.b}) {
    side->metrics.finished({Nanos{0}, Nanos{0}, {}, {}}, microseconds{1});
    for (int i = 0; i < 1000; ++i) side->metrics.finished({Nanos{0}, Nanos{0}, {}, {}}, microseconds{1230 + i % 3});
  }
  return comparison;
}

ComparisonRecord hostile_comparison() {
  ComparisonRecord comparison = slower_comparison();
  comparison.plan.a = "ws://user:geheim1@127.0.0.1:1/?token=geheim2&x=" + hostile;
  comparison.plan.b = "agent --token geheim3 " + hostile;
  comparison.plan.run.module = hostile;
  comparison.plan.run.mode = protocol::Mode::async;
  comparison.a.invalid_runs = 20;
  comparison.a.first_reason = hostile;
  comparison.interrupted = true;
  comparison.b_first.resize(3);
  comparison.metrics[0].samples.name = hostile;
  comparison.metrics[0].samples.unit = hostile;
  comparison.metrics[1].samples.a.assign(20, 0);
  comparison.metrics[2].ratio = comparison.metrics[2].low = 0;
  comparison.metrics[2].high = 1e9;
  comparison.metrics[3].samples.a.clear();
  comparison.surroundings = {hostile, hostile, 2, hostile, hostile};
  return comparison;
}

}  // namespace procedura::bench::samples
