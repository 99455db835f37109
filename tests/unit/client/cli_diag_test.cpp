#include "diag_handshake.hpp"
#include "diag_replies.hpp"
#include "diag_tls.hpp"
#include "token_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>

namespace procedura::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using State = Check::State;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const auto now = std::chrono::sys_days{std::chrono::year{2027} / 1 / 10} + 12h;

Failure failure(errc code, std::string message = "it went wrong") {
  return Failure::of(code, std::move(message));
}

Failure refusal(std::string code) {
  Failure refused = failure(errc::agent_error, "no");
  refused.agent_code = std::move(code);
  return refused;
}

// --- the way to the WebSocket ---------------------------------------------------------------------------------------------

HandshakeInfo reached_open() {
  HandshakeInfo info;
  info.addresses = {"10.0.0.1", "::1"};
  info.resolve_time = 1ms;
  info.remote = "10.0.0.1:8765";
  info.connect_time = 2ms;
  info.upgrade_time = 3ms;
  info.status = 101;
  return info;
}

HandshakeFindings findings(std::string_view url = "ws://agent.example:8765") {
  return {.endpoint = Endpoint::parse(url).value(),
          .info = reached_open(),
          .failure = {},
          .token = TokenPath::none,
          .compression_asked = false,
          .now = now};
}

std::vector<State> states(const std::vector<Check>& checks) {
  std::vector<State> list;
  for (const Check& check : checks) list.push_back(check.state);
  return list;
}

TEST(Handshake, WhereAllIsWellIsSaidSo) {
  const auto checks = handshake_checks(findings());
  EXPECT_THAT(states(checks), ElementsAre(State::ok, State::ok, State::skipped, State::warning, State::ok));
  EXPECT_EQ(checks[0].summary, "agent.example is 10.0.0.1, ::1 (1.000 ms)");
  EXPECT_EQ(checks[1].summary, "connected to 10.0.0.1:8765 (2.000 ms)");
  EXPECT_EQ(checks[2].summary, "none");
  EXPECT_THAT(checks[3].summary, HasSubstr("use wss://")) << "in the clear, to another machine";
  EXPECT_EQ(checks[4].summary, "101, no token sent, not compressed (3.000 ms)");
  EXPECT_EQ(diag_exit(checks), ExitCode::ok);
}

TEST(Handshake, OnThisMachineNoTlsIsNeeded) {
  HandshakeFindings here = findings("ws://127.0.0.1:8765");
  here.info.addresses = {"127.0.0.1"};
  const auto checks = handshake_checks(here);
  EXPECT_EQ(checks[0].summary, "127.0.0.1, an address (1.000 ms)");
  EXPECT_EQ(checks[3].state, State::skipped);
}

TEST(Handshake, SaysWhatBecameOfTheTokenAndNeverShowsIt) {
  const struct {
    TokenPath path;
    const char* subprotocol;
    const char* said;
  } cases[] = {
      {TokenPath::none, "", "no token sent"},
      {TokenPath::both, "s3cret-token", "token sent and echoed as subprotocol"},
      {TokenPath::both, "", "token sent, not echoed as subprotocol"},
      {TokenPath::bearer_only, "", "token sent as Authorization alone"},
  };
  for (const auto& each : cases) {
    HandshakeFindings found = findings();
    found.token = each.path;
    found.info.subprotocol = each.subprotocol;
    found.info.headers = {{"Sec-WebSocket-Protocol", each.subprotocol}};
    const auto checks = handshake_checks(found);
    EXPECT_THAT(checks[4].summary, HasSubstr(each.said));
    EXPECT_THAT(diag_object("u", checks), Not(HasSubstr("s3cret")));
    for (const Check& check : checks) EXPECT_THAT(diag_lines(check, false), Not(HasSubstr("s3cret")));
  }
}

TEST(Handshake, SaysWhatBecameOfCompression) {
  HandshakeFindings found = findings();
  found.compression_asked = true;
  EXPECT_THAT(handshake_checks(found)[4].summary, HasSubstr("compression refused"));
  found.info.compressed = true;
  EXPECT_THAT(handshake_checks(found)[4].summary, HasSubstr(", compressed"));
}

struct StopCase {
  const char* what;
  const char* url;
  errc code;
  std::function<void(HandshakeInfo&)> reached;
  std::size_t at;  // in DNS, TCP, proxy, TLS, WebSocket
  ExitCode exit;
};

const StopCase stops[] = {
    {"no such name", "ws://a", errc::connect_failed, [](auto& info) { info = {}; }, 0, ExitCode::no_connection},
    {"a slow name server", "ws://a", errc::connect_timeout, [](auto& info) { info = {}; }, 0, ExitCode::no_connection},
    {"refused", "ws://a", errc::connect_failed,
     [](auto& info) {
       info.remote.clear();
       info.connect_time.reset();
     },
     1, ExitCode::no_connection},
    {"nobody answers", "wss://a", errc::connect_timeout,
     [](auto& info) {
       info.remote.clear();
       info.connect_time.reset();
     },
     1, ExitCode::no_connection},
    {"the proxy wants a password", "wss://a", errc::connect_failed, [](auto& info) { info.proxy = "http://p:3128"; }, 2,
     ExitCode::no_connection},
    {"the proxy is silent", "ws://a", errc::connect_timeout, [](auto& info) { info.proxy = "http://p:3128"; }, 2,
     ExitCode::no_connection},
    {"the chain does not hold", "wss://a", errc::tls_failed, [](auto&) {}, 3, ExitCode::no_connection},
    {"it fails after TLS was up", "wss://a", errc::tls_failed, [](auto& info) { info.tls_time = 1ms; }, 3,
     ExitCode::no_connection},
    {"a server that never answers the hello", "wss://a", errc::connect_timeout, [](auto&) {}, 3, ExitCode::no_connection},
    {"TLS through a proxy", "wss://a", errc::tls_failed,
     [](auto& info) {
       info.proxy = "http://p:3128";
       info.proxy_time = 1ms;
     },
     3, ExitCode::no_connection},
    {"no agent", "ws://a", errc::handshake_refused, [](auto&) {}, 4, ExitCode::no_connection},
    {"no answer to the upgrade", "wss://a", errc::connect_timeout,
     [](auto& info) {
       info.tls.emplace();
       info.tls_time = 1ms;
     },
     4, ExitCode::no_connection},
};

TEST(Handshake, StopsAtWhatFailedAndSkipsTheRest) {
  for (const StopCase& each : stops) {
    HandshakeFindings found = findings(each.url);
    found.info.status = 0;
    each.reached(found.info);
    found.failure = failure(each.code, "the reason");
    const auto checks = handshake_checks(found);
    ASSERT_EQ(checks.size(), 5U) << each.what;
    for (std::size_t i = 0; i < checks.size(); ++i) {
      EXPECT_EQ(checks[i].state == State::failed, i == each.at) << each.what << ": " << checks[i].name;
      EXPECT_TRUE(i <= each.at || checks[i].state == State::skipped) << each.what << ": " << checks[i].name;
    }
    EXPECT_THAT(checks[each.at].summary, HasSubstr("the reason")) << each.what;
    EXPECT_EQ(diag_exit(checks), each.exit) << each.what;
  }
}

TEST(Handshake, ShowsTheStatusOfARefusedUpgrade) {
  HandshakeFindings found = findings();
  found.failure = failure(errc::handshake_refused, "HTTP 401");
  found.failure->http_status = 401;
  const auto checks = handshake_checks(found);
  EXPECT_EQ(json::parse(diag_object("u", checks))["websocket"]["status"], 401);
  EXPECT_EQ(diag_exit(checks), ExitCode::login);
}

// --- TLS ------------------------------------------------------------------------------------------------------------------

CertificateInfo certificate(std::string subject, std::string issuer, std::chrono::system_clock::time_point until) {
  CertificateInfo info;
  info.subject = std::move(subject);
  info.issuer = std::move(issuer);
  info.not_before = now - 24h;
  info.not_after = until;
  return info;
}

TlsInfo tls_of(std::vector<CertificateInfo> chain, bool verified = true) {
  TlsInfo tls;
  tls.version = "TLSv1.3";
  tls.cipher = "TLS_AES_256_GCM_SHA384";
  tls.verified = verified;
  tls.chain = std::move(chain);
  return tls;
}

TEST(Tls, ShowsTheChainAndWhatToPin) {
  CertificateInfo leaf = certificate("CN=agent.example", "CN=Test CA", now + std::chrono::days{90});
  leaf.names = {"agent.example", "10.0.0.1"};
  const Check check =
      tls_check(tls_of({leaf, certificate("CN=Test CA", "CN=Test CA", now + std::chrono::days{900})}), 4ms, now);
  EXPECT_EQ(check.state, State::ok);
  EXPECT_EQ(check.summary, "TLSv1.3, TLS_AES_256_GCM_SHA384, chain verified (4.000 ms)");
  EXPECT_THAT(check.details,
              ElementsAre("certificate: CN=agent.example", "  for agent.example, 10.0.0.1",
                          "  expires in 90 days, on 2027-04-10", "  pin " + leaf.pin.text(), "issued by:   CN=Test CA",
                          "  expires in 900 days, on 2029-06-28", "  pin " + leaf.pin.text()));
  const json found = json::parse(check.members.str());
  EXPECT_EQ(found["verified"], true);
  EXPECT_EQ(found["chain"][0]["days_left"], 90);
  EXPECT_EQ(found["chain"][0]["not_after"], "2027-04-10T12:00:00Z");
  EXPECT_EQ(found["chain"][0]["pin"], leaf.pin.text());
  EXPECT_EQ(found["chain"][0]["names"], json::parse(R"(["agent.example","10.0.0.1"])"));
}

TEST(Tls, WarnsOfACertificateThatExpiresSoon) {
  const struct {
    std::chrono::seconds left;
    State state;
    const char* said;
  } cases[] = {
      {std::chrono::days{14}, State::ok, ""},
      {std::chrono::days{14} - 1s, State::warning, "a certificate expires in 13 days: renew it"},
      {61s, State::warning, "a certificate expires in 1 min 1 s: renew it"},
      {-1s, State::warning, "a certificate has expired: renew it"},
  };
  for (const auto& each : cases) {
    const Check check = tls_check(tls_of({certificate("CN=a", "CN=b", now + each.left)}), std::nullopt, now);
    EXPECT_EQ(check.state, each.state) << each.left.count();
    EXPECT_THAT(check.summary, HasSubstr(each.said));
  }
  const Check issuer =
      tls_check(tls_of({certificate("CN=a", "CN=b", now + std::chrono::days{99}), certificate("CN=b", "CN=c", now + 1h)}),
                std::nullopt, now);
  EXPECT_EQ(issuer.state, State::warning) << "the issuer's counts too";
}

TEST(Tls, WarnsOfAChainThatNobodyVerified) {
  const Check check = tls_check(tls_of({certificate("CN=a", "CN=a", now + std::chrono::days{99})}, false), std::nullopt, now);
  EXPECT_EQ(check.state, State::warning);
  EXPECT_THAT(check.summary, HasSubstr("NOT verified"));
}

TEST(Tls, AChainThatDoesNotHoldIsShownWithTheReason) {
  HandshakeFindings found = findings("wss://agent.example");
  found.info.status = 0;
  found.info.tls = tls_of({certificate("CN=agent.example", "CN=Nobody", now - std::chrono::days{2})}, false);
  found.failure = failure(errc::tls_failed, "the certificate of agent.example expired on 2027-01-08: renew it there");
  const Check check = handshake_checks(found)[3];
  EXPECT_EQ(check.state, State::failed);
  EXPECT_THAT(check.summary, HasSubstr("expired on 2027-01-08: renew it there"));
  EXPECT_THAT(check.details,
              AllOf(Contains("certificate: CN=agent.example"), Contains("  issued by CN=Nobody, which was not sent"),
                    Contains("  EXPIRED 2 days ago, on 2027-01-08")));
  const json object = json::parse(check.members.str());
  EXPECT_EQ(object["error"]["code"], "TLS_FAILED");
  EXPECT_EQ(object["verified"], false);
  EXPECT_EQ(object["chain"].size(), 1U);
}

TEST(Tls, ACertificateOfTomorrowAsksForTheClock) {
  CertificateInfo early = certificate("CN=a", "CN=a", now + std::chrono::days{99});
  early.not_before = now + 1h;
  EXPECT_THAT(tls_check(tls_of({early}), std::nullopt, now).details,
              Contains(HasSubstr("is the clock of this machine right?")));
}

TEST(Tls, HostileNamesFillNoScreenAndMoveNoCursor) {
  CertificateInfo evil = certificate("CN=\x1b[2J\xff" + std::string(100'000, 'x'), "CN=\u202e", now + std::chrono::days{99});
  evil.names.assign(1000, "\x1b]0;title\x07");
  const Check check = tls_check(tls_of({evil}), std::nullopt, now);
  const std::string text = diag_lines(check, false);
  EXPECT_LT(text.size(), 2000U);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\u202e")), HasSubstr("and 994 more")));
  EXPECT_TRUE(json::accept(check.members.str()));
}

// --- what the agent answers -----------------------------------------------------------------------------------------------

struct ReplyCase {
  const char* reply;
  State state;
  const char* said;
};

TEST(Identity, IsReadFromTheReply) {
  const ReplyCase cases[] = {
      {R"({"authenticated":true,"user":"ann","device":"cli","via":"subprotocol","expires_in":7199})", State::ok,
       "ann, device cli, by subprotocol, for another 1 h 59 min"},
      {R"({"authenticated":true,"user":"ann","device":null,"via":null,"expires_in":null})", State::ok, "ann"},
      {R"({"authenticated":true})", State::ok, "somebody"},
      {R"({"authenticated":true,"user":7,"expires_in":-5})", State::ok, "somebody"},
      {R"({"authenticated":false,"user":null})", State::failed, "run `procedura login`"},
      {R"({"authenticated":"yes"})", State::warning, "not as documented"},
      {R"([1])", State::warning, "not as documented"},
      {R"(null)", State::warning, "not as documented"},
  };
  for (const ReplyCase& each : cases) {
    const Check check = identity_check(std::string{each.reply}, true);
    EXPECT_EQ(check.state, each.state) << each.reply;
    EXPECT_THAT(check.summary, HasSubstr(each.said)) << each.reply;
  }
  EXPECT_EQ(identity_check(std::string{R"({"authenticated":false})"}, true).exit, ExitCode::login);
  const Check stranger = identity_check(std::string{R"({"authenticated":false})"}, false);
  EXPECT_EQ(stranger.state, State::warning) << "who sends no token is nobody, and that is no failure";
  EXPECT_EQ(stranger.exit, ExitCode::ok);
}

TEST(Replies, ABuiltinThatTheAgentDoesNotKnowIsNoFailure) {
  const Result<std::string> unknown = refusal("UNKNOWN_MODULE");
  for (const Check& check : {identity_check(unknown, true), keepalive_check(unknown, 1ms, now), metrics_check(unknown)}) {
    EXPECT_EQ(check.state, State::unknown);
    EXPECT_EQ(check.exit, ExitCode::ok);
    EXPECT_THAT(check.summary, HasSubstr("the agent does not know __"));
  }
}

TEST(Replies, OtherFailuresHaveTheirExitCode) {
  const std::pair<Failure, ExitCode> cases[] = {
      {refusal("AUTH_EXPIRED"), ExitCode::login},
      {refusal("INTERNAL"), ExitCode::failed},
      {failure(errc::ack_timeout), ExitCode::timeout},
      {failure(errc::connection_lost), ExitCode::no_connection},
      {failure(errc::protocol_error), ExitCode::broken_protocol},
  };
  for (const auto& [why, exit] : cases)
    for (const Check& check : {identity_check(why, true), keepalive_check(why, 1ms, now), metrics_check(why)}) {
      EXPECT_EQ(check.state, State::failed) << describe(why);
      EXPECT_EQ(check.exit, exit) << describe(why);
    }
}

TEST(Keepalive, ComparesTheClocks) {
  const auto at = [](long long ms) { return R"({"ok":true,"server_time_ms":)" + std::to_string(ms) + "}"; };
  const long long ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  EXPECT_EQ(keepalive_check(at(ms), 2ms, now).summary, "answered in 2.000 ms, its clock agrees with ours");
  EXPECT_THAT(keepalive_check(at(ms + 90'000), 2ms, now).summary, HasSubstr("its clock is 1 min 30 s ahead of ours"));
  EXPECT_THAT(keepalive_check(at(ms - 90'100), 2ms, now).summary, HasSubstr("its clock is 1 min 30 s behind ours"));
  EXPECT_EQ(keepalive_check(std::string{R"({"ok":true,"server_time_ms":1e300})"}, 2ms, now).summary, "answered in 2.000 ms");
  EXPECT_EQ(keepalive_check(std::string{R"({"ok":true})"}, 2ms, now).summary, "answered in 2.000 ms");
  EXPECT_EQ(keepalive_check(std::string{R"({"ok":false})"}, 2ms, now).state, State::warning);
}

TEST(Metrics, AreShownInWordsAndKeptWhole) {
  const std::string reply = R"({"uptime_s":3725.5,"connections":{"open":1,"total":40},"frames":{"in":10,"out":20},)"
                            R"("bytes":{"in":123456789012345678901,"out":2},"jobs":{"live":0,"finished":9,"failed":1},)"
                            R"("errors":{"UNKNOWN_MODULE":3}})";
  const Check check = metrics_check(reply);
  EXPECT_EQ(check.summary, "up for 1 h 2 min");
  EXPECT_THAT(check.details,
              ElementsAre("connections 1 open, 40 total", "frames 10 in, 20 out", "bytes 123456789012345678901 in, 2 out",
                          "jobs 0 live, 9 finished, 1 failed", "errors UNKNOWN_MODULE 3"));
  EXPECT_THAT(check.members.str(), HasSubstr(reply)) << "number text is the agent's own";
}

TEST(Metrics, OfAnAgentThatSaysSomethingElse) {
  EXPECT_EQ(metrics_check(std::string{"[]"}).state, State::warning);
  EXPECT_EQ(metrics_check(std::string{R"({"uptime_s":"long"})"}).state, State::warning);
  const Check sparse = metrics_check(std::string{R"({"uptime_s":1,"jobs":[],"errors":7})"});
  EXPECT_EQ(sparse.state, State::ok);
  EXPECT_THAT(sparse.details, Contains("jobs ? live, ? finished, ? failed"));
  std::string many = R"({"uptime_s":1,"errors":{)";
  for (int i = 0; i < 10'000; ++i) many += (i == 0 ? "\"E" : ",\"E") + std::to_string(i) + "\":1";
  EXPECT_LT(diag_lines(metrics_check(many + "}}"), false).size(), 1000U);
}

TEST(Pings, OfWhichSomeOrNoneAreAnswered) {
  RoundTrips trips;
  trips.sent();
  const Check none = ping_check(trips, failure(errc::ack_timeout, "no pong within 5 s"));
  EXPECT_EQ(none.state, State::failed);
  EXPECT_EQ(none.exit, ExitCode::timeout);
  EXPECT_THAT(none.summary, HasSubstr("--timeout SECS waits longer"));
  trips.answered(1ms);
  EXPECT_EQ(ping_check(trips, std::nullopt).summary, "1 of 1 answered, min/avg/max/mdev 1.000/1.000/1.000/0.000 ms");
  trips.sent();
  const Check some = ping_check(trips, failure(errc::ack_timeout));
  EXPECT_EQ(some.state, State::warning);
  EXPECT_EQ(some.exit, ExitCode::ok);
}

// --- the token ------------------------------------------------------------------------------------------------------------

struct TokenTest : testing::Test {
  TokenTest() { settings.endpoint = Endpoint::parse("ws://agent.example:8765").value(); }
  static SavedToken saved(std::optional<std::string> origin = "ws://agent.example:8765") {
    return {"s3cret-token", std::move(origin), {}, {}};
  }
  TokenFinding find(const Result<std::optional<SavedToken>>& from) const {
    return find_token(settings, from, "/home/me/token", now);
  }
  Settings settings;
};

TEST_F(TokenTest, IsFoundAndNotShown) {
  SavedToken token = saved();
  token.expires = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() + 7200;
  const TokenFinding found = find(std::optional{token});
  EXPECT_EQ(found.token, "s3cret-token");
  EXPECT_EQ(found.check.summary, "saved in /home/me/token, for another 2 h");
  EXPECT_THAT(found.check.members.str(), Not(HasSubstr("s3cret")));
}

TEST_F(TokenTest, ThatIsNotThereIsNoFailure) {
  const TokenFinding found = find(std::optional<SavedToken>{});
  EXPECT_EQ(found.check.state, State::skipped);
  EXPECT_FALSE(found.token);
}

TEST_F(TokenTest, OfAnotherAgentStaysHere) {
  const TokenFinding found = find(std::optional{saved("ws://elsewhere.example:8765")});
  EXPECT_FALSE(found.token) << "AUT-8";
  EXPECT_EQ(found.check.exit, ExitCode::login);
  settings.token_file = Setting{"/home/me/token", Origin::environment, "PROCEDURA_TOKEN_FILE"};
  EXPECT_FALSE(find(std::optional{saved("ws://elsewhere.example:8765")}).token) << "a variable may have been set long ago";
  settings.token_file = Setting{"/home/me/token", Origin::flag, "--token-file"};
  EXPECT_TRUE(find(std::optional{saved("ws://elsewhere.example:8765")}).token) << "unless the file was named";
}

TEST_F(TokenTest, ThatExpiredIsWarnedOfAndSentAllTheSame) {
  SavedToken token = saved();
  token.expires = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() - 60;
  const TokenFinding found = find(std::optional{token});
  EXPECT_EQ(found.check.state, State::warning);
  EXPECT_THAT(found.check.summary, HasSubstr("it expired 1 min ago: run `procedura login`"));
  EXPECT_TRUE(found.token);
}

TEST_F(TokenTest, ThatIsGivenCountsAlone) {
  settings.token = Setting{"given-token", Origin::environment, "PROCEDURA_TOKEN"};
  const TokenFinding found = find(Failure::of(errc::token_store, "unreadable"));
  EXPECT_EQ(found.token, "given-token");
  EXPECT_EQ(found.check.summary, "given by PROCEDURA_TOKEN");
}

TEST_F(TokenTest, ThatCannotBeReadIsAFailureAndTheReportGoesOn) {
  const TokenFinding found = find(Failure::of(errc::token_store, "/home/me/token: permission denied"));
  EXPECT_EQ(found.check.state, State::failed);
  EXPECT_FALSE(found.token);
}

// --- the report -----------------------------------------------------------------------------------------------------------

TEST(Report, IsALineForEachCheck) {
  EXPECT_EQ(diag_lines({"DNS", State::ok, "found"}, false), "ok    DNS          found\n");
  EXPECT_EQ(diag_lines({"TLS", State::warning, "soon", {"one", "two"}}, false),
            "warn  TLS          soon\n                   one\n                   two\n");
  EXPECT_EQ(diag_lines({"proxy", State::skipped, "none"}, false), "--    proxy        none\n");
  EXPECT_EQ(diag_lines({"metrics", State::unknown, "unknown"}, false), "--    metrics      unknown\n");
  EXPECT_EQ(diag_lines({"TCP", State::failed, "no"}, true), "\x1b[1;31mFAIL  \x1b[0mTCP          no\n");
}

TEST(Report, IsOneObjectForPrograms) {
  Check dns{"DNS", State::ok, "found"};
  dns.members.raw("ms", "1.5");
  Check refused = failed_check("who am I", refusal("AUTH_REQUIRED"));
  const Check later = failed_check("ping", failure(errc::ack_timeout));
  EXPECT_EQ(json::parse(diag_object("ws://a:1/", std::vector{dns, refused, later})),
            json::parse(R"({"url":"ws://a:1/","ok":false,"exit_code":4,"dns":{"state":"ok","summary":"found","ms":1.5},
              "who_am_i":{"state":"failed","summary":"AUTH_REQUIRED: no; run `procedura login`",
                          "error":{"status":"error","code":"AUTH_REQUIRED","message":"no"}},
              "ping":{"state":"failed","summary":"ACK_TIMEOUT: it went wrong; --timeout SECS waits longer",
                      "error":{"status":"error","code":"ACK_TIMEOUT","message":"it went wrong"}}})"));
}

}  // namespace
}  // namespace procedura::cli
