// Pins, versions, and the files that TLS is given.
#include "temporary_folder.hpp"
#include "tls_peer.hpp"

#include <procedura/tls.hpp>

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace procedura {
namespace {

using procedura::testing::make_certificate;
using procedura::testing::make_pem_pair;
using procedura::testing::PemPair;
using procedura::testing::Wish;
using ::testing::HasSubstr;

TEST(Pin, IsWrittenAndReadAsCurlDoesToo) {
  const std::string base64 = "/+OdNsXsm4EIvYGPSOzoRzt2q5gVyyASw8vqW+mLMBQ=";  // begins with a slash itself
  for (const auto& text : {"sha256/" + base64, "sha256//" + base64}) {
    const auto pin = Pin::parse(text);
    ASSERT_TRUE(pin) << text;
    EXPECT_EQ(pin->digest().size(), 32U);
    EXPECT_EQ(pin->text(), "sha256/" + base64);
    EXPECT_EQ(*pin, *Pin::parse("sha256/" + base64));
  }
}

TEST(Pin, WhatIsNoneIsSaidToBeNone) {
  const std::string good(43, 'A');
  for (const auto& text :
       std::vector<std::string>{"", "sha256", "sha256/", "sha1/" + good + "=", "SHA256/" + good + "=", good + "=",
                                "sha256/" + good.substr(4) + "=", "sha256/" + good + "AAAA", "sha256/*" + good.substr(1) + "=",
                                "sha256/" + good + "= ", "AA:BB:CC", "sha256///" + good, "sha256/\x1b" + good}) {
    const auto pin = Pin::parse(text);
    ASSERT_FALSE(pin) << text;
    EXPECT_EQ(pin.error().code, errc::tls_failed);
    EXPECT_THAT(pin.error().message, HasSubstr("is no pin: "));
    EXPECT_THAT(pin.error().message, HasSubstr("sha256/BASE64"));
    EXPECT_EQ(pin.error().message.find('\x1b'), std::string::npos);
  }
  EXPECT_LT(Pin::parse(std::string(100'000, 'x')).error().message.size(), 400U);
}

TEST(TlsVersion, HasAName) {
  for (const auto version : {TlsVersion::tls12, TlsVersion::tls13}) {
    EXPECT_EQ(tls_version_from(to_string(version).substr(4)), version);
  }
  for (const auto* none : {"", "1.1", "1.4", "TLS 1.2", "1.20"}) EXPECT_EQ(tls_version_from(none), std::nullopt);
}

class TlsFiles : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream{at + "/" + name} << text;
    return at + "/" + name;
  }
  static std::string text_of(const std::string& file) {
    std::ifstream stream{file};
    return {std::istreambuf_iterator<char>{stream}, {}};
  }
  static std::string problem(const TlsOptions& options) {
    const auto made = TlsContext::make(options);
    if (made) return "no problem";
    EXPECT_EQ(made.error().code, errc::tls_failed);
    EXPECT_EQ(made.error().message.find_first_of("\n\x1b"), std::string::npos);
    return made.error().message;
  }
  static TlsOptions with_ca(std::string ca) {
    TlsOptions options;
    options.ca = std::move(ca);
    return options;
  }
  static TlsOptions with_own(std::string certificate, std::optional<std::string> key = std::nullopt,
                             std::optional<std::string> password = std::nullopt) {
    TlsOptions options;
    options.certificate = std::move(certificate);
    options.key = std::move(key);
    options.key_password = std::move(password);
    return options;
  }

  procedura::testing::TemporaryFolder folder;
  const std::string at = folder.path().string();
  const PemPair one = make_pem_pair(at, "one");
  const PemPair two = make_pem_pair(at, "two");
};

TEST_F(TlsFiles, AuthoritiesComeFromAFileOrAFolder) {
  EXPECT_EQ(problem(with_ca(one.certificate_file)), "no problem");
  EXPECT_EQ(problem(with_ca(write("both.pem", "some words\n" + text_of(one.certificate_file) + text_of(two.certificate_file)))),
            "no problem");
  std::filesystem::create_directory(at + "/folder");
  write("folder/a.crt", text_of(one.certificate_file));
  write("folder/b.cer", text_of(two.certificate_file));
  write("folder/readme.txt", "not looked at");
  EXPECT_EQ(problem(with_ca(at + "/folder")), "no problem");
  std::filesystem::create_directory(at + "/folder/sub.pem");
  EXPECT_THAT(problem(with_ca(at + "/folder")), HasSubstr("sub.pem: it is a folder"));
}

TEST_F(TlsFiles, OurOwnCertificateMayHaveItsKeyWithIt) {
  EXPECT_EQ(problem(with_own(one.certificate_file, one.key_file)), "no problem");
  const std::string both =
      write("joined.pem", text_of(one.key_file) + text_of(one.certificate_file) + text_of(two.certificate_file));
  EXPECT_EQ(problem(with_own(both)), "no problem");
}

TEST_F(TlsFiles, AnEncryptedKeyNeedsItsPasswordAndNobodyIsAsked) {
  Wish wish;
  wish.name = "locked";
  wish.key_password = "opensesame";
  const PemPair locked = make_certificate(at, wish);
  EXPECT_EQ(problem(with_own(locked.certificate_file, locked.key_file, "opensesame")), "no problem");
  EXPECT_THAT(problem(with_own(locked.certificate_file, locked.key_file)),
              HasSubstr("locked.key: it is encrypted; give its password"));
  for (const auto& wrong : {std::string{"wrong"}, std::string{}, std::string(100'000, 'x')}) {
    const std::string text = problem(with_own(locked.certificate_file, locked.key_file, wrong));
    EXPECT_THAT(text, HasSubstr("locked.key: the password does not open it")) << wrong.size();
    EXPECT_TRUE(wrong.empty() || text.find(wrong) == std::string::npos);
  }
}

TEST_F(TlsFiles, SaysWhatIsWrongWithAFileAndWhatToDo) {
  const std::string garbage =
      write("garbage.pem", "-----BEGIN CERTIFICATE-----\nnot base64 at all\n-----END CERTIFICATE-----\n");
  const std::string empty = write("empty.pem", "");
  const std::string der = write("der.pem", std::string("\x30\x82\x01\x00\x01", 5));
  const std::string half =
      write("half.pem", text_of(one.certificate_file) + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  std::filesystem::create_directory(at + "/none");
  std::filesystem::create_directory(at + "/bad");
  write("bad/x.crt", "no PEM");
  TlsOptions key_alone;
  key_alone.key = one.key_file;
  TlsOptions no_name;
  no_name.server_name = "agent example";
  const auto named = [](const char* name) {
    TlsOptions options;
    options.server_name = name;
    return options;
  };
  TlsOptions empty_name;
  empty_name.server_name = "";
  struct Case {
    TlsOptions options;
    std::vector<std::string> words;
  };
  for (const auto& one_case : {
           Case{with_ca(at + "/missing.pem"), {"CA file", "missing.pem: No such file or directory", "--ca takes a PEM file"}},
           Case{with_ca(empty), {"empty.pem: it is empty"}},
           Case{with_ca(garbage), {"garbage.pem: ", "--ca takes"}},
           Case{with_ca(half), {"half.pem: ", "--ca takes"}},
           Case{with_ca(der), {"der.pem: there is no PEM certificate in it", "openssl x509"}},
           Case{with_ca(one.key_file), {"one.key: there is no PEM certificate in it"}},
           Case{with_ca("/dev/zero"), {"/dev/zero: it has more than 16 MiB"}},
           Case{with_ca("/dev/null"), {"/dev/null: it is empty"}},
           Case{with_ca(at + "/none"), {"CA folder", "none: there is no *.pem, *.crt or *.cer in it"}},
           Case{with_ca(at + "/bad"), {"bad/x.crt: there is no PEM certificate in it"}},
           Case{with_ca(at + "/\x1b[31m.pem"), {"No such file"}},
           Case{with_own(at + "/missing.pem", one.key_file), {"certificate", "missing.pem: No such file", "--cert takes"}},
           Case{with_own(at, one.key_file), {"certificate", "it is a folder"}},
           Case{with_own(garbage, one.key_file), {"garbage.pem: ", "--cert takes"}},
           Case{with_own(one.key_file, one.key_file), {"one.key: there is no PEM certificate in it"}},
           Case{with_own(half, one.key_file), {"half.pem: "}},
           Case{with_own(one.certificate_file), {"one.pem: its key is not in it", "--key FILE"}},
           Case{with_own(one.certificate_file, at + "/missing.key"), {"key", "missing.key: No such file", "--key takes"}},
           Case{with_own(one.certificate_file, empty), {"empty.pem: it is empty"}},
           Case{with_own(one.certificate_file, two.certificate_file), {"two.pem: there is no PEM key in it"}},
           Case{with_own(one.certificate_file, two.key_file), {"two.key: it is not the key of", "one.pem"}},
           Case{key_alone, {"--key belongs to a --cert"}},
           Case{no_name, {"'agent example' is no name of a server", "--server-name"}},
           Case{empty_name, {"'' is no name of a server"}},
           Case{named("localhost:8765"), {"'localhost:8765' is no name of a server", "a host name or an address"}},
           Case{named(".example.org"), {"'.example.org' is no name of a server"}},
           Case{named("*.example.org"), {"is no name of a server"}},
       }) {
    const std::string text = problem(one_case.options);
    for (const auto& word : one_case.words) EXPECT_THAT(text, HasSubstr(word));
  }
}

TEST_F(TlsFiles, AVariableThatNamesNothingIsNotPassedOver) {
  ::setenv("SSL_CERT_FILE", (at + "/missing.pem").c_str(), 1);
  const std::string text = problem({});
  const std::string with_a_file = problem(with_ca(one.certificate_file));
  ::setenv("SSL_CERT_FILE", one.certificate_file.c_str(), 1);
  const std::string good = problem({});
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_THAT(text, HasSubstr("SSL_CERT_FILE"));
  EXPECT_THAT(text, HasSubstr("missing.pem: No such file"));
  EXPECT_EQ(with_a_file, "no problem");
  EXPECT_EQ(good, "no problem");
}

}  // namespace
}  // namespace procedura
