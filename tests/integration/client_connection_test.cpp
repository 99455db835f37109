// What an agent tells of its connection: round-trip times, how it is now, and each change.
#include "connection_listener.hpp"
#include "small_agent.hpp"

#include <procedura/async_agent.hpp>
#include <procedura/remote_agent.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::failure_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kinds;
using ::testing::Not;
using testing::ScriptedPeer;
using testing::SmallAgent;
using testing::Told;
using Kind = ConnectionEvent::Kind;

const std::string started = R"({"id":"$ID","status":"started","job_id":"j-1"})";
const std::string finished = R"({"id":"$ID","status":"finished","result":1})";

Options plain(const std::string& url) {
  Options options;
  options.url = url;
  options.close_timeout = 100ms;
  return options;
}

// --- round-trip times -----------------------------------------------------------------------------------------------------

TEST(Ping, ConnectsAndTellsTheRoundTrip) {
  SmallAgent small;
  RemoteAgent agent{plain(small.url())};
  for (int i = 0; i < 3; ++i) {
    const Duration time = agent.ping();
    EXPECT_GT(time, 0ns);
    EXPECT_LT(time, 10s);
  }
  EXPECT_EQ(small.connections(), 1);
}

TEST(Ping, FailsWhenNoPongComes) {
  ScriptedPeer mute{[](ScriptedPeer::Link& link) {
    link.upgrade();
    link.wait_for_hang_up();  // nothing is read any more, so nothing is answered
  }};
  RemoteAgent agent{plain(mute.url())};
  agent.connect();
  const auto begin = std::chrono::steady_clock::now();
  const Failure failure = failure_of([&] { agent.ping(100ms); });
  EXPECT_EQ(failure.code, errc::ack_timeout);
  EXPECT_THAT(failure.message, HasSubstr("no pong came within 0.1 s"));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 100ms);
}

TEST(Ping, FailsAsTheConnectionDoes) {
  EXPECT_EQ(failure_of([] { RemoteAgent{plain("ws://127.0.0.1:1")}.ping(); }).code, errc::connect_failed);
  ScriptedPeer gone{[](ScriptedPeer::Link& link) {
    link.upgrade();
    link.close(4001, "replaced");
  }};
  RemoteAgent agent{plain(gone.url())};
  const Failure failure = failure_of([&] { agent.ping(20s); });
  EXPECT_EQ(failure.code, errc::connection_lost);
  EXPECT_EQ(failure.close_code, 4001);
}

TEST(Ping, CanBeCancelled) {
  ScriptedPeer mute{[](ScriptedPeer::Link& link) {
    link.upgrade();
    link.wait_for_hang_up();
  }};
  boost::asio::io_context context{1};
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), plain(mute.url())};
  boost::asio::cancellation_signal signal;
  std::optional<Failure> failure;
  agent->async_ping(20s, boost::asio::bind_cancellation_slot(signal.slot(), [&](Result<Duration> result) {
                      failure = result.error();
                      agent.reset();
                    }));
  agent->on_connection([&](const ConnectionEvent&) {
    boost::asio::post(context, [&] { signal.emit(boost::asio::cancellation_type::terminal); });
  });
  context.run_for(10s);
  EXPECT_TRUE(context.stopped());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, errc::cancelled);
}

// --- how it is now --------------------------------------------------------------------------------------------------------

TEST(Status, NeverConnects) {
  SmallAgent small;
  RemoteAgent agent{plain(small.url())};
  const ConnectionStatus before = agent.status();
  EXPECT_FALSE(before.open);
  EXPECT_FALSE(before.handshake);
  EXPECT_EQ(before.connections, 0U);
  EXPECT_EQ(small.connections(), 0);
}

TEST(Status, TellsOfTheHandshakeAndOfWhatIsLive) {
  SmallAgent small;
  small.on("job", {started, SmallAgent::silence});
  RemoteAgent agent{plain(small.url())};
  {
    const EventStream job = agent.stream("job");
    const ConnectionStatus status = agent.status();
    EXPECT_TRUE(status.open);
    ASSERT_TRUE(status.handshake);
    EXPECT_EQ(status.handshake->status, 101U);
    EXPECT_THAT(status.handshake->remote, HasSubstr("127.0.0.1:"));
    EXPECT_EQ(status.live, 1U);
    EXPECT_EQ(status.counters.frames, 1U);
  }
  EXPECT_EQ(agent.status().live, 0U);
}

TEST(Status, CountsOverAllConnections) {
  SmallAgent small;
  small.on("odd", {"[]", R"({"status":"running"})", finished});
  small.on("drop", {R"({"status":"running"})", SmallAgent::hang_up});
  RemoteAgent agent{plain(small.url())};
  agent.run("odd");
  failure_of([&] { agent.run("drop"); });
  EXPECT_FALSE(agent.status().open);
  EXPECT_TRUE(agent.status().handshake) << "that of the last connection";
  agent.run("odd");
  const ConnectionStatus status = agent.status();
  EXPECT_EQ(status.connections, 2U);
  EXPECT_EQ(status.counters.frames, 7U);
  EXPECT_EQ(status.counters.malformed, 2U);
  EXPECT_EQ(status.counters.untargeted, 3U);
}

// --- each change ----------------------------------------------------------------------------------------------------------

TEST(ConnectionEvents, TellOfItsOpeningAndItsClosing) {
  SmallAgent small;
  boost::asio::io_context context{1};
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), plain(small.url())};
  std::vector<ConnectionEvent> events;
  agent->on_connection([&](const ConnectionEvent& event) {
    events.push_back(event);
    event.kind == Kind::connected ? agent->close() : agent.reset();
  });
  agent->async_connect([](Result<void> result) { EXPECT_TRUE(result); });
  context.run_for(10s);
  EXPECT_TRUE(context.stopped());
  ASSERT_THAT(kinds(events), ElementsAre(Kind::connected, Kind::closed));
  ASSERT_TRUE(events[0].handshake);
  EXPECT_EQ(events[0].handshake->status, 101U);
  EXPECT_FALSE(events[1].failure);
}

TEST(ConnectionEvents, TellOfALossAndWhatItEnded) {
  SmallAgent small;
  small.on("job", {started, SmallAgent::silence});
  small.on("drop", {SmallAgent::hang_up});
  RemoteAgent agent{plain(small.url())};
  Told told;
  agent.on_connection(told.listener());
  EventStream job = agent.stream("job");
  failure_of([&] { agent.run("drop"); });
  const auto events = told.wait_for(2);
  ASSERT_THAT(kinds(events), ElementsAre(Kind::connected, Kind::lost));
  EXPECT_EQ(events[1].ended_requests, 2U);
  ASSERT_TRUE(events[1].failure);
  EXPECT_EQ(events[1].failure->code, errc::connection_lost);
}

TEST(ConnectionEvents, TellOfTheConnectionThatALoginBrings) {
  SmallAgent small;
  small.on("snap", {finished});
  small.on("login_password", {R"({"id":"$ID","status":"finished","result":{"session_token":"t-1"}})"});
  RemoteAgent agent{plain(small.url())};
  Told told;
  agent.on_connection(told.listener());
  agent.run("snap");
  agent.login_password("a:b");
  agent.run("snap");
  EXPECT_THAT(kinds(told.wait_for(2)), ElementsAre(Kind::connected, Kind::connected))
      << "that it takes the place of is not lost";
}

TEST(ConnectionEvents, NothingIsToldOfAConnectionThatWasNeverMadeNorAfterTheAgent) {
  std::vector<ConnectionEvent> events;
  {
    RemoteAgent agent{plain("ws://127.0.0.1:1")};
    agent.on_connection([&](const ConnectionEvent& event) { events.push_back(event); });
    failure_of([&] { agent.connect(); });
  }
  EXPECT_THAT(events, IsEmpty());
  SmallAgent small;
  {
    RemoteAgent agent{plain(small.url())};
    agent.connect();
    agent.on_connection([&](const ConnectionEvent& event) { events.push_back(event); });
    agent.status();  // the listener is in its place
  }
  EXPECT_THAT(events, IsEmpty());
}

TEST(ConnectionEvents, HaveNames) {
  for (const Kind kind : {Kind::connected, Kind::lost, Kind::retrying, Kind::gave_up, Kind::closed}) {
    EXPECT_THAT(std::string{to_string(kind)}, Not(IsEmpty()));
  }
  EXPECT_EQ(to_string(Kind::gave_up), "gave_up");
}

}  // namespace
}  // namespace procedura
