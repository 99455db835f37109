// A mock that is told in code what to answer and what to expect, and is looked at from the test.
#include "raw_client.hpp"

#include <procedura/mock/mock_agent.hpp>
#include <procedura/mock/request_search.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <thread>

namespace procedura::mock {
namespace {

using namespace procedura::mock::script;
using namespace std::chrono_literals;
using nlohmann::json;
using procedura::testing::RawClient;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string frame(std::string_view id, std::string_view cmd, const std::vector<std::string>& args = {},
                  std::string_view mode = "sync") {
  return json{{"id", id}, {"cmd", cmd}, {"args", args}, {"mode", mode}}.dump();
}

/// A client on a mock, and what it is answered.
struct Asking {
  explicit Asking(const MockAgent& agent, std::string_view target = "/") : client{agent.port()} { client.upgrade({}, target); }
  json read() { return json::parse(client.read_text()); }
  /// The frame that ends the request.
  json answer(std::string_view cmd, const std::vector<std::string>& args = {}, std::string_view mode = "sync") {
    const std::string id = std::to_string(++asked);
    client.send(frame(id, cmd, args, mode));
    while (true) {
      json frame = read();
      if (frame.value("status", "") == "finished" || frame.value("status", "") == "error") return frame;
    }
  }
  json result(std::string_view cmd, const std::vector<std::string>& args = {}, std::string_view mode = "sync") {
    const json frame = answer(cmd, args, mode);
    return frame.contains("result") ? frame.at("result") : frame;
  }

  RawClient client;
  int asked = 0;
};

TEST(MockScript, AnswersWhatItIsToldInCode) {
  MockAgent agent;
  Asking peer{agent};
  EXPECT_EQ(peer.answer("snapshot").at("code"), "UNKNOWN_MODULE");
  agent.stub("snapshot").reply(ack(), finished({{"entities", json::object()}, {"n", {1, 2}}}));
  EXPECT_EQ(peer.result("snapshot").dump(), R"({"entities":{},"n":[1,2]})") << "on the connection that was open already";
  agent.stub("nothing").reply(finished());
  EXPECT_EQ(peer.result("nothing"), nullptr);
  agent.stub("text").reply(finished("${args[0]}"));
  EXPECT_EQ(peer.result("text", {"x"}), "x");
  agent.stub("digits").reply(finished(JsonText{R"({"exact":1.50,"big":123456789012345678901234567890})"}));
  peer.client.send(frame("d", "digits"));
  peer.read();
  EXPECT_THAT(peer.client.read_text(), HasSubstr(R"({"exact":1.50,"big":123456789012345678901234567890})"));
}

TEST(MockScript, MatchesAsAScenarioWould) {
  MockAgent agent;
  agent.stub("job").reply(finished("any"));
  agent.stub("job").option("n", 4).reply(finished("n=4"));
  agent.stub("job").option("n", between(5, 9)).arg(0, matches("^x")).reply(finished("n in 5..9, x"));
  agent.stub("job").flag("dry-run").reply(finished("dry"));
  agent.stub("job").mode(Mode::async).option("n", absent()).reply(finished("async"));
  agent.stub("job").args({"a", one_of({"b", "c"})}).reply(finished("a b or a c"));
  agent.stub("job").raw_arg(0, contains("raw")).priority(1).reply(finished("raw"));
  agent.stub(matches("^init_")).user(present()).reply(finished("never: nobody is logged in"));
  agent.stub(matches("^init_")).name("init").connection(1).reply(finished("first connection"));
  Asking peer{agent};
  EXPECT_EQ(peer.result("job", {"z"}), "any");
  EXPECT_EQ(peer.result("job", {"--n", "4"}), "n=4");
  EXPECT_EQ(peer.result("job", {"--n=7"}), "any");
  EXPECT_EQ(peer.result("job", {"x1", "--n=7"}), "n in 5..9, x");
  EXPECT_EQ(peer.result("job", {"--dry-run"}), "dry");
  EXPECT_EQ(peer.result("job", {}, "async"), "async");
  EXPECT_EQ(peer.result("job", {"a", "c"}), "a b or a c");
  EXPECT_EQ(peer.result("job", {"--raw=1"}), "raw");
  EXPECT_EQ(peer.result("init_x"), "first connection");
  Asking second{agent};
  EXPECT_EQ(second.answer("init_x").at("code"), "NO_STUB_MATCH");
}

TEST(MockScript, TheSameStubAgainReplacesTheFirst) {
  MockAgent agent{R"({"version":1,"stubs":[{"name":"old","match":{"cmd":"m"},"reply":[{"finished":"of the text"}]}]})"};
  Asking peer{agent};
  EXPECT_EQ(peer.result("m"), "of the text");
  for (int i = 0; i < 3; ++i) {
    agent.stub("m").reply(finished(i));
    EXPECT_EQ(peer.result("m"), i);
  }
  agent.stub("m").name("old").reply(finished("behind the later one"));
  EXPECT_EQ(peer.result("m"), 2);
  agent.adopt(R"({"version":1,"stubs":[{"name":"new","match":{"cmd":"m"},"reply":[{"finished":"all anew"}]}]})");
  EXPECT_EQ(peer.result("m"), "all anew");
}

TEST(MockScript, RunsEveryKindOfStep) {
  MockAgent::Options options;
  options.time_scale = 0;
  MockAgent agent{options};
  agent.stub("job")
      .mode(Mode::async)
      .reply(started().target(Target::both), repeat("${opt.n ?? 2}", "k", {delay(uniform(1ms, 2ms)), running({{"k", "${k}"}})}),
             delay(lognormal(5ms, 0.5).max(1s)), delay(normal(5ms, 1ms)),
             running(JsonText{R"({"last":1.0})"}).target(Target::id), finished({{"done", true}}));
  agent.stub("fails").reply(error("NO_WORLD", "no world ${args[0]}", {{"world", "${args[0]}"}}));
  agent.stub("plain").reply(error("E", "words"));
  agent.stub("own").no_accept().reply(send({{"id", "${id}"}, {"status", "finished"}, {"result", 1}}));
  Asking peer{agent};
  peer.client.send(frame("1", "job", {"--n=3"}, "async"));
  std::vector<std::string> came;
  for (int i = 0; i < 6; ++i) came.push_back(peer.client.read_text());
  EXPECT_THAT(came[0], AllOf(HasSubstr("started"), HasSubstr("job_id")));
  EXPECT_THAT(came[3], HasSubstr(R"("k":2)"));
  EXPECT_THAT(came[4], AllOf(HasSubstr(R"("last":1.0)"), ::testing::Not(HasSubstr("job_id"))));
  EXPECT_THAT(came[5], HasSubstr("finished"));
  const json failed = peer.answer("fails", {"7"});
  EXPECT_EQ(failed.at("code"), "NO_WORLD");
  EXPECT_EQ(failed.at("message"), "no world 7");
  EXPECT_EQ(failed.at("world"), "7");
  EXPECT_EQ(peer.answer("plain").at("message"), "words");
  EXPECT_EQ(peer.result("own"), 1);
}

// What is written in code, and what the loader is given for it.
TEST(MockScript, IsWrittenAsAScenarioFileWouldBe) {
  EXPECT_EQ(accept().json(), R"({"accept":{}})");
  EXPECT_EQ(raw("}{").json(), R"({"raw":"}{"})");
  EXPECT_EQ(raw_bytes("\xff\x01").json(), R"({"raw":{"base64":"/wE="}})");
  EXPECT_EQ(broadcast({{"status", "news"}}).json(), R"({"broadcast":{"status":"news"}})");
  EXPECT_EQ(set("n", 1, Scope::partition).json(), R"({"set":{"n":1},"scope":"partition"})");
  EXPECT_EQ(set("o", JsonText{"[1]"}).json(), R"({"set":{"o":[1]}})");
  EXPECT_EQ(await(request("go").option("n", 4), 5s).json(),
            R"({"await":{"cmd":"go","options":{"n":4}},"limit":"5000000000ns"})");
  EXPECT_EQ(close_with(4001, "moved").json(), R"({"close":{"code":4001,"reason":"moved"}})");
  EXPECT_EQ(close_with(1000).json(), R"({"close":1000})");
  EXPECT_EQ(fault("reset").when(instance(at_most(2)), variable("x", "y"), connection(1)).json(),
            R"({"fault":"reset","when":{"instance":{"atMost":2},"connection":1,"var":{"x":"y"}}})");
  EXPECT_EQ(fault("close", 1006).json(), R"({"fault":{"close":1006}})");
  EXPECT_EQ(fault("dribble", 5ms).json(), R"({"fault":{"dribble":"5000000ns"}})");
  EXPECT_EQ(fault("illegal", "masked").json(), R"({"fault":{"illegal":"masked"}})");
  EXPECT_EQ(fault("latency", uniform(1ns, 2ns)).json(), R"({"fault":{"latency":{"uniform":{"min":"1ns","max":"2ns"}}}})");
  EXPECT_EQ(request().arg(1, true).raw_args({"a", 2.5}).mode(Mode::sync).device("d").json(),
            R"({"args":{"1":true},"device":"d","mode":"sync","raw_args":["a",2.5]})");
  EXPECT_EQ(request("quote\" and \n line").json(), R"({"cmd":"quote\" and \n line"})");
}

TEST(MockScript, ASequenceAnswersOneAfterTheOther) {
  MockAgent agent;
  agent.stub("status").sequence({{finished("pending")}, {error("BUSY", "later")}, {finished("ready")}});
  Asking peer{agent};
  EXPECT_EQ(peer.result("status"), "pending");
  EXPECT_EQ(peer.answer("status").at("code"), "BUSY");
  EXPECT_EQ(peer.result("status"), "ready");
  EXPECT_EQ(peer.result("status"), "ready");
}

TEST(MockScript, ExpectsWhatItIsToldInCode) {
  MockAgent agent;
  agent.stub("a").reply(finished());
  agent.stub("b").reply(finished());
  Asking peer{agent};
  peer.answer("a");
  agent.expect("once from now on").request("a").count(1);
  agent.expect("one or two").request("b").count(1, 2);
  agent.expect("with n").request("b").option("n", at_least(3)).at_least(1);
  agent.expect("few").request(matches("^[ab]$")).at_most(3);
  agent.expect("no reset").request("reset_world").never();
  agent.expect("in order").order({"b", request("a").arg(0, "x"), "b"}, 10s);
  agent.expect("in time").request("b").within(10s).at_least(1);
  agent.expect("ids").unique_ids();
  agent.expect("goodbye").closed_with(1000);
  EXPECT_FALSE(agent.verdict().met());
  peer.answer("b", {"--n=3"});
  peer.answer("a", {"x"});
  EXPECT_THAT(agent.verdict().report(), HasSubstr("the first 2 of 3"));
  peer.answer("b");
  peer.client.send_close(1000);
  peer.client.read_frame();
  peer.client.hang_up();
  ASSERT_TRUE(agent.wait_until([&](const auto&) { return agent.verdict().met(); })) << agent.verdict().report();
  EXPECT_TRUE(agent.stop().met());
}

TEST(MockScript, SaysWhereInTheCodeAndWhatIsWrong) {
  MockAgent agent;
  agent.stub("m").reply(finished("good"));
  const auto line = std::to_string(__LINE__ + 2);
  try {
    agent.stub("m").option("--n", matches("[")).reply(delay(-1s), finished(JsonText{"{"}));
    FAIL();
  } catch (const MockError& error) {
    EXPECT_EQ(error.kind(), MockError::Kind::scenario);
    EXPECT_THAT(error.what(), HasSubstr("mock_script_test.cpp:" + line + ":1:")) << "the text as a whole is no JSON";
  }
  try {
    agent.stub("m").option("--n", matches("[")).reply(delay(-1s), finished(std::nan("")), finished());
    FAIL();
  } catch (const MockError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("/stubs/0/match/options/--n"), HasSubstr("regular expression"),
                                    HasSubstr("/stubs/0/reply/0/delay"), HasSubstr("/stubs/0/reply/2")));
  }
  EXPECT_THROW(agent.expect("never met").order({"only one"}), MockError);
  EXPECT_THROW(agent.add_script("[]"), MockError);
  EXPECT_THROW(agent.adopt(""), MockError);
  EXPECT_EQ(Asking{agent}.result("m"), "good") << "what could not be loaded has changed nothing";
  EXPECT_THAT(agent.verdict().expectations, IsEmpty());
}

TEST(MockScript, TellsOfWarnings) {
  std::vector<std::string> lines;
  MockAgent::Options options;
  options.log = [&](std::string_view line) { lines.emplace_back(line); };
  MockAgent agent{options};
  agent.stub("open").reply(ack());
  EXPECT_THAT(lines, ElementsAre(AllOf(HasSubstr("mock_script_test.cpp:"), HasSubstr("stays live"))));
}

TEST(MockScript, TakesScriptsAndTheEnvironment) {
  MockAgent::Options options;
  options.environment = [](std::string_view name) {
    return name == "WHO" ? std::optional<std::string>{"mira-lives-here"} : std::nullopt;
  };
  MockAgent agent{options};
  agent.add_script(R"({"auth":{"required":true,"users":{"ada":"engine42"}},
                       "stubs":[{"name":"who","match":{"cmd":"who"},"reply":[{"finished":"${env:WHO}"}]}]})");
  Asking peer{agent};
  EXPECT_EQ(peer.answer("who").at("code"), "AUTH_REQUIRED");
  peer.answer("login_password", {"ada:engine42"});
  EXPECT_EQ(peer.result("who"), "mira-lives-here");
  for (const auto& entry : agent.journal()) EXPECT_THAT(entry.frame, ::testing::Not(HasSubstr("mira-lives-here")));
  const auto asked = agent.wait_for_request(request("who").user("ada"));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->user, "ada");
  EXPECT_FALSE(agent.wait_for_request(request("who").user("ada"), 2, 10ms));
}

TEST(MockScript, SendsAndClosesUnasked) {
  MockAgent agent;
  agent.stub("hi").reply(finished());
  Asking first{agent};
  Asking second{agent};
  Asking other{agent, "/p/other"};
  for (auto* peer : {&first, &second, &other}) peer->answer("hi");
  EXPECT_TRUE(agent.emit(2, {{"status", "news"}}));
  EXPECT_EQ(second.read().at("status"), "news");
  EXPECT_EQ(agent.emit_to_all(JsonText{R"({"status":"all"})"}), 2U);
  EXPECT_EQ(first.read().at("status"), "all");
  EXPECT_EQ(second.read().at("status"), "all");
  EXPECT_EQ(agent.emit_to_all({{"status", "there"}}, "other"), 1U);
  EXPECT_EQ(other.read().at("status"), "there");
  EXPECT_TRUE(agent.drop(1, 4000));
  EXPECT_EQ(first.client.read_frame().close_code(), 4000);
  EXPECT_FALSE(agent.drop(1));
  EXPECT_FALSE(agent.emit(1, JsonText{"{}"}));
  EXPECT_FALSE(agent.emit(99, JsonText{"{}"}));
  EXPECT_TRUE(agent.reset("other"));
  EXPECT_EQ(other.client.read_frame().close_code(), 1001);
  EXPECT_FALSE(agent.reset("nobody"));
  EXPECT_EQ(second.result("hi"), nullptr) << "the default partition goes on";
  for (auto* peer : {&first, &second, &other}) peer->client.hang_up();
  agent.stop();
  EXPECT_FALSE(agent.emit(2, JsonText{"{}"})) << "nor anything any more";
}

TEST(MockScript, WaitsWithoutPolling) {
  MockAgent agent;
  agent.stub("late").reply(delay(20ms), finished());
  Asking peer{agent};
  std::thread asking{[&] { peer.answer("late", {"--n=1"}); }};
  const auto asked = agent.wait_for_request(request("late").option("n", 1));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->connection, 1U);
  int looks = 0;
  EXPECT_TRUE(agent.wait_until(
      [&](const auto& entries) {
        ++looks;
        return !entries.empty();
      },
      10s, {.direction = JournalEntry::Direction::out, .contains = "finished"}));
  EXPECT_LE(looks, 5) << "it looks when something has happened";
  asking.join();
  peer.client.hang_up();
  const auto began = std::chrono::steady_clock::now();
  std::thread stopping{[&] { agent.stop(); }};
  EXPECT_FALSE(agent.wait_for_request(request("never"), 1, 60s));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s) << "nothing comes from a mock that has been stopped";
  stopping.join();
}

TEST(MockScript, FindsRequestsAndWhatCameNearest) {
  MockAgent agent;
  agent.stub("job").reply(finished());
  Asking peer{agent};
  peer.answer("job", {"job", "x", "--n", "5"});
  peer.answer("job", {"y", "--n", "4"}, "async");
  peer.answer("other");
  const auto journal = agent.journal();
  EXPECT_THAT(RequestSearch{request("job")}.in(journal), SizeIs(2));
  EXPECT_THAT(RequestSearch{request()}.in(journal), SizeIs(3));
  EXPECT_THAT(RequestSearch{request("job").arg(0, "x")}.in(journal), SizeIs(1)) << "the module's name is no argument";
  EXPECT_THAT(RequestSearch{request("job").mode(Mode::async).option("n", at_most(4))}.in(journal), SizeIs(1));
  const RequestSearch search{request("job").mode(Mode::async).option("n", 5).arg(0, "y")};
  EXPECT_THAT(search.in(journal), IsEmpty());
  EXPECT_EQ(search.describe(), R"(cmd "job", mode "async", args[0] "y", options.n 5)");
  EXPECT_THAT(search.nearest(journal),
              AllOf(HasSubstr("job"), HasSubstr("options.n: expected 5, found \"4\""), ::testing::Not(HasSubstr("mode"))));
  EXPECT_EQ((RequestSearch{request()}.nearest(journal)), "");
  EXPECT_THROW(RequestSearch{request(matches("["))}, MockError);
  JournalFilter filter;
  filter.cmd = "other";
  EXPECT_THAT(agent.journal(filter), SizeIs(2)) << "the request, and what it led to";
}

}  // namespace
}  // namespace procedura::mock
