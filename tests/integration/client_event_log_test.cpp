// `Options::on_request_end`: one record for each run, stream and attempt of a login, whatever becomes of it.

#include "small_agent.hpp"

#include <procedura/remote_agent.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using testing::SmallAgent;

const std::string ack = R"({"id":"$ID","status":"ack","job_id":"j-1"})";
const std::string started = R"({"id":"$ID","status":"started","job_id":"j-1"})";
const std::string running = R"({"job_id":"j-1","status":"running"})";
const std::string finished = R"({"id":"$ID","status":"finished","result":1})";

struct EventRecords : ::testing::Test {
  EventRecords() {
    small.on("snap", {ack, finished});
    small.on("job", {started, running, running, finished});
    small.on("mute", {SmallAgent::silence});
    small.on("drop", {ack, SmallAgent::hang_up});
    small.on("endless", {started, SmallAgent::silence});
    options.url = small.url();
    options.on_request_end = [this](const RequestRecord& record) {
      const std::lock_guard lock{mutex};
      records.push_back(record);
    };
  }
  std::vector<RequestRecord> taken() {
    const std::lock_guard lock{mutex};
    return std::exchange(records, {});
  }
  /// The one record that there must be.
  RequestRecord only() {
    auto all = taken();
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? RequestRecord{{}} : all.front();
  }

  SmallAgent small;
  Options options;
  std::mutex mutex;
  std::vector<RequestRecord> records;
};

TEST_F(EventRecords, OfARun) {
  RemoteAgent agent{options};
  agent.run("snap", {"--terse", "secret-argument"});
  const RequestRecord record = only();
  EXPECT_EQ(record.module, "snap");
  EXPECT_EQ(record.mode, protocol::Mode::sync);
  EXPECT_EQ(record.origin, small.url());
  EXPECT_EQ(record.id, testing::member(small.requests().at(0), "id"));
  EXPECT_EQ(record.job_id, "j-1");
  EXPECT_EQ(record.args, 2U);
  EXPECT_EQ(record.request_bytes, small.requests().at(0).size());
  EXPECT_EQ(record.frames, 2U);
  EXPECT_EQ(record.response_bytes, ack.size() + finished.size() + 2 * (record.id.size() - std::string{"$ID"}.size()));
  ASSERT_TRUE(record.ack);
  EXPECT_LE(*record.ack, record.end);
  EXPECT_GT(*record.ack, 0ns);
  EXPECT_EQ(record.code, errc::ok);
  EXPECT_THAT(to_ndjson(record), Not(HasSubstr("secret-argument")));
}

TEST_F(EventRecords, OfAStreamWhenItEndsHoweverLateItIsRead) {
  RemoteAgent agent{options};
  {
    EventStream events = agent.stream("job");
    for (const Event& event : events) static_cast<void>(event);
  }
  const RequestRecord record = only();
  EXPECT_EQ(record.mode, protocol::Mode::async);
  EXPECT_EQ(record.frames, 4U);
  EXPECT_EQ(record.job_id, "j-1");
}

TEST_F(EventRecords, OfAStreamThatIsAbandoned) {
  RemoteAgent agent{options};
  { agent.stream("endless"); }
  agent.run("snap");  // behind it on the strand
  const auto all = taken();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].code, errc::cancelled);
  EXPECT_EQ(all[0].frames, 1U);
}

TEST_F(EventRecords, OfEachAttemptOfALogin) {
  small.on("login_password", [](const std::string& frame) -> std::vector<std::string> {
    if (frame.find(R"("args":["login_password")") != std::string::npos) {
      return {R"({"id":"$ID","status":"error","code":"BAD_REQUEST","message":"what is admin@x.y:secret123, or secret123?"})"};
    }
    return {R"({"id":"$ID","status":"finished","result":{"session_token":"tok-4711"}})"};
  });
  RemoteAgent agent{options};
  agent.login_password("admin@x.y:secret123");
  const auto all = taken();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].code, errc::agent_error);
  EXPECT_EQ(all[0].module, "login_password");
  EXPECT_THAT(all[0].error_message, AllOf(HasSubstr("what is <redacted>"), Not(HasSubstr("secret123"))));
  EXPECT_EQ(all[1].code, errc::ok);
}

TEST_F(EventRecords, OfWhatFails) {
  RemoteAgent agent{options};
  EXPECT_THROW(agent.run("nobody knows this"), Error);
  EXPECT_EQ(only().error_code, "UNKNOWN_MODULE");

  CallOptions quick;
  quick.deadlines = Deadlines{.ack = 20ms, .silence = {}, .total = {}};
  EXPECT_THROW(agent.run("mute", {}, quick), Error);
  const RequestRecord late = only();
  EXPECT_EQ(late.code, errc::ack_timeout);
  EXPECT_FALSE(late.ack);
  EXPECT_EQ(late.frames, 0U);
  EXPECT_GE(late.end, 20ms);

  EXPECT_THROW(agent.run("drop"), Error);
  const RequestRecord lost = only();
  EXPECT_EQ(lost.code, errc::connection_lost);
  EXPECT_EQ(lost.job_id, "j-1");
  EXPECT_TRUE(lost.ack);
}

TEST_F(EventRecords, OfWhatWasNeverSent) {
  {
    RemoteAgent agent{options};
    EXPECT_THROW(agent.run("snap", {"\xff"}), Error);
    EXPECT_THAT(only(), AllOf(::testing::Field(&RequestRecord::code, errc::invalid_request),
                              ::testing::Field(&RequestRecord::id, ""), ::testing::Field(&RequestRecord::request_bytes, 0U)));
  }
  options.url = "ws://127.0.0.1:1";
  RemoteAgent agent{options};
  EXPECT_THROW(agent.run("snap"), Error);
  const RequestRecord unsent = only();
  EXPECT_EQ(unsent.code, errc::connect_failed);
  EXPECT_EQ(unsent.id, "");
  EXPECT_THROW(agent.login_password("a@b.c:secret123"), Error);
  EXPECT_EQ(only().module, "login_password");
}

TEST_F(EventRecords, NoneOfWhatTheAgentAsksOnItsOwnAccount) {
  small.on("__keepalive", {R"({"id":"$ID","status":"finished","result":{"ok":true}})"});
  options.keepalive_interval = 20ms;
  RemoteAgent agent{options};
  agent.connect();
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (small.requests().size() < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  ASSERT_GE(small.requests().size(), 3U);
  EXPECT_THAT(taken(), SizeIs(0));
  agent.run("__keepalive");
  EXPECT_EQ(only().module, "__keepalive") << "one that the user asked for is";
}

}  // namespace
}  // namespace procedura
