// Every success script, with every fault at every step: whatever happens when, the exchange ends once, with the right name, and
// what comes afterwards changes nothing.
#include "session_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace procedura::protocol {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// What has come of the exchange under test so far, as the test itself knows it.
struct State {
  SessionDriver driver;
  ExchangeKey key = ~ExchangeKey{0};  // nobody, before the submission
  ExchangeKey bystander = 0;
  bool submitted = false;
  bool open = false;
  bool heard = false;
  bool done = false;
  std::string job;
};

using Step = std::function<void(State&)>;

struct Script {
  const char* name;
  Mode mode;
  std::vector<Step> steps;
};

Step submit(Mode mode) {
  return [mode](State& s) {
    s.key = s.driver.submit(mode, "m", mode == Mode::sync ? Deadlines::for_sync() : Deadlines::for_async());
    s.submitted = true;
  };
}
Step open() {
  return [](State& s) {
    s.driver.opened();
    s.open = true;
  };
}
Step written() {
  return [](State& s) { s.driver.written(); };
}

enum class By { id, job, both, neither };

/// A frame of the agent's; the job is called "j" from the first frame that names it.
Step says(const char* status, By by, const char* rest = "") {
  return [=](State& s) {
    const bool with_id = by == By::id || by == By::both;
    const bool with_job = by == By::job || by == By::both || std::string_view{status} == "started";
    s.driver.text(frame(with_id ? s.driver.ids[s.key] : "", with_job ? "j" : "", status, rest));
    s.heard = true;
    if (with_job) s.job = "j";
    s.done = s.done || std::string_view{status} == "finished";
  };
}

constexpr const char* result = R"("result":{"n":1.0})";

std::vector<Script> scripts() {
  return {
      {"sync, submitted first",
       Mode::sync,
       {submit(Mode::sync), open(), written(), says("ack", By::id), says("finished", By::id, result)}},
      {"sync, opened first",
       Mode::sync,
       {open(), submit(Mode::sync), written(), says("ack", By::id), says("finished", By::id, result)}},
      {"sync without ack", Mode::sync, {open(), submit(Mode::sync), says("finished", By::id, result)}},
      {"sync, final by job",
       Mode::sync,
       {open(), submit(Mode::sync), says("ack", By::both), says("running", By::job), says("finished", By::job, result)}},
      {"async by both",
       Mode::async,
       {submit(Mode::async), open(), written(), says("started", By::both), says("running", By::both), says("running", By::both),
        says("finished", By::both, result)}},
      {"async by id",
       Mode::async,
       {open(), submit(Mode::async), says("started", By::id), says("running", By::id), says("finished", By::id, result)}},
      {"async by job, started without id",
       Mode::async,
       {open(), submit(Mode::async), written(), says("started", By::neither), says("running", By::job),
        says("finished", By::job, result)}},
      {"async without updates",
       Mode::async,
       {open(), submit(Mode::async), says("started", By::both), says("finished", By::job, result)}},
      {"async that begins with an update",
       Mode::async,
       {open(), submit(Mode::async), says("running", By::both), says("finished", By::job, result)}},
  };
}

struct Fault {
  const char* name;
  std::function<void(State&)> strike;
  /// What the exchange must have ended with, when it was live and the fault could reach it; `end_of_stream`: it must go on.
  std::function<errc(const State&)> expected;
};

std::vector<Fault> faults() {
  return {
      {"error by id", [](State& s) { s.driver.text(frame(s.driver.ids[s.key], "", "error", R"("code":"X","message":"m")")); },
       [](const State&) { return errc::agent_error; }},
      {"error by job", [](State& s) { s.driver.text(frame("", "j", "error", R"("code":"X","message":"m")")); },
       [](const State& s) { return s.job.empty() ? errc::end_of_stream : errc::agent_error; }},
      {"broken frame", [](State& s) { s.driver.text(R"({"id":")" + s.driver.ids[s.key] + R"(","status":{}})"); },
       [](const State&) { return errc::protocol_error; }},
      {"cancelled", [](State& s) { s.driver.cancel(s.key); }, [](const State&) { return errc::cancelled; }},
      {"slow consumer", [](State& s) { s.driver.cancel(s.key, errc::slow_consumer); },
       [](const State&) { return errc::slow_consumer; }},
      {"expired", [](State& s) { s.driver.pass(2h); },
       [](const State& s) { return !s.open   ? errc::end_of_stream
                                   : s.heard ? errc::final_timeout
                                             : errc::ack_timeout; }},
      {"disconnected",
       [](State& s) {
         s.driver.closed({errc::connection_lost, 1008, "policy"});
       },
       [](const State&) { return errc::connection_lost; }},
      {"handshake refused",
       [](State& s) {
         s.driver.closed({errc::handshake_refused, 0, "HTTP 401"});
       },
       [](const State&) { return errc::handshake_refused; }},
      {"junk", [](State& s) { s.driver.text("}{"), s.driver.binary(), s.driver.text(frame("zz", "zz", "finished")); },
       [](const State&) { return errc::end_of_stream; }},
  };
}

/// A second request on the same connection, which no fault of the first may touch (but the end of the connection).
void add_bystander(State& s) {
  Deadlines none;
  none.ack = none.silence = std::nullopt;
  s.bystander = s.driver.submit(Mode::sync, "bystander", none);
}

TEST(ClientSessionFaults, EveryFaultAtEveryStepOfEveryScript) {
  int cases = 0;
  for (const Script& script : scripts()) {
    for (const Fault& fault : faults()) {
      for (std::size_t at = 0; at <= script.steps.size(); ++at) {
        SCOPED_TRACE(std::string{script.name} + ", " + fault.name + " before step " + std::to_string(at));
        State s;
        add_bystander(s);
        for (std::size_t i = 0; i < at; ++i) script.steps[i](s);
        const errc expected = s.submitted && !s.done ? fault.expected(s) : errc::end_of_stream;
        const std::string job_before = s.job;
        fault.strike(s);
        if (expected != errc::end_of_stream) {
          ASSERT_EQ(s.driver.code_of(s.key), expected);
          EXPECT_FALSE(s.driver.session.live(s.key));
          const Outcome& outcome = *s.driver.of(s.key).outcome;
          EXPECT_EQ(outcome.job_id.value_or(""), job_before);
          EXPECT_EQ(outcome.reply.status, Status::error);
          if (expected != errc::agent_error) {
            EXPECT_EQ(outcome.reply.code(), code_name(expected));
            EXPECT_EQ(outcome.reply.job_id.value_or(""), job_before) << "who reads the frame alone learns of the job too";
          }
        }
        const auto record = s.driver.phases_of(s.key);
        // What the agent says afterwards finds nobody; the driver fails the test if it does.
        for (std::size_t i = at; i < script.steps.size(); ++i) script.steps[i](s);
        const bool over = std::string_view{fault.name} == "disconnected" || std::string_view{fault.name} == "handshake refused";
        if (expected != errc::end_of_stream) {
          EXPECT_EQ(s.driver.phases_of(s.key), record);
        } else if (!over) {
          EXPECT_EQ(s.driver.code_of(s.key), errc::ok);
          EXPECT_EQ(s.driver.of(s.key).outcome->reply.result(), R"({"n":1.0})");
        } else if (s.submitted) {
          EXPECT_NE(s.driver.code_of(s.key), errc::end_of_stream) << "after the end every request ends at once";
        }
        EXPECT_EQ(s.driver.session.live(s.key), false);
        EXPECT_EQ(s.driver.session.live(s.bystander), !over);
        ++cases;
      }
    }
  }
  EXPECT_GT(cases, 400);
}

TEST(ClientSessionFaults, ALostConnectionSaysWhatIsKnown) {
  SessionDriver driver;
  driver.opened();
  const auto named = driver.submit(Mode::async, "build");
  const auto nameless = driver.submit(Mode::sync, "snap");
  driver.text(frame(driver.ids[named], "j7", "started"));
  driver.closed({errc::connection_lost, 1008, "policy \x1b[2J"});
  EXPECT_EQ(driver.of(named).outcome->close_code, 1008);
  EXPECT_EQ(driver.of(named).outcome->reply.message(),
            "the connection ended while the request was live (close code 1008): policy \\x1b[2J; job j7 may still run");
  EXPECT_THAT(driver.of(named).outcome->reply.text, HasSubstr(R"("close_code":1008)"));
  EXPECT_THAT(driver.of(nameless).outcome->reply.message(), HasSubstr("`snap` may still run"));
  EXPECT_EQ(driver.of(nameless).outcome->reply.job_id, std::nullopt);
}

TEST(ClientSessionFaults, ARequestThatNeverLeftIsSaidToHaveDoneNothing) {
  SessionDriver driver;
  const auto key = driver.submit(Mode::sync, "snap");
  driver.cancel(key);
  EXPECT_EQ(driver.of(key).outcome->reply.message(), "gave up on `snap`, which was not sent yet");
  const auto refused = driver.submit(Mode::sync, "snap");
  driver.closed({errc::connect_failed, 0, ""});
  EXPECT_EQ(driver.of(refused).outcome->reply.message(), "cannot connect to the agent");
}

TEST(ClientSessionFaults, WhyAConnectionWasNeverOpenIsSaidOnce) {
  for (const errc cause : {errc::connect_failed, errc::connect_timeout, errc::handshake_refused, errc::tls_failed}) {
    SessionDriver driver;
    const auto key = driver.submit(Mode::sync, "snap");
    driver.closed({cause, 0, "cannot connect to ws://h:1: refused"});
    EXPECT_EQ(driver.of(key).outcome->reply.message(), "cannot connect to ws://h:1: refused");
    const auto late = driver.submit(Mode::sync, "snap");
    EXPECT_EQ(driver.of(late).outcome->reply.message(), "cannot connect to ws://h:1: refused");
  }
}

TEST(ClientSessionFaults, GivingUpSaysThatTheJobMayStillRun) {
  SessionDriver driver;
  driver.opened();
  const auto a = driver.submit(Mode::async, "build");
  const auto b = driver.submit(Mode::async, "build");
  driver.text(frame(driver.ids[a], "j1", "started"));
  driver.cancel(a);
  driver.cancel(a);
  driver.cancel(b, errc::slow_consumer);
  EXPECT_EQ(driver.of(a).outcome->reply.message(), "gave up on `build`; job j1 may still run");
  EXPECT_EQ(driver.of(b).outcome->reply.message(), "the events of `build` were not taken in time; it may still run");
}

TEST(ClientSessionFaults, HostileNamesCannotBreakTheFramesThatWeMake) {
  SessionDriver driver;
  driver.opened();
  const auto key = driver.submit(Mode::async, "m\"\n");
  driver.text(R"({"id":")" + driver.ids[key] + R"(","job_id":"j\"\u001b\ud83d\ude00","status":"started"})");
  driver.closed({errc::connection_lost, 1011, std::string("\xFF\x00\n", 3)});
  const Outcome& outcome = *driver.of(key).outcome;
  EXPECT_EQ(outcome.reply.job_id, "j\"\x1b\xF0\x9F\x98\x80");
  EXPECT_THAT(outcome.reply.message(), HasSubstr("\\xff\\x00\\x0a"));
}

}  // namespace
}  // namespace procedura::protocol
