// Agents over wss:// that break one rule each, in memory: the mock in the catalogue of broken agents speaks no TLS.
#include <procedura/conformance/render.hpp>
#include <procedura/conformance/runner.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace procedura::conformance {
namespace {

/// What is heard and seen of an agent below WebSocket.
struct TlsAgent {
  std::string distrust{};
  bool name_fits = true;
  bool upgrades = true;
  bool speaks_old_tls = false;
  bool speaks_clear_text = false;
  bool speaks_tls = true;
};

/// Answers whatever is asked with one HTTP response.
class Answering final : public RawWire {
 public:
  explicit Answering(bool accepts)
      : answer_{accepts ? "HTTP/1.1 101 Switching Protocols\r\n\r\n" : "HTTP/1.1 400 Bad Request\r\n\r\n"} {}

  void write(std::string) override { asked_ = true; }
  std::string read(TimePoint) override { return asked_ ? std::exchange(answer_, {}) : std::string{}; }
  bool ended() const override { return answer_.empty(); }
  void reset() override { answer_.clear(); }

 private:
  std::string answer_;
  bool asked_ = false;
};

class TlsDialer final : public Dialer {
 public:
  explicit TlsDialer(const TlsAgent& agent) : agent_{agent} {}

  std::set<Need> brings() const override { return {Need::tls}; }
  Dialed dial(const Offer&, TimePoint) override { return {nullptr, 0, {}, "none here"}; }
  std::optional<std::string> unreachable(TimePoint) override { return std::nullopt; }
  TimePoint now() override { return now_ += std::chrono::milliseconds{1}; }

  RawDialed dial_raw(Depth depth, TimePoint) override {
    if (depth == Depth::below_tls) {
      return {std::make_unique<Answering>(agent_.speaks_clear_text), {}, {}};
    }
    const bool old = depth == Depth::old_tls;
    if (old ? !agent_.speaks_old_tls : !agent_.speaks_tls) {
      return {nullptr, "alert protocol version", {}};
    }
    return {std::make_unique<Answering>(agent_.upgrades),
            {},
            TlsSight{old ? "TLSv1.1" : "TLSv1.3", agent_.distrust, agent_.name_fits, "CN=agent"}};
  }

 private:
  const TlsAgent& agent_;
  TimePoint now_{};
};

RunReport judge(const TlsAgent& agent) {
  Profile profile;
  profile.agent = "an agent in memory";
  profile.modules[Need::quick] = {.cmd = "quick"};
  RunOptions options;
  options.seed = 3;
  options.select = {"tls/*"};
  return run_suite(
      server_cases(), profile, [&agent] { return std::make_unique<TlsDialer>(agent); }, options);
}

/// Those that neither passed nor were only told, with their outcomes.
std::string red(const RunReport& report) {
  std::string out;
  for (const CaseResult& result : report.cases) {
    for (const CheckResult& check : result.checks) {
      if (check.outcome != Outcome::pass && check.outcome != Outcome::info) {
        out += full_id(*result.spec, *check.check) + " " + std::string{to_string(check.outcome)} + "\n";
      }
    }
  }
  return out;
}

TEST(TlsAgents, are_well) {
  EXPECT_EQ(red(judge({})), "");
}

TEST(TlsAgents, show_a_chain_to_nobody_that_is_trusted) {
  EXPECT_EQ(red(judge({.distrust = "certificate has expired"})), "tls/certificate:chain FAIL\n");
}

TEST(TlsAgents, show_a_certificate_for_somebody_else) {
  EXPECT_EQ(red(judge({.name_fits = false})), "tls/certificate:name FAIL\n");
}

TEST(TlsAgents, speak_no_websocket_behind_it) {
  EXPECT_EQ(red(judge({.upgrades = false})), "tls/certificate:upgrade FAIL\ntls/plaintext:refused UNTESTABLE\n");
}

TEST(TlsAgents, speak_what_nobody_should_speak_any_more) {
  EXPECT_EQ(red(judge({.speaks_old_tls = true})), "tls/old-version:refused FAIL\n");
}

TEST(TlsAgents, speak_clear_text_at_the_same_door) {
  EXPECT_EQ(red(judge({.speaks_clear_text = true})), "tls/plaintext:refused FAIL\n");
}

TEST(TlsAgents, speak_no_tls_at_all) {
  EXPECT_EQ(red(judge({.speaks_clear_text = true, .speaks_tls = false})),
            "tls/certificate:chain FAIL\ntls/certificate:name FAIL\ntls/certificate:upgrade FAIL\n"
            "tls/old-version:refused UNTESTABLE\ntls/old-version:spoken UNTESTABLE\ntls/plaintext:refused UNTESTABLE\n");
}

}  // namespace
}  // namespace procedura::conformance
