// What keeping, exchanging and merging the samples of a run costs.
#include "count_allocations.hpp"
#include "hdr/codec.hpp"
#include "judge/interval.hpp"
#include "measure/histogram.hpp"
#include "measure/series.hpp"
#include "measure/sparse_histogram.hpp"

#include <procedura/protocol/random.hpp>

#include <benchmark/benchmark.h>

#include <string>
#include <variant>

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

/// Where p99 may lie, of a run of `range(0)` seconds with 1,000 jobs in each.
void Quantile_interval(benchmark::State& state) {
  Series series;
  std::uint64_t number = 0;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    auto& responses = series.seconds.emplace_back().latencies[static_cast<std::size_t>(Metric::response)];
    for (int job = 0; job < 1000; ++job) responses.record(latency(number++));
  }
  const CountAllocations counting{state};
  for (auto _ : state) {
    const auto interval = quantile_interval(series, Metric::response, Quantile{990'000});
    if (!interval) return state.SkipWithError("there is no interval");
  }
}

BENCHMARK(Quantile_interval)->Arg(60)->Unit(benchmark::kMillisecond);
BENCHMARK(SparseHistogram_record)->Arg(100)->Arg(100'000);
BENCHMARK(Histogram_merge);
BENCHMARK(Hdr_encode)->Arg(100)->Arg(100'000);
BENCHMARK(Hdr_decode)->Arg(100)->Arg(100'000);

}  // namespace
}  // namespace procedura::bench
