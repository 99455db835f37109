// The C++ client against a foreign agent, whose address is in INTEROP_AGENT_URL; test_cpp_client_node_agent.py runs this once
// under each freedom of the protocol.
#include <procedura/async_agent.hpp>
#include <procedura/remote_agent.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using boost::asio::use_awaitable;
using procedura::Error;
using procedura::RemoteAgent;
using testing::ElementsAre;

constexpr auto credential = "admin@procedura.org:secret123";

/// No token store: what is remembered between processes is the program's test.
procedura::Options options() {
  const char* url = std::getenv("INTEROP_AGENT_URL");
  if (url == nullptr) throw std::runtime_error("INTEROP_AGENT_URL is not set");
  procedura::Options options;
  options.url = url;
  return options;
}

/// The failure of what must fail.
template <class Call>
procedura::Failure failure_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.failure();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(RemoteAgentAbroad, DoesWhatTheReadmeOfThePublishedSdkDoes) {
  RemoteAgent agent{options()};
  EXPECT_EQ(failure_of([&] { agent.worldstate_snapshot(); }).agent_code, "AUTH_REQUIRED");
  EXPECT_EQ(failure_of([&] { agent.login_password("admin@procedura.org:wrong"); }).agent_code, "AUTH_FAILED");

  const auto login = agent.login_password(credential, {.device = "cpp", .ttl = 60s});
  EXPECT_FALSE(login.token.empty());
  EXPECT_EQ(agent.run("whoami").text().find(login.token), std::string_view::npos);
  EXPECT_EQ(agent.worldstate_snapshot(true).result.json().at("location").size(), 0U);

  std::vector<std::string> phases;
  for (const procedura::Event& event : agent.stream("place_ooi_sprites", {"--dry-run", "--n", "2"})) {
    phases.push_back(event.phase());
    EXPECT_EQ(agent.run("echo", {"inside", "the loop"}).json().at("args").at(1), "the loop");
  }
  EXPECT_THAT(phases, ElementsAre("started", "running", "running", "finished"));
}

TEST(RemoteAgentAbroad, KeepsTheAgentsOwnText) {
  RemoteAgent agent{options()};
  const std::string text = R"({"b":1.0,"a":[1e3,123456789012345678901]})";
  EXPECT_EQ(agent.run("raw", {text}).text(), text);
}

TEST(RemoteAgentAbroad, ReportsAFailureWithTheAgentsWords) {
  RemoteAgent agent{options()};
  for (const std::vector<std::string>& args : {std::vector<std::string>{}, {"--first"}, {"--n", "3"}}) {
    const auto failed = failure_of([&] { agent.run("fail", args); });
    EXPECT_EQ(failed.code, procedura::errc::agent_error);
    EXPECT_EQ(failed.agent_code, args == std::vector<std::string>{"--first"} ? "REFUSED" : "OUT_OF_SPRITES");
    EXPECT_EQ(nlohmann::json::parse(failed.frame).at("status"), "error");
    EXPECT_EQ(failure_of([&] {
                for (const auto& event : agent.stream("fail", args)) (void)event;
              }).agent_code,
              failed.agent_code);
  }
}

TEST(RemoteAgentAbroad, GivesUpWhatIsTooSlowAndGoesOn) {
  RemoteAgent agent{options()};
  procedura::CallOptions impatient;
  impatient.deadlines = procedura::Deadlines{};
  impatient.deadlines->total = 200ms;
  EXPECT_EQ(failure_of([&] { agent.run("slow", {"--ms", "60000"}, impatient); }).code, procedura::errc::deadline);
  { auto dropped = agent.stream("slow", {"--ms", "60000"}); }
  EXPECT_EQ(agent.run("echo", {"still there"}).json().at("args").at(0), "still there");
}

/// What each of many calls at once came to.
struct Tally {
  std::set<int> runs;
  std::set<int> failures;
  std::set<int> streams;
};

// g++ 12 does not compile a braced list of strings inside a coroutine, so the arguments are made outside.
std::vector<std::string> words(const std::string& word) {
  return {word};
}
std::vector<std::string> two_updates() {
  return {"--n", "2"};
}
std::vector<std::string> sprites(int updates, int i) {
  return {"--n", std::to_string(updates), "--radius", std::to_string(i), "--delay", std::to_string(i % 3)};
}

awaitable<void> one_run(procedura::AsyncAgent& agent, int i, Tally& tally) {
  const auto mine = std::to_string(i);
  auto result = co_await agent.async_run("echo", words(mine), use_awaitable);
  if (result && result->json().at("args").at(0) == mine) tally.runs.insert(i);
}

awaitable<void> one_failure(procedura::AsyncAgent& agent, int i, Tally& tally) {
  auto result = co_await agent.async_run("fail", two_updates(), use_awaitable);
  if (!result && result.error().agent_code == "OUT_OF_SPRITES") tally.failures.insert(i);
}

/// A job of 1 to 7 updates, told apart from the others by its radius.
awaitable<void> one_stream(procedura::AsyncAgent& agent, int i, Tally& tally) {
  const int updates = i % 7 + 1;
  auto stream = co_await agent.async_stream("place_ooi_sprites", sprites(updates, i), use_awaitable);
  if (!stream) co_return;
  int seen = 0;
  bool mine = true;
  for (;;) {
    auto event = co_await stream->async_next(use_awaitable);
    if (!event) break;
    const auto frame = event->json();
    if (event->phase() == "running") {
      ++seen;
      mine = mine && frame.at("placed") == seen && frame.at("sprite").at("at").at(0) == i;
    } else if (event->phase() == "finished") {
      mine = mine && frame.at("result").at("radius") == i && frame.at("result").at("placed") == updates;
    }
  }
  if (mine && seen == updates && !stream->failure()) tally.streams.insert(i);
}

awaitable<void> log_in_and_fan_out(procedura::AsyncAgent& agent, int of_each, Tally& tally) {
  auto login = co_await agent.async_login(credential, {}, use_awaitable);
  if (!login) co_return;
  auto executor = co_await boost::asio::this_coro::executor;
  for (int i = 0; i < of_each; ++i) {
    boost::asio::co_spawn(executor, one_stream(agent, i, tally), boost::asio::detached);
    boost::asio::co_spawn(executor, one_run(agent, i, tally), boost::asio::detached);
    boost::asio::co_spawn(executor, one_failure(agent, i, tally), boost::asio::detached);
  }
}

TEST(AsyncAgentAbroad, TellsManyRequestsOnOneConnectionApart) {
  constexpr int of_each = 60;
  boost::asio::io_context context;
  procedura::AsyncAgent agent{context.get_executor(), options()};
  Tally tally;
  boost::asio::co_spawn(context, log_in_and_fan_out(agent, of_each, tally), boost::asio::detached);
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  const auto done = [&] {
    return tally.runs.size() + tally.failures.size() + tally.streams.size() == std::size_t{3} * of_each;
  };
  while (!done() && context.run_one_until(deadline) > 0) {
  }
  EXPECT_EQ(tally.runs.size(), std::size_t{of_each});
  EXPECT_EQ(tally.failures.size(), std::size_t{of_each});
  EXPECT_EQ(tally.streams.size(), std::size_t{of_each});
}

}  // namespace
