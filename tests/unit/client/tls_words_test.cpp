// What people are told about a server that cannot be spoken to over TLS.
#include "tls_words.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

namespace procedura::detail {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const std::chrono::system_clock::time_point now{1'800'000'000s};  // 2027-01-15 08:00:00 UTC

TlsAsked asked() {
  TlsAsked asked;
  asked.authority = "agent.example:443";
  asked.name = "agent.example";
  return asked;
}

CertificateInfo certificate(const std::string& subject = "CN=agent") {
  CertificateInfo info;
  info.subject = subject;
  info.issuer = "CN=Test CA";
  info.names = {"localhost", "127.0.0.1"};
  info.not_before = now - 48h;
  info.not_after = now - 24h;
  info.pin = Pin{std::string(32, subject.back())};
  return info;
}

TEST(TlsWords, ABadCertificateIsNamedWithItsIssuerAndDatesAndWhatToDo) {
  struct Case {
    Distrust why;
    std::vector<std::string> words;
  };
  for (const auto& one : {
           Case{Distrust::expired,
                {"it expired on 2027-01-14 08:00:00 UTC", "have it renewed",
                 "the clock here is wrong (2027-01-15 08:00:00 UTC)"}},
           Case{Distrust::not_yet_valid, {"not valid before 2027-01-13 08:00:00 UTC", "the clock here says 2027-01-15"}},
           Case{Distrust::wrong_name, {"it is for localhost, 127.0.0.1", "'agent.example' was asked for", "--server-name"}},
           Case{Distrust::self_signed, {"self-signed", "trust it with --ca FILE"}},
           Case{Distrust::unknown_root, {"this authority is not trusted here", "--ca FILE"}},
           Case{Distrust::unknown_issuer, {"its issuer is not known here", "--ca FILE", "the certificates in between"}},
           Case{Distrust::wrong_use, {"not meant for servers", "have one issued that is"}},
           Case{Distrust::other, {"the library's words"}},
       }) {
    const BadCertificate bad{one.why, 0, certificate(), "the library's words"};
    const std::string text = explain(bad, asked(), now);
    EXPECT_THAT(text,
                HasSubstr("the certificate of agent.example:443 is not trusted: CN=agent, issued by CN=Test CA, valid from "
                          "2027-01-13 08:00:00 UTC to 2027-01-14 08:00:00 UTC: "));
    for (const auto& word : one.words) EXPECT_THAT(text, HasSubstr(word));
  }
}

TEST(TlsWords, AnAuthorityOfTheChainIsNotTakenForTheServer) {
  const BadCertificate bad{Distrust::expired, 1, certificate("CN=Middle"), {}};
  EXPECT_THAT(explain(bad, asked(), now),
              HasSubstr("an authority in the chain of agent.example:443 is not trusted: CN=Middle"));
}

TEST(TlsWords, TheCureDependsOnWhoIsTrusted) {
  const BadCertificate bad{Distrust::unknown_root, 1, certificate(), {}};
  TlsAsked with_file = asked();
  with_file.options.ca = "/etc/agent/ca.pem";
  EXPECT_THAT(explain(bad, with_file, now), HasSubstr("not among those in /etc/agent/ca.pem"));
  TlsAsked bare = asked();
  bare.system_trusts_nobody = true;
  EXPECT_THAT(explain(bad, bare, now), HasSubstr("ca-certificates"));
  EXPECT_THAT(explain(bad, asked(), now), Not(HasSubstr("ca-certificates")));
}

TEST(TlsWords, WhatAServerSaysIsEscapedAndCutShort) {
  CertificateInfo hostile = certificate("CN=\x1b[31mred\n");
  hostile.issuer = "CN=" + std::string(10'000, 'x');
  hostile.names = std::vector<std::string>(1'000, "name\x07");
  TlsAsked hostile_asked = asked();
  hostile_asked.name = std::string(10'000, 'y');
  for (const Distrust why : {Distrust::expired, Distrust::wrong_name, Distrust::self_signed}) {
    const std::string text = explain(BadCertificate{why, 0, hostile, {}}, hostile_asked, now);
    EXPECT_EQ(text.find_first_of("\x1b\n\x07"), std::string::npos) << text;
    EXPECT_LT(text.size(), 1'500U);
  }
  const std::string pins = explain_pins({hostile}, asked());
  EXPECT_EQ(pins.find_first_of("\x1b\n"), std::string::npos) << pins;
  CertificateInfo nobody = certificate("");
  nobody.names.clear();
  EXPECT_THAT(
      explain(BadCertificate{Distrust::wrong_name, 0, nobody, {}}, asked(), now),
      HasSubstr("(no subject), issued by CN=Test CA, valid from 2027-01-13 08:00:00 UTC to 2027-01-14 08:00:00 UTC: it is for "
                "no name at all"));
}

TEST(TlsWords, AMissingPinShowsTheOnesThatWereSeen) {
  const std::vector<CertificateInfo> chain{certificate("CN=a"), certificate("CN=b")};
  const std::string a = chain[0].pin.text();
  const std::string b = chain[1].pin.text();
  EXPECT_EQ(explain_pins(chain, asked()), "no key in the chain of agent.example:443 is pinned: seen " + a + " (CN=a), " + b +
                                              " (CN=b); if the key was changed on purpose: --pin " + a);
  TlsAsked insecure = asked();
  insecure.options.insecure = true;
  EXPECT_EQ(explain_pins(chain, insecure),
            "the key of agent.example:443 is not pinned: seen " + a + " (CN=a); if the key was changed on purpose: --pin " + a);
  EXPECT_THAT(explain_pins({}, asked()), HasSubstr("seen none"));
}

TEST(TlsWords, AHandshakeThatFailedOtherwise) {
  const TlsAsked plain = asked();
  TlsAsked newest = asked();
  newest.options.minimum = TlsVersion::tls13;
  TlsAsked with_certificate = asked();
  with_certificate.options.certificate = "mine.pem";
  const auto alert = [](unsigned number, bool wanted = false) {
    BrokenHandshake broken;
    broken.alert = number;
    broken.wanted_our_certificate = wanted;
    return broken;
  };
  BrokenHandshake http{"HTTP/1.1 400 Bad Request\r\n\r\n"};
  BrokenHandshake mail{"220 mail\x1b ESMTP\r\nmore"};
  BrokenHandshake no_word;
  no_word.hung_up = true;
  BrokenHandshake cut = no_word;
  cut.heard = "\x16\x03\x03";
  cut.bytes = 1234;
  BrokenHandshake wanted = cut;
  wanted.wanted_our_certificate = true;
  BrokenHandshake old;
  old.too_old = true;
  BrokenHandshake library;
  library.words = "bad signature";
  struct Case {
    BrokenHandshake broken;
    TlsAsked asked;
    std::string words;
  };
  for (const auto& one : {
           Case{http, plain, "the server at agent.example:443 speaks HTTP, not TLS: use ws://agent.example:443"},
           Case{mail, plain, "does not speak TLS: it answered '220 mail\\x1b ESMTP'; use ws://agent.example:443"},
           Case{no_word, plain, "agent.example:443 took the connection, but hung up without a word of TLS"},
           Case{cut, plain, "it hung up in the middle of it, after 1234 bytes"},
           Case{wanted, plain, "it asked for a client certificate and hung up: give yours with --cert FILE and --key FILE"},
           Case{wanted, with_certificate, "it hung up in the middle of it"},
           Case{old, plain, "it speaks nothing newer than TLS 1.1"},
           Case{alert(70), plain, "it speaks nothing newer than TLS 1.1"},
           Case{alert(70), newest, "it does not speak TLS 1.3: --tls-min 1.2 would take an older one"},
           Case{alert(116), plain, "it wants a client certificate: give yours with --cert FILE and --key FILE"},
           Case{alert(40, true), plain, "it wants a client certificate"},
           Case{alert(42, true), plain, "it wants a client certificate"},
           Case{alert(40), plain, "no cipher in common"},
           Case{alert(44, true), with_certificate, "our certificate mine.pem has been revoked"},
           Case{alert(45, true), with_certificate, "our certificate mine.pem has expired"},
           Case{alert(48, true), with_certificate, "does not trust who signed our certificate mine.pem"},
           Case{alert(42, true), with_certificate, "does not take our certificate mine.pem"},
           Case{alert(112), plain, "it knows no 'agent.example': say with --server-name"},
           Case{alert(80), plain, "it refused with alert 80"},
           Case{library, plain, "the TLS handshake with agent.example:443 failed: bad signature"},
           Case{{}, plain, "it broke the protocol"},
       }) {
    EXPECT_THAT(explain(one.broken, one.asked), HasSubstr(one.words));
  }
}

TEST(TlsWords, WhatMayBeTls) {
  for (const auto& yes : {""s, "\x16"s, "\x16\x03\x01"s, "\x15\x03\x03\x00\x02"s, "\x14\x03"s, "\x17\x03"s})
    EXPECT_TRUE(may_be_tls(yes));
  for (const auto& no : {"H"s, "HTTP/1.1"s, "\x13\x03"s, "\x18\x03"s, "\x16\x02"s, "\xff"s, "\x80\x2e"s})
    EXPECT_FALSE(may_be_tls(no));
}

TEST(TlsWords, AnUnansweredHelloSaysHowFarItCame) {
  EXPECT_THAT(unanswered_hello("a:1", 0), HasSubstr("did not answer the TLS hello"));
  EXPECT_THAT(unanswered_hello("a:1", 7), HasSubstr("began the TLS handshake, but did not end it"));
}

}  // namespace
}  // namespace procedura::detail
