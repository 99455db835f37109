// What the mock costs per request, without a socket: finding the stub, filling in a reply, a whole exchange through the engine.
#include "count_allocations.hpp"
#include "engine/engine.hpp"
#include "engine/journal.hpp"
#include "scenario/load.hpp"
#include "scenario/stub_index.hpp"

#include <procedura/protocol/request.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::mock {
namespace {

using procedura::testing::CountAllocations;

// Time is an input: it stands still.
constexpr engine::Moment now{};

std::shared_ptr<const Scenario> scenario_of(const std::string& stubs) {
  const std::array texts{ScenarioText{"benchmark", R"({"version":1,"name":"benchmark","seed":1,"stubs":[)" + stubs + "]}"}};
  auto loaded = load_scenario(texts);
  if (!loaded.scenario) throw std::runtime_error{to_string(loaded.problems.front())};
  return loaded.scenario;
}

std::string request_text(std::string_view id, std::string_view cmd, protocol::Mode mode = protocol::Mode::sync) {
  const std::vector<std::string> args{"--n", "4", "first"};
  std::string text;
  protocol::append_request(text, id, cmd, args, mode, protocol::ArgsStyle::module_first);
  return text;
}

// --- matching --------------------------------------------------------------------------------------------------------------

/// `count` stubs, `stub(i)` each; a request that the last of them takes.
template <class Stub>
void find_last(benchmark::State& state, Stub stub, const std::string& cmd, const std::string& n) {
  std::string stubs;
  for (std::int64_t i = 0; i < state.range(0); ++i) stubs += (i == 0 ? "" : ",") + stub(std::to_string(i));
  const auto scenario = scenario_of(stubs);
  const StubIndex index{scenario->stubs};
  const auto request = receive("id", cmd, protocol::Mode::sync, {"--n", n});
  if (index.find(request) != &scenario->stubs.back()) return state.SkipWithError("another stub was found");
  const CountAllocations counting{state};
  for (auto _ : state) benchmark::DoNotOptimize(index.find(request));
}

void Match_among_other_commands(benchmark::State& state) {
  const std::string last = std::to_string(state.range(0) - 1);
  find_last(
      state,
      [](const std::string& i) {
        return R"({"name":"s)" + i + R"(","match":{"cmd":"module_)" + i + R"("},"reply":[{"finished":1}]})";
      },
      "module_" + last, "1");
}

void Match_among_stubs_of_the_command(benchmark::State& state) {
  find_last(
      state,
      [](const std::string& i) {
        return R"({"name":"s)" + i + R"(","match":{"cmd":"module","options":{"n":")" + i + R"("}},"reply":[{"finished":1}]})";
      },
      "module", std::to_string(state.range(0) - 1));
}

/// A scenario of so many stubs, from its text to the index that requests are looked up in.
void Load_stubs(benchmark::State& state) {
  std::string stubs;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string n = std::to_string(i);
    stubs += (i == 0 ? "" : ",\n") +
             (R"({"name":"stub )" + n + R"(","match":{"cmd":"module_)" + n +
              R"(","mode":"async","options":{"n":{"atMost":100}}},"reply":["accept",{"repeat":"${opt.n ?? 4}","steps":[)" +
              R"({"delay":{"uniform":{"min":"10ms","max":"40ms"}}},{"running":{"progress":"${(i + 1) / (opt.n ?? 4)}"}}]},)" +
              R"({"finished":{"placed":"${opt.n ?? 4}","at":[12,-7,0]}}]})");
  }
  std::size_t loaded = 0;
  for (auto _ : state) {
    const auto scenario = scenario_of(stubs);
    const StubIndex index{scenario->stubs};
    benchmark::DoNotOptimize(&index);
    loaded = scenario->stubs.size();
  }
  if (loaded != static_cast<std::size_t>(state.range(0))) state.SkipWithError("not all stubs were loaded");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(Load_stubs)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(Match_among_other_commands)->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK(Match_among_stubs_of_the_command)->Arg(1)->Arg(100)->Arg(10'000);

// --- templates -------------------------------------------------------------------------------------------------------------

void expand(benchmark::State& state, const std::string& result) {
  const auto scenario = scenario_of(R"({"name":"s","match":{"cmd":"m"},"reply":[{"finished":)" + result + "}]}");
  const auto& finished = std::get<step::Finished>(scenario->stubs.front().replies.front().back().action);
  const auto request = receive("id", "m", protocol::Mode::sync, {"--n", "4", "first"});
  const RenderContext context{request};
  std::string out;
  if (finished.result.append_json(out, context)) return state.SkipWithError("the template cannot be rendered");
  const CountAllocations counting{state};
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(finished.result.append_json(out, context));
    benchmark::DoNotOptimize(out.data());
  }
}

void Template_constant(benchmark::State& state) {
  expand(state, R"({"meta":{"version":3},"entities":{"e1":{"at":[12,-7,0]}}})");
}
void Template_placeholders(benchmark::State& state) {
  expand(state, R"({"id":"${id}","n":"${opt.n ?? 4}","text":"placed ${args[0]} of ${opt.n}"})");
}
void Template_arithmetic(benchmark::State& state) {
  expand(state, R"({"progress":"${(1 + opt.n * 2) / (opt.n ?? 4)}"})");
}
void Template_random(benchmark::State& state) {
  expand(state, R"({"roll":"${random.int(1,6)}"})");
}

BENCHMARK(Template_constant);
BENCHMARK(Template_placeholders);
BENCHMARK(Template_arithmetic);
BENCHMARK(Template_random);

// --- the engine ------------------------------------------------------------------------------------------------------------

/// One request and all its replies, with `range(0)` other jobs of the same connection under way.
void exchange(benchmark::State& state, const std::string& stub, protocol::Mode mode, std::size_t frames) {
  const std::string waits = R"({"name":"waits","match":{"cmd":"wait"},"reply":["accept",{"delay":"1h"},{"finished":1}]})";
  engine::Engine engine{scenario_of(stub + "," + waits), {}, now};
  engine::Outputs out;
  const auto connection = engine.opened(now, {}, out);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    engine.text(now, connection, request_text("other-" + std::to_string(i), "wait"), out);
  }
  const std::string text = request_text("0a1b2c3d", "module", mode);
  const CountAllocations counting{state};
  for (auto _ : state) {
    out.clear();
    engine.text(now, connection, text, out);
    if (out.list().size() != frames) return state.SkipWithError("not the expected replies");
  }
  state.SetItemsProcessed(state.iterations());
}

void Engine_sync(benchmark::State& state) {
  exchange(state, R"({"name":"s","match":{"cmd":"module"},"reply":[{"finished":{"entities":{}}}]})", protocol::Mode::sync, 2);
}
void Engine_async_ten_events(benchmark::State& state) {
  exchange(state,
           R"({"name":"s","match":{"cmd":"module"},"reply":["accept",
               {"repeat":10,"as":"i","steps":[{"running":{"progress":"${(i + 1) / 10}"}}]},{"finished":{"placed":"${opt.n}"}}]})",
           protocol::Mode::async, 12);
}

/// One event of a stream, when its time has come: rendered, put into the journal, its successor on the clock. `range(0)` other
/// jobs wait for theirs.
void Engine_event(benchmark::State& state) {
  const std::string stream = R"({"name":"s","match":{"cmd":"module"},"reply":["accept",{"repeat":1000000,"steps":[
    {"repeat":1000000,"as":"i","steps":[{"delay":"1us"},{"running":{"n":"${i}"}}]}]},{"finished":1}]})";
  const std::string waits = R"({"name":"waits","match":{"cmd":"wait"},"reply":["accept",{"delay":"1d"},{"finished":1}]})";
  engine::Engine engine{scenario_of(stream + "," + waits), {}, now};
  engine::Outputs out;
  const auto connection = engine.opened(now, {}, out);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    engine.text(now, connection, request_text("other-" + std::to_string(i), "wait"), out);
  }
  engine.text(now, connection, request_text("0a1b2c3d", "module", protocol::Mode::async), out);
  const CountAllocations counting{state};
  for (auto _ : state) {
    out.clear();
    engine.timer({*engine.due()}, out);
    if (out.list().size() != 1) return state.SkipWithError("not one event");
  }
  state.SetItemsProcessed(state.iterations());
}

/// A frame into a journal that is full, and the note that its bytes have left; `range(0)` is its size.
void Journal_append(benchmark::State& state) {
  engine::Journal journal{now.now, {}};
  const std::string frame(static_cast<std::size_t>(state.range(0)), 'x');
  const auto append = [&] {
    const auto seq = journal.record_sent(now.now, 1, frame, {"stub", 1, 2, 3}, now.now, true);
    journal.left(seq, now.now);
  };
  for (std::size_t i = 0; i < 2 * journal.bounds().entries; ++i) append();
  const CountAllocations counting{state};
  for (auto _ : state) append();
  if (journal.dropped() == 0) return state.SkipWithError("the journal was not full");
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(Journal_append)->Arg(100)->Arg(16 << 10);
BENCHMARK(Engine_event)->Arg(0)->Arg(1000);
BENCHMARK(Engine_sync)->Arg(0)->Arg(1000);
BENCHMARK(Engine_async_ten_events)->Arg(0)->Arg(1000);

}  // namespace
}  // namespace procedura::mock
