#pragma once

#include <procedura/mock/mock_agent.hpp>
#include <procedura/remote_agent.hpp>
#include <procedura/testing/mock_printers.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace procedura::testing {

/// A GoogleTest fixture: a mock of its own for each test, and a client that is connected to it on its first call.
///
///     using procedura::testing::AgentTest;
///     using namespace procedura::mock::script;
///
///     TEST_F(AgentTest, LooksAtTheWorld) {
///       agent.stub("worldstate_snapshot").reply(finished({{"entities", {{"e1", 1}}}}));
///       agent.expect("looked once").request("worldstate_snapshot").count(1);
///       EXPECT_EQ(client().worldstate_snapshot().warning, "");
///     }
///
/// At the end of the test the client says goodbye and the verdict is judged; if it is not met, the test fails with the report,
/// the last entries of the journal, and the seed that repeats the run. Derive from it to choose options.
class AgentTest : public ::testing::Test {
 protected:
  /// A mock with these options, and what `client()` is made with; its `url` is set here.
  explicit AgentTest(mock::MockAgent::Options of_the_mock = {}, procedura::Options of_the_client = {})
      : agent{std::move(of_the_mock)}, client_options{std::move(of_the_client)} {
    client_options.url = agent.url();
  }

  /// The client. Without a token store, so that no test reads or writes the user's own token.
  RemoteAgent& client() {
    if (!client_) client_ = std::make_unique<RemoteAgent>(client_options);
    return *client_;
  }
  /// Ends the client's connection with 1000; the next `client()` is a new one.
  void disconnect() { client_.reset(); }

  /// Says what an unmet verdict is: a failure of the test. Override it for a test in which it must not be met.
  virtual void judge(const mock::Verdict& verdict) {
    if (!verdict.met()) ADD_FAILURE() << verdict.report() << last_entries();
  }

  /// Says goodbye and judges.
  void TearDown() override {
    disconnect();
    agent.wait_until_closed(std::chrono::seconds{5});
    judge(agent.stop());
  }

  /// The last things that the mock saw, one a line.
  std::string last_entries(std::size_t most = 20) const {
    const auto journal = agent.journal();
    const std::size_t first = journal.size() > most ? journal.size() - most : 0;
    std::string text = "the last " + std::to_string(journal.size() - first) + " of " +
                       std::to_string(journal.empty() ? 0 : journal.back().seq) + " entries of the journal (seed " +
                       std::to_string(agent.seed()) + "):\n";
    for (std::size_t i = first; i < journal.size(); ++i) text += "  " + ::testing::PrintToString(journal[i]) + '\n';
    return text;
  }

  /// The mock, without a stub.
  mock::MockAgent agent;
  /// How `client()` is made: change it before its first call.
  procedura::Options client_options;

 private:
  std::unique_ptr<RemoteAgent> client_;
};

}  // namespace procedura::testing
