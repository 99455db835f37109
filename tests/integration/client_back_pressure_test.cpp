// A consumer that stops reading, and an agent that stops reading, cost what the documented bounds allow and no more.
#include "process_resources.hpp"
#include "small_agent.hpp"

#include <procedura/async_agent.hpp>
#include <procedura/remote_agent.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace procedura {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::member;
using testing::resident_bytes;
using testing::ScriptedPeer;
using testing::SmallAgent;

constexpr std::size_t mib = std::size_t{1} << 20U;

Options plain(const std::string& url) {
  Options options;
  options.url = url;
  return options;
}

std::optional<Failure> failure_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.failure();
  }
  return std::nullopt;
}

std::string started(const std::string& frame) {
  return R"({"id":")" + member(frame, "id") + R"(","status":"started","job_id":"job-)" + member(frame, "id") + "\"}";
}
std::string finished(const std::string& frame) {
  return R"({"id":")" + member(frame, "id") + R"(","status":"finished","result":1})";
}
std::string running(const std::string& frame, std::size_t number, std::size_t size) {
  return R"({"id":")" + member(frame, "id") + R"(","status":"running","n":)" + std::to_string(number) + R"(,"pad":")" +
         std::string(size, 'x') + "\"}";
}

/// An agent that answers the commands "flood" and "news" with so many frames as fast as they are taken, and everything else at
/// once. It counts what the system took from it.
class FloodingAgent {
 public:
  FloodingAgent(std::size_t frames, std::size_t size) : frames_{frames}, size_{size} {}

  std::string url() const { return peer_.url(); }
  std::size_t sent() const { return sent_; }
  int connections() const { return peer_.connections(); }

 private:
  void serve(ScriptedPeer::Link& link) {
    link.upgrade();
    while (const auto frame = link.receive()) {
      if (member(*frame, "cmd") == "mute") continue;
      const bool news = member(*frame, "cmd") == "news";  // of nobody
      if (news || member(*frame, "cmd") == "flood") {
        if (!news) link.send(started(*frame));
        for (std::size_t i = 0; i < frames_; ++i) {
          link.send(news ? R"({"status":"running","pad":")" + std::string(size_, 'x') + "\"}" : running(*frame, i, size_));
          sent_ += size_;
        }
      }
      link.send(finished(*frame));
    }
  }

  std::size_t frames_;
  std::size_t size_;
  std::atomic<std::size_t> sent_{0};
  ScriptedPeer peer_{[this](ScriptedPeer::Link& link) { serve(link); }};
};

/// Waits until a number stands still: whoever made it grow is held up, or done.
std::size_t when_still(const std::function<std::size_t()>& number) {
  std::size_t last = number();
  auto since = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - since < 300ms) {
    std::this_thread::sleep_for(10ms);
    if (const std::size_t now = number(); now != last) {
      last = now;
      since = std::chrono::steady_clock::now();
    }
  }
  return last;
}

int number_in(const Event& event) {
  const auto at = event.text().find("\"n\":");
  return at == std::string::npos ? -1 : std::stoi(event.text().substr(at + 4));
}

/// Reads a stream to its end; every frame must be there, in its order.
std::size_t read_all(EventStream& stream) {
  std::size_t next = 0;
  while (auto event = stream.next()) {
    if (event->phase() == "running") {
      EXPECT_EQ(number_in(*event), static_cast<int>(next));
      ++next;
    }
  }
  return next;
}

// --- an agent that does not read ------------------------------------------------------------------------------------------

TEST(BackPressure, RequestsToAnAgentThatReadsNothingAreBounded) {
  std::promise<void> over;
  ScriptedPeer deaf{[&, end = over.get_future().share()](ScriptedPeer::Link& link) {
    link.upgrade();
    end.wait();
  }};
  asio::io_context context{1};
  Options options = plain(deaf.url());
  options.send_bound = 8 * mib;
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  CallOptions call;
  call.deadlines = Deadlines{500ms, {}, {}};
  const std::string big(mib, 'x');
  std::map<errc, int> ends;
  constexpr int requests = 100;
  int over_now = 0;
  const std::size_t before = resident_bytes();
  for (int i = 0; i < requests; ++i) {
    agent->async_run("eat", {big}, call, [&](Result<RunResult> result) {
      ASSERT_FALSE(result);
      ++ends[result.error().code];
      if (++over_now == requests) agent.reset();
    });
    context.run_for(1ms);
  }
  EXPECT_LT(resident_bytes(), before + 40 * mib);
  context.restart();
  context.run_for(10s);
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(ends.size(), 2U);
  EXPECT_GE(ends[errc::ack_timeout], 8);
  EXPECT_GT(ends[errc::send_queue_full], 50);
  over.set_value();
}

TEST(BackPressure, APeerThatReadsNothingIsFoundDeadByItsPingsThoughTheyCannotLeave) {
  std::promise<void> over;
  ScriptedPeer deaf{[&, end = over.get_future().share()](ScriptedPeer::Link& link) {
    link.upgrade();
    end.wait();
  }};
  Options options = plain(deaf.url());
  options.ping_interval = 100ms;
  options.pong_timeout = 300ms;
  RemoteAgent agent{options};
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const auto failure = failure_of([&] { agent.run("eat", {std::string(12 * mib, 'x')}); });
      ASSERT_TRUE(failure);
      EXPECT_EQ(failure->code, errc::connection_lost);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  over.set_value();
}

// --- a lone stream --------------------------------------------------------------------------------------------------------

TEST(BackPressure, ALoneStreamOf200MegabytesWaitsForItsConsumerAndLosesNothing) {
  constexpr std::size_t frames = 3200;
  FloodingAgent flood{frames, 64 * 1024};
  RemoteAgent agent{plain(flood.url())};
  EventStream stream = agent.stream("flood");
  const std::size_t before = resident_bytes();
  const std::size_t taken = when_still([&] { return flood.sent(); });
  EXPECT_LT(taken, 60 * mib) << "8 MiB are held here, the rest is what the system buffers";
  EXPECT_LT(resident_bytes(), before + 40 * mib);
  EXPECT_EQ(read_all(stream), frames);
  EXPECT_LT(resident_bytes(), before + 40 * mib);
}

TEST(BackPressure, AFrameThatFillsTheStreamByItselfGoesThroughToAConsumerThatWaits) {
  constexpr std::size_t frames = 20;
  FloodingAgent flood{frames, 2 * mib};
  Options options = plain(flood.url());
  options.stream_bounds.bytes = mib;
  RemoteAgent agent{options};
  EventStream stream = agent.stream("flood");
  EXPECT_EQ(read_all(stream), frames);
}

TEST(BackPressure, AStreamOfOneFrameAtATimeGoesThrough) {
  FloodingAgent flood{5000, 10};
  Options options = plain(flood.url());
  options.stream_bounds.frames = 1;
  RemoteAgent agent{options};
  EventStream stream = agent.stream("flood");
  EXPECT_EQ(read_all(stream), 5000U);
  EXPECT_EQ(agent.run("snap").text(), "1");
}

TEST(BackPressure, ACancelledStreamDoesNotKeepReadingPaused) {
  FloodingAgent flood{3000, 10'000};
  asio::io_context context{1};
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), plain(flood.url())};
  std::optional<Stream> stream;
  agent->async_stream("flood", {}, [&](Result<Stream> result) { stream = std::move(result).value(); });
  while (!stream) context.run_one_for(5s);
  context.run_for(300ms);  // it is full, and reading pauses
  EXPECT_LT(flood.sent(), 30'000'000U);
  stream->cancel();  // what it holds is not taken, and it stays
  context.run_for(2s);
  EXPECT_EQ(flood.sent(), 30'000'000U) << "the agent is read again: its Close, say, would be seen";
  stream.reset();
  agent.reset();
  context.run_for(5s);
  EXPECT_TRUE(context.stopped());
}

TEST(BackPressure, WhileALoneStreamWaitsForItsConsumerNoDeadlineOfTheConnectionRuns) {
  FloodingAgent flood{2000, 1000};
  Options options = plain(flood.url());
  options.stream_bounds.frames = 16;
  options.ping_interval = 50ms;
  options.pong_timeout = 100ms;
  options.stream_deadlines.silence = 100ms;
  RemoteAgent agent{options};
  EventStream stream = agent.stream("flood");
  std::this_thread::sleep_for(600ms);
  EXPECT_EQ(read_all(stream), 2000U);
}

TEST(BackPressure, APingOfOursDuringAPauseSaysWhyNoPongCame) {
  FloodingAgent flood{2000, 1000};
  Options options = plain(flood.url());
  options.stream_bounds.frames = 16;
  RemoteAgent agent{options};
  EventStream stream = agent.stream("flood");
  std::this_thread::sleep_for(100ms);
  const auto failure = failure_of([&] { agent.ping(200ms); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, errc::ack_timeout);
  EXPECT_THAT(failure->message, HasSubstr("within 0.2 s: nothing is read while a stream waits"));
  EXPECT_EQ(read_all(stream), 2000U);
  EXPECT_GT(agent.ping(), 0ns);
}

TEST(BackPressure, APingThatComesDuringAPauseIsAnsweredAfterIt) {
  std::promise<std::string> pong;
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    link.write(testing::accepted(link.read_head()));
    const std::string request = testing::read_client_frame(link);
    std::string bytes = testing::server_frame(0x81, started(request));
    for (std::size_t i = 0; i < 100; ++i) bytes += testing::server_frame(0x81, running(request, i, 50));
    link.write(bytes + testing::server_frame(0x89, "there?"));
    pong.set_value(testing::read_client_frame(link));
    link.wait_for_hang_up();
  }};
  Options options = plain(peer.url());
  options.stream_bounds.frames = 10;
  RemoteAgent agent{options};
  EventStream stream = agent.stream("flood");
  auto answer = pong.get_future();
  EXPECT_EQ(answer.wait_for(200ms), std::future_status::timeout) << "nothing is read";
  for (int i = 0; i < 101; ++i) ASSERT_TRUE(stream.next());
  ASSERT_EQ(answer.wait_for(5s), std::future_status::ready);
  EXPECT_EQ(answer.get(), "there?");
}

// --- several at once ------------------------------------------------------------------------------------------------------

TEST(BackPressure, ManyStreamsThatNobodyReadsHoldWhatTheConnectionMayAndEnd) {
  FloodingAgent flood{400, 64 * 1024};  // 25 MiB each
  Options options = plain(flood.url());
  options.stream_bounds.connection_bytes = 16 * mib;
  const std::size_t before = resident_bytes();
  asio::io_context context{1};
  std::optional<AsyncAgent> async{std::in_place, context.get_executor(), options};
  std::vector<Stream> streams;
  async->async_run("mute", {}, [](Result<RunResult>) {});  // so that none of them is ever alone
  std::size_t refused = 0;                                 // whose first frame came when the connection held as much as it may
  for (int i = 0; i < 6; ++i) {
    async->async_stream("flood", {}, [&](Result<Stream> stream) {
      if (stream) return streams.push_back(std::move(stream).value());
      EXPECT_EQ(stream.error().code, errc::slow_consumer);
      EXPECT_TRUE(stream.error().job_id);
      ++refused;
    });
  }
  const auto until = std::chrono::steady_clock::now() + 20s;
  auto all_ended = [&] {
    return streams.size() + refused == 6 &&
           std::all_of(streams.begin(), streams.end(), [](const Stream& stream) { return stream.failure().has_value(); });
  };
  while (!all_ended() && std::chrono::steady_clock::now() < until) context.run_one_for(100ms);
  EXPECT_LT(resident_bytes(), before + 60 * mib);
  EXPECT_TRUE(all_ended());
  EXPECT_GE(streams.size(), 2U) << "16 MiB are two streams of 8 MiB";
  for (const Stream& stream : streams) {
    ASSERT_TRUE(stream.failure());
    EXPECT_EQ(stream.failure()->code, errc::slow_consumer);
    EXPECT_THAT(stream.failure()->job_id.value_or(""), ::testing::StartsWith("job-"));
    EXPECT_EQ(stream.failure()->job_id, stream.job_id());
  }
  EXPECT_EQ(flood.connections(), 1);
  streams.clear();
  async.reset();
  context.run_for(5s);
  EXPECT_TRUE(context.stopped());
}

TEST(BackPressure, ARunInsideTheLoopOverAFloodIsServed) {
  FloodingAgent flood{20'000, 1000};
  RemoteAgent agent{plain(flood.url())};
  const std::size_t before = resident_bytes();
  std::size_t next = 0;
  const auto failure = failure_of([&] {
    for (const Event& event : agent.stream("flood")) {
      if (event.phase() != "running") continue;
      EXPECT_EQ(number_in(event), static_cast<int>(next++)) << "what is seen is in order, and none is missing before it";
      if (next % 100 == 0) {
        EXPECT_EQ(agent.run("snap").text(), "1");
      }
    }
  });
  // Its answer stands behind all that was sent before it, and that is more than may be held.
  if (failure) {
    EXPECT_EQ(failure->code, errc::slow_consumer);
    EXPECT_TRUE(failure->job_id);
  } else {
    EXPECT_EQ(next, 20'000U);
  }
  EXPECT_LT(resident_bytes(), before + 40 * mib);
  EXPECT_EQ(flood.connections(), 1);
}

// --- callbacks that take their time ---------------------------------------------------------------------------------------

TEST(BackPressure, ASlowListenerHoldsTheAgentUpAndNoMemory) {
  constexpr std::size_t frames = 1600;
  FloodingAgent flood{frames, 64 * 1024};
  RemoteAgent agent{plain(flood.url())};
  std::promise<void> go_on;
  std::atomic<std::size_t> heard{0};
  agent.on_event([&, go = go_on.get_future().share()](const Event&) {
    if (++heard == 1) go.wait();
  });
  const std::size_t before = resident_bytes();
  std::thread asking{[&] { EXPECT_EQ(agent.run("news").text(), "1"); }};
  EXPECT_LT(when_still([&] { return flood.sent(); }), 50 * mib);
  EXPECT_LT(resident_bytes(), before + 40 * mib);
  go_on.set_value();
  asking.join();
  EXPECT_EQ(heard, frames);
}

TEST(BackPressure, ASlowOnUpdateHoldsTheAgentUpAndNoMemory) {
  constexpr std::size_t frames = 1600;
  FloodingAgent flood{frames, 64 * 1024};
  RemoteAgent agent{plain(flood.url())};
  std::promise<void> go_on;
  std::atomic<std::size_t> seen{0};
  CallOptions call;
  call.on_update = [&, go = go_on.get_future().share()](const Event&) {
    if (++seen == 10) go.wait();
  };
  const std::size_t before = resident_bytes();
  std::thread asking{[&] { EXPECT_EQ(agent.run("flood", {}, call).text(), "1"); }};
  EXPECT_LT(when_still([&] { return flood.sent(); }), 50 * mib);
  EXPECT_LT(resident_bytes(), before + 40 * mib);
  go_on.set_value();
  asking.join();
  EXPECT_EQ(seen, frames + 1);
}

}  // namespace
}  // namespace procedura
