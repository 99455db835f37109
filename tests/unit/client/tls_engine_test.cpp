// The client's side of TLS against OpenSSL's server side, without a socket.
#include "tls_engine.hpp"

#include "temporary_folder.hpp"
#include "tls_server.hpp"

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace procedura::detail {
namespace {

using namespace std::chrono_literals;
using procedura::testing::make_certificate;
using procedura::testing::make_pem_pair;
using procedura::testing::PemPair;
using procedura::testing::pin_of;
using procedura::testing::TlsServerSide;
using procedura::testing::Wish;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Step = TlsEngine::Step;

std::shared_ptr<TlsContext> context(const TlsOptions& options) {
  return TlsContext::make(options).value();
}

/// A client and a server, and the bytes between them.
struct Pair {
  Pair(std::shared_ptr<TlsContext> client_context, const TlsServerSide::Context& server_context,
       const std::string& url = "wss://localhost:8765")
      : client{std::move(client_context), Endpoint::parse(url).value()}, server{server_context} {}

  Step shake_hands() {
    Step step = Step::needs_input;
    for (int flights = 0; flights < 8 && step == Step::needs_input; ++flights) {
      step = client.handshake();
      to_server();
      to_client();
    }
    return step;
  }
  void to_server() {
    std::string bytes;
    client.take_output(bytes);
    if (!bytes.empty()) server.received(bytes);
  }
  void to_client() {
    if (const std::string bytes = server.take_output(); !bytes.empty()) client.received(bytes);
  }
  std::string read() {
    std::string text;
    std::array<char, 4096> into;
    while (true) {
      const auto taken = client.read(into.data(), into.size());
      if (taken.ec || taken.size == 0) {
        last = taken.ec;
        break;
      }
      text.append(into.data(), taken.size);
    }
    return text;
  }

  TlsEngine client;
  TlsServerSide server;
  boost::system::error_code last;
};

class TlsEngineTest : public ::testing::Test {
 protected:
  TlsOptions trusting(const PemPair& whom) const {
    TlsOptions options;
    options.ca = whom.certificate_file;
    return options;
  }
  TlsServerSide::Context server(const PemPair& own, int newest = 0) const {
    TlsServerSide::Options options;
    options.own = own;
    options.newest_version = newest;
    return TlsServerSide::make_context(options);
  }
  PemPair made(Wish wish) const {
    if (wish.authority == nullptr && !wish.may_sign) wish.authority = &authority;
    return make_certificate(at, wish);
  }

  procedura::testing::TemporaryFolder folder;
  const std::string at = folder.path().string();
  const PemPair authority = make_pem_pair(at, "Test CA");
  const PemPair agent = make_pem_pair(at, "agent", &authority);
};

TEST_F(TlsEngineTest, CarriesBytesBothWaysOnceTheCertificateHolds) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Pair pair{context(trusting(authority)), server(agent, version)};
    EXPECT_FALSE(pair.client.write("too early"));
    ASSERT_EQ(pair.shake_hands(), Step::done) << pair.client.problem();
    EXPECT_EQ(pair.server.asked_for(), "localhost");
    EXPECT_TRUE(pair.client.write("hello"));
    pair.to_server();
    EXPECT_EQ(pair.server.plain, "hello") << "and nothing from before";
    pair.server.send("good day");
    pair.to_client();
    EXPECT_EQ(pair.read(), "good day");
    const TlsInfo info = pair.client.info();
    EXPECT_EQ(info.version, version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
    EXPECT_THAT(info.cipher, HasSubstr("AES"));
    EXPECT_TRUE(info.verified);
    EXPECT_FALSE(info.resumed);
    ASSERT_THAT(info.chain, SizeIs(2));
    EXPECT_EQ(info.chain[0].subject, "CN=agent");
    EXPECT_EQ(info.chain[0].issuer, "CN=Test CA");
    EXPECT_THAT(info.chain[0].names, ::testing::ElementsAre("localhost", "127.0.0.1"));
    EXPECT_EQ(info.chain[0].pin.text(), pin_of(agent.certificate_file));
    EXPECT_EQ(info.chain[1].pin.text(), pin_of(authority.certificate_file));
    EXPECT_LT(info.chain[0].not_before, std::chrono::system_clock::now());
    EXPECT_GT(info.chain[0].not_after, std::chrono::system_clock::now());
  }
}

TEST_F(TlsEngineTest, EveryByteAtATime) {
  Pair pair{context(trusting(authority)), server(agent)};
  Step step = pair.client.handshake();
  pair.to_server();
  const std::string flight = pair.server.take_output();
  for (const char byte : flight) {
    ASSERT_EQ(step, Step::needs_input);
    pair.client.received({&byte, 1});
    step = pair.client.handshake();
    pair.to_server();
    if (step == Step::done) break;
  }
  EXPECT_EQ(step, Step::done);
  EXPECT_TRUE(pair.server.secured());
}

TEST_F(TlsEngineTest, WhoIsNotTrustedIsToldWhyAndGetsNothing) {
  const PemPair stranger = make_pem_pair(at, "Stranger CA");
  Wish expired{"expired"};
  expired.from = -48h;
  expired.to = -24h;
  Wish future{"future"};
  future.from = 24h;
  future.to = 48h;
  Wish elsewhere{"elsewhere", "DNS:elsewhere.example,IP:10.1.2.3"};
  Wish nameless{"localhost", ""};  // its CN does not count
  Wish for_clients{"for clients"};
  for_clients.use = "clientAuth";
  Wish middle{"Middle CA"};
  middle.may_sign = true;
  middle.authority = &authority;
  const PemPair intermediate = made(middle);
  Wish below{"below"};
  below.authority = &intermediate;
  Wish of_stranger{"of stranger"};
  of_stranger.authority = &stranger;
  Wish wild{"wild", "DNS:*.example.org"};
  Wish partly_wild{"partly wild", "DNS:ag*.example.org"};
  struct Case {
    PemPair shown;
    std::string url;
    std::vector<std::string> words;
  };
  for (const auto& one : {
           Case{made(expired), "wss://localhost", {"CN=expired, issued by CN=Test CA", "it expired on", "renewed"}},
           Case{made(future), "wss://localhost", {"CN=future", "not valid before", "clock"}},
           Case{made(elsewhere),
                "wss://localhost",
                {"it is for elsewhere.example, 10.1.2.3", "'localhost' was asked for", "--server-name"}},
           Case{made(elsewhere), "wss://10.1.2.4", {"'10.1.2.4' was asked for"}},
           Case{made(nameless), "wss://localhost", {"no name at all"}},
           Case{agent, "wss://[::1]", {"'::1' was asked for"}},
           Case{made(for_clients), "wss://localhost", {"not meant for servers"}},
           Case{made(below), "wss://localhost", {"CN=below, issued by CN=Middle CA", "its issuer is not known here", "--ca"}},
           Case{made(of_stranger), "wss://localhost", {"CN=of stranger, issued by CN=Stranger CA", "its issuer is not known"}},
           Case{stranger, "wss://localhost", {"CN=Stranger CA", "self-signed", "not among those in"}},
           Case{made(wild), "wss://example.org", {"*.example.org"}},
           Case{made(wild), "wss://a.b.example.org", {"*.example.org"}},
           Case{made(partly_wild), "wss://agent.example.org", {"it is for ag*.example.org"}},
       }) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      Pair pair{context(trusting(authority)), server(one.shown, version), one.url};
      EXPECT_EQ(pair.shake_hands(), Step::failed) << one.words.front();
      for (const auto& word : one.words) EXPECT_THAT(pair.client.problem(), HasSubstr(word));
      EXPECT_FALSE(pair.client.write("token"));
      pair.to_server();
      EXPECT_EQ(pair.server.plain, "");
      EXPECT_FALSE(pair.server.secured());
      EXPECT_FALSE(pair.client.info().verified);
      EXPECT_FALSE(pair.client.info().chain.empty()) << "diagnostics show what was seen";
    }
  }
}

TEST_F(TlsEngineTest, NamesAddressesWildcardsAndIntermediatesThatHold) {
  Wish wild{"wild", "DNS:*.example.org,IP:::1,IP:10.1.2.3"};
  const PemPair wildcard = made(wild);
  for (const auto* url :
       {"wss://agent.example.org", "wss://AGENT.example.org", "wss://agent.example.org.", "wss://[::1]", "wss://10.1.2.3"}) {
    Pair pair{context(trusting(authority)), server(wildcard), url};
    EXPECT_EQ(pair.shake_hands(), Step::done) << url << ": " << pair.client.problem();
    const bool is_name = std::string{url}.find("example") != std::string::npos;
    EXPECT_EQ(pair.server.asked_for(), is_name ? "agent.example.org" : "") << "SNI has names only (RFC 6066)";
  }
  TlsOptions named = trusting(authority);
  named.server_name = "other.example.org";
  Pair by_name{context(named), server(wildcard), "wss://localhost"};
  EXPECT_EQ(by_name.shake_hands(), Step::done) << by_name.client.problem();
  EXPECT_EQ(by_name.server.asked_for(), "other.example.org");

  Wish middle{"Middle CA"};
  middle.may_sign = true;
  middle.authority = &authority;
  const PemPair intermediate = made(middle);
  Wish below{"below"};
  below.authority = &intermediate;
  TlsServerSide::Options with_chain;
  with_chain.own = made(below);
  with_chain.chain_file = intermediate.certificate_file;
  Pair chained{context(trusting(authority)), TlsServerSide::make_context(with_chain)};
  EXPECT_EQ(chained.shake_hands(), Step::done) << chained.client.problem();
  EXPECT_THAT(chained.client.info().chain, SizeIs(3));
  // Whoever names a certificate trusts it, be it an authority, one in between, or the server's own.
  for (const PemPair& whom : {intermediate, with_chain.own}) {
    Pair trusted{context(trusting(whom)), server(with_chain.own)};
    EXPECT_EQ(trusted.shake_hands(), Step::done) << whom.certificate_file << trusted.client.problem();
  }
}

// To OpenSSL an empty name is anybody's, and one that begins with a dot everybody's below it.
TEST_F(TlsEngineTest, ANameThatNoCertificateCanBearIsNotEvenAskedFor) {
  Wish wide{"wide", "DNS:localhost,DNS:agent.example.org,DNS:example.org"};
  const auto shown = server(made(wide));
  for (const auto& host :
       {std::string{}, std::string{"%eth0"}, std::string{"localhost%x"}, std::string{"."}, std::string{".example.org"},
        std::string{"agent..example.org"}, std::string{"agent.example.org\0.evil", 23}, std::string{"localhost:80"},
        std::string{"*.example.org"}, std::string(300, 'a')}) {
    Endpoint endpoint;
    endpoint.secure = true;
    endpoint.host = host;
    TlsEngine client{context(trusting(authority)), endpoint};
    EXPECT_EQ(client.handshake(), Step::failed) << host;
    EXPECT_THAT(client.problem(), HasSubstr("is no name that a certificate can bear")) << host;
    std::string hello;
    client.take_output(hello);
    EXPECT_EQ(hello, "") << host;
    EXPECT_FALSE(client.never_answered()) << "nobody was asked";
  }
}

TEST_F(TlsEngineTest, OneOfThePinsHasToBeInTheVerifiedChain) {
  const PemPair other = make_pem_pair(at, "other");
  const auto pins = [&](std::vector<std::string> files) {
    TlsOptions options = trusting(authority);
    for (const auto& file : files) options.pins.push_back(Pin::parse(pin_of(file)).value());
    return options;
  };
  for (const auto& good : {pins({agent.certificate_file}), pins({authority.certificate_file}),
                           pins({other.certificate_file, agent.certificate_file})}) {
    Pair pair{context(good), server(agent)};
    EXPECT_EQ(pair.shake_hands(), Step::done) << pair.client.problem();
  }
  Pair removed{context(pins({other.certificate_file})), server(agent)};
  EXPECT_EQ(removed.shake_hands(), Step::failed);
  EXPECT_THAT(removed.client.problem(), HasSubstr("--pin " + pin_of(agent.certificate_file)));
  EXPECT_THAT(removed.client.problem(), HasSubstr(pin_of(authority.certificate_file)));
  EXPECT_TRUE(removed.client.info().verified) << "the rest does hold";
  EXPECT_FALSE(removed.client.write("token"));
  // A pin does not make up for a chain that does not hold.
  TlsOptions untrusted = pins({agent.certificate_file});
  untrusted.ca = other.certificate_file;
  Pair unknown{context(untrusted), server(agent)};
  EXPECT_EQ(unknown.shake_hands(), Step::failed);
  EXPECT_THAT(unknown.client.problem(), HasSubstr("its issuer is not known"));
  // A key that is in the chain that was sent, but not in the one that was verified, proves nothing.
  TlsServerSide::Options padded;
  padded.own = agent;
  padded.chain_file = other.certificate_file;
  Pair smuggled{context(pins({other.certificate_file})), TlsServerSide::make_context(padded)};
  EXPECT_EQ(smuggled.shake_hands(), Step::failed);
}

TEST_F(TlsEngineTest, InsecureTakesAnybodyButAPinHoldsForTheServersOwnKey) {
  Wish expired{"expired", "DNS:elsewhere.example"};
  expired.from = -48h;
  expired.to = -24h;
  const PemPair bad = made(expired);
  TlsOptions options;
  options.insecure = true;
  Pair anybody{context(options), server(bad)};
  EXPECT_EQ(anybody.shake_hands(), Step::done) << anybody.client.problem();
  EXPECT_FALSE(anybody.client.info().verified);
  EXPECT_THAT(anybody.client.info().chain, SizeIs(1));
  options.pins = {Pin::parse(pin_of(bad.certificate_file)).value()};
  Pair pinned{context(options), server(bad)};
  EXPECT_EQ(pinned.shake_hands(), Step::done) << pinned.client.problem();
  // The pinned certificate behind one's own proves nothing: nobody verified the chain.
  TlsServerSide::Options padded;
  padded.own = agent;
  padded.chain_file = bad.certificate_file;
  Pair smuggled{context(options), TlsServerSide::make_context(padded)};
  EXPECT_EQ(smuggled.shake_hands(), Step::failed);
  EXPECT_THAT(smuggled.client.problem(), HasSubstr("the key of localhost:8765 is not pinned"));
}

TEST_F(TlsEngineTest, OldVersionsAreRefused) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    Pair old{context(trusting(authority)), server(agent, version)};
    EXPECT_EQ(old.shake_hands(), Step::failed);
    EXPECT_THAT(old.client.problem(), HasSubstr("nothing newer than TLS 1.1"));
  }
  TlsOptions newest = trusting(authority);
  newest.minimum = TlsVersion::tls13;
  Pair not_new{context(newest), server(agent, TLS1_2_VERSION)};
  EXPECT_EQ(not_new.shake_hands(), Step::failed);
  EXPECT_THAT(not_new.client.problem(), HasSubstr("--tls-min 1.2"));
  Pair is_new{context(newest), server(agent)};
  EXPECT_EQ(is_new.shake_hands(), Step::done);
}

TEST_F(TlsEngineTest, AServerThatWantsOurCertificate) {
  TlsServerSide::Options options;
  options.own = agent;
  options.client_ca_file = authority.certificate_file;
  const PemPair stranger = make_pem_pair(at, "stranger");
  const PemPair mine = make_pem_pair(at, "mine", &authority);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    options.newest_version = version;
    const auto wanting = TlsServerSide::make_context(options);
    // In TLS 1.3 the client has finished before the server has seen its certificate, and hears of it with its first read.
    const auto what_is_said = [&](const TlsOptions& shown) -> std::string {
      Pair pair{context(shown), wanting};
      if (pair.shake_hands() == Step::failed) return pair.client.problem();
      pair.to_server();
      pair.to_client();
      pair.read();
      return pair.client.rejection().value_or("welcome");
    };
    TlsOptions shown = trusting(authority);
    EXPECT_THAT(what_is_said(shown), HasSubstr("it wants a client certificate: give yours with --cert FILE and --key FILE"));
    shown.certificate = mine.certificate_file;
    shown.key = mine.key_file;
    EXPECT_EQ(what_is_said(shown), "welcome");
    shown.certificate = stranger.certificate_file;
    shown.key = stranger.key_file;
    EXPECT_THAT(what_is_said(shown), HasSubstr("our certificate"));
  }
  // Some are turned away without a word.
  options.newest_version = TLS1_3_VERSION;
  Pair silent{context(trusting(authority)), TlsServerSide::make_context(options)};
  ASSERT_EQ(silent.shake_hands(), Step::done);
  EXPECT_EQ(silent.client.rejection(), std::nullopt);
  silent.client.peer_ended();
  EXPECT_THAT(silent.client.rejection().value_or(""), HasSubstr("asked for a client certificate and hung up"));
}

TEST_F(TlsEngineTest, CutAtEachByteOfTheHandshake) {
  const auto shared = context(trusting(authority));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto peer = server(agent, version);
    for (std::size_t cut = 0;; ++cut) {
      Pair pair{shared, peer};
      std::size_t left = cut;
      Step step = pair.client.handshake();
      while (step == Step::needs_input) {
        pair.to_server();
        const std::string bytes = pair.server.take_output();
        pair.client.received(std::string_view{bytes}.substr(0, left));
        if (bytes.size() > left || bytes.empty()) pair.client.peer_ended();
        left -= std::min(left, bytes.size());
        step = pair.client.handshake();
      }
      if (step == Step::done) {
        EXPECT_GT(cut, 600U);
        break;
      }
      ASSERT_THAT(pair.client.problem(),
                  HasSubstr(cut == 0 ? "hung up without a word" : "after " + std::to_string(cut) + " bytes"));
      ASSERT_EQ(pair.client.never_answered(), cut == 0);
      ASSERT_FALSE(pair.client.write("token"));
      pair.to_server();
      ASSERT_EQ(pair.server.plain, "");
      ASSERT_LT(cut, 10'000U) << "it never ends";
    }
  }
}

TEST_F(TlsEngineTest, AHandshakeWithAnyByteChangedNeverHoldsNorCrashes) {
  const auto shared = context(trusting(authority));
  const auto peer = server(agent);
  for (std::size_t at_byte = 0; at_byte < 1200; at_byte += 7) {
    Pair pair{shared, peer};
    pair.client.handshake();
    pair.to_server();
    std::string bytes = pair.server.take_output();
    if (at_byte >= bytes.size()) break;
    bytes[at_byte] = static_cast<char>(bytes[at_byte] ^ 0x40);
    pair.client.received(bytes);
    pair.client.peer_ended();
    ASSERT_EQ(pair.client.handshake(), Step::failed) << at_byte;
    ASSERT_FALSE(pair.client.problem().empty()) << at_byte;
    ASSERT_FALSE(pair.client.write("token"));
  }
}

TEST_F(TlsEngineTest, ResumesASessionAndStillKnowsTheChain) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto shared = context(trusting(authority));
    const auto peer = server(agent, version);
    for (int number = 0; number < 4; ++number) {
      Pair pair{shared, peer};
      ASSERT_EQ(pair.shake_hands(), Step::done) << pair.client.problem();
      pair.to_client();
      pair.read();  // tickets of TLS 1.3 come after the handshake
      const TlsInfo info = pair.client.info();
      EXPECT_EQ(info.resumed, number > 0) << version;
      EXPECT_EQ(pair.server.resumed(), number > 0) << version;
      EXPECT_TRUE(info.verified);
      ASSERT_THAT(info.chain, SizeIs(2));
      EXPECT_EQ(info.chain[0].pin.text(), pin_of(agent.certificate_file));
    }  // the connection ends abruptly each time
    Pair elsewhere{shared, peer, "wss://localhost:8766"};
    ASSERT_EQ(elsewhere.shake_hands(), Step::done);
    EXPECT_FALSE(elsewhere.client.info().resumed) << "a session is for one host, port and name";
    Pair by_address{shared, peer, "wss://127.0.0.1:8765"};
    ASSERT_EQ(by_address.shake_hands(), Step::done);
    EXPECT_FALSE(by_address.client.info().resumed);
    Pair others{context(trusting(authority)), peer};
    ASSERT_EQ(others.shake_hands(), Step::done);
    EXPECT_FALSE(others.client.info().resumed) << "and for one context";
  }
}

TEST_F(TlsEngineTest, ASessionThatTheServerForgotIsNoTrouble) {
  const auto shared = context(trusting(authority));
  for (int number = 0; number < 2; ++number) {
    Pair pair{shared, server(agent)};  // a new context each time, with ticket keys of its own
    ASSERT_EQ(pair.shake_hands(), Step::done) << pair.client.problem();
    pair.to_client();
    pair.read();
    EXPECT_FALSE(pair.client.info().resumed);
    EXPECT_THAT(pair.client.info().chain, SizeIs(2));
  }
  const PemPair stranger = make_pem_pair(at, "stranger");
  Pair replaced{shared, server(stranger)};
  EXPECT_EQ(replaced.shake_hands(), Step::failed) << "what an old session vouched for says nothing about a new server";
  EXPECT_FALSE(replaced.client.info().verified);
}

TEST_F(TlsEngineTest, ATicketOfTls13IsForOneConnection) {
  const auto shared = context(trusting(authority));
  const auto peer = server(agent);  // which gives two out
  Pair first{shared, peer};
  ASSERT_EQ(first.shake_hands(), Step::done);
  first.to_client();
  first.read();
  Pair one{shared, peer};  // all at once: OpenSSL itself would see to those that come one after the other
  Pair other{shared, peer};
  Pair third{shared, peer};
  for (Pair* pair : {&one, &other, &third}) {
    ASSERT_EQ(pair->shake_hands(), Step::done);
    EXPECT_EQ(pair->client.info().resumed, pair != &third);
  }
}

TEST_F(TlsEngineTest, ASessionDoesNotOutliveTheCertificatesThatVouchedForIt) {
  const auto shared = context(trusting(authority));
  Pair pair{shared, server(agent, TLS1_2_VERSION)};
  ASSERT_EQ(pair.shake_hands(), Step::done);
  const std::string whom = "localhost:8765 localhost";
  const auto kept = shared->impl().take(whom);
  ASSERT_TRUE(kept);
  ASSERT_THAT(kept->info.chain, SizeIs(2));
  const auto holds_with = [&](const auto& change) {
    TlsContextImpl::Session changed = *kept;
    change(changed.info);
    const auto other = context(trusting(authority));
    other->impl().keep(whom, changed);
    return other->impl().take(whom).has_value();
  };
  const auto now = std::chrono::system_clock::now();
  EXPECT_TRUE(holds_with([](TlsInfo&) {}));
  EXPECT_FALSE(holds_with([now](TlsInfo& info) { info.chain[0].not_after = now - 1s; }));
  EXPECT_FALSE(holds_with([now](TlsInfo& info) { info.chain[1].not_after = now - 1s; })) << "nor its authority";
  EXPECT_FALSE(holds_with([now](TlsInfo& info) { info.chain[0].not_before = now + 1h; })) << "the clock was set back";
  EXPECT_TRUE(holds_with([now](TlsInfo& info) {
    info.chain[0].not_after = now - 1s;
    info.verified = false;
  })) << "insecure: nobody looked at dates";
}

TEST_F(TlsEngineTest, NothingIsResumedUnlessAsked) {
  TlsOptions options = trusting(authority);
  options.resume = false;
  const auto shared = context(options);
  const auto peer = server(agent);
  for (int number = 0; number < 2; ++number) {
    Pair pair{shared, peer};
    ASSERT_EQ(pair.shake_hands(), Step::done);
    pair.to_client();
    pair.read();
    EXPECT_FALSE(pair.client.info().resumed);
  }
}

TEST_F(TlsEngineTest, OnlyAGoodbyeIsACleanEnd) {
  Pair clean{context(trusting(authority)), server(agent)};
  ASSERT_EQ(clean.shake_hands(), Step::done);
  clean.server.send("last words");
  clean.server.close_notify();
  clean.to_client();
  clean.client.peer_ended();
  EXPECT_EQ(clean.read(), "last words");
  EXPECT_EQ(clean.last, boost::asio::error::eof);

  Pair cut{context(trusting(authority)), server(agent)};
  ASSERT_EQ(cut.shake_hands(), Step::done);
  cut.server.send("last words");
  cut.to_client();
  cut.client.peer_ended();
  EXPECT_EQ(cut.read(), "last words");
  EXPECT_EQ(cut.last, boost::system::error_code(tls_truncated, tls_category()));
  EXPECT_THAT(cut.last.message(), HasSubstr("close_notify"));

  Pair tampered{context(trusting(authority)), server(agent)};
  ASSERT_EQ(tampered.shake_hands(), Step::done);
  tampered.to_client();
  tampered.server.send("words");
  std::string bytes = tampered.server.take_output();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  tampered.client.received(bytes);
  EXPECT_EQ(tampered.read(), "");
  EXPECT_THAT(tampered.last.message(), StartsWith("the TLS connection broke: "));
  EXPECT_FALSE(tampered.client.write("more")) << "and it stays broken";
}

// Each is answered with an alert, which nobody sends while we only read.
TEST_F(TlsEngineTest, AServerThatAsksForHandshakesWithoutEndIsLeft) {
  Pair pair{context(trusting(authority)), server(agent, TLS1_2_VERSION)};
  ASSERT_EQ(pair.shake_hands(), Step::done);
  pair.server.ask_for_handshake();
  pair.to_client();
  EXPECT_EQ(pair.read(), "");
  EXPECT_FALSE(pair.last) << "once is no harm";
  for (int times = 0; times < 10'000 && !pair.last; ++times) {
    pair.server.ask_for_handshake();
    pair.to_client();
    EXPECT_EQ(pair.read(), "");
  }
  EXPECT_EQ(pair.last, boost::system::error_code(tls_flooded, tls_category()));
  std::string unsent;
  pair.client.take_output(unsent);
  EXPECT_LT(unsent.size(), 100'000U);
}

TEST_F(TlsEngineTest, WhatBrokeStaysBrokenAndLeavesNoErrorToOthers) {
  Pair pair{context(trusting(authority)), server(agent)};
  ASSERT_EQ(pair.shake_hands(), Step::done);
  pair.client.received("this is no record at all");
  for (int times = 0; times < 3; ++times) {
    EXPECT_EQ(pair.read(), "");
    EXPECT_TRUE(pair.last) << times;
  }
  pair.client.close_notify();
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_F(TlsEngineTest, SaysGoodbyeItself) {
  Pair pair{context(trusting(authority)), server(agent)};
  ASSERT_EQ(pair.shake_hands(), Step::done);
  pair.client.close_notify();
  pair.to_server();
  EXPECT_TRUE(pair.server.failed()) << "to the server's loop, which reads until there is no more";
  EXPECT_FALSE(pair.client.write("more"));
}

}  // namespace
}  // namespace procedura::detail
