// What keeping, exchanging and merging the samples of a run costs.
#include "compare/comparison.hpp"
#include "count_allocations.hpp"
#include "hdr/codec.hpp"
#include "judge/verdict.hpp"
#include "measure/histogram.hpp"
#include "measure/series.hpp"
#include "measure/sparse_histogram.hpp"
#include "report/report.hpp"

#include <procedura/protocol/random.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace procedura::bench {
namespace {

using procedura::testing::CountAllocations;

/// Latencies as an agent's: most near 200 us, a tail of a thousand times that.
Nanos latency(std::uint64_t number) {
  const std::uint64_t draw = protocol::mix(number);
  const std::uint64_t spread = 40'000 + draw % 400'000;
  return Nanos{static_cast<std::int64_t>(draw % 1000 == 0 ? spread * 1000 : spread)};
}

template <class Kind>
Kind of_latencies(std::int64_t samples) {
  Kind histogram;
  for (std::int64_t i = 0; i < samples; ++i) histogram.record(latency(static_cast<std::uint64_t>(i)));
  return histogram;
}

/// A second of a run keeps the buckets that were hit alone: those of `range(0)` latencies, which come again and again.
void SparseHistogram_record(benchmark::State& state) {
  auto histogram = of_latencies<SparseHistogram>(state.range(0));
  std::uint64_t number = 0;
  const auto known = static_cast<std::uint64_t>(state.range(0));
  const CountAllocations counting{state};
  for (auto _ : state) histogram.record(latency(number++ % known));
  benchmark::DoNotOptimize(histogram.count());
}

void Histogram_merge(benchmark::State& state) {
  Histogram whole;
  const auto part = of_latencies<Histogram>(100'000);
  const CountAllocations counting{state};
  for (auto _ : state) whole.merge(part);
  benchmark::DoNotOptimize(whole.count());
}

/// The histogram of `range(0)` latencies, as a line of an .hlog and a JSON report hold it.
void Hdr_encode(benchmark::State& state) {
  const auto histogram = of_latencies<Histogram>(state.range(0));
  std::size_t size = 0;
  const CountAllocations counting{state};
  for (auto _ : state) {
    const std::string text = encode_hdr(histogram);
    benchmark::DoNotOptimize(text.data());
    size = text.size();
  }
  state.counters["text"] = static_cast<double>(size);
}

void Hdr_decode(benchmark::State& state) {
  const auto histogram = of_latencies<Histogram>(state.range(0));
  const std::string text = encode_hdr(histogram);
  const CountAllocations counting{state};
  for (auto _ : state) {
    const auto decoded = decode_hdr(text);
    const auto* read = std::get_if<Histogram>(&decoded);
    if (read == nullptr || read->count() != histogram.count()) return state.SkipWithError("another histogram was read");
  }
}

/// A run of so many seconds with 1,000 jobs in each, as it is reported.
RunRecord run_of(std::int64_t seconds) {
  RunRecord record;
  record.plan.url = "ws://127.0.0.1:8765";
  record.plan.module = "worldstate_snapshot";
  record.plan.load.load = OpenLoop{1000};
  record.plan.load.duration = std::chrono::seconds{seconds};
  RunResult& run = record.result;
  run.window = run.sending_time = run.ending_time = record.plan.load.duration;
  for (std::int64_t job = 0; job < 1000 * seconds; ++job) {
    const Nanos due = std::chrono::milliseconds{job};
    const Nanos took = latency(static_cast<std::uint64_t>(job));
    const JobTimes times{due, due, due + took / 2, {}};
    run.metrics.finished(times, due + took);
    Second& second = run.series.at(due);
    ++second.due;
    ++second.sent;
    ++second.finished;
    each_latency(times, JobEnd::finished, due + took, [&](Metric metric, Nanos length) { second.of(metric).record(length); });
  }
  return record;
}

/// The whole JSON of a run of `range(0)` seconds, its verdict known (`text`: of how many bytes): a shard writes it every
/// second.
void Json_report(benchmark::State& state) {
  const RunRecord record = run_of(state.range(0));
  const Verdict verdict = judge(record.plan, record.result);
  std::size_t size = 0;
  const CountAllocations counting{state};
  for (auto _ : state) {
    const std::string text = json_report(record, verdict);
    benchmark::DoNotOptimize(text.data());
    size = text.size();
  }
  state.counters["text"] = static_cast<double>(size);
}

/// The verdict over `range(0)` pairs of three metrics.
void Compare(benchmark::State& state) {
  std::vector<PairedMetric> metrics;
  std::uint64_t number = 0;
  for (const char* name : {"response.p50", "cpu_per_job", "bytes_per_job"}) {
    PairedMetric metric{name, "ns", true, {}, {}};
    for (std::int64_t pair = 0; pair < state.range(0); ++pair) {
      metric.a.push_back(static_cast<double>(latency(number++).count()));
      metric.b.push_back(static_cast<double>(latency(number++).count()));
    }
    metrics.push_back(std::move(metric));
  }
  const CountAllocations counting{state};
  for (auto _ : state) benchmark::DoNotOptimize(compare(metrics, {}).data());
}

BENCHMARK(Json_report)->ArgName("seconds")->Arg(60)->Unit(benchmark::kMillisecond);
BENCHMARK(Compare)->ArgName("pairs")->Arg(20)->Arg(500)->Unit(benchmark::kMillisecond);
BENCHMARK(SparseHistogram_record)->Arg(100)->Arg(100'000);
BENCHMARK(Histogram_merge);
BENCHMARK(Hdr_encode)->Arg(100)->Arg(100'000);
BENCHMARK(Hdr_decode)->Arg(100)->Arg(100'000);

}  // namespace
}  // namespace procedura::bench
