#include "small_agent.hpp"

#include <procedura/async_agent.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <future>
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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SmallAgent;

const std::string ack = R"({"id":"$ID","status":"ack"})";
const std::string started = R"({"id":"$ID","status":"started","job_id":"j-1"})";
const std::string running = R"({"id":"$ID","status":"running","job_id":"j-1"})";
const std::string finished = R"({"id":"$ID","status":"finished","result":1})";

struct AsyncAgentTest : ::testing::Test {
  AsyncAgentTest() {
    small.on("snap", {ack, finished});
    small.on("job", {started, running, finished});
    small.on("endless", {started, SmallAgent::silence});
    small.on("mute", {SmallAgent::silence});
    Options options;
    options.url = small.url();
    agent.emplace(context.get_executor(), options);
  }
  /// Runs a coroutine, and then all that is still pending, which must come to an end.
  void run(asio::awaitable<void> coroutine) {
    std::exception_ptr thrown;
    asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr e) {
      thrown = e;
      agent.reset();
    });
    context.run_for(20s);
    EXPECT_TRUE(context.stopped()) << "something is pending for ever";
    if (thrown) std::rethrow_exception(thrown);
  }

  SmallAgent small;
  asio::io_context context{1};
  std::optional<AsyncAgent> agent;
};

asio::awaitable<void> run_and_stream(AsyncAgent& agent) {
  auto result = co_await agent.async_run("snap", {"--terse"}, use_awaitable);
  EXPECT_EQ(result.value().text(), "1");
  auto stream = co_await agent.async_stream("job", {}, use_awaitable);
  std::vector<std::string> phases;
  while (auto event = co_await stream.value().async_next(use_awaitable)) phases.push_back(event->phase());
  EXPECT_THAT(phases, ElementsAre("started", "running", "finished"));
  EXPECT_FALSE(stream->failure());
  EXPECT_EQ(stream->job_id(), "j-1");
  auto after = co_await stream->async_next(use_awaitable);
  EXPECT_EQ(after.error().code, errc::end_of_stream);
}

TEST_F(AsyncAgentTest, RunsAndStreamsInACoroutine) {
  run(run_and_stream(*agent));
}

asio::awaitable<void> fails_as_a_value(AsyncAgent& agent) {
  auto result = co_await agent.async_run("unknown", {}, use_awaitable);
  EXPECT_EQ(result.error().agent_code, "UNKNOWN_MODULE");
  EXPECT_THROW(result.value(), Error);
  auto stream = co_await agent.async_stream("unknown", {}, use_awaitable);
  EXPECT_EQ(stream.error().agent_code, "UNKNOWN_MODULE");
}

TEST_F(AsyncAgentTest, FailuresAreValues) {
  run(fails_as_a_value(*agent));
}

asio::awaitable<void> listens(AsyncAgent& agent) {
  std::vector<std::string> heard;
  agent.on_event([&](const Event& event) { heard.push_back(event.text()); });
  (co_await agent.async_connect(use_awaitable)).value();
  (co_await agent.async_run("news", {}, use_awaitable)).value();
  EXPECT_THAT(heard, ElementsAre(R"({"status":"running"})"));
}

TEST_F(AsyncAgentTest, ListensForEventsOfNobody) {
  small.on("news", {R"({"status":"running"})", finished});
  run(listens(*agent));
}

// --- cancellation ---------------------------------------------------------------------------------------------------------

asio::awaitable<void> wait_for(std::chrono::milliseconds time) {
  asio::steady_timer timer{co_await asio::this_coro::executor, time};
  co_await timer.async_wait(use_awaitable);
}

struct Cancelled {
  const char* name;
  const char* module;
  std::chrono::milliseconds after;
  asio::cancellation_type type;
};

class AsyncAgentCancellation : public AsyncAgentTest, public ::testing::WithParamInterface<Cancelled> {
 public:
  template <class Start>
  Failure cancelled(Start start) {
    asio::cancellation_signal signal;
    std::optional<Failure> failure;
    start(signal.slot(), failure);
    asio::co_spawn(context, wait_for(GetParam().after), [&](std::exception_ptr) { signal.emit(GetParam().type); });
    while (!failure && context.run_one_for(5s) != 0) {
    }
    agent.reset();
    context.run_for(5s);
    EXPECT_TRUE(context.stopped());
    return failure.value_or(Failure{});
  }
};

TEST_P(AsyncAgentCancellation, OfARun) {
  const Failure failure = cancelled([&](asio::cancellation_slot slot, std::optional<Failure>& to) {
    agent->async_run(GetParam().module, {},
                     asio::bind_cancellation_slot(slot, [&](Result<RunResult> result) { to = result.error(); }));
  });
  EXPECT_EQ(failure.code, errc::cancelled);
}

TEST_P(AsyncAgentCancellation, OfTheStartOfAStream) {
  const Failure failure = cancelled([&](asio::cancellation_slot slot, std::optional<Failure>& to) {
    agent->async_stream("mute", {}, asio::bind_cancellation_slot(slot, [&](Result<Stream> result) { to = result.error(); }));
  });
  EXPECT_EQ(failure.code, errc::cancelled);
}

TEST_P(AsyncAgentCancellation, OfALogin) {
  small.on("login_password", {SmallAgent::silence});
  const Failure failure = cancelled([&](asio::cancellation_slot slot, std::optional<Failure>& to) {
    agent->async_login("a:b", {}, asio::bind_cancellation_slot(slot, [&](Result<LoginResult> result) { to = result.error(); }));
  });
  EXPECT_EQ(failure.code, errc::cancelled);
}

TEST_P(AsyncAgentCancellation, OfAConnect) {
  testing::ScriptedPeer never{[](testing::ScriptedPeer::Link& link) { link.wait_for_hang_up(); }};
  Options options;
  options.url = never.url();
  agent.emplace(context.get_executor(), options);
  const Failure failure = cancelled([&](asio::cancellation_slot slot, std::optional<Failure>& to) {
    agent->async_connect(asio::bind_cancellation_slot(slot, [&](Result<void> result) { to = result.error(); }));
  });
  EXPECT_EQ(failure.code, errc::cancelled);
}

INSTANTIATE_TEST_SUITE_P(AnyTime, AsyncAgentCancellation,
                         ::testing::Values(Cancelled{"AtOnce", "mute", 0ms, asio::cancellation_type::terminal},
                                           Cancelled{"BeforeItsFirstFrame", "mute", 50ms, asio::cancellation_type::partial},
                                           Cancelled{"WhileItRuns", "endless", 50ms, asio::cancellation_type::total}),
                         [](const auto& instance) { return instance.param.name; });

TEST_F(AsyncAgentTest, CancellingAWaitKeepsTheStream) {
  asio::cancellation_signal signal;
  std::optional<Stream> stream;
  std::vector<errc> codes;
  agent->async_stream("endless", {}, [&](Result<Stream> result) {
    stream = std::move(result).value();
    stream->async_next([&](Result<Event> first) {
      EXPECT_EQ(first.value().phase(), "started");
      stream->async_next(asio::bind_cancellation_slot(signal.slot(), [&](Result<Event> second) {
        codes.push_back(second.error().code);
        stream->cancel();
        stream->async_next([&](Result<Event> third) {
          codes.push_back(third.error().code);
          EXPECT_EQ(third.error().job_id, "j-1");
          EXPECT_TRUE(stream->failure());
          stream.reset();
          agent.reset();
        });
      }));
      asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
    });
  });
  context.run_for(5s);
  EXPECT_TRUE(context.stopped());
  EXPECT_THAT(codes, ElementsAre(errc::cancelled, errc::cancelled));
}

TEST_F(AsyncAgentTest, ASignalThatComesTooLateCancelsNothing) {
  asio::cancellation_signal start;
  asio::cancellation_signal first;
  std::optional<Stream> stream;
  std::vector<std::string> phases;
  agent->async_stream("job", {}, asio::bind_cancellation_slot(start.slot(), [&](Result<Stream> result) {
                        stream = std::move(result).value();
                        start.emit(asio::cancellation_type::terminal);
                        stream->async_next(asio::bind_cancellation_slot(first.slot(), [&](Result<Event> event) {
                          phases.push_back(event.value().phase());
                          stream->async_next([&](Result<Event> second) {
                            phases.push_back(second.value().phase());
                            stream.reset();
                            agent.reset();
                          });
                          first.emit(asio::cancellation_type::terminal);
                        }));
                      }));
  context.run_for(5s);
  EXPECT_THAT(phases, ElementsAre("started", "running"));
}

TEST_F(AsyncAgentTest, OnlyOneWaitAtATime) {
  std::optional<Stream> stream;
  std::vector<errc> codes;
  agent->async_stream("endless", {}, [&](Result<Stream> result) {
    stream = std::move(result).value();
    stream->async_next([&](Result<Event>) {
      stream->async_next([&](Result<Event> event) { codes.push_back(event.error().code); });
      stream->async_next([&](Result<Event> event) {
        codes.push_back(event.error().code);
        agent.reset();
      });
    });
  });
  context.run_for(5s);
  EXPECT_THAT(codes, ElementsAre(errc::invalid_request, errc::cancelled));
}

TEST_F(AsyncAgentTest, ALoginThatOvertakesAConnectDoesNotCancelIt) {
  std::promise<void> logged_in;
  const auto overtaken = logged_in.get_future().share();
  std::atomic<int> connections{0};
  testing::ScriptedPeer peer{[&](testing::ScriptedPeer::Link& link) {
    if (connections++ == 0) {
      overtaken.wait_for(5s);
      link.upgrade();
    } else {
      link.upgrade();
      const auto request = link.receive();
      link.send(R"({"id":")" + testing::member(request.value(), "id") +
                R"(","status":"finished","result":{"session_token":"t"}})");
    }
    while (link.receive()) continue;
  }};
  Options options;
  options.url = peer.url();
  agent.emplace(context.get_executor(), options);
  std::optional<Result<void>> connected;
  agent->async_connect([&](Result<void> result) {
    connected = result;
    agent.reset();
  });
  for (int turns = 0; connections == 0 && turns < 500; ++turns) context.run_one_for(10ms);
  agent->async_login("a:b", {}, [&](Result<LoginResult> result) {
    EXPECT_TRUE(result);
    logged_in.set_value();
  });
  context.run_for(10s);
  EXPECT_TRUE(context.stopped());
  ASSERT_TRUE(connected);
  EXPECT_TRUE(*connected) << describe(connected->error());
}

// --- the end --------------------------------------------------------------------------------------------------------------

TEST_F(AsyncAgentTest, DestroyingItEndsWhatIsInFlight) {
  std::vector<errc> codes;
  std::optional<Stream> stream;
  for (int i = 0; i < 3; ++i) {
    agent->async_run("mute", {}, [&](Result<RunResult> result) { codes.push_back(result.error().code); });
  }
  agent->async_stream("mute", {}, [&](Result<Stream> result) { codes.push_back(result.error().code); });
  agent->async_login("a:b", {}, [&](Result<LoginResult> result) { codes.push_back(result.error().code); });
  agent->async_stream("endless", {}, [&](Result<Stream> result) {
    stream = std::move(result).value();
    stream->async_next([&](Result<Event>) {
      stream->async_next([&](Result<Event> event) { codes.push_back(event.error().code); });
      agent.reset();
    });
  });
  small.on("login_password", {SmallAgent::silence});
  context.run_for(5s);
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(codes, std::vector<errc>(6, errc::cancelled));
}

TEST_F(AsyncAgentTest, DestroyingTheContextFirstLeaksNothing) {
  small.on("login_password", {SmallAgent::silence});
  asio::io_context other{1};
  auto shorter = std::make_unique<asio::io_context>(1);
  Options options;
  options.url = small.url();
  auto held = std::make_shared<int>(1);
  {
    AsyncAgent short_lived{shorter->get_executor(), options};
    short_lived.async_run("mute", {}, [held](Result<RunResult>) {});
    short_lived.async_stream("mute", {}, [held](Result<Stream>) {});
    short_lived.async_login("a:b", {}, [held](Result<LoginResult>) {});
    short_lived.async_connect([held](Result<void>) {});
    shorter->run_for(50ms);
    EXPECT_EQ(held.use_count(), 4) << "three calls are in flight, and the connection is open";
  }
  shorter.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(AsyncAgentTest, AnAbandonedStreamIsLeftToItsJob) {
  agent->async_stream("endless", {}, [&](Result<Stream> result) {
    EXPECT_TRUE(result);
    agent->async_run("snap", {}, [&](Result<RunResult> ran) {
      EXPECT_TRUE(ran);
      agent.reset();
    });
  });
  context.run_for(5s);
  EXPECT_TRUE(context.stopped());
}

TEST_F(AsyncAgentTest, CanBeUsedAgainAfterClose) {
  std::string text;
  agent->async_run("snap", {}, [&](Result<RunResult> first) {
    EXPECT_TRUE(first);
    agent->close();
    agent->async_run("snap", {}, [&](Result<RunResult> second) {
      text = second.value().text();
      agent.reset();
    });
  });
  context.run_for(5s);
  EXPECT_EQ(text, "1");
  EXPECT_EQ(small.connections(), 2);
}

TEST_F(AsyncAgentTest, ServesCallsFromManyThreadsOnAPool) {
  asio::thread_pool pool{4};
  Options options;
  options.url = small.url();
  AsyncAgent shared{pool.get_executor(), options};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        EXPECT_EQ(shared.async_run("snap", {}, asio::use_future).get().value().text(), "1");
        auto stream = shared.async_stream("job", {}, asio::use_future).get();
        int events = 0;
        while (stream.value().async_next(asio::use_future).get()) ++events;
        EXPECT_EQ(events, 3);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  shared.close();
  EXPECT_EQ(small.connections(), 1);
}

}  // namespace
}  // namespace procedura
