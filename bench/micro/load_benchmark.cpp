// What measuring costs the load generator itself.
#include "count_allocations.hpp"
#include "load/load.hpp"
#include "load/schedule.hpp"
#include "measure/histogram.hpp"
#include "measure/metrics.hpp"

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

// A whole job: due, begun, sent, acknowledged, finished, recorded.
void Load_job(benchmark::State& state) {
  LoadPlan plan;
  plan.load = OpenLoop{1e6, Arrival::constant, 10};
  plan.warm_up = Nanos{0};
  plan.duration = std::chrono::hours{720};
  Load load{plan};
  Nanos now{0};
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    now += std::chrono::microseconds{1};
    const auto step = load.next(now);
    const auto* begin = std::get_if<Load::Begin>(&step);
    if (begin == nullptr) return state.SkipWithError("no job was due");
    load.sent(begin->job, now);
    load.frame(begin->job, protocol::Status::ack, now);
    load.finished(begin->job, now);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(Histogram_record);
BENCHMARK(Histogram_quantile);
BENCHMARK(Schedule_next)->ArgName("poisson")->Arg(0)->Arg(1);
BENCHMARK(Load_job);

}  // namespace
}  // namespace procedura::bench
