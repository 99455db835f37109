// A peer that is gone without a word is noticed within the configured time, whatever the connection is doing; one that is there
// is left in peace. When exactly each question is asked: tests/unit/client/connection_decisions_test.cpp (pings) and
// keep_alive_requests_test.cpp.
#include "connection_listener.hpp"
#include "forwarding_proxy.hpp"
#include "lateness.hpp"
#include "small_agent.hpp"

#include <procedura/remote_agent.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::failure_of;
using testing::ForwardingProxy;
using ::testing::HasSubstr;
using testing::kinds;
using testing::Lateness;
using testing::ScriptedPeer;
using ::testing::SizeIs;
using testing::SmallAgent;
using testing::Told;
using Clock = std::chrono::steady_clock;
using Kind = ConnectionEvent::Kind;

constexpr auto interval = 100ms;
constexpr auto timeout = 400ms;

const std::string started = R"({"id":"$ID","status":"started","job_id":"j-1"})";
const std::string running = R"({"id":"$ID","status":"running","job_id":"j-1"})";
const std::string finished = R"({"id":"$ID","status":"finished","result":{"ok":true}})";

enum class By { ping, keepalive };

Options watchful(By by) {
  Options options;
  options.close_timeout = 100ms;
  options.ping_interval = std::nullopt;
  (by == By::ping ? options.ping_interval : options.keepalive_interval) = interval;
  options.pong_timeout = timeout;
  return options;
}

struct DeadPeer : ::testing::TestWithParam<By> {
  DeadPeer() {
    small.on("snap", {finished});
    small.on("job", {started, SmallAgent::silence});
    small.on("__keepalive", {finished});
    options.url = proxy.url();
  }
  /// The loss, after the peer has died now.
  ConnectionEvent lost() {
    const Lateness lateness;
    const auto death = Clock::now();
    proxy.stop_forwarding();
    const auto events = told.wait_for(2);
    const auto noticed = Clock::now() - death;
    // The last answer may be as old as the interval, and one may be under way.
    EXPECT_GE(noticed, timeout * 9 / 10 - interval / 10);
    EXPECT_LE(noticed, (interval + timeout) * 11 / 10 + lateness.so_far());
    EXPECT_THAT(kinds(events), ElementsAre(Kind::connected, Kind::lost));
    return events.back();
  }
  static void expect_named(const Failure& failure) {
    EXPECT_EQ(failure.code, errc::connection_lost);
    EXPECT_THAT(failure.message, HasSubstr(GetParam() == By::ping ? "has not answered a ping for 0.4 s"
                                                                  : "has not answered `__keepalive` for 0.4 s"));
  }

  SmallAgent small;
  ForwardingProxy proxy{small.port()};
  Told told;
  Options options = watchful(GetParam());
};

TEST_P(DeadPeer, IsNoticedWhileNothingIsLive) {
  RemoteAgent agent{options};
  agent.on_connection(told.listener());
  agent.run("snap");
  const ConnectionEvent event = lost();
  expect_named(*event.failure);
  EXPECT_EQ(event.ended_requests, 0U) << "what keeps the connection alive is no request of the user's";
}

TEST_P(DeadPeer, IsNoticedWhileAJobIsLive) {
  RemoteAgent agent{options};
  agent.on_connection(told.listener());
  EventStream job = agent.stream("job");
  job.next();
  const ConnectionEvent event = lost();
  EXPECT_EQ(event.ended_requests, 1U);
  const Failure failure = failure_of([&] { job.next(); });
  expect_named(failure);
  EXPECT_EQ(failure.job_id, "j-1");
}

// What is sent to it fills the buffers of both systems, and then waits in ours.
TEST_P(DeadPeer, IsNoticedWhileMoreIsSentThanLeaves) {
  RemoteAgent agent{options};
  agent.on_connection(told.listener());
  agent.connect();
  std::vector<std::future<Failure>> runs;
  const Lateness lateness;
  const auto death = Clock::now();
  proxy.stop_forwarding();
  for (int i = 0; i < 4; ++i) {
    runs.push_back(std::async(std::launch::async, [&] {
      return failure_of([&] { agent.run("snap", {std::string(std::size_t{7} * 1024 * 1024, 'x')}); });
    }));
  }
  for (auto& run : runs) expect_named(run.get());
  EXPECT_LE(Clock::now() - death, (interval + timeout) * 11 / 10 + lateness.so_far() + 500ms) << "28 MiB are made, too";
}

TEST_P(DeadPeer, TheNextRequestConnectsAnew) {
  RemoteAgent agent{options};
  agent.on_connection(told.listener());
  agent.run("snap");
  lost();
  EXPECT_EQ(agent.run("snap").text(), R"({"ok":true})");
}

TEST_P(DeadPeer, IsNotMistakenForAnIdleOne) {
  RemoteAgent agent{options};
  agent.on_connection(told.listener());
  EventStream job = agent.stream("job");
  // Another connection of the same kind tells the time: it is lost after the timeout, and this one must outlive that twice.
  for (int i = 0; i < 2; ++i) {
    ScriptedPeer mute{[](ScriptedPeer::Link& link) {
      link.upgrade();
      link.wait_for_hang_up();
    }};
    Options doomed = options;
    doomed.url = mute.url();
    RemoteAgent other{doomed};
    Told end;
    other.on_connection(end.listener());
    other.connect();
    EXPECT_THAT(kinds(end.wait_for(2)), ElementsAre(Kind::connected, Kind::lost));
  }
  EXPECT_TRUE(agent.status().open);
  EXPECT_EQ(agent.status().live, 1U);
  EXPECT_EQ(agent.status().connections, 1U);
}

INSTANTIATE_TEST_SUITE_P(By, DeadPeer, ::testing::Values(By::ping, By::keepalive),
                         [](const auto& instance) { return instance.param == By::ping ? "Ping" : "Keepalive"; });

// --- what differs ---------------------------------------------------------------------------------------------------------

// While reading pauses for a slow consumer no pong can be seen: neither is missed meanwhile, and both are afterwards.
TEST(DeadPeerAndBackPressure, APauseSuspendsIt) {
  for (const By by : {By::ping, By::keepalive}) {
    ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
      link.upgrade();
      const auto frame = link.receive();
      const std::string id = R"({"id":")" + testing::member(frame.value(), "id");
      link.send(id + R"(","status":"started","job_id":"j-1"})");
      for (int i = 0; i < 3; ++i) link.send(id + R"(","status":"running"})");
      link.wait_for_hang_up();  // and no word from now on
    }};
    Options options = watchful(by);
    options.url = peer.url();
    options.stream_bounds.frames = 2;
    options.stream_bounds.longest_pause = 1min;
    RemoteAgent agent{options};
    Told told;
    agent.on_connection(told.listener());
    EventStream job = agent.stream("job");
    std::this_thread::sleep_for(2 * (interval + timeout));
    EXPECT_TRUE(agent.status().open) << "it may have answered, who knows";
    const Lateness lateness;
    const auto resumed = Clock::now();
    EXPECT_EQ(job.next()->phase(), "started");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(job.next()->phase(), "running");
    EXPECT_EQ(failure_of([&] { job.next(); }).code, errc::connection_lost);
    EXPECT_GE(Clock::now() - resumed, timeout * 9 / 10);
    EXPECT_LE(Clock::now() - resumed, (interval + timeout) * 11 / 10 + lateness.so_far());
  }
}

TEST(KeepaliveRequest, IsNotCountedAmongTheUsersAndStopsNothing) {
  SmallAgent small;
  small.on("__keepalive", {SmallAgent::silence});
  small.on("job", {started, SmallAgent::silence});
  Options options = watchful(By::keepalive);
  options.url = small.url();
  options.pong_timeout = 1h;
  RemoteAgent agent{options};
  agent.connect();
  while (small.requests().empty()) agent.ping();
  EXPECT_THAT(small.requests(), ElementsAre(AllOf(HasSubstr(R"("cmd":"__keepalive","args":["__keepalive"],"mode":"sync")"))));
  EXPECT_EQ(agent.status().live, 0U);
  EXPECT_EQ(agent.stream("job").next()->phase(), "started");
}

TEST(KeepaliveRequest, IsAskedOnceOfAnAgentThatDoesNotKnowIt) {
  SmallAgent small;  // answers UNKNOWN_MODULE
  SmallAgent clock;
  clock.on("__keepalive", {finished});
  Options options = watchful(By::keepalive);
  options.keepalive_interval = 5ms;
  options.url = small.url();
  RemoteAgent agent{options};
  agent.connect();
  options.url = clock.url();
  RemoteAgent other{options};
  other.connect();
  while (clock.requests().size() < 10) other.ping();
  EXPECT_THAT(small.requests(), SizeIs(1));
  EXPECT_TRUE(agent.status().open) << "it has answered";
}

TEST(KeepaliveRequest, IsNotAskedWhileFramesCome) {
  std::atomic<bool> done{false};
  std::atomic<int> asked{0};
  ScriptedPeer peer{[&](ScriptedPeer::Link& link) {
    link.upgrade();
    for (int i = 0; i < 60; ++i) {
      link.send(R"({"status":"running"})");
      std::this_thread::sleep_for(5ms);
    }
    done = true;
    if (const auto frame = link.receive()) ++asked;
    link.wait_for_hang_up();
  }};
  Options options = watchful(By::keepalive);
  options.url = peer.url();
  RemoteAgent agent{options};
  const Lateness lateness;
  agent.connect();
  while (!done) agent.status();
  if (lateness.so_far() < interval / 2) {
    EXPECT_EQ(asked, 0) << "300 ms of frames, and 100 ms would have been enough";
  }
  while (asked == 0) agent.status();
}

}  // namespace
}  // namespace procedura
