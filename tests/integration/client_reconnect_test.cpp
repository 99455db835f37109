// A connection that is lost is made again, nothing is sent twice, and each step is told. When and how often:
// tests/unit/client/reconnect_test.cpp.
#include "connection_listener.hpp"
#include "scripted_peer.hpp"
#include "temporary_folder.hpp"

#include <procedura/async_agent.hpp>
#include <procedura/remote_agent.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::failure_of;
using ::testing::HasSubstr;
using testing::kinds;
using testing::member;
using testing::ScriptedPeer;
using ::testing::StartsWith;
using testing::Told;
using Kind = ConnectionEvent::Kind;
using Link = ScriptedPeer::Link;

/// A peer that treats each connection as its script says, and those after the last one as the last one.
class Scenes {
 public:
  /// Before the first connection.
  void play(std::vector<ScriptedPeer::Script> scripts) { scripts_ = std::move(scripts); }

  std::string url() const { return peer_.url(); }
  int connections() const { return peer_.connections(); }
  std::vector<std::string> frames() const {
    const std::lock_guard lock{mutex_};
    return frames_;
  }
  std::vector<std::string> tokens() const {
    const std::lock_guard lock{mutex_};
    return tokens_;
  }

  /// An agent with `snap` and `job`; `drop` ends its connection.
  ScriptedPeer::Script agent() {
    return [this](Link& link) {
      note_token(link.upgrade());
      while (const auto frame = link.receive()) {
        {
          const std::lock_guard lock{mutex_};
          frames_.push_back(*frame);
        }
        const std::string cmd = member(*frame, "cmd");
        const std::string id = R"({"id":")" + member(*frame, "id");
        if (cmd == "drop") return;
        if (cmd == "job") link.send(id + R"(","status":"started","job_id":"j-1"})");
        if (cmd == "snap") link.send(id + R"(","status":"finished","result":1})");
        if (cmd == "login_password") link.send(id + R"(","status":"finished","result":{"session_token":"t-new"}})");
      }
    };
  }
  void note_token(const Link::Upgrade& upgrade) {
    const std::lock_guard lock{mutex_};
    tokens_.push_back(upgrade.authorization);
  }

 private:
  std::vector<ScriptedPeer::Script> scripts_;
  std::atomic<std::size_t> served_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> frames_;
  std::vector<std::string> tokens_;
  ScriptedPeer peer_{[this](Link& link) { scripts_.at(std::min(served_++, scripts_.size() - 1))(link); }};
};

void hangs_up(Link& /*link*/) {}

ScriptedPeer::Script refuses(std::string status) {
  return [status](Link& link) {
    link.read_head();
    link.write("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  };
}

ScriptedPeer::Script closes_with(std::uint16_t code) {
  return [code](Link& link) {
    link.upgrade();
    link.receive();
    link.close(code, "as you wish");
  };
}

struct ReconnectTest : ::testing::Test {
  ReconnectTest() {
    options.close_timeout = 100ms;
    options.reconnect = ReconnectOptions{};
    options.reconnect->first = 20ms;
    options.reconnect->longest = 50ms;
    options.reconnect->seed = 1;
  }
  /// To back off for so long, or half of it.
  void back_off_for(std::chrono::milliseconds longest) {
    options.reconnect->first = options.reconnect->longest = longest;
    options.reconnect->seed = 7;  // its first draw is in the upper half
  }
  RemoteAgent connected() {
    options.url = peer.url();
    return RemoteAgent{options};
  }
  void lose(RemoteAgent& agent) {
    EXPECT_EQ(failure_of([&] { agent.run("drop"); }).code, errc::connection_lost);
  }

  Scenes peer;
  Told told;
  Options options;
};

TEST_F(ReconnectTest, ALostConnectionIsMadeAgainAndNothingIsSentTwice) {
  peer.play({peer.agent(), hangs_up, refuses("503 Service Unavailable"), peer.agent()});
  RemoteAgent agent = connected();
  agent.on_connection(told.listener());
  EventStream job = agent.stream("job");
  EXPECT_EQ(job.next()->phase(), "started");
  lose(agent);
  const Failure lost = failure_of([&] { job.next(); });
  EXPECT_EQ(lost.code, errc::connection_lost);
  EXPECT_EQ(lost.job_id, "j-1");
  EXPECT_THAT(lost.message, HasSubstr("job j-1 may still run"));

  const auto events = told.wait_for(6);
  ASSERT_THAT(kinds(events),
              ElementsAre(Kind::connected, Kind::lost, Kind::retrying, Kind::retrying, Kind::retrying, Kind::connected));
  EXPECT_EQ(events[1].ended_requests, 2U);
  EXPECT_EQ(events[2].attempt, 1U);
  EXPECT_LE(events[2].delay, 20ms);
  EXPECT_EQ(events[2].failure->code, errc::connection_lost);
  EXPECT_EQ(events[4].attempt, 3U);
  EXPECT_EQ(events[4].failure->http_status, 503U);
  EXPECT_TRUE(events[5].handshake);

  EXPECT_EQ(agent.run("snap").text(), "1");
  std::vector<std::string> cmds;
  for (const std::string& frame : peer.frames()) cmds.push_back(member(frame, "cmd"));
  EXPECT_THAT(cmds, ElementsAre("job", "drop", "snap"));
  const ConnectionStatus status = agent.status();
  EXPECT_TRUE(status.open);
  EXPECT_EQ(status.connections, 2U);
}

TEST_F(ReconnectTest, OnlyOnRequest) {
  options.reconnect.reset();
  peer.play({peer.agent()});
  RemoteAgent agent = connected();
  agent.on_connection(told.listener());
  agent.run("snap");
  lose(agent);
  told.wait_for(2);
  EXPECT_EQ(agent.run("snap").text(), "1") << "the next request connects anew";
  EXPECT_THAT(kinds(told.wait_for(3)), ElementsAre(Kind::connected, Kind::lost, Kind::connected));
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(ReconnectTest, NotAfterAFirstConnectThatFailed) {
  peer.play({hangs_up});
  RemoteAgent agent = connected();
  agent.on_connection(told.listener());
  EXPECT_EQ(failure_of([&] { agent.connect(); }).code, errc::handshake_refused);
  EXPECT_EQ(failure_of([&] { agent.run("snap"); }).code, errc::handshake_refused);
  EXPECT_EQ(peer.connections(), 2) << "one for each who asked";
}

TEST_F(ReconnectTest, NotWhenTheAgentDoesNotWantUs) {
  for (const std::uint16_t code : {std::uint16_t{4401}, std::uint16_t{4001}, std::uint16_t{1008}}) {
    Scenes unwilling;
    unwilling.play({closes_with(code)});
    options.url = unwilling.url();
    RemoteAgent agent{options};
    Told each;
    agent.on_connection(each.listener());
    EXPECT_EQ(failure_of([&] { agent.run("snap"); }).close_code, code);
    const auto events = each.wait_for(3);
    ASSERT_THAT(kinds(events), ElementsAre(Kind::connected, Kind::lost, Kind::gave_up));
    EXPECT_EQ(events[2].failure->close_code, code);
    EXPECT_EQ(unwilling.connections(), 1);
  }
}

TEST_F(ReconnectTest, ARefusalEndsItForAllWhoWait) {
  back_off_for(400ms);
  peer.play({peer.agent(), refuses("401 Unauthorized"), peer.agent()});
  RemoteAgent agent = connected();
  agent.on_connection(told.listener());
  agent.connect();
  lose(agent);
  const Failure failure = failure_of([&] { agent.run("snap"); });
  EXPECT_EQ(failure.code, errc::handshake_refused);
  EXPECT_EQ(failure.http_status, 401U);
  EXPECT_EQ(kinds(told.wait_for(4)).back(), Kind::gave_up);
  EXPECT_EQ(agent.run("snap").text(), "1") << "asked for anew, it is tried anew";
}

// --- waiting for it -------------------------------------------------------------------------------------------------------

TEST_F(ReconnectTest, WhatIsAskedMeanwhileIsSentWhenItIsBack) {
  back_off_for(700ms);
  peer.play({peer.agent()});
  RemoteAgent agent = connected();
  agent.connect();
  lose(agent);
  CallOptions impatient;
  impatient.deadlines = Deadlines{.ack = 300ms, .silence = 300ms, .total = {}};  // from the write on, and not before
  EXPECT_EQ(agent.run("snap", {}, impatient).text(), "1");
  lose(agent);
  agent.connect();
  lose(agent);
  EXPECT_GT(agent.ping(), 0ns);
  lose(agent);
  EXPECT_EQ(agent.stream("job").next()->phase(), "started");
}

TEST_F(ReconnectTest, WhatIsAskedMeanwhileWaitsNoLongerThanTheConnectTimeout) {
  back_off_for(1h);
  options.connect_timeout = 400ms;
  peer.play({peer.agent()});
  RemoteAgent agent = connected();
  agent.connect();
  lose(agent);
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<Failure> failures{failure_of([&] { agent.run("snap"); }), failure_of([&] { agent.stream("job"); }),
                                      failure_of([&] { agent.connect(); }), failure_of([&] { agent.ping(); })};
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 4 * 400ms);
  for (const Failure& failure : failures) {
    EXPECT_EQ(failure.code, errc::connect_timeout);
    EXPECT_THAT(failure.message, AllOf(HasSubstr("not back within 0.4 s"), HasSubstr("hung up")));
  }
  for (const std::size_t request : {0U, 1U}) {
    EXPECT_THAT(failures[request].frame, AllOf(StartsWith(R"({"id":")"), HasSubstr(R"("status":"error")"),
                                               HasSubstr(R"("code":"CONNECT_TIMEOUT")"), HasSubstr("not back within 0.4 s")));
  }
  EXPECT_FALSE(agent.status().open);
  EXPECT_EQ(agent.status().live, 0U);
  EXPECT_THAT(peer.frames(), Each(HasSubstr(R"("cmd":"drop")")));
}

TEST_F(ReconnectTest, TheTotalTimeOfARequestCountsFromItsSubmission) {
  back_off_for(1h);
  peer.play({peer.agent()});
  RemoteAgent agent = connected();
  agent.connect();
  lose(agent);
  CallOptions hurried;
  hurried.deadlines = Deadlines{.ack = {}, .silence = {}, .total = 50ms};
  EXPECT_EQ(failure_of([&] { agent.run("snap", {}, hurried); }).code, errc::deadline);
}

// --- the end of it --------------------------------------------------------------------------------------------------------

TEST_F(ReconnectTest, CloseEndsIt) {
  back_off_for(1h);
  peer.play({peer.agent()});
  options.url = peer.url();
  asio::io_context context{1};
  AsyncAgent agent{context.get_executor(), options};
  std::vector<Kind> events;
  std::vector<errc> ends;
  agent.on_connection([&](const ConnectionEvent& event) {
    events.push_back(event.kind);
    if (event.kind != Kind::retrying) return;
    agent.async_run("snap", {}, [&](Result<RunResult> result) { ends.push_back(result.error().code); });
    agent.async_connect([&](Result<void> result) { ends.push_back(result.error().code); });
    agent.close();
  });
  agent.async_run("drop", {}, [](Result<RunResult>) {});
  context.run_for(10s);
  EXPECT_TRUE(context.stopped()) << "nothing is pending";
  EXPECT_THAT(events, ElementsAre(Kind::connected, Kind::lost, Kind::retrying, Kind::closed));
  EXPECT_THAT(ends, ElementsAre(errc::cancelled, errc::cancelled));
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(ReconnectTest, DestroyingTheAgentEndsIt) {
  back_off_for(1h);
  peer.play({peer.agent()});
  options.url = peer.url();
  asio::io_context context{1};
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  std::vector<Kind> events;
  std::optional<errc> end;
  agent->on_connection([&](const ConnectionEvent& event) {
    events.push_back(event.kind);
    if (event.kind != Kind::retrying) return;
    agent->async_run("snap", {}, [&](Result<RunResult> result) { end = result.error().code; });
    agent.reset();
  });
  agent->async_run("drop", {}, [](Result<RunResult>) {});
  context.run_for(10s);
  EXPECT_TRUE(context.stopped());
  EXPECT_THAT(events, ElementsAre(Kind::connected, Kind::lost, Kind::retrying));
  EXPECT_EQ(end, errc::cancelled);
}

TEST_F(ReconnectTest, ARequestThatWaitsCanBeCancelled) {
  back_off_for(1h);
  peer.play({peer.agent()});
  options.url = peer.url();
  asio::io_context context{1};
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  asio::cancellation_signal signal;
  std::optional<Failure> failure;
  agent->on_connection([&](const ConnectionEvent& event) {
    if (event.kind != Kind::retrying) return;
    agent->async_run("snap", {}, asio::bind_cancellation_slot(signal.slot(), [&](Result<RunResult> result) {
                       failure = result.error();
                       agent.reset();
                     }));
    asio::post(context, [&] { signal.emit(asio::cancellation_type::total); });
  });
  agent->async_run("drop", {}, [](Result<RunResult>) {});
  context.run_for(10s);
  EXPECT_TRUE(context.stopped());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, errc::cancelled);
}

// --- the token ------------------------------------------------------------------------------------------------------------

TEST_F(ReconnectTest, ATokenThatAnotherProcessBroughtIsTheNextOneUsed) {
  const testing::TemporaryFolder folder;
  const TokenStore store{folder.path() / "token"};
  peer.play({peer.agent()});
  store.save({"t-old", peer.url(), std::nullopt}).value();
  options.store = store;
  RemoteAgent agent = connected();
  agent.run("snap");
  store.save({"t-renewed", peer.url(), std::nullopt}).value();
  lose(agent);
  agent.run("snap");
  EXPECT_THAT(peer.tokens(), ElementsAre("Bearer t-old", "Bearer t-renewed"));
}

TEST_F(ReconnectTest, AlsoAfterALoginOfItsOwn) {
  const testing::TemporaryFolder folder;
  const TokenStore store{folder.path() / "token"};
  peer.play({peer.agent()});
  options.store = store;
  RemoteAgent agent = connected();
  agent.login_password("a:b");
  lose(agent);
  agent.run("snap");
  store.save({"t-renewed", peer.url(), std::nullopt}).value();
  lose(agent);
  agent.run("snap");
  store.save({"t-foreign", "ws://other.example:1", std::nullopt}).value();
  lose(agent);
  agent.run("snap");
  EXPECT_THAT(peer.tokens(), ElementsAre("", "Bearer t-new", "Bearer t-renewed", "Bearer t-new"))
      << "another agent's token is not sent here (AUT-8)";
}

TEST_F(ReconnectTest, ATokenOfItsOwnLoginGivesWayToNoneThatIsNotForThisAgent) {
  const testing::TemporaryFolder folder;
  const TokenStore store{folder.path() / "token"};
  peer.play({peer.agent()});
  options.store = store;
  RemoteAgent agent = connected();
  agent.login_password("a:b");
  store.save({"t-neighbour", "ws://127.0.0.1:1", std::nullopt}).value();  // it might be sent here, but is not this agent's
  lose(agent);
  agent.run("snap");
  store.save({"t-unknown", std::nullopt, std::nullopt}).value();
  lose(agent);
  agent.run("snap");
  EXPECT_THAT(peer.tokens(), ElementsAre("", "Bearer t-new", "Bearer t-new"));
}

TEST_F(ReconnectTest, ATokenThatMayNotBeSentEndsIt) {
  const testing::TemporaryFolder folder;
  const TokenStore store{folder.path() / "token"};
  peer.play({peer.agent()});
  store.save({"t-old", peer.url(), std::nullopt}).value();
  options.store = store;
  RemoteAgent agent = connected();
  agent.on_connection(told.listener());
  agent.run("snap");
  store.save({"t-foreign", "ws://other.example:1", std::nullopt}).value();
  lose(agent);
  const auto events = told.wait_for(4);
  ASSERT_THAT(kinds(events), ElementsAre(Kind::connected, Kind::lost, Kind::retrying, Kind::gave_up));
  EXPECT_EQ(events[3].failure->code, errc::wrong_origin);
  EXPECT_THAT(peer.tokens(), ElementsAre("Bearer t-old"));
}

TEST_F(ReconnectTest, ALoginDoesNotWaitForTheBackOff) {
  back_off_for(1h);
  peer.play({peer.agent()});
  options.url = peer.url();
  asio::io_context context{1};
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  std::vector<Kind> events;
  std::vector<std::string> done;
  agent->on_connection([&](const ConnectionEvent& event) {
    events.push_back(event.kind);
    if (event.kind != Kind::retrying) return;
    agent->async_run("snap", {}, [&](Result<RunResult> result) {
      done.push_back("waited: " + std::string{result.value().text()});
      agent->async_run("snap", {}, [&](Result<RunResult> next) {
        done.push_back("next: " + std::string{next.value().text()});
        agent.reset();
      });
    });
    agent->async_login("a:b", {}, [&](Result<LoginResult> result) { done.push_back("login: " + result.value().token); });
  });
  agent->async_run("drop", {}, [](Result<RunResult>) {});
  context.run_for(10s);
  EXPECT_TRUE(context.stopped());
  EXPECT_THAT(done, ElementsAre("login: t-new", "waited: 1", "next: 1"));
  EXPECT_THAT(events, ElementsAre(Kind::connected, Kind::lost, Kind::retrying, Kind::connected));
  EXPECT_THAT(peer.tokens(), ElementsAre("", "", "Bearer t-new")) << "what waited was sent with the new token";
}

TEST_F(ReconnectTest, WhatWasSentAfterALoginHasNoConnectTimeoutAnyMore) {
  back_off_for(1h);
  options.connect_timeout = 1s;
  peer.play({peer.agent()});
  options.url = peer.url();
  asio::io_context context{1};
  std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
  std::optional<errc> end;
  CallOptions call;
  call.deadlines = Deadlines{.ack = 1500ms, .silence = {}, .total = {}};
  agent->on_connection([&](const ConnectionEvent& event) {
    if (event.kind != Kind::retrying) return;
    agent->async_run("mute", {}, call, [&](Result<RunResult> result) {
      end = result.error().code;
      agent.reset();
    });
    agent->async_login("a:b", {}, [](Result<LoginResult> result) { EXPECT_TRUE(result); });
  });
  agent->async_run("drop", {}, [](Result<RunResult>) {});
  context.run_for(10s);
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(end, errc::ack_timeout);
}

}  // namespace
}  // namespace procedura
