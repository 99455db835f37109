// Fifty tests at once on one mock: same users, same stubs, and each sees a world of its own.
#include "raw_client.hpp"

#include <procedura/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <barrier>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace procedura::mock::script;
using namespace procedura::testing;
using namespace std::chrono_literals;
using nlohmann::json;
using procedura::mock::MockAgent;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr auto world = R"({
  "version": 1,
  "auth": { "required": true, "users": { "ada": "engine42" } },
  "stubs": [
    { "name": "put", "match": { "cmd": "put" },
      "reply": [ { "set": { "kept": "${args[0]}" }, "scope": "partition" }, { "finished": null } ] },
    { "name": "get", "match": { "cmd": "get" }, "reply": [ { "finished": "${var.kept ?? 'nothing yet'}" } ] },
    { "name": "status", "match": { "cmd": "status" },
      "sequence": [ [ { "finished": "pending" } ], [ { "finished": "pending" } ], [ { "finished": "ready" } ] ] },
    { "name": "first", "match": { "cmd": "first" },
      "reply": [ { "error": { "code": "NOT_YET", "message": "the first one fails" }, "when": { "instance": 1 } },
                 { "finished": "well", "when": { "instance": { "atLeast": 2 } } } ] },
    { "name": "announce", "match": { "cmd": "announce" },
      "reply": [ { "broadcast": { "status": "news", "of": "${args[0]}" } }, { "finished": null } ] },
    { "name": "wait", "match": { "cmd": "wait" }, "reply": [ "accept", { "await": { "cmd": "go" } }, { "finished": "went" } ] },
    { "name": "go", "match": { "cmd": "go" }, "reply": [ { "finished": null } ] },
    { "name": "tick", "match": { "cmd": "tick" }, "reply": [ { "finished": "${job}" } ] } ],
  "expect": [
    { "name": "logged in", "request": { "cmd": "login_password" }, "count": 2 },
    { "name": "ticked", "request": { "cmd": "tick", "user": "ada" }, "count": 3 },
    { "name": "in order", "order": [ { "cmd": "put" }, { "cmd": "get" } ] },
    { "name": "nobody else's", "request": { "cmd": "put", "args": { "0": { "matches": "^t[0-9]+$" } } }, "count": 1 } ] })";

constexpr int tests = 50;

/// How a test gets to its partition, and what it asks there.
class Peer {
 public:
  virtual ~Peer() = default;
  /// The frame that ends it.
  virtual json ask(const std::string& cmd, const std::vector<std::string>& args) = 0;
};

/// By the URL's path, with the SDK.
class ByPath final : public Peer {
 public:
  ByPath(const MockAgent& agent, const std::string& partition) {
    procedura::Options options;
    options.url = agent.url_of(partition);
    agent_ = std::make_unique<procedura::RemoteAgent>(options);
  }
  json ask(const std::string& cmd, const std::vector<std::string>& args) override {
    try {
      return agent_->run(cmd, args).event().json();
    } catch (const procedura::Error& error) {
      return json::parse(error.failure().frame);
    }
  }

 private:
  std::unique_ptr<procedura::RemoteAgent> agent_;
};

/// By the header, on a bare socket.
class ByHeader final : public Peer {
 public:
  ByHeader(const MockAgent& agent, const std::string& partition, const std::string& token = {}) : client_{agent.port()} {
    const std::string head = client_.upgrade("X-Procedura-Partition: " + partition + "\r\n" +
                                             (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n"));
    EXPECT_THAT(head, HasSubstr(" 101 "));
  }
  json ask(const std::string& cmd, const std::vector<std::string>& args) override {
    client_.send(json{{"id", std::to_string(++asked_)}, {"cmd", cmd}, {"args", args}, {"mode", "sync"}}.dump());
    while (true) {
      json frame = read();
      if (frame.value("status", "") == "finished" || frame.value("status", "") == "error") return frame;
    }
  }
  json read() { return json::parse(client_.read_text()); }
  void hang_up() { client_.hang_up(); }

 private:
  RawClient client_;
  int asked_ = 0;
};

std::string name_of(int test) {
  return "t" + std::to_string(test);
}
/// These leave an expectation unmet.
bool is_lazy(int test) {
  return test % 10 == 7;
}

/// What one of the fifty does. Returns its session token.
std::string run(const MockAgent& agent, int test, std::barrier<>& together) {
  const std::string name = name_of(test);
  std::unique_ptr<Peer> peer;
  if (test % 2 == 0) {
    peer = std::make_unique<ByPath>(agent, name);
  } else {
    peer = std::make_unique<ByHeader>(agent, name);
  }
  ByHeader second{agent, name};
  together.arrive_and_wait();

  EXPECT_EQ(peer->ask("get", {}).value("code", ""), "AUTH_REQUIRED") << "nobody is logged in here";
  const json login = peer->ask("login_password", {"ada:engine42", "--device=d"}).at("result");
  EXPECT_EQ(login.at("attached"), false) << "no other test's session";
  const json again = second.ask("login_password", {"ada:engine42", "--device=d"}).at("result");
  EXPECT_EQ(again.at("attached"), true);
  EXPECT_EQ(again.at("session_token"), login.at("session_token"));

  EXPECT_EQ(peer->ask("get", {}).at("result"), "nothing yet");
  peer->ask("put", {name});
  together.arrive_and_wait();
  EXPECT_EQ(second.ask("get", {}).at("result"), name) << "though all have put theirs by now";

  EXPECT_EQ(peer->ask("first", {}).at("code"), "NOT_YET");
  EXPECT_EQ(peer->ask("first", {}).at("result"), "well");
  EXPECT_EQ(peer->ask("status", {}).at("result"), "pending");
  EXPECT_EQ(second.ask("status", {}).at("result"), "pending");
  EXPECT_EQ(peer->ask("status", {}).at("result"), "ready");
  for (int i = 0; i < (is_lazy(test) ? 2 : 3); ++i) peer->ask("tick", {});

  peer->ask("announce", {name});
  EXPECT_EQ(second.read().at("of"), name) << "and nobody else's news";

  // It goes when its own partition is told to, not when another is.
  std::thread waiting{[&] { EXPECT_EQ(peer->ask("wait", {}).at("result"), "went"); }};
  EXPECT_TRUE(agent.wait_until([](const auto& seen) { return !seen.empty(); }, 30s, {.partition = name, .cmd = "wait"}));
  together.arrive_and_wait();
  second.ask("go", {});
  waiting.join();
  return login.at("session_token");
}

TEST(MockPartitions, FiftyTestsAtOnceDoNotSeeEachOther) {
  MockAgent::Options options;
  options.journal_entries = 100'000;
  MockAgent agent{world, options};
  std::vector<std::string> tokens(tests);
  std::barrier together{tests};
  {
    std::vector<std::jthread> threads;
    for (int test = 0; test < tests; ++test) {
      threads.emplace_back([&, test] { tokens[static_cast<std::size_t>(test)] = run(agent, test, together); });
    }
  }
  EXPECT_TRUE(agent.wait_until_closed());
  EXPECT_THAT((std::set<std::string>{tokens.begin(), tokens.end()}), SizeIs(tests)) << "each has a session of its own";

  std::size_t entries = 0;
  std::set<std::uint64_t> connections;
  for (int test = 0; test < tests; ++test) {
    const std::string name = name_of(test);
    const auto verdict = agent.verdict(name);
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->met(), !is_lazy(test)) << verdict->report();
    EXPECT_EQ(verdict->connections, 2U);
    EXPECT_THAT(*verdict, Met("in order"));

    const auto journal = agent.journal({.partition = name});
    entries += journal.size();
    for (const auto& entry : journal) {
      EXPECT_EQ(entry.partition, name);
      if (entry.connection != 0) connections.insert(entry.connection);
    }
    EXPECT_THAT(journal, Received("put", WithArg(0, name), FromUser("ada"), Times(1)));
    EXPECT_THAT(journal, Received("put", Times(1)));
    EXPECT_THAT(journal, Received("tick", FromUser("ada"), Times(is_lazy(test) ? 2 : 3)));
  }
  EXPECT_THAT(connections, SizeIs(2 * tests)) << "none belongs to two";
  EXPECT_EQ(entries, agent.journal().size()) << "and no entry to none";

  const auto all = agent.verdict();
  EXPECT_THAT(all.expectations, SizeIs(4 * tests)) << "the default partition was not used";
  EXPECT_EQ(std::count_if(all.expectations.begin(), all.expectations.end(), [](const auto& one) { return !one.met; }), 5);
}

TEST(MockPartitions, ASessionIsGoodInItsOwnOnly) {
  MockAgent agent{world};
  ByHeader a{agent, "a"};
  const std::string token = a.ask("login_password", {"ada:engine42"}).at("result").at("session_token");
  EXPECT_EQ((ByHeader{agent, "a", token}.ask("get", {}).at("result")), "nothing yet");
  EXPECT_EQ((ByHeader{agent, "b", token}.ask("get", {}).at("code")), "AUTH_REQUIRED");
}

TEST(MockPartitions, AResetForgetsOneAndDisturbsNoOther) {
  MockAgent agent{world};
  ByHeader a{agent, "a"};
  ByHeader b{agent, "b"};
  for (auto* peer : {&a, &b}) {
    peer->ask("login_password", {"ada:engine42", "--device=d"});
    peer->ask("put", {"t1"});
    peer->ask("status", {});
  }
  ASSERT_TRUE(agent.reset("a"));
  EXPECT_EQ(b.ask("get", {}).at("result"), "t1");
  EXPECT_EQ(b.ask("status", {}).at("result"), "pending");
  EXPECT_EQ(b.ask("status", {}).at("result"), "ready");
  a.hang_up();
  ByHeader anew{agent, "a"};
  EXPECT_EQ(anew.ask("get", {}).at("code"), "AUTH_REQUIRED");
  EXPECT_EQ(anew.ask("login_password", {"ada:engine42", "--device=d"}).at("result").at("attached"), false);
  EXPECT_EQ(anew.ask("get", {}).at("result"), "nothing yet");
  EXPECT_EQ(anew.ask("status", {}).at("result"), "pending");
  EXPECT_EQ(agent.verdict("a")->requests, 4U) << "counted from the reset on";
  EXPECT_THAT(*agent.verdict("b"), Met("nobody else's"));
  EXPECT_THAT(*agent.verdict("a"), Not(Met("nobody else's")));
}

// The header decides where both are given: whoever runs the tests may not be who wrote the URL.
TEST(MockPartitions, TheHeaderGoesBeforeThePath) {
  MockAgent agent{world};
  RawClient client{agent.port()};
  client.upgrade("X-Procedura-Partition: header\r\n", "/p/path");
  ASSERT_TRUE(agent.wait_until([](const auto& seen) { return !seen.empty(); }));
  EXPECT_THAT(agent.journal({.partition = "header"}), SizeIs(1));
  EXPECT_THAT(RawClient{agent.port()}.upgrade("X-Procedura-Partition: not/a/name\r\n"), HasSubstr(" 400 "));
}

TEST(MockPartitions, AreBoundedInNumber) {
  MockAgent::Options options;
  options.max_partitions = 3;
  MockAgent agent{world, options};
  EXPECT_THAT(RawClient{agent.port()}.upgrade({}, "/p/a"), HasSubstr(" 101 "));
  EXPECT_THAT(RawClient{agent.port()}.upgrade({}, "/p/b"), HasSubstr(" 101 "));
  EXPECT_THAT(RawClient{agent.port()}.upgrade({}, "/p/c"), HasSubstr(" 503 "));
  EXPECT_THAT(RawClient{agent.port()}.upgrade(), HasSubstr(" 101 ")) << "those that are there stay open to all";
}

}  // namespace
