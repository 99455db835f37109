// Every operation of an agent, interrupted in every way after every turn of its event loop: before it began, while the name is
// looked up, connecting, upgrading, waiting for the first frame, running, and finished but not yet delivered. It ends exactly
// once, and what was cancelled or closed can be used again.
#include "process_resources.hpp"
#include "small_agent.hpp"

#include <procedura/async_agent.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <tuple>

namespace procedura {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::Resources;
using testing::ScriptedPeer;
using testing::SmallAgent;

const std::string ack = R"({"id":"$ID","status":"ack"})";
const std::string started = R"({"id":"$ID","status":"started","job_id":"j-1"})";
const std::string running = R"({"id":"$ID","status":"running","job_id":"j-1"})";
const std::string finished = R"({"id":"$ID","status":"finished","result":1})";

/// How an operation ended: how often, and with what. `held` is let go of with its handler.
struct Ending {
  int times = 0;
  errc code = errc::ok;
  std::shared_ptr<int> held = std::make_shared<int>();

  template <class T>
  auto handler() {
    return [this, kept = held](Result<T> result) {
      ++times;
      code = result ? errc::ok : result.error().code;
    };
  }
};

struct Trial {
  explicit Trial(const std::string& url, Duration connect_timeout = 5s) {
    Options options;
    options.url = url;
    options.connect_timeout = connect_timeout;
    agent.emplace(context->get_executor(), options);
  }
  /// Lets the loop turn so often, or until nothing happens any more. False: that was the case.
  bool turn(int times) {
    for (int i = 0; i < times && ending.times == 0; ++i) {
      if (context->run_one_for(30ms) == 0) return false;
    }
    return true;
  }
  void until(const std::function<bool()>& true_of) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!true_of() && std::chrono::steady_clock::now() < deadline) {
      if (context->stopped()) context->restart();
      context->run_one_for(100ms);
    }
    ASSERT_TRUE(true_of()) << "it never ended";
  }
  void expect_usable() {
    const auto result = std::make_shared<std::optional<Result<RunResult>>>();
    agent->async_run("snap", {}, [result](Result<RunResult> ran) { *result = std::move(ran); });
    until([&] { return result->has_value(); });
    ASSERT_TRUE(*result);
    EXPECT_TRUE(**result) << describe((*result)->error());
  }
  void expect_idle() {
    context->restart();
    context->run_for(5s);
    EXPECT_TRUE(context->stopped()) << "something is pending for ever";
    EXPECT_LE(ending.times, 1);
  }

  asio::cancellation_signal signal;  // outlives the loop, as it may
  Ending ending;
  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
  std::optional<AsyncAgent> agent;
  std::optional<Stream> stream;
};

// --- what, and how it is interrupted --------------------------------------------------------------------------------------

struct Operation {
  const char* name;
  std::function<void(Trial&)> start;
};

template <class T>
auto on(Trial& trial) {
  return asio::bind_cancellation_slot(trial.signal.slot(), trial.ending.handler<T>());
}

void begin_stream(Trial& trial, const char* module) {
  trial.agent->async_stream(module, {}, [&](Result<Stream> stream) { trial.stream = std::move(stream).value(); });
  trial.until([&] { return trial.stream.has_value(); });
}

const Operation operations[] = {
    {"Connect", [](Trial& t) { t.agent->async_connect(on<void>(t)); }},
    {"Login", [](Trial& t) { t.agent->async_login("a:b", {}, on<LoginResult>(t)); }},
    {"Run", [](Trial& t) { t.agent->async_run("snap", {"x"}, on<RunResult>(t)); }},
    {"RunWithoutAnswer", [](Trial& t) { t.agent->async_run("mute", {}, on<RunResult>(t)); }},
    {"RunWithoutEnd", [](Trial& t) { t.agent->async_run("endless", {}, on<RunResult>(t)); }},
    {"Stream", [](Trial& t) { t.agent->async_stream("job", {}, on<Stream>(t)); }},
    {"StreamWithoutAnswer", [](Trial& t) { t.agent->async_stream("mute", {}, on<Stream>(t)); }},
    {"Next",
     [](Trial& t) {
       begin_stream(t, "job");
       t.stream->async_next(on<Event>(t));
     }},
    {"NextWithoutEvent",
     [](Trial& t) {
       begin_stream(t, "endless");
       t.stream->async_next([&t](Result<Event>) { t.stream->async_next(on<Event>(t)); });
       t.until([&t] { return t.context->run_one_for(5ms) == 0; });
     }},
    {"Ping", [](Trial& t) { t.agent->async_ping(5s, on<Duration>(t)); }},
    {"Status", [](Trial& t) { t.agent->async_status(on<ConnectionStatus>(t)); }},
};

enum class How { total, partial, terminal, closed, destroyed };

/// An agent that knows what the operations ask for.
struct Agents {
  Agents() {
    small.on("snap", {ack, finished});
    small.on("job", {started, running, finished});
    small.on("endless", {started, SmallAgent::silence});
    small.on("mute", {SmallAgent::silence});
    small.on("login_password", {R"({"id":"$ID","status":"finished","result":{"session_token":"t"}})"});
  }
  SmallAgent small;
};

class Interruption : public ::testing::TestWithParam<std::tuple<Operation, How>>, protected Agents {
 protected:
  static void interrupt(Trial& trial) {
    switch (std::get<How>(GetParam())) {
      case How::total:
        return trial.signal.emit(asio::cancellation_type::total);
      case How::partial:
        return trial.signal.emit(asio::cancellation_type::partial);
      case How::terminal:
        return trial.signal.emit(asio::cancellation_type::terminal);
      case How::closed:
        return trial.agent->close();
      case How::destroyed:
        return trial.agent.reset();
    }
  }

  /// Interrupts it after so many turns. False: it had ended by then, or nothing happened any more.
  bool interrupt_after(int turns, const std::string& url) {
    SCOPED_TRACE("after " + std::to_string(turns) + " turns");
    Trial trial{url};
    std::get<Operation>(GetParam()).start(trial);
    const bool busy = trial.turn(turns);
    const bool had_ended = trial.ending.times != 0;
    interrupt(trial);
    trial.until([&] { return trial.ending.times != 0; });
    EXPECT_THAT(trial.ending.code, ::testing::AnyOf(errc::ok, errc::cancelled));
    if (!busy) {
      EXPECT_EQ(trial.ending.code, errc::cancelled);
    }
    if (trial.agent) trial.expect_usable();
    trial.stream.reset();
    trial.agent.reset();
    trial.expect_idle();
    EXPECT_EQ(trial.ending.held.use_count(), 1) << "the handler is still somewhere";
    trial.context.reset();
    trial.signal.emit(asio::cancellation_type::terminal);  // nobody listens any more
    return busy && !had_ended && !HasFailure();
  }
};

TEST_P(Interruption, EndsItOnceAndHarmsNothing) {
  const Resources before = Resources::now();
  int turns = 0;
  while (interrupt_after(turns, small.url())) ++turns;
  EXPECT_GE(turns, 1);
  EXPECT_LT(turns, 500);
  EXPECT_TRUE(Resources::back_to(before)) << "a descriptor or a thread is left";
}

TEST_P(Interruption, AlsoWhileANameIsLookedUpOnItsThread) {
  const std::string url = "ws://localhost:" + small.url().substr(small.url().rfind(':') + 1);
  for (int turns = 0; turns < 4; ++turns) {
    if (!interrupt_after(turns, url)) break;
  }
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<Operation, How>>& info) {
  const char* const how[] = {"Total", "Partial", "Terminal", "Closed", "Destroyed"};
  return std::string{std::get<Operation>(info.param).name} + how[static_cast<int>(std::get<How>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(Each, Interruption,
                         ::testing::Combine(::testing::ValuesIn(operations),
                                            ::testing::Values(How::total, How::partial, How::terminal, How::closed,
                                                              How::destroyed)),
                         name_of);

class LoopEnd : public ::testing::TestWithParam<Operation>, protected Agents {};

/// The loop ends for good while the operation is under way: its handler is never called, and let go of.
TEST_P(LoopEnd, LetsGoOfTheHandlerAtAnyTurn) {
  for (int turns = 0; turns < 60; ++turns) {
    Trial trial{small.url()};
    GetParam().start(trial);
    const bool busy = trial.turn(turns);
    const int times = trial.ending.times;
    trial.stream.reset();
    trial.agent.reset();
    trial.context.reset();
    EXPECT_EQ(trial.ending.times, times);
    EXPECT_EQ(trial.ending.held.use_count(), 1) << "after " << turns << " turns";
    if (!busy || times != 0) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, LoopEnd, ::testing::ValuesIn(operations),
                         [](const auto& each) { return std::string{each.param.name}; });

// --- a peer that never gets on --------------------------------------------------------------------------------------------

TEST(InterruptionOfAnOpening, EndsWhatWaitsForItAndTheNextOneMayBegin) {
  std::atomic<int> connections{0};
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    if (connections++ == 0) return link.wait_for_hang_up();  // takes the connection, and answers nothing
    link.upgrade();
    while (const auto frame = link.receive()) {
      link.send(R"({"id":")" + testing::member(*frame, "id") + R"(","status":"finished","result":1})");
    }
  }};
  Trial trial{peer.url(), 300ms};
  trial.agent->async_run("snap", {}, on<RunResult>(trial));
  EXPECT_FALSE(trial.turn(50));
  trial.signal.emit(asio::cancellation_type::terminal);
  trial.until([&] { return trial.ending.times != 0; });
  EXPECT_EQ(trial.ending.code, errc::cancelled);
  trial.until([&] { return trial.context->run_one_for(400ms) == 0; });  // the attempt itself ends in its own time
  trial.expect_usable();
  trial.agent.reset();
  trial.expect_idle();
}

}  // namespace
}  // namespace procedura
