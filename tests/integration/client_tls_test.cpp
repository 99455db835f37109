// The client over TLS against a server that writes down every byte it gets: what is said, and that no token is on the wire
// before the certificate holds.
#include "tls_visit.hpp"

#include <procedura/transport.hpp>

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <chrono>
#include <string>
#include <vector>

namespace procedura {
namespace {

using namespace std::chrono_literals;
using procedura::testing::make_certificate;
using procedura::testing::make_pem_pair;
using procedura::testing::PemPair;
using procedura::testing::pin_of;
using procedura::testing::RecordingTlsServer;
using procedura::testing::token;
using procedura::testing::Visit;
using procedura::testing::Wish;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

using ClientTls = procedura::testing::TlsTest;

TEST_F(ClientTls, TheTokenGoesToAServerThatIsVerified) {
  const RecordingTlsServer server{showing(agent)};
  Visit visit{to(server.url(), trusting(authority))};
  ASSERT_TRUE(visit.opened) << visit.end.detail;
  EXPECT_EQ(visit.opened->subprotocol, "");
  ASSERT_TRUE(visit.opened->tls);
  EXPECT_EQ(visit.opened->tls->version, "TLSv1.3");
  EXPECT_TRUE(visit.opened->tls->verified);
  EXPECT_THAT(visit.opened->tls->chain, SizeIs(2));
  EXPECT_TRUE(visit.opened->tls_time);
  const auto record = server.record();
  EXPECT_THAT(record.plain, AllOf(HasSubstr("GET / HTTP/1.1"), HasSubstr(std::string{"Bearer "} + token)));
  EXPECT_THAT(record.raw, Not(HasSubstr(token))) << "encrypted";
  EXPECT_EQ(record.asked_for, "localhost");
}

// The rows of the matrix whose server never gets a token: what is said, and nothing on the wire.
TEST_F(ClientTls, WhoIsNotTrustedGetsNoToken) {
  Wish expired{"expired"};
  expired.authority = &authority;
  expired.from = -48h;
  expired.to = -24h;
  Wish future{"future"};
  future.authority = &authority;
  future.from = 24h;
  future.to = 48h;
  Wish elsewhere{"elsewhere", "DNS:elsewhere.example,DNS:*.example.org"};
  elsewhere.authority = &authority;
  auto old = showing(agent);
  old.newest_version = TLS1_1_VERSION;
  auto wants = showing(agent);
  wants.client_ca_file = authority.certificate_file;
  wants.newest_version = TLS1_2_VERSION;
  TlsOptions removed = trusting(authority);
  removed.pins = {Pin::parse(pin_of(stranger.certificate_file)).value()};
  TlsOptions wrong_own = trusting(authority);
  wrong_own.certificate = stranger.certificate_file;
  wrong_own.key = stranger.key_file;
  RecordingTlsServer::Options http;
  http.instead = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  RecordingTlsServer::Options mail;
  mail.instead = "220 mail ESMTP\r\n";
  struct Case {
    RecordingTlsServer::Options server;
    TlsOptions client;
    std::vector<std::string> words;
  };
  for (const auto& one : {
           Case{showing(make_certificate(at, expired)), trusting(authority), {"CN=expired", "it expired on"}},
           Case{showing(make_certificate(at, future)), trusting(authority), {"CN=future", "not valid before"}},
           Case{showing(make_certificate(at, elsewhere)),
                trusting(authority),
                {"it is for elsewhere.example", "'localhost' was asked for"}},
           Case{showing(agent), trusting(stranger), {"its issuer is not known here", "give the right file with --ca"}},
           Case{showing(stranger), trusting(authority), {"self-signed"}},
           Case{showing(agent), TlsOptions{}, {"its issuer is not known here", "trust that authority with --ca FILE"}},
           Case{showing(agent), removed, {"no key in the chain", "--pin " + pin_of(agent.certificate_file)}},
           Case{old, trusting(authority), {"nothing newer than TLS 1.1"}},
           Case{wants, trusting(authority), {"it wants a client certificate"}},
           Case{wants, wrong_own, {"our certificate"}},
           Case{http, trusting(authority), {"speaks HTTP, not TLS: use ws://localhost"}},
           Case{mail, trusting(authority), {"'220 mail ESMTP'"}},
       }) {
    const RecordingTlsServer server{one.server};
    Visit visit{to(server.url(), one.client)};
    EXPECT_FALSE(visit.opened);
    EXPECT_EQ(visit.end.cause, errc::tls_failed) << visit.end.detail;
    for (const auto& word : one.words) EXPECT_THAT(visit.end.detail, HasSubstr(word));
    EXPECT_TRUE(visit.end.reached.tls) << "for diagnostics";
    EXPECT_FALSE(visit.end.reached.tls_time);
    expect_no_token(server);
  }
}

TEST_F(ClientTls, ASecondPinAndAClientCertificateLetIn) {
  TlsOptions options = trusting(authority);
  for (const auto* pinned : {&stranger, &agent}) options.pins.push_back(Pin::parse(pin_of(pinned->certificate_file)).value());
  const PemPair mine = make_pem_pair(at, "mine", &authority);
  options.certificate = mine.certificate_file;
  options.key = mine.key_file;
  auto wants = showing(agent);
  wants.client_ca_file = authority.certificate_file;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    wants.newest_version = version;
    const RecordingTlsServer server{wants};
    Visit visit{to(server.url(), options)};
    EXPECT_TRUE(visit.opened) << visit.end.detail;
  }
}

// In TLS 1.3 the server says so after the handshake: to a client that has its token, but sends it to a server that it verified.
TEST_F(ClientTls, AClientCertificateThatIsMissingInTls13) {
  auto wants = showing(agent);
  wants.client_ca_file = authority.certificate_file;
  wants.oldest_version = TLS1_3_VERSION;
  const RecordingTlsServer server{wants};
  Visit missing{to(server.url(), trusting(authority))};
  EXPECT_EQ(missing.end.cause, errc::tls_failed) << missing.end.detail;
  EXPECT_THAT(missing.end.detail, HasSubstr("client certificate"));
  EXPECT_THAT(missing.end.detail, HasSubstr("--cert FILE and --key FILE"));
  EXPECT_EQ(server.record().plain, "") << "the server never took it in";
}

TEST_F(ClientTls, AServerThatNeverAnswersTheHello) {
  RecordingTlsServer::Options silent = showing(agent);
  silent.silent = true;
  const RecordingTlsServer server{silent};
  auto options = to(server.url(), trusting(authority));
  options.connect_timeout = 200ms;
  const auto began = std::chrono::steady_clock::now();
  Visit visit{options};
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_EQ(visit.end.cause, errc::connect_timeout);
  EXPECT_THAT(visit.end.detail, HasSubstr("did not answer the TLS hello within 0.2 s"));
  EXPECT_TRUE(visit.end.reached.connect_time);
  EXPECT_FALSE(visit.end.reached.tls_time);
  expect_no_token(server);
}

TEST_F(ClientTls, CutAtEachByteOfTheHandshake) {
  TlsOptions tls = trusting(authority);
  tls.resume = false;
  const auto shared = TlsContext::make(tls).value();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto options = showing(agent);
    options.newest_version = version;
    RecordingTlsServer server{options};
    auto transport = to(server.url("127.0.0.1"), tls);
    transport.tls = shared;
    std::size_t cut = 0;
    for (;; ++cut) {
      server.cut_after(cut);
      Visit visit{transport};
      if (cut == 0) {
        // Nothing was heard of TLS: so may somebody answer whose agent starts anew, and another attempt helps.
        ASSERT_EQ(visit.end.cause, errc::connect_failed);
        ASSERT_THAT(visit.end.detail, HasSubstr("hung up without a word of TLS"));
      } else {
        // The last bytes are the answer to the upgrade: the certificate has held by then.
        if (visit.end.cause != errc::tls_failed) break;
        ASSERT_THAT(visit.end.detail, HasSubstr("it hung up ")) << cut;
      }
      ASSERT_FALSE(visit.opened);
      const auto record = server.record();
      ASSERT_EQ(record.plain, "") << cut;
      ASSERT_EQ(record.raw.find(token), std::string::npos) << cut;
      ASSERT_LT(cut, 10'000U) << "it never ends";
    }
    EXPECT_GT(cut, 600U);
  }
}

TEST_F(ClientTls, ATokenFollowsNoRedirect) {
  const RecordingTlsServer other{showing(agent)};
  auto redirecting = showing(agent);
  redirecting.answer = "HTTP/1.1 302 Found\r\nLocation: " + other.url() + "/\r\nContent-Length: 0\r\n\r\n";
  const RecordingTlsServer server{redirecting};
  Visit visit{to(server.url(), trusting(authority))};
  EXPECT_EQ(visit.end.cause, errc::handshake_refused);
  EXPECT_EQ(visit.end.http_status, 302U);
  EXPECT_THAT(visit.end.detail, HasSubstr("redirects are not followed"));
  EXPECT_EQ(other.record().connections, 0);
}

TEST_F(ClientTls, ASecondConnectionIsResumedAlsoAfterAnAbruptEnd) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto options = showing(agent);
    options.newest_version = version;
    options.cut_after_answer = true;
    const RecordingTlsServer server{options};
    auto there = to(server.url(), trusting(authority));
    for (int number = 0; number < 3; ++number) {
      Visit visit{there, "a message that nobody answers"};
      ASSERT_TRUE(visit.opened) << visit.end.detail;
      EXPECT_EQ(visit.opened->tls->resumed, number > 0);
      EXPECT_TRUE(visit.opened->tls->verified);
      EXPECT_THAT(visit.opened->tls->chain, SizeIs(2));
    }
    EXPECT_EQ(server.record().resumed, 2);
  }
}

TEST_F(ClientTls, AConnectionThatIsCutIsLost) {
  auto options = showing(agent);
  options.cut_after_answer = true;
  const RecordingTlsServer server{options};
  Visit visit{to(server.url(), trusting(authority)), "a message that nobody answers"};
  EXPECT_TRUE(visit.opened);
  EXPECT_EQ(visit.end.cause, errc::connection_lost) << visit.end.detail;
}

}  // namespace
}  // namespace procedura
