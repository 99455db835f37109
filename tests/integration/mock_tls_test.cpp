// The mock over TLS: whom it shows what, whom it lets in, and that all it does over TCP it does here too.
#include "net/frame_header.hpp"
#include "net/tls.hpp"
#include "raw_client.hpp"
#include "running_server.hpp"
#include "temporary_folder.hpp"
#include "tls_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <fstream>
#include <string>

namespace procedura::mock {
namespace {

using namespace std::string_literals;
using engine::WireChange;
using procedura::testing::make_pem_pair;
using procedura::testing::PemPair;
using procedura::testing::RawClient;
using procedura::testing::TlsClient;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

constexpr auto scenario =
    R"({"version": 1, "stubs": [{"name": "echo", "match": {"cmd": "echo"}, "reply": [{"finished": "${args}"}]}]})";
constexpr auto echo = R"({"id":"1","cmd":"echo","args":["x"],"mode":"sync"})";

std::shared_ptr<net::TlsIdentity> identity(const net::TlsOptions& options = {}, const std::string& host = "127.0.0.1") {
  auto made = net::make_tls_identity(options, host);
  if (const auto* problem = std::get_if<std::string>(&made)) throw std::runtime_error{*problem};
  return std::get<0>(made);
}

net::ServerOptions options(const net::TlsOptions& tls = {}) {
  net::ServerOptions made;
  made.tls = identity(tls);
  made.upgrade_limit = milliseconds{400};
  made.close_limit = milliseconds{400};
  return made;
}

TlsClient::Options trusting(const std::string& file) {
  TlsClient::Options made;
  made.trusted_file = file;
  return made;
}

class MockTls : public ::testing::Test {
 protected:
  procedura::testing::TemporaryFolder folder;
  const std::string at = folder.path().string();
};

TEST_F(MockTls, ASelfSignedCertificateIsTheOneThatWasPrinted) {
  const auto made = options();
  EXPECT_THAT(made.tls->fingerprint(), ::testing::MatchesRegex("([0-9A-F][0-9A-F]:)+[0-9A-F][0-9A-F]"));
  EXPECT_EQ(made.tls->fingerprint().size(), 95U);
  EXPECT_NE(made.tls->fingerprint(), identity()->fingerprint()) << "each run makes its own";
  const RunningServer running{scenario, made};
  EXPECT_THAT(running.url, StartsWith("wss://127.0.0.1:"));
  TlsClient client{running.port};
  EXPECT_EQ(client.fingerprint(), made.tls->fingerprint());
  EXPECT_EQ(client.version(), "TLSv1.3");
  EXPECT_THAT(client.upgrade(), StartsWith("HTTP/1.1 101"));
  client.write(RawClient::frame(0x81, echo));
  EXPECT_THAT(client.read_until(R"(["x"]})"), HasSubstr("ack"));
}

TEST_F(MockTls, CertificatesFromFilesAreVerifiable) {
  const PemPair authority = make_pem_pair(at, "authority");
  const PemPair server = make_pem_pair(at, "server", &authority);
  const RunningServer running{scenario, options({server.certificate_file, server.key_file, ""})};
  TlsClient client{running.port, trusting(authority.certificate_file)};
  EXPECT_THAT(client.upgrade(), StartsWith("HTTP/1.1 101"));
  const PemPair stranger = make_pem_pair(at, "stranger");
  EXPECT_THAT([&] { TlsClient(running.port, trusting(stranger.certificate_file)); },
              ThrowsMessage<std::runtime_error>(HasSubstr("certificate verify failed")));
  auto elsewhere = trusting(authority.certificate_file);
  elsewhere.host = "elsewhere.example";
  EXPECT_THROW(TlsClient(running.port, elsewhere), std::runtime_error);
}

TEST_F(MockTls, NothingOlderThanTls12) {
  const RunningServer running{scenario, options()};
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsClient::Options old;
    old.newest_version = version;
    EXPECT_THROW(TlsClient(running.port, old), std::runtime_error) << version;
  }
  TlsClient::Options still_good;
  still_good.newest_version = TLS1_2_VERSION;
  EXPECT_EQ(TlsClient(running.port, still_good).version(), "TLSv1.2");
}

TEST_F(MockTls, AClientHasToShowACertificateIfThatIsAskedFor) {
  const PemPair authority = make_pem_pair(at, "authority");
  const PemPair good = make_pem_pair(at, "client", &authority);
  const PemPair stranger = make_pem_pair(at, "stranger");
  const RunningServer running{scenario, options({"", "", authority.certificate_file})};
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient::Options shown;
    shown.newest_version = version;
    shown.own = &good;
    for (int again = 0; again < 2; ++again) EXPECT_THAT(TlsClient(running.port, shown).upgrade(), StartsWith("HTTP/1.1 101"));
    // In TLS 1.3 a client only learns with its first read that it was turned away.
    for (const PemPair* own : {static_cast<const PemPair*>(nullptr), &stranger}) {
      shown.own = own;
      EXPECT_THROW(TlsClient(running.port, shown).upgrade(), std::runtime_error);
    }
  }
  EXPECT_THAT(running.logged(), HasSubstr("a TLS handshake failed: "));
}

TEST_F(MockTls, WhoSpeaksHttpOrNothingIsNotWaitedFor) {
  const RunningServer running{scenario, options()};
  RawClient plain{running.port};
  plain.write("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
  const std::string answer = plain.read_to_end().value_or("reset");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(answer, HasSubstr("wss://"));
  RawClient garbage{running.port};
  garbage.write("\x01\x02 no TLS at all, and a good deal longer than the header of a record would be");
  garbage.read_to_end();
  RawClient silent{running.port};
  EXPECT_EQ(silent.read_to_end().value_or(""), "");
  RawClient half{running.port};
  half.write("\x16\x03\x01\x02"s);
  EXPECT_EQ(half.read_to_end().value_or(""), "");
  TlsClient waits{running.port};
  EXPECT_EQ(waits.read_to_end().value_or(""), "") << "the limit is for the handshake and the upgrade together";
  EXPECT_EQ(running.server->bugs(), 0U);
  EXPECT_THAT(running.logged(), HasSubstr("a client spoke plain HTTP where TLS is spoken"));
}

TEST_F(MockTls, BigMessagesBothWays) {
  const RunningServer running{scenario, options()};
  TlsClient client{running.port};
  client.upgrade();
  const std::string big(std::size_t{5} * 1024 * 1024, 'y');
  client.write(RawClient::frame(0x81, R"({"id":"1","cmd":"echo","args":[")" + big + R"("],"mode":"sync"})"));
  EXPECT_THAT(client.read_until("\"]}").size(), ::testing::Gt(big.size()));
}

TEST_F(MockTls, EndsWithCloseAndCloseNotify) {
  const RunningServer running{scenario, options()};
  TlsClient client{running.port};
  client.upgrade();
  client.write(RawClient::frame(0x88, "\x03\xe8"s));
  EXPECT_EQ(client.read_to_end(), "\x88\x02\x03\xE8"s) << "nullopt: without a close_notify";
}

TEST_F(MockTls, FaultsAreBelowTls) {
  net::ServerOptions made = options();
  made.manual_clock = true;
  const RunningServer running{scenario, made};
  std::uint64_t clients = 0;
  const auto connected = [&] {
    auto client = std::make_unique<TlsClient>(running.port);
    client->upgrade();
    ++clients;
    const auto total = [](const engine::Engine& agent) { return agent.metrics().connections_total; };
    EXPECT_TRUE(running.comes_to([&] { return running.look(total) == clients; }));
    return client;
  };
  const auto dribbled = connected();
  running.carry_out([](engine::Outputs& out) {
    out.wire(1, {fault::Dribble{milliseconds{10}}});
    append_text(out, 1, "ab");
  });
  EXPECT_EQ(dribbled->read(1), "\x81");
  for (const char* byte : {"\x02", "a", "b"}) {
    running.server->advance(milliseconds{10});
    EXPECT_EQ(dribbled->read(1), byte);
  }
  const auto held = connected();
  running.carry_out([](engine::Outputs& out) {
    out.wire(2, {WireChange::Latency{milliseconds{10}}});
    append_text(out, 2, "held");
  });
  running.server->advance(milliseconds{10});
  EXPECT_EQ(held->read(6), "\x81\x04held");
  const auto dropped = connected();
  running.carry_out([](engine::Outputs& out) {
    append_text(out, 3, "before");
    out.drop(3);
  });
  EXPECT_EQ(dropped->read(8),
            "\x81\x06"
            "before");
  EXPECT_EQ(dropped->read_to_end(), std::nullopt) << "a FIN without a close_notify";
  const auto reset = connected();
  running.carry_out([](engine::Outputs& out) {
    append_text(out, 4, "before");
    out.reset(4);
  });
  EXPECT_EQ(reset->read(8),
            "\x81\x06"
            "before");
  EXPECT_EQ(reset->read_to_end(), std::nullopt);
  EXPECT_TRUE(running.comes_to([&] { return running.open_connections() <= 3; }));
  EXPECT_EQ(running.server->bugs(), 0U);
}

TEST_F(MockTls, HalfOpenOverTls) {
  const RunningServer running{scenario, options()};
  {
    TlsClient client{running.port};
    client.upgrade();
    ASSERT_TRUE(running.comes_to([&] { return running.open_connections() == 1; }));
    running.carry_out([](engine::Outputs& out) { out.wire(1, {fault::HalfOpen{}}); });
    client.write(RawClient::frame(0x81, echo));
    EXPECT_EQ(running.open_connections(), 1U);
  }
  EXPECT_TRUE(running.comes_to([&] { return running.open_connections() == 0; }));
}

// ------------------------------------------------------------------------------------------------------- what is wrong with
// files

TEST_F(MockTls, SaysWhatIsWrongWithItsFiles) {
  const PemPair good = make_pem_pair(at, "good");
  const PemPair other = make_pem_pair(at, "other");
  const std::string garbage = at + "/garbage.pem";
  std::ofstream{garbage} << "-----BEGIN CERTIFICATE-----\nnot base64 at all\n-----END CERTIFICATE-----\n";
  const std::string empty = at + "/empty.pem";
  std::ofstream{empty}.close();
  const std::string locked = at + "/locked.key";
  std::ofstream{locked} << "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                           "MIGjME4GCSqGSIb3DQEFDTBBMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAwDAYIKoZIhvcNAgkFADAUBggqhkiG9w0D\n"
                           "BwQIAAAAAAAAAAAEUQ==\n-----END ENCRYPTED PRIVATE KEY-----\n";
  struct Case {
    net::TlsOptions options;
    std::vector<std::string> words;
  };
  for (const auto& one :
       {Case{{at + "/none.pem", good.key_file, ""}, {"certificate", "none.pem", "No such file", "--tls-cert"}},
        Case{{good.certificate_file, at + "/none.key", ""}, {"key", "none.key", "No such file", "--tls-key"}},
        Case{{empty, good.key_file, ""}, {"certificate", "empty.pem", "it is empty"}},
        Case{{at, good.key_file, ""}, {"certificate", at, "Is a directory"}},
        Case{{garbage, good.key_file, ""}, {"certificate", "garbage.pem", "PEM"}},
        Case{{good.key_file, good.key_file, ""}, {"certificate", "good.key", "PEM"}},
        Case{{good.certificate_file, good.certificate_file, ""}, {"key", "good.pem", "PEM"}},
        Case{{good.certificate_file, other.key_file, ""}, {"other.key", "it is not the key of", "good.pem"}},
        Case{{good.certificate_file, locked, ""}, {"locked.key", "without a passphrase"}},
        Case{{"", "", at + "/none.pem"}, {"client CA", "none.pem", "No such file", "--tls-client-ca"}},
        Case{{"", "", garbage}, {"client CA", "garbage.pem", "PEM"}},
        Case{{"", "", good.key_file}, {"client CA", "good.key", "PEM"}},
        Case{{at + "/\x1b[31m.pem", good.key_file, ""}, {"certificate"}}}) {
    const auto made = net::make_tls_identity(one.options, "127.0.0.1");
    ASSERT_TRUE(std::holds_alternative<std::string>(made)) << one.words.front();
    const auto& problem = std::get<std::string>(made);
    for (const auto& word : one.words) EXPECT_THAT(problem, HasSubstr(word));
    EXPECT_EQ(problem.find('\x1b'), std::string::npos);
    EXPECT_EQ(problem.find('\n'), std::string::npos);
  }
}

TEST_F(MockTls, ASelfSignedCertificateIsGoodForTheHostListenedOn) {
  for (const char* host : {"127.0.0.1", "::1", "0.0.0.0", "my-host.example", "10.1.2.3", "", "evil,DNS:other"}) {
    EXPECT_NO_THROW(identity({}, host)) << host;
  }
}

}  // namespace
}  // namespace procedura::mock
