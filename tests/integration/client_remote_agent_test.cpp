#include "small_agent.hpp"
#include "temporary_folder.hpp"

#include <procedura/remote_agent.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ScriptedPeer;
using testing::SmallAgent;

const std::string ack = R"({"id":"$ID","status":"ack","job_id":"j-1"})";
const std::string started = R"({"id":"$ID","status":"started","job_id":"j-1"})";
const std::string running = R"({"id":"$ID","status":"running","job_id":"j-1","n":1})";
const std::string finished = R"({"id":"$ID","status":"finished","result":{"b":1.50,"a":2}})";

Options plain(const std::string& url) {
  Options options;
  options.url = url;
  return options;
}

/// What a call fails with.
std::optional<Failure> failure_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.failure();
  }
  ADD_FAILURE() << "it did not fail";
  return std::nullopt;
}

TEST(RemoteAgent, RefusesToWaitForItself) {
  SmallAgent small;
  small.on("snap", {ack, finished});
  RemoteAgent agent{plain(small.url())};
  std::string what;
  CallOptions call;
  call.on_update = [&](const Event&) {
    try {
      agent.run("snap");
    } catch (const std::logic_error& error) {
      what = error.what();
    }
  };
  agent.run("snap", {}, call);
  EXPECT_THAT(what, HasSubstr("own callbacks"));
}

// The published SDK's `RemoteAgent.run` cannot be called where an event loop runs, as in a notebook.
TEST(RemoteAgent, BlocksWithinARunningLoopOfItsUser) {
  SmallAgent small;
  small.on("snap", {ack, finished});
  small.on("job", {started, running, running, finished});
  RemoteAgent agent{plain(small.url())};
  boost::asio::io_context loop;
  std::vector<std::string> seen;
  boost::asio::post(loop, [&] {
    for (const Event& event : agent.stream("job")) seen.push_back(event.phase() + " " + std::string{agent.run("snap").text()});
  });
  loop.run();
  const std::string result = R"( {"b":1.50,"a":2})";
  EXPECT_THAT(seen, ElementsAre("started" + result, "running" + result, "running" + result, "finished" + result));
}

TEST(RemoteAgent, AStreamThatOutlivesItsAgentEndsWithCancelled) {
  SmallAgent small;
  small.on("job", {started, SmallAgent::silence});
  auto agent = std::make_optional<RemoteAgent>(plain(small.url()));
  EventStream stream = agent->stream("job");
  EXPECT_EQ(stream.next().value().phase(), "started");
  agent.reset();
  EXPECT_EQ(failure_of([&] { stream.next(); })->code, errc::cancelled);
}

// --- failures, each within its deadline -----------------------------------------------------------------------------------

TEST(RemoteAgentFailure, TheModuleFailed) {
  SmallAgent small;
  const std::string frame = R"({"id":"$ID","status":"error","message":"no\u001b[31m ink","code":"E_INK","left":0.10})";
  small.on("print", {ack, frame});
  RemoteAgent agent{plain(small.url())};
  const auto failure = failure_of([&] { agent.run("print"); });
  EXPECT_EQ(failure->code, errc::agent_error);
  EXPECT_EQ(failure->agent_code, "E_INK");
  EXPECT_EQ(failure->message, "no\x1b[31m ink");
  EXPECT_EQ(failure->job_id, "j-1");
  EXPECT_THAT(failure->frame, HasSubstr(R"("left":0.10)"));
  EXPECT_EQ(describe(*failure).find('\x1b'), std::string::npos);
  try {
    for (const Event& event : agent.stream("print")) EXPECT_EQ(event.phase(), "ack");
    ADD_FAILURE() << "a failed stream does not end like a good one";
  } catch (const Error& error) {
    EXPECT_EQ(error.failure().agent_code, "E_INK");
  }
}

TEST(RemoteAgentFailure, ABadUrlIsRefusedAtOnce) {
  EXPECT_EQ(failure_of([] { RemoteAgent{"http://x"}; })->code, errc::invalid_url);
}

TEST(RemoteAgentFailure, NobodyListens) {
  std::string url;
  { url = SmallAgent{}.url(); }
  RemoteAgent agent{plain(url)};
  const auto failure = failure_of([&] { agent.run("snap"); });
  EXPECT_EQ(failure->code, errc::connect_failed);
  EXPECT_EQ(failure->agent_code, "CONNECT_FAILED");
  EXPECT_THAT(failure->frame, HasSubstr("CONNECT_FAILED"));
  EXPECT_EQ(failure_of([&] { agent.connect(); })->code, errc::connect_failed);
}

TEST(RemoteAgentFailure, NobodyAnswers) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) { link.wait_for_hang_up(); }};
  Options options = plain(peer.url());
  options.connect_timeout = 100ms;
  RemoteAgent agent{options};
  EXPECT_EQ(failure_of([&] { agent.run("snap"); })->code, errc::connect_timeout);
}

TEST(RemoteAgentFailure, TheUpgradeIsRefused) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.read_head();
    link.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    link.wait_for_hang_up();
  }};
  RemoteAgent agent{plain(peer.url())};
  const auto failure = failure_of([&] { agent.run("snap"); });
  EXPECT_EQ(failure->code, errc::handshake_refused);
  EXPECT_EQ(failure->http_status, 401U);
}

struct Deadline {
  const char* name;
  std::vector<std::string> replies;
  Deadlines deadlines;
  errc code;
};

class RemoteAgentDeadline : public ::testing::TestWithParam<Deadline> {};

TEST_P(RemoteAgentDeadline, Ends) {
  SmallAgent small;
  small.on("slow", GetParam().replies);
  RemoteAgent agent{plain(small.url())};
  CallOptions call;
  call.deadlines = GetParam().deadlines;
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(failure_of([&] { agent.run("slow", {}, call); })->code, GetParam().code);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(failure_of([&] {
              auto stream = agent.stream("slow", {}, call);
              while (stream.next()) {
              }
            })->code,
            GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Each, RemoteAgentDeadline,
                         ::testing::Values(Deadline{"ack", {SmallAgent::silence}, {80ms, {}, {}}, errc::ack_timeout},
                                           Deadline{
                                               "silence", {ack, SmallAgent::silence}, {10s, 80ms, {}}, errc::final_timeout},
                                           Deadline{"total", {ack, SmallAgent::silence}, {10s, 10s, 80ms}, errc::deadline}),
                         [](const auto& instance) { return instance.param.name; });

TEST(RemoteAgentFailure, TheAgentHangsUpMidJobAndTheNextCallConnectsAnew) {
  SmallAgent small;
  small.on("fragile", {started, SmallAgent::hang_up});
  small.on("snap", {ack, finished});
  RemoteAgent agent{plain(small.url())};
  EventStream stream = agent.stream("fragile");
  stream.next();
  const auto failure = failure_of([&] { stream.next(); });
  EXPECT_EQ(failure->code, errc::connection_lost);
  EXPECT_EQ(failure->job_id, "j-1");
  EXPECT_THAT(failure->message, HasSubstr("may still run"));
  EXPECT_EQ(agent.run("snap").text(), R"({"b":1.50,"a":2})");
  EXPECT_EQ(small.connections(), 2);
  EXPECT_EQ(small.requests().size(), 2U) << "nothing is sent again";
}

TEST(RemoteAgentFailure, ACloseCodeIsTold) {
  ScriptedPeer peer{[](ScriptedPeer::Link& link) {
    link.upgrade();
    link.receive();
    link.close(4401, "revoked");
  }};
  RemoteAgent agent{plain(peer.url())};
  const auto failure = failure_of([&] { agent.run("snap"); });
  EXPECT_EQ(failure->code, errc::connection_lost);
  EXPECT_EQ(failure->close_code, 4401);
}

TEST(RemoteAgentFailure, JunkFramesAreNotFatal) {
  SmallAgent small;
  small.on("snap", {"junk", "[1]", R"({"status":7})", std::string(300, '['), R"({"id":"$ID","status":"dancing"})", finished});
  RemoteAgent agent{plain(small.url())};
  EXPECT_EQ(agent.run("snap").text(), R"({"b":1.50,"a":2})");
}

TEST(RemoteAgentFailure, ABrokenFrameForARequestEndsThatRequestOnly) {
  SmallAgent small;
  small.on("bad", {R"({"id":"$ID","status":7})"});
  small.on("snap", {finished});
  RemoteAgent agent{plain(small.url())};
  EXPECT_EQ(failure_of([&] { agent.run("bad"); })->code, errc::protocol_error);
  agent.run("snap");
  EXPECT_EQ(small.connections(), 1);
}

TEST(RemoteAgentFailure, AMessageOverTheLimit) {
  SmallAgent small;
  small.on("big", {R"({"id":"$ID","status":"finished","result":")" + std::string(100'000, 'x') + "\"}"});
  Options options = plain(small.url());
  options.limits.max_message = 50'000;
  RemoteAgent agent{options};
  EXPECT_EQ(failure_of([&] { agent.run("big"); })->code, errc::message_too_big);
}

TEST(RemoteAgentFailure, ARequestThatCannotBeSent) {
  SmallAgent small;
  RemoteAgent agent{plain(small.url())};
  EXPECT_EQ(failure_of([&] { agent.run(""); })->code, errc::invalid_request);
  EXPECT_EQ(failure_of([&] { agent.stream("x", {"\xff"}); })->code, errc::invalid_request);
}

TEST(RemoteAgentFailure, AConsumerThatIsTooSlowLosesItsStreamAndNobodyElseDoes) {
  SmallAgent small;
  std::vector<std::string> flood(2000, running);
  flood.insert(flood.begin(), started);
  small.on("flood", flood);
  small.on("wait", {R"({"id":"$ID","status":"ack"})", SmallAgent::silence});
  small.on("snap", {finished});
  Options options = plain(small.url());
  options.stream_bounds.frames = 100;
  RemoteAgent agent{options};
  std::thread other{[&] {  // another exchange is live, so reading must not pause
    CallOptions call;
    call.deadlines = Deadlines{10s, 500ms, {}};
    EXPECT_EQ(failure_of([&] { agent.run("wait", {}, call); })->code, errc::final_timeout);
  }};
  while (small.requests().empty()) std::this_thread::sleep_for(1ms);
  EventStream stream = agent.stream("flood");
  std::this_thread::sleep_for(200ms);
  int events = 0;
  const auto failure = failure_of([&] {
    while (stream.next()) ++events;
  });
  EXPECT_EQ(failure->code, errc::slow_consumer);
  EXPECT_EQ(failure->job_id, "j-1");
  EXPECT_EQ(events, 100);
  agent.run("snap");
  other.join();
}

TEST(RemoteAgent, ALoneStreamWaitsForItsConsumerInsteadOfBeingLost) {
  SmallAgent small;
  std::vector<std::string> flood(3000, running);
  flood.insert(flood.begin(), started);
  flood.push_back(finished);
  small.on("flood", flood);
  Options options = plain(small.url());
  options.stream_bounds.frames = 64;
  RemoteAgent agent{options};
  EventStream stream = agent.stream("flood");
  std::this_thread::sleep_for(100ms);
  int events = 0;
  while (stream.next()) ++events;
  EXPECT_EQ(events, 3002);
}

TEST(RemoteAgentFailure, ALoneStreamWhoseConsumerSleepsTooLongIsGivenUp) {
  SmallAgent small;
  std::vector<std::string> flood(3000, running);
  flood.insert(flood.begin(), started);
  small.on("flood", flood);
  Options options = plain(small.url());
  options.stream_bounds.frames = 64;
  options.stream_bounds.longest_pause = 50ms;
  RemoteAgent agent{options};
  EventStream stream = agent.stream("flood");
  std::this_thread::sleep_for(200ms);
  const auto failure = failure_of([&] {
    while (stream.next()) {
    }
  });
  EXPECT_EQ(failure->code, errc::slow_consumer);
}

}  // namespace
}  // namespace procedura
