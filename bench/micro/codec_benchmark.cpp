// What a frame costs to write and to read, and what the same text costs two packaged parsers in the same run.
#include "count_allocations.hpp"
#include "frames.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/reply.hpp>
#include <procedura/protocol/request.hpp>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <array>
#include <simdjson.h>
#include <string>
#include <utility>

namespace procedura::bench {
namespace {

using namespace protocol;

constexpr Address both{"0a1b2c3d", "job-17"};
const std::array<std::string, 3> arguments{"--dry-run", "--n", "4"};

void processed(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

// --- encode ----------------------------------------------------------------------------------------------------------------

template <class Append>
void encode(benchmark::State& state, Append append) {
  std::string out;
  append(out);  // its memory is there
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    out.clear();
    append(out);
    benchmark::DoNotOptimize(out.data());
  }
  processed(state, out.size());
}

void Encode_request(benchmark::State& state) {
  encode(state, [](std::string& out) {
    append_request(out, "0a1b2c3d", "place_ooi_sprites", arguments, Mode::async, ArgsStyle::module_first);
  });
}
void Encode_ack(benchmark::State& state) {
  encode(state, [](std::string& out) { append_ack(out, both); });
}
void Encode_started(benchmark::State& state) {
  encode(state, [](std::string& out) { append_started(out, both); });
}
void Encode_running(benchmark::State& state) {
  encode(state, [](std::string& out) { append_running(out, both, {}, R"("progress":0.5,"n":3)"); });
}
void Encode_finished(benchmark::State& state) {
  const std::string result = world_state(static_cast<std::size_t>(state.range(0)));
  encode(state, [&](std::string& out) { append_finished(out, both, {}, result); });
}
void Encode_error(benchmark::State& state) {
  encode(state, [](std::string& out) { append_error(out, both, {}, "OUT_OF_MANA", "the module has no mana left"); });
}

BENCHMARK(Encode_request);
BENCHMARK(Encode_ack);
BENCHMARK(Encode_started);
BENCHMARK(Encode_running);
BENCHMARK(Encode_finished)->Arg(1 << 10)->Arg(1 << 20);
BENCHMARK(Encode_error);

// --- decode ----------------------------------------------------------------------------------------------------------------

void decode(benchmark::State& state, std::string text) {
  if (decode_reply(text).fault != DecodedReply::Fault::none) return state.SkipWithError("not a reply");
  const std::size_t size = text.size();
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    DecodedReply decoded = decode_reply(std::move(text));
    benchmark::DoNotOptimize(decoded.reply.status);
    text = std::move(decoded.reply.text);  // as it came, for the next time
  }
  processed(state, size);
}

void Decode_ack(benchmark::State& state) {
  decode(state, R"({"id":"0a1b2c3d","status":"ack"})");
}
void Decode_started(benchmark::State& state) {
  decode(state, R"({"id":"0a1b2c3d","job_id":"job-17","status":"started"})");
}
void Decode_running(benchmark::State& state) {
  decode(state, R"({"id":"0a1b2c3d","job_id":"job-17","status":"running","progress":0.5,"n":3})");
}
void Decode_finished(benchmark::State& state) {
  decode(state, finished_frame(static_cast<std::size_t>(state.range(0))));
}
void Decode_error(benchmark::State& state) {
  decode(state, R"({"id":"0a1b2c3d","status":"error","code":"OUT_OF_MANA","message":"the module has no mana left"})");
}
void Decode_request(benchmark::State& state) {
  std::string text;
  append_request(text, "0a1b2c3d", "place_ooi_sprites", arguments, Mode::async, ArgsStyle::module_first);
  if (!std::holds_alternative<Request>(decode_request(text))) return state.SkipWithError("not a request");
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    auto decoded = protocol::decode_request(text);
    benchmark::DoNotOptimize(decoded);
  }
  processed(state, text.size());
}

BENCHMARK(Decode_ack);
BENCHMARK(Decode_started);
BENCHMARK(Decode_running);
BENCHMARK(Decode_finished)->Arg(1 << 10)->Arg(1 << 14)->Arg(1 << 20);
BENCHMARK(Decode_error);
BENCHMARK(Decode_request);

// --- the same text, whole, by three parsers
// ------------------------------------------------------------------------------------

void Scan_own(benchmark::State& state) {
  const std::string text = finished_frame(static_cast<std::size_t>(state.range(0)));
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    ObjectScanner scan{text, 256};
    while (const auto member = scan.next()) benchmark::DoNotOptimize(member->value.data());
    if (!scan.done()) return state.SkipWithError("not an object");
  }
  processed(state, text.size());
}

void Scan_simdjson_dom(benchmark::State& state) {
  const simdjson::padded_string text{finished_frame(static_cast<std::size_t>(state.range(0)))};
  simdjson::dom::parser parser;
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    auto parsed = parser.parse(text);
    if (parsed.error() != simdjson::SUCCESS) return state.SkipWithError("not JSON");
    benchmark::DoNotOptimize(parsed);
  }
  processed(state, text.size());
}

void Scan_nlohmann(benchmark::State& state) {
  const std::string text = finished_frame(static_cast<std::size_t>(state.range(0)));
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    auto parsed = nlohmann::ordered_json::parse(text);
    benchmark::DoNotOptimize(parsed);
  }
  processed(state, text.size());
}

BENCHMARK(Scan_own)->Arg(1)->Arg(1 << 14)->Arg(1 << 20);
BENCHMARK(Scan_simdjson_dom)->Arg(1)->Arg(1 << 14)->Arg(1 << 20);
BENCHMARK(Scan_nlohmann)->Arg(1)->Arg(1 << 14)->Arg(1 << 20);

}  // namespace
}  // namespace procedura::bench
