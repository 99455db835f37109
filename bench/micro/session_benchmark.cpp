// What an exchange costs the session machines: no socket, no clock. The argument is how many other exchanges are live.
#include "count_allocations.hpp"

#include <procedura/protocol/agent_session.hpp>
#include <procedura/protocol/client_session.hpp>

#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

using namespace protocol;

// Time is an input: it stands still.
constexpr TimePoint now{};

Submission snapshot(Mode mode) {
  Submission submission;
  submission.cmd = "worldstate_snapshot";
  submission.args = {"--terse"};
  submission.mode = mode;
  return submission;
}

/// A client's session with `others` exchanges that wait for their first frame.
ClientSession busy_client(benchmark::State& state, ClientActions& actions) {
  ClientSession session;
  session.opened(now, actions);
  for (std::int64_t i = 0; i < state.range(0); ++i) session.submit(now, snapshot(Mode::sync), actions);
  actions.clear();
  return session;
}

bool ended_well(const ClientActions& actions) {
  const auto* finish = actions.empty() ? nullptr : std::get_if<action::Finish>(&actions.back());
  return finish != nullptr && finish->outcome.code == errc::ok;
}

void ClientSession_sync(benchmark::State& state) {
  ClientActions actions;
  ClientSession session = busy_client(state, actions);
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    actions.clear();
    const auto key = session.submit(now, snapshot(Mode::sync), actions);
    session.written(now, actions);
    const Address to{session.id_of(key), {}};
    std::string ack;
    append_ack(ack, to);
    std::string finished;
    append_finished(finished, to, {true, false}, R"({"entities":{}})");
    session.text(now, std::move(ack), actions);
    session.text(now, std::move(finished), actions);
    if (!ended_well(actions)) return state.SkipWithError("the exchange did not finish");
  }
  state.SetItemsProcessed(state.iterations());
}

void ClientSession_async_by_job_id(benchmark::State& state) {
  ClientActions actions;
  ClientSession session = busy_client(state, actions);
  std::uint64_t jobs = 0;
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    actions.clear();
    const auto key = session.submit(now, snapshot(Mode::async), actions);
    session.written(now, actions);
    const std::string job_id = "job-" + std::to_string(++jobs);
    const Address to{session.id_of(key), job_id};
    std::string started;
    append_started(started, to);
    std::string running;
    append_running(running, to, {false, true}, R"("progress":0.5)");
    std::string finished;
    append_finished(finished, to, {false, true}, R"({"entities":{}})");
    session.text(now, std::move(started), actions);
    session.text(now, std::move(running), actions);
    session.text(now, std::move(finished), actions);
    if (!ended_well(actions)) return state.SkipWithError("the exchange did not finish");
  }
  state.SetItemsProcessed(state.iterations());
}

// One event of a job, told by its job_id: found, decoded and handed on.
void ClientSession_event(benchmark::State& state) {
  ClientActions actions;
  ClientSession session = busy_client(state, actions);
  const auto key = session.submit(now, snapshot(Mode::async), actions);
  session.written(now, actions);
  std::string started;
  append_started(started, {session.id_of(key), "job-17"});
  session.text(now, std::move(started), actions);
  std::string event;
  append_running(event, {{}, "job-17"}, {false, true}, R"("progress":0.5)");
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    actions.clear();
    session.text(now, event, actions);  // its copy is the one allocation that a socket's message is as well
    if (actions.empty() || !std::holds_alternative<action::Deliver>(actions.front())) {
      return state.SkipWithError("the event was not delivered");
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void AgentSession_sync(benchmark::State& state) {
  AgentSession session;
  std::string text;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    text.clear();
    append_request(text, "other-" + std::to_string(i), "worldstate_snapshot", {}, Mode::sync, ArgsStyle::bare);
    session.text(text);
  }
  text.clear();
  append_request(text, "0a1b2c3d", "worldstate_snapshot", snapshot(Mode::sync).args, Mode::sync, ArgsStyle::module_first);
  const procedura::testing::CountAllocations counting{state};
  for (auto _ : state) {
    auto taken = session.text(text);
    const auto* request = std::get_if<Request>(&taken);
    if (request == nullptr) return state.SkipWithError("the request was refused");
    benchmark::DoNotOptimize(session.reply(request->id, Status::ack));
    benchmark::DoNotOptimize(session.reply(request->id, Status::finished));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(ClientSession_sync)->Arg(0)->Arg(100)->Arg(1000);
BENCHMARK(ClientSession_async_by_job_id)->Arg(0)->Arg(100)->Arg(1000);
BENCHMARK(ClientSession_event)->Arg(0)->Arg(100)->Arg(1000);
BENCHMARK(AgentSession_sync)->Arg(0)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace procedura::bench
