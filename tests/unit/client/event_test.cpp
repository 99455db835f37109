#include <procedura/agent.hpp>
#include <procedura/async_agent.hpp>
#include <procedura/event.hpp>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace procedura {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Event event(const std::string& frame) {
  return Event{protocol::decode_reply(frame).reply};
}

TEST(EventTest, KeepsTheAgentsOwnText) {
  const std::string frame =
      R"({"z":1.50,"id":"i","job_id":"j","status":"finished","a":1e400,"result":{"b":12345678901234567890123}})";
  const Event finished = event(frame);
  EXPECT_EQ(finished.text(), frame);
  EXPECT_EQ(finished.phase(), "finished");
  EXPECT_EQ(finished.id(), "i");
  EXPECT_EQ(finished.job_id(), "j");
  EXPECT_EQ(finished.result(), R"({"b":12345678901234567890123})");
}

TEST(EventTest, BuildsATreeWhenAsked) {
  EXPECT_EQ(event(R"({"status":"running","n":1,"a":2})").json().dump(), R"({"status":"running","n":1,"a":2})");
}

TEST(EventTest, AFinishedWithoutAResultHasNull) {
  EXPECT_EQ(event(R"({"status":"finished"})").result(), "null");
  EXPECT_EQ(event(R"({"status":"running"})").result(), "");
  EXPECT_TRUE(RunResult{event(R"({"status":"finished"})")}.json().is_null());
  const Event beyond = event(R"({"status":"finished","result":[1e999]})");
  EXPECT_THROW(beyond.json(), Error);
  EXPECT_THROW(RunResult{beyond}.json(), Error);
  EXPECT_EQ(beyond.result(), "[1e999]");
}

TEST(EventTest, TellsAStatusThatTheProtocolDoesNotName) {
  EXPECT_EQ(event(R"({"status":"danc\u0069ng"})").phase(), "dancing");
}

TEST(ErrorTest, SaysWhatAndIsHarmless) {
  EXPECT_EQ(describe(Failure::of(errc::ack_timeout, "10 s are over")), "ACK_TIMEOUT: 10 s are over");
  EXPECT_EQ(describe(Failure::of(errc::cancelled, "")), "CANCELLED: " + std::string{describe(errc::cancelled)});
  Failure evil = Failure::of(errc::agent_error, "a\x1b[2Jb\nc");
  EXPECT_EQ(std::string{Error{evil}.what()}.find_first_of("\x1b\n"), std::string::npos);
  Result<int> failed = evil;
  EXPECT_THROW(failed.value(), Error);
}

TEST(ArgsTest, TakeListsAndVectors) {
  const std::string text = "c";
  EXPECT_THAT(Args{}.take(), IsEmpty());
  EXPECT_THAT((Args{"a"}).take(), ElementsAre("a"));
  EXPECT_THAT((Args{"a", std::string{"b"}, text}).take(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Args{std::vector<std::string>({"a", "b"})}.take(), ElementsAre("a", "b"));
}

/// What a user writes to test code of theirs.
class Double : public Agent {
 public:
  std::string world = "{}";

 private:
  RunResult do_run(const std::string& /*module*/, const std::vector<std::string>& /*args*/,
                   const CallOptions& /*options*/) override {
    return RunResult{event(R"({"status":"finished","result":)" + world + "}")};
  }
  EventStream do_stream(const std::string& /*module*/, const std::vector<std::string>& /*args*/,
                        const CallOptions& /*options*/) override {
    return EventStream::of({event(R"({"status":"started"})"), event(R"({"status":"finished"})")});
  }
  LoginResult do_login(const std::string& /*credential*/, const LoginOptions& /*options*/) override {
    throw Error{Failure::of(errc::agent_error, "no")};
  }
};

TEST(AgentTest, CanBeDoubled) {
  Double agent;
  std::vector<std::string> phases;
  for (const Event& each : agent.stream("x")) phases.push_back(each.phase());
  EXPECT_THAT(phases, ElementsAre("started", "finished"));
  EXPECT_THROW(agent.login_password("a:b"), Error);
}

TEST(AgentTest, OnlyAnEmptyListOfEntitiesIsAnEmptyWorld) {
  Double agent;
  for (const auto& [world, empty] : std::vector<std::pair<std::string, bool>>{{R"({"entities":{}})", true},
                                                                              {R"({"entities":[]})", true},
                                                                              {R"({"entities":{"a":1}})", false},
                                                                              {R"({"entities":null})", false},
                                                                              {R"({"entities":""})", false},
                                                                              {"{}", false},
                                                                              {"[]", false},
                                                                              {"null", false}}) {
    agent.world = world;
    EXPECT_EQ(!agent.worldstate_snapshot().warning.empty(), empty) << world;
  }
}

TEST(OptionsTest, NamesTheArgsStylesAsOnTheCommandLine) {
  EXPECT_EQ(args_style_choice_from("auto"), ArgsStyleChoice::automatic);
  EXPECT_EQ(args_style_choice_from("module-first"), ArgsStyleChoice::module_first);
  EXPECT_EQ(args_style_choice_from("bare"), ArgsStyleChoice::bare);
  EXPECT_FALSE(args_style_choice_from("Bare"));
}

TEST(OptionsTest, HaveTheDefaultsOfThePublishedSdk) {
  const Options options;
  using namespace std::chrono_literals;
  EXPECT_EQ(options.connect_timeout, 5s);
  EXPECT_EQ(options.run_deadlines.ack, 10s);
  EXPECT_EQ(options.run_deadlines.silence, 600s);
  EXPECT_EQ(options.stream_deadlines.silence, 3600s);
  EXPECT_FALSE(options.run_deadlines.total);
  EXPECT_EQ(options.ping_interval, 120s);
  EXPECT_EQ(options.pong_timeout, 300s);
}

TEST(OptionsTest, OfAUserHaveTheStoreThatTheEnvironmentNames) {
  EXPECT_EQ(Options::for_user("ws://x", {{}, "/home/me"}).store->path(), "/home/me/.procedura/token");
  EXPECT_FALSE(Options::for_user("ws://x", {}).store);
}

}  // namespace
}  // namespace procedura
