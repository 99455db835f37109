#include "certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

namespace procedura::conformance {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Cert = std::unique_ptr<X509, Free>;
using Bio = std::unique_ptr<BIO, Free>;

void must(bool done, const char* what) {
  if (!done) {
    throw std::runtime_error(std::string{"no certificate for a case: OpenSSL cannot "} + what);
  }
}

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Bio reading(const std::string& pem) {
  return Bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extend a certificate");
}

/// A new key and its certificate, not signed yet.
std::pair<Key, Cert> prepare(const std::string& name, const CertificateWish& wish) {
  Key key{EVP_EC_gen("P-256")};
  Cert certificate{X509_new()};
  must(key && certificate, "make a key");
  std::array<unsigned char, 8> random{};
  must(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1, "draw a number");
  std::uint64_t serial = 0;
  for (const unsigned char byte : random) {
    serial = (serial << 8U) | byte;
  }
  X509_set_version(certificate.get(), 2);  // counted from 0: version 3
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), static_cast<long>(wish.from.count()));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(wish.to.count()));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  must(X509_set_pubkey(certificate.get(), key.get()) == 1, "set a key");
  return {std::move(key), std::move(certificate)};
}

Certificate signed_by(EVP_PKEY* signer, const Key& key, const Cert& certificate) {
  must(X509_sign(certificate.get(), signer, EVP_sha256()) != 0, "sign a certificate");
  const Bio certificate_text{BIO_new(BIO_s_mem())};
  const Bio key_text{BIO_new(BIO_s_mem())};
  must(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1 &&
           PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "write a certificate");
  return {text_of(certificate_text), text_of(key_text)};
}

}  // namespace

Certificate make_authority(const std::string& name) {
  const auto [key, certificate] = prepare(name, {});
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  extend(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  return signed_by(key.get(), key, certificate);
}

Certificate issue(const Certificate& authority, const CertificateWish& wish) {
  const Cert issuer{PEM_read_bio_X509(reading(authority.certificate).get(), nullptr, nullptr, nullptr)};
  const Key signer{PEM_read_bio_PrivateKey(reading(authority.key).get(), nullptr, nullptr, nullptr)};
  must(issuer && signer, "read an authority");
  const auto [key, certificate] = prepare("an agent of the conformance suite", wish);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  extend(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  extend(certificate.get(), issuer.get(), NID_ext_key_usage, "serverAuth");
  extend(certificate.get(), issuer.get(), NID_subject_alt_name, wish.names);
  extend(certificate.get(), issuer.get(), NID_subject_key_identifier, "hash");
  extend(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid:always");
  return signed_by(signer.get(), key, certificate);
}

}  // namespace procedura::conformance
