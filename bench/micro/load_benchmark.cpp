// What measuring costs the load generator itself.
#include "count_allocations.hpp"
#include "judge/interval.hpp"
#include "load/load.hpp"
#include "load/schedule.hpp"
#include "measure/histogram.hpp"
#include "measure/metrics.hpp"
#include "measure/series.hpp"

#include <procedura/protocol/random.hpp>

#include <benchmark/benchmark.h>

#include <variant>

namespace procedura::bench {
namespace {

void Histogram_record(benchmark::State& state) {
  Histogram histogram;
  std::uint64_t draw = 0;
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    draw = protocol::mix(draw);
    histogram.record(Nanos{static_cast<std::int64_t>(draw % 1'000'000'000)});
  }
  benchmark::DoNotOptimize(histogram.count());
}

void Histogram_quantile(benchmark::State& state) {
  Histogram histogram;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    histogram.record(Nanos{static_cast<std::int64_t>(protocol::mix(i) % 1'000'000'000)});
  }
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) benchmark::DoNotOptimize(histogram.value_at(Quantile{990'000}));
}

void Schedule_next(benchmark::State& state) {
  Schedule schedule{static_cast<Arrival>(state.range(0)), 1000, 1};
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    schedule.advance();
    benchmark::DoNotOptimize(schedule.at());
  }
}

LoadPlan plan_of(const std::variant<OpenLoop, ClosedLoop>& load) {
  LoadPlan plan;
  plan.load = load;
  plan.warm_up = Nanos{0};
  plan.duration = std::chrono::hours{720};
  return plan;
}

/// One job after the other through the bookkeeping: begun, sent, acknowledged, finished, recorded in the run and in its second.
/// No two take as long.
class Jobs {
 public:
  explicit Jobs(const LoadPlan& plan) : load_{plan} {
    for (int i = 0; i < 100'000; ++i) one(1);  // what is allocated once, is allocated now
  }

  bool one(int events) {
    now_ += interval;
    const auto step = load_.next(now_);
    const auto* begin = std::get_if<Load::Begin>(&step);
    if (begin == nullptr) return false;
    draw_ = protocol::mix(draw_);
    const Nanos part{static_cast<std::int64_t>(draw_ % 10'000)};
    load_.sent(begin->job, now_ + part);
    load_.frame(begin->job, protocol::Status::ack, now_ + 2 * part);
    for (int i = 0; i < events; ++i) load_.frame(begin->job, protocol::Status::running, now_ + 3 * part);
    load_.finished(begin->job, now_ + 4 * part);
    return true;
  }

  static constexpr Nanos interval = std::chrono::microseconds{50};

 private:
  Load load_;
  Nanos now_{0};
  std::uint64_t draw_ = 0;
};

void run_jobs(benchmark::State& state, const LoadPlan& plan, int events) {
  Jobs jobs{plan};
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    if (!jobs.one(events)) return state.SkipWithError("no job was due");
  }
  state.SetItemsProcessed(state.iterations());
}

void Load_open(benchmark::State& state) {
  run_jobs(state, plan_of(OpenLoop{1e9 / static_cast<double>(Jobs::interval.count()), Arrival::constant, 10}),
           static_cast<int>(state.range(0)));
}

void Load_closed(benchmark::State& state) {
  run_jobs(state, plan_of(ClosedLoop{static_cast<std::size_t>(state.range(0))}), 0);
}

/// The interval of one quantile of a run of so many seconds, of 1,000 jobs each.
void Quantile_interval(benchmark::State& state) {
  Series series;
  for (std::int64_t i = 0; i < state.range(0) * 1000; ++i) {
    Second& second = series.at(std::chrono::milliseconds{i});
    second.of(Metric::response)
        .record(Nanos{static_cast<std::int64_t>(protocol::mix(static_cast<std::uint64_t>(i)) % 1'000'000)});
  }
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) benchmark::DoNotOptimize(quantile_interval(series, Metric::response, Quantile{900'000}));
}

BENCHMARK(Histogram_record);
BENCHMARK(Histogram_quantile);
BENCHMARK(Schedule_next)->ArgName("poisson")->Arg(0)->Arg(1);
BENCHMARK(Load_open)->ArgName("events")->Arg(0)->Arg(10);
BENCHMARK(Load_closed)->ArgName("concurrency")->Arg(1)->Arg(1000);
BENCHMARK(Quantile_interval)->ArgName("seconds")->Arg(60)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace procedura::bench
