// The client over TLS against the mock.
#include "net/tls.hpp"
#include "running_server.hpp"
#include "tls_visit.hpp"

#include <procedura/async_agent.hpp>
#include <procedura/remote_agent.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using procedura::testing::Visit;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto scenario =
    R"({"version": 1, "stubs": [{"name": "echo", "match": {"cmd": "echo"}, "reply": [{"finished": "${args[0]}"}]}]})";

class ClientTlsMock : public procedura::testing::TlsTest {
 protected:
  std::unique_ptr<mock::RunningServer> mock() const {
    mock::net::ServerOptions made;
    made.tls = std::get<0>(mock::net::make_tls_identity({agent.certificate_file, agent.key_file, {}}, "127.0.0.1"));
    return std::make_unique<mock::RunningServer>(scenario, made);
  }
  Options options(const mock::RunningServer& running) const {
    Options options;
    options.url = running.url;
    options.tls = trusting(authority);
    return options;
  }
};

TEST_F(ClientTlsMock, SecondConnectionIsResumedAndStillKnowsTheChain) {
  const auto running = mock();
  const auto shared = TlsContext::make(trusting(authority)).value();
  for (int number = 0; number < 3; ++number) {
    auto there = to(running->url, trusting(authority));
    there.subprotocols.clear();
    there.headers.clear();
    there.tls = shared;
    Visit visit{there, R"({"id":"1","cmd":"echo","args":["x"],"mode":"sync"})"};
    ASSERT_TRUE(visit.opened) << visit.end.detail;
    EXPECT_THAT(visit.heard, SizeIs(2));
    EXPECT_EQ(visit.end.cause, errc::ok) << visit.end.detail;
    EXPECT_EQ(visit.opened->tls->resumed, number > 0);
    EXPECT_TRUE(visit.opened->tls->verified);
    EXPECT_THAT(visit.opened->tls->chain, SizeIs(2));
  }
}

TEST_F(ClientTlsMock, BigMessagesAndManyAtOnce) {
  const auto running = mock();
  RemoteAgent agent_over_tls{options(*running)};
  const std::string big(std::size_t{3} * 1024 * 1024, 'y');
  EXPECT_EQ(agent_over_tls.run("echo", {big}).text().size(), big.size() + 2);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int number = 0; number < 50; ++number) {
        const std::string text = std::to_string(thread) + "-" + std::to_string(number);
        right += agent_over_tls.run("echo", {text}).text() == '"' + text + '"';
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 200);
}

TEST_F(ClientTlsMock, TruncatedAndResetConnectionsAreLostAndNamed) {
  for (const bool reset : {false, true}) {
    const auto running = mock();
    auto there = to(running->url, trusting(authority));
    there.subprotocols.clear();
    there.headers.clear();
    struct Cut : TransportHandler {
      void on_open(HandshakeInfo) override { opened(); }
      void on_text(std::string message) override { heard += message; }
      void on_binary(std::string) override {}
      void on_end(TransportEnd how) override { end = std::move(how); }
      std::function<void()> opened;
      std::string heard;
      std::optional<TransportEnd> end;
    } cut;
    cut.opened = [&] {
      running->carry_out([&](mock::engine::Outputs& out) {
        mock::append_text(out, 1, "last words");
        reset ? out.reset(1) : out.drop(1);
      });
    };
    boost::asio::io_context context{1};
    Transport transport{context.get_executor()};
    transport.open(there, cut);
    context.run_for(10s);
    ASSERT_TRUE(cut.end);
    EXPECT_EQ(cut.end->cause, errc::connection_lost);
    if (reset) continue;  // may overtake what was sent before it
    EXPECT_EQ(cut.heard, "last words");
    EXPECT_THAT(cut.end->detail, HasSubstr("close_notify"));
  }
}

TEST_F(ClientTlsMock, InsecureIsWarnedAboutAtEveryConnection) {
  const auto running = mock();
  Options insecure = options(*running);
  insecure.tls = {};
  insecure.tls.insecure = true;
  std::vector<std::string> said;
  insecure.log = [&](LogLevel level, std::string_view line) {
    if (level == LogLevel::warning) said.emplace_back(line);
  };
  boost::asio::io_context context{1};
  AsyncAgent there{context.get_executor(), insecure};
  for (int number = 0; number < 2; ++number) {
    std::optional<Result<RunResult>> result;
    there.async_run("echo", {"x"}, [&](Result<RunResult> got) {
      result = std::move(got);
      there.close();
    });
    context.restart();
    context.run_for(10s);
    ASSERT_TRUE(result && *result) << (result ? describe(result->error()) : "nothing");
  }
  ASSERT_THAT(said, SizeIs(2));
  EXPECT_THAT(said[1], AllOf(HasSubstr("insecure"), HasSubstr(running->url), HasSubstr("the token included")));
}

TEST_F(ClientTlsMock, AFileThatCannotBeUsedIsToldByTheFirstCall) {
  const auto running = mock();
  Options broken = options(*running);
  broken.tls.ca = at + "/missing.pem";
  RemoteAgent there{broken};
  try {
    there.run("echo", {"x"});
    FAIL() << "it has no authorities";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errc::tls_failed);
    EXPECT_THAT(error.what(), HasSubstr("TLS_FAILED: cannot use the CA file"));
  }
  EXPECT_EQ(running->look([](const mock::engine::Engine& engine) { return engine.metrics().connections_total; }), 0U);
  // Whoever mends it need not begin anew.
  std::filesystem::copy_file(authority.certificate_file, at + "/missing.pem");
  EXPECT_EQ(there.run("echo", {"x"}).text(), R"("x")");
}

TEST_F(ClientTlsMock, AMockWithoutTlsSaysSo) {
  const mock::RunningServer running{scenario, {}};
  auto there = to("wss://127.0.0.1:" + std::to_string(running.port), trusting(authority));
  Visit visit{there};
  EXPECT_EQ(visit.end.cause, errc::tls_failed);
  EXPECT_THAT(visit.end.detail, HasSubstr("ws://127.0.0.1:" + std::to_string(running.port)));
}

TEST_F(ClientTlsMock, WsToAMockWithTlsSaysSo) {
  const auto running = mock();
  auto there = to("ws://127.0.0.1:" + std::to_string(running->port), trusting(authority));
  Visit visit{there};
  EXPECT_EQ(visit.end.cause, errc::handshake_refused);
  EXPECT_THAT(visit.end.detail, HasSubstr("wss://"));
}

}  // namespace
}  // namespace procedura
