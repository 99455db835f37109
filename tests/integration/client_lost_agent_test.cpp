// An agent that falls silent, goes away and comes back, as the mock plays it: what the client notices, and what it never asks
// twice.
#include "connection_listener.hpp"

#include <procedura/remote_agent.hpp>
#include <procedura/testing.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace procedura {
namespace {

using namespace mock::script;
using namespace std::chrono_literals;
using mock::JournalEntry;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::failure_of;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::kinds;
using testing::OnConnection;
using testing::Received;
using testing::Times;
using testing::Told;
using Kind = ConnectionEvent::Kind;

struct LostAgent : ::testing::Test {
  LostAgent() {
    options.url = mock.url();
    options.close_timeout = 100ms;
    options.reconnect = ReconnectOptions{};
    options.reconnect->first = 20ms;
    mock.stub("snap").reply(finished(1));
  }

  mock::MockAgent mock;
  Options options;
  Told told;
};

TEST_F(LostAgent, ThatAnswersNoPingOrNothingAtAllIsNoticedAndLeft) {
  options.ping_interval = 50ms;
  options.pong_timeout = 500ms;
  for (const std::string silence : {"no-pong", "half-open"}) {
    SCOPED_TRACE(silence);
    mock.stub("job").reply(started(), fault(silence), delay(1h), finished());
    RemoteAgent agent{options};
    Told each;
    agent.on_connection(each.listener());
    EventStream job = agent.stream("job");
    EXPECT_EQ(job.next()->phase(), "started");
    const Failure failure = failure_of([&] { job.next(); });
    EXPECT_EQ(failure.code, errc::connection_lost);
    EXPECT_THAT(failure.message, HasSubstr("has not answered a ping"));
    EXPECT_TRUE(failure.job_id);
    EXPECT_THAT(kinds(each.wait_for(4)), ElementsAre(Kind::connected, Kind::lost, Kind::retrying, Kind::connected));
    EXPECT_THAT(mock.journal(), Contains(Field(&JournalEntry::fault, silence)));
    EXPECT_EQ(agent.run("snap").text(), "1");
  }
  EXPECT_THAT(mock.journal(), Received("job", Times(2))) << "one for each of the two";
}

TEST_F(LostAgent, ThatRestartsIsComeBackTo) {
  mock.stub("job").reply(started(), delay(1h), finished());
  RemoteAgent agent{options};
  agent.on_connection(told.listener());
  EventStream job = agent.stream("job");
  job.next();
  ASSERT_TRUE(mock.drop(1, 1012));
  EXPECT_EQ(failure_of([&] { job.next(); }).close_code, 1012);
  const auto events = told.wait_for(4);
  EXPECT_THAT(kinds(events), ElementsAre(Kind::connected, Kind::lost, Kind::retrying, Kind::connected));
  EXPECT_EQ(agent.run("snap").text(), "1");
  EXPECT_THAT(mock.journal(), Received("job", Times(1)));
  EXPECT_THAT(mock.journal(), Received("snap", OnConnection(2), Times(1)));
}

TEST_F(LostAgent, ThatIsSlowToComeBackIsTriedAgain) {
  options.connect_timeout = 500ms;
  mock.add_script(R"({"version":1,"faults":[{"fault":"drop-upgrade","when":{"connection":2}},
                                           {"fault":"stall-upgrade","when":{"connection":3}}]})");
  RemoteAgent agent{options};
  agent.on_connection(told.listener());
  agent.connect();
  ASSERT_TRUE(mock.drop(1, 1001));
  const auto events = told.wait_for(6);
  ASSERT_THAT(kinds(events),
              ElementsAre(Kind::connected, Kind::lost, Kind::retrying, Kind::retrying, Kind::retrying, Kind::connected));
  EXPECT_EQ(events[2].failure->close_code, 1001);
  EXPECT_THAT(events[3].failure->code, AnyOf(errc::handshake_refused, errc::connect_failed));
  EXPECT_EQ(events[4].failure->code, errc::connect_timeout);
}

TEST_F(LostAgent, ThatKnowsKeepaliveIsAskedForIt) {
  options.keepalive_interval = 10ms;
  RemoteAgent agent{options};
  agent.connect();
  ASSERT_TRUE(mock.wait_for_request(request("__keepalive"), 5));
  EXPECT_TRUE(agent.status().open);
  EXPECT_EQ(agent.status().live, 0U);
}

}  // namespace
}  // namespace procedura
