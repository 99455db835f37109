// Who may outlive whom, what a callback may do, and on whose executor things happen.
#include "small_agent.hpp"

#include <procedura/async_agent.hpp>
#include <procedura/remote_agent.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace procedura {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::use_awaitable;
using ::testing::ElementsAre;
using testing::SmallAgent;

const std::string ack = R"({"id":"$ID","status":"ack"})";
const std::string started = R"({"id":"$ID","status":"started","job_id":"j-1"})";
const std::string running = R"({"id":"$ID","status":"running","job_id":"j-1"})";
const std::string finished = R"({"id":"$ID","status":"finished","result":1})";

struct Lifetime : ::testing::Test {
  Lifetime() {
    small.on("snap", {ack, finished});
    small.on("news", {R"({"status":"running","of":"nobody"})", ack, running, finished});
    small.on("job", {started, running, running, finished});
    small.on("endless", {started, running, SmallAgent::silence});
    small.on("mute", {SmallAgent::silence});
    options.url = small.url();
  }
  void run_to_the_end() {
    context.restart();
    context.run_for(5s);
    EXPECT_TRUE(context.stopped()) << "something is pending for ever";
  }

  SmallAgent small;
  Options options;
  asio::io_context context{1};
};

// --- who outlives whom ----------------------------------------------------------------------------------------------------

TEST_F(Lifetime, AStreamThatOutlivesItsAgentStillHasWhatHadCome) {
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  std::optional<Stream> stream;
  agent->async_stream("endless", {}, [&](Result<Stream> result) { stream = std::move(result).value(); });
  context.run_for(100ms);
  ASSERT_TRUE(stream);
  agent.reset();
  run_to_the_end();
  std::vector<std::string> seen;
  std::function<void(Result<Event>)> take = [&](Result<Event> event) {
    seen.push_back(event ? event->phase() : std::string{code_name(event.error().code)});
    if (event) stream->async_next(take);
  };
  stream->async_next(take);
  run_to_the_end();
  EXPECT_THAT(seen, ElementsAre("started", "running", "CANCELLED"));
  EXPECT_EQ(stream->failure()->code, errc::cancelled);
  EXPECT_EQ(stream->job_id(), "j-1");
  stream->cancel();
  stream.reset();
  run_to_the_end();
}

TEST_F(Lifetime, ASignalMayOutliveTheLoop) {
  asio::cancellation_signal run;
  asio::cancellation_signal next;
  {
    asio::io_context shorter{1};
    AsyncAgent agent{shorter.get_executor(), options};
    std::optional<Stream> stream;
    agent.async_run("mute", {}, asio::bind_cancellation_slot(run.slot(), [](Result<RunResult>) {}));
    agent.async_stream("endless", {}, [&](Result<Stream> result) {
      stream = std::move(result).value();
      stream->async_next(asio::bind_cancellation_slot(next.slot(), [](Result<Event>) {}));
    });
    shorter.run_for(50ms);
  }
  run.emit(asio::cancellation_type::terminal);
  next.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> waits_for_ever(std::shared_ptr<AsyncAgent> agent, std::shared_ptr<int> held) {
  auto stream = co_await agent->async_stream("endless", {}, use_awaitable);
  while (auto event = co_await stream.value().async_next(use_awaitable)) *held += 1;
  *held = -1;
}

TEST_F(Lifetime, ALoopMayEndWithACoroutineInsideThatOwnsAgentAndStream) {
  auto held = std::make_shared<int>(0);
  {
    asio::io_context shorter{1};
    asio::co_spawn(shorter, waits_for_ever(std::make_shared<AsyncAgent>(shorter.get_executor(), options), held),
                   asio::detached);
    shorter.run_for(100ms);
    EXPECT_EQ(*held, 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 2);
}

TEST_F(Lifetime, AlsoIfTheStreamIsObserved) {
  options.on_request_end = [](const RequestRecord&) {};
  auto held = std::make_shared<int>(0);
  {
    asio::io_context shorter{1};
    asio::co_spawn(shorter, waits_for_ever(std::make_shared<AsyncAgent>(shorter.get_executor(), options), held),
                   asio::detached);
    shorter.run_for(100ms);
    EXPECT_EQ(*held, 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

asio::awaitable<void> waits_for_the_connection(std::shared_ptr<AsyncAgent> agent, bool pings, std::shared_ptr<int> held) {
  co_await agent->async_run("drop", {}, use_awaitable);
  *held = 1;
  if (pings) co_await agent->async_ping(1h, use_awaitable);
  if (!pings) co_await agent->async_connect(use_awaitable);
  *held = 2;
}

TEST_F(Lifetime, ALoopMayEndWithACoroutineInsideThatWaitsForALostConnection) {
  small.on("drop", {SmallAgent::hang_up});
  options.reconnect = ReconnectOptions{.first = 1h, .longest = 1h, .seed = 7};
  for (const bool pings : {false, true}) {
    auto held = std::make_shared<int>(0);
    {
      asio::io_context shorter{1};
      auto agent = std::make_shared<AsyncAgent>(shorter.get_executor(), options);
      asio::co_spawn(shorter, waits_for_the_connection(std::move(agent), pings, held), asio::detached);
      shorter.run_for(100ms);
      EXPECT_EQ(*held, 1);
    }
    EXPECT_EQ(held.use_count(), 1) << (pings ? "ping" : "connect");
  }
}

TEST_F(Lifetime, WhatBeginsAfterTheAgentIsGoneEndsAtOnce) {
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  auto run = agent->async_run("snap", {}, asio::deferred);
  auto stream = agent->async_stream("job", {}, asio::deferred);
  auto connect = agent->async_connect(asio::deferred);
  auto ping = agent->async_ping(1s, asio::deferred);
  auto login = agent->async_login("a:b", {}, asio::deferred);
  agent.reset();
  std::vector<errc> codes;
  auto note = [&](const auto& result) { codes.push_back(result ? errc::ok : result.error().code); };
  std::move(run)(note);
  std::move(stream)(note);
  std::move(connect)(note);
  std::move(ping)(note);
  std::move(login)(note);
  run_to_the_end();
  EXPECT_EQ(codes, std::vector<errc>(5, errc::cancelled));
  EXPECT_EQ(small.connections(), 0);
}

TEST_F(Lifetime, AnEventStreamMayBeTheLastToGoOnAnyThread) {
  auto agent = std::make_optional<RemoteAgent>(options);
  auto stream = std::make_optional<EventStream>(agent->stream("endless"));
  agent.reset();
  std::thread{[&] {
    EXPECT_EQ(stream->next()->phase(), "started");
    stream.reset();
  }}.join();
}

TEST_F(Lifetime, AStreamIsAbandonedWhereverItsResultIsDropped) {
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  int results = 0;
  for (int i = 0; i < 20; ++i) agent->async_stream("endless", {}, [&](Result<Stream>) { ++results; });
  context.run_for(100ms);
  EXPECT_EQ(results, 20);
  std::optional<std::size_t> live;
  agent->async_status([&](Result<ConnectionStatus> status) { live = status->live; });
  context.run_for(100ms);
  EXPECT_EQ(live, 0U);
  agent.reset();
  run_to_the_end();
}

// --- what a callback may do -----------------------------------------------------------------------------------------------

TEST_F(Lifetime, ACompletionHandlerMayDestroyTheAgent) {
  for (const char* module : {"snap", "unknown"}) {
    std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
    std::vector<errc> others;
    for (int i = 0; i < 5; ++i) {
      agent->async_run("mute", {}, [&](Result<RunResult> result) { others.push_back(result.error().code); });
    }
    agent->async_run(module, {}, [&](Result<RunResult>) { agent.reset(); });
    run_to_the_end();
    EXPECT_FALSE(agent);
    EXPECT_EQ(others, std::vector<errc>(5, errc::cancelled));
  }
}

TEST_F(Lifetime, AListenerMayDestroyTheAgent) {
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  std::optional<errc> code;
  agent->on_event([&](const Event&) { agent.reset(); });
  agent->async_run("news", {}, [&](Result<RunResult> result) { code = result ? errc::ok : result.error().code; });
  run_to_the_end();
  EXPECT_FALSE(agent);
  EXPECT_TRUE(code == errc::ok || code == errc::cancelled);
}

TEST_F(Lifetime, AHandlerThatThrowsHarmsNobodyElse) {
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  int right = 0;
  for (int i = 0; i < 10; ++i) {
    agent->async_run("snap", {}, [&, i](Result<RunResult> result) {
      if (i % 2 == 0) throw std::runtime_error{"mine"};
      right += result ? 1 : 0;
    });
  }
  int thrown = 0;
  const auto until = std::chrono::steady_clock::now() + 5s;
  while (right + thrown < 10 && std::chrono::steady_clock::now() < until) {
    try {
      context.run_for(100ms);
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "mine");
      ++thrown;
    }
  }
  EXPECT_EQ(thrown, 5);
  EXPECT_EQ(right, 5);
  agent.reset();
  run_to_the_end();
}

TEST_F(Lifetime, AListenerThatThrowsHarmsNoRequest) {
  options.log = [](LogLevel, std::string_view) { throw std::runtime_error{"log"}; };
  options.token = "with=padding";  // which is logged
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  agent->on_event([](const Event&) { throw std::runtime_error{"on_event"}; });
  agent->on_connection([](const ConnectionEvent&) { throw std::runtime_error{"on_connection"}; });
  CallOptions call;
  call.on_update = [](const Event&) { throw std::runtime_error{"on_update"}; };
  std::optional<std::string> text;
  agent->async_run("news", {}, call, [&](Result<RunResult> result) { text = result.value().text(); });
  std::vector<std::string> thrown;
  const auto until = std::chrono::steady_clock::now() + 5s;
  while ((!text || thrown.size() < 5) && std::chrono::steady_clock::now() < until) {
    try {
      context.run_for(100ms);
    } catch (const std::runtime_error& error) {
      thrown.emplace_back(error.what());
    }
  }
  EXPECT_EQ(text, "1");
  EXPECT_THAT(thrown, ElementsAre("log", "on_connection", "on_event", "on_update", "on_update"));
  agent.reset();
  run_to_the_end();
}

TEST_F(Lifetime, ALogThatThrowsWhileItConnectsHarmsNoRequest) {
  options.url = "wss://127.0.0.1:1";
  options.tls.insecure = true;  // which is logged
  options.log = [](LogLevel level, std::string_view) {
    if (level == LogLevel::warning) throw std::runtime_error{"log"};
  };
  AsyncAgent agent{context.get_executor(), options};
  std::optional<errc> code;
  agent.async_run("snap", {}, [&](Result<RunResult> result) { code = result.error().code; });
  EXPECT_THROW(context.run_for(5s), std::runtime_error);
  run_to_the_end();
  EXPECT_EQ(code, errc::connect_failed);
}

// --- where things happen --------------------------------------------------------------------------------------------------

TEST_F(Lifetime, ARemoteAgentMayBeWaitedForWithinAnEventLoop) {
  RemoteAgent agent{options};
  std::string text;
  int events = 0;
  asio::post(context, [&] {
    text = agent.run("snap").text();
    for (const Event& event : agent.stream("job")) {
      events += event.phase() == "running" ? 1 : 0;
      agent.run("snap");
    }
  });
  run_to_the_end();
  EXPECT_EQ(text, "1");
  EXPECT_EQ(events, 2);
}

asio::awaitable<void> on_its_own(AsyncAgent& agent, std::thread::id here, int& events) {
  auto stream = co_await agent.async_stream("job", {}, use_awaitable);
  EXPECT_EQ(std::this_thread::get_id(), here);
  while (auto event = co_await stream.value().async_next(use_awaitable)) {
    EXPECT_EQ(std::this_thread::get_id(), here) << "a coroutine stays on its own executor";
    ++events;
  }
  (co_await agent.async_connect(use_awaitable)).value();
  EXPECT_EQ(std::this_thread::get_id(), here);
}

TEST_F(Lifetime, ACoroutineStaysOnItsOwnExecutorWhateverTheAgentsIs) {
  asio::thread_pool pool{2};
  AsyncAgent agent{pool.get_executor(), options};
  int events = 0;
  asio::co_spawn(context, on_its_own(agent, std::this_thread::get_id(), events), asio::detached);
  run_to_the_end();
  EXPECT_EQ(events, 4);
  agent.close();
}

TEST_F(Lifetime, AnAssociatedExecutorIsHonoured) {
  asio::thread_pool pool{4};
  auto strand = asio::make_strand(pool);
  std::optional<AsyncAgent> agent{std::in_place, pool.get_executor(), options};
  std::promise<void> over;
  std::atomic<int> inside{0};
  int count = 0;  // guarded by the strand
  for (int i = 0; i < 200; ++i) {
    agent->async_run("snap", {}, asio::bind_executor(strand, [&](Result<RunResult> result) {
                       EXPECT_TRUE(result);
                       EXPECT_TRUE(strand.running_in_this_thread());
                       EXPECT_EQ(inside++, 0);
                       if (++count == 200) over.set_value();
                       --inside;
                     }));
  }
  EXPECT_EQ(over.get_future().wait_for(10s), std::future_status::ready);
  agent.reset();
  pool.join();
}

TEST_F(Lifetime, TheSystemExecutorServesToo) {
  AsyncAgent agent{asio::system_executor{}, options};
  EXPECT_EQ(agent.async_run("snap", {}, asio::use_future).get().value().text(), "1");
  auto stream = agent.async_stream("job", {}, asio::use_future).get();
  int events = 0;
  while (stream.value().async_next(asio::use_future).get()) ++events;
  EXPECT_EQ(events, 4);
}

TEST_F(Lifetime, ADeferredCallBeginsWhenItIsAskedTo) {
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  auto later = agent->async_run("snap", {}, asio::deferred);
  context.run_for(20ms);
  EXPECT_TRUE(small.requests().empty());
  std::optional<bool> good;
  std::move(later)([&](Result<RunResult> result) { good = result.has_value(); });
  context.restart();
  context.run_for(200ms);
  EXPECT_EQ(good, true);
  agent.reset();
  run_to_the_end();
}

TEST_F(Lifetime, AnAgentMayBeMovedAndReplacedWhileItWorks) {
  std::optional<AsyncAgent> first{std::in_place, context.get_executor(), options};
  std::vector<errc> codes;
  auto note = [&](Result<RunResult> result) { codes.push_back(result ? errc::ok : result.error().code); };
  first->async_run("mute", {}, note);
  context.run_for(50ms);
  AsyncAgent second{std::move(*first)};
  first.reset();
  second.async_run("snap", {}, note);
  context.run_for(100ms);
  EXPECT_THAT(codes, ElementsAre(errc::ok));
  second = AsyncAgent{context.get_executor(), options};
  context.run_for(100ms);
  EXPECT_THAT(codes, ElementsAre(errc::ok, errc::cancelled));
  second.close();
  run_to_the_end();
}

}  // namespace
}  // namespace procedura
