// Many jobs at once on one connection, against the mock with the scenario that is shipped for it: each result is its own.

#include <procedura/async_agent.hpp>
#include <procedura/mock/mock_agent.hpp>
#include <procedura/protocol/random.hpp>
#include <procedura/remote_agent.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace procedura {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::use_awaitable;
using nlohmann::ordered_json;

mock::MockAgent busy_agent() {
  return mock::MockAgent::from_files({BUSY_AGENT});
}

Options to(const mock::MockAgent& agent) {
  Options options;
  options.url = agent.url();
  return options;
}

/// How many connections the mock has seen.
std::uint64_t connections_in(const mock::MockAgent& agent) {
  std::uint64_t last = 0;
  for (const auto& entry : agent.journal()) last = std::max(last, entry.connection);
  return last;
}

/// In this scenario the `args` of a frame are the positional ones of its request: they tell whose it is.
bool is_of(const ordered_json& frame, const std::string& mark) {
  const auto args = frame.find("args");
  return args != frame.end() && std::find(args->begin(), args->end(), mark) != args->end();
}

asio::awaitable<void> one_sync(AsyncAgent& agent, int number, int& right) {
  const std::string mark = "mark-" + std::to_string(number);
  const auto result = co_await agent.async_run(number % 3 == 0 ? "quick" : "job", {mark}, use_awaitable);
  if (result && is_of(result->json(), mark)) ++right;
}

asio::awaitable<void> one_stream(AsyncAgent& agent, int number, int& right) {
  const std::string mark = "mark-" + std::to_string(number);
  const std::vector<std::string> target{"--target=job_id", "--target=id", "--target=both"};
  auto stream =
      co_await agent.async_stream("job", {mark, "--n=4", target[static_cast<std::size_t>(number) % 3]}, use_awaitable);
  int own = 0;
  int next = 0;
  while (auto event = co_await stream.value().async_next(use_awaitable)) {
    const ordered_json frame = event->json();
    if (event->phase() == "running" && is_of(frame, mark)) ++own;
    if (event->phase() == "running") next += 1;
    if (event->phase() == "finished" && is_of(frame.at("result"), mark)) ++own;
  }
  if (own == 5 && next == 4 && !stream->failure()) ++right;
}

TEST(BusyAgent, FiveHundredInterleavedJobsAreEachTheirOwn) {
  mock::MockAgent mock = busy_agent();
  asio::io_context context{1};
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), to(mock)};
  constexpr int jobs = 500;
  int right = 0;
  int over = 0;
  for (int number = 0; number < jobs; ++number) {
    auto job = number % 2 == 0 ? one_sync(*agent, number, right) : one_stream(*agent, number, right);
    asio::co_spawn(context, std::move(job), [&](std::exception_ptr thrown) {
      EXPECT_FALSE(thrown);
      if (++over == jobs) agent.reset();
    });
  }
  context.run_for(60s);
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(right, jobs);
}

TEST(BusyAgent, EightThreadsShareOneRemoteAgent) {
  mock::MockAgent mock = busy_agent();
  RemoteAgent agent{to(mock)};
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string mark = "mark-" + std::to_string(t * 100 + i);
        if (is_of(agent.run("job", {mark}).json(), mark)) ++right;
        int own = 0;
        for (const Event& event : agent.stream("burst", {mark, "--n=50"})) {
          own += event.phase() == "running" && is_of(event.json(), mark) ? 1 : 0;
          // A run within the loop over a stream, now and then.
          if (event.phase() == "started" && !is_of(agent.run("quick", {mark}).json(), mark)) own -= 100;
        }
        if (own == 50) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 160);
}

TEST(BusyAgent, CancellationAtAnyTimeDisturbsNobodyElse) {
  mock::MockAgent mock = busy_agent();
  asio::io_context context{1};
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), to(mock)};
  struct Call {
    explicit Call(asio::io_context& on) : timer{on} {}
    asio::cancellation_signal signal;
    asio::steady_timer timer;
  };
  std::vector<std::unique_ptr<Call>> calls;
  constexpr int count = 300;
  int over = 0;
  int cancelled = 0;
  for (int number = 0; number < count; ++number) {
    calls.push_back(std::make_unique<Call>(context));
    Call& call = *calls.back();
    const std::string mark = "mark-" + std::to_string(number);
    agent->async_run("job", {mark}, asio::bind_cancellation_slot(call.signal.slot(), [&, mark](Result<RunResult> result) {
                       if (result) {
                         EXPECT_TRUE(is_of(result->json(), mark));
                       } else {
                         EXPECT_EQ(result.error().code, errc::cancelled);
                         ++cancelled;
                       }
                       if (++over == count) agent.reset();
                     }));
    if (number % 2 == 0) continue;
    call.timer.expires_after(std::chrono::microseconds{protocol::mix(7, static_cast<std::uint64_t>(number)) % 60'000});
    call.timer.async_wait([&](boost::system::error_code) { call.signal.emit(asio::cancellation_type::terminal); });
  }
  context.run_for(60s);
  EXPECT_EQ(over, count);
  EXPECT_GT(cancelled, 10);
  EXPECT_LE(cancelled, count / 2);
}

TEST(BusyAgent, DestroyingAnAgentWithWorkInFlightIsClean) {
  mock::MockAgent mock = busy_agent();
  for (int round = 0; round < 20; ++round) {
    asio::io_context context{1};
    std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), to(mock)};
    int ended = 0;
    for (int number = 0; number < 50; ++number) {
      agent->async_run("job", {}, [&](Result<RunResult>) { ++ended; });
      agent->async_stream("job", {"--n=3"}, [&](Result<Stream>) { ++ended; });
    }
    context.run_for(std::chrono::milliseconds{round});
    agent.reset();
    context.restart();
    context.run_for(10s);
    EXPECT_TRUE(context.stopped());
    EXPECT_EQ(ended, 100);
  }
}

TEST(BusyAgent, OneConnectionServesAllCalls) {
  mock::MockAgent mock = busy_agent();
  {
    RemoteAgent agent{to(mock)};
    agent.run("quick");
    for (const Event& event : agent.stream("burst", {"--n=3"})) EXPECT_NE(event.phase(), "error");
  }
  EXPECT_EQ(connections_in(mock), 1U);
}

}  // namespace
}  // namespace procedura
