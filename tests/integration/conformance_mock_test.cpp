// The suite over real sockets, against the mock in this process: the wire and the workers, under the sanitizers too.
#include <procedura/conformance/runner.hpp>
#include <procedura/conformance/socket_dialer.hpp>
#include <procedura/mock/mock_agent.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace procedura::conformance {
namespace {

std::string file(const std::string& name) {
  std::ifstream in{PROCEDURA_CONFORMANCE_DIR "/" + name};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Profile mock_profile() {
  auto profile = std::get<Profile>(parse_profile(file("profiles/mock.json")));
  profile.slow_for = std::chrono::milliseconds{800};  // sanitizers are slow
  profile.answer_within = std::chrono::seconds{20};
  profile.credentials.front().credential = "admin@procedura.org:secret123";
  profile.credentials.back().credential = "guest@procedura.org:four:words:and:colons";
  return profile;
}

RunReport judge(const std::string& url, const Profile& profile, unsigned jobs = 1, std::vector<std::string> select = {}) {
  RunOptions options;
  options.seed = 11;
  options.jobs = jobs;
  options.select = std::move(select);
  const auto endpoint = Endpoint::parse(url);
  return run_suite(
      server_cases(), profile, [&endpoint] { return make_socket_dialer(*endpoint); }, options);
}

const std::vector<std::string> none;

/// What the mock in this process does not offer: TLS, and modules that anybody may run beside others that nobody may.
bool is_offered(std::string_view case_id) {
  return !matches("tls/*", case_id) && case_id != "security/public-modules";
}

std::vector<std::string> red(const RunReport& report) {
  std::vector<std::string> out;
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      if (check.outcome == Outcome::not_applicable && !is_offered(result.spec->id)) {
        continue;
      }
      if (check.outcome != Outcome::pass && check.outcome != Outcome::info) {
        out.push_back(full_id(*result.spec, *check.check) + ": " + check.came);
      }
    }
  }
  return out;
}

TEST(MockAgent, keeps_every_clause) {
  mock::MockAgent agent{file("scenarios/reference-agent.json")};
  EXPECT_EQ(red(judge(agent.url(), mock_profile())), none);
}

TEST(MockAgent, keeps_every_clause_for_many_at_once) {
  mock::MockAgent agent{file("scenarios/reference-agent.json")};
  EXPECT_EQ(red(judge(agent.url(), mock_profile(), 4)), none);
}

TEST(SocketDialer, tells_that_nobody_is_there) {
  std::string url;
  {
    const mock::MockAgent gone{R"({"version":1,"stubs":[]})"};
    url = gone.url();
  }
  const RunReport report = judge(url, mock_profile(), 4);
  EXPECT_FALSE(report.reached);
  EXPECT_EQ(exit_code(report), 3);
}

TEST(SocketDialer, survives_an_agent_that_goes_away) {
  mock::MockAgent agent{file("scenarios/reference-agent.json")};
  const auto endpoint = Endpoint::parse(agent.url());
  const auto dialer = make_socket_dialer(*endpoint);
  auto one = dialer->dial({}, dialer->now() + std::chrono::seconds{20});
  auto other = dialer->dial({}, dialer->now() + std::chrono::seconds{20});
  ASSERT_TRUE(one.wire && other.wire);
  const std::jthread stopping{[&agent] { agent.stop(); }};  // it waits for our answer to its Close
  const Arrival end = one.wire->receive(dialer->now() + std::chrono::seconds{20});
  EXPECT_EQ(end.kind, Arrival::Kind::closed);
  EXPECT_EQ(end.close_code, 1001) << "CON-10: an agent that goes down says so";
  one.wire->send_text("to nobody");
  EXPECT_EQ(one.wire->receive(dialer->now() + std::chrono::milliseconds{20}).kind, Arrival::Kind::nothing);
  one.wire.reset();
  EXPECT_EQ(other.wire->receive(dialer->now() + std::chrono::seconds{20}).kind, Arrival::Kind::closed);
}

}  // namespace
}  // namespace procedura::conformance
