#include "tls_certificate.hpp"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <string_view>

namespace procedura::detail {

void OpenSslFree::operator()(X509* certificate) const noexcept {
  X509_free(certificate);
}
void OpenSslFree::operator()(EVP_PKEY* key) const noexcept {
  EVP_PKEY_free(key);
}
void OpenSslFree::operator()(BIO* bytes) const noexcept {
  BIO_free_all(bytes);
}
void OpenSslFree::operator()(SSL* connection) const noexcept {
  SSL_free(connection);
}
void OpenSslFree::operator()(SSL_CTX* context) const noexcept {
  SSL_CTX_free(context);
}
void OpenSslFree::operator()(SSL_SESSION* session) const noexcept {
  SSL_SESSION_free(session);
}

namespace {

std::string name_text(const X509_NAME* name) {
  const OpenSslPtr<BIO> text{BIO_new(BIO_s_mem())};
  // RFC 2253, but UTF-8 stays what it is.
  X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string{};
}

std::string bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_of(const ASN1_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(address) != 16) return "(no address)";
  return ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size()) != nullptr ? text.data() : "";
}

std::vector<std::string> alternative_names(X509* certificate) {
  std::vector<std::string> names;
  auto* found = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(found); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(found, i);
    if (name->type == GEN_DNS) names.push_back(bytes_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_of(name->d.iPAddress));
  }
  GENERAL_NAMES_free(found);
  return names;
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

Pin pin_of(X509* certificate) {
  std::string digest(32, '\0');
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size > 0) {
    EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
               nullptr);
  }
  OPENSSL_free(der);
  return Pin{std::move(digest)};
}

Distrust distrust_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Distrust::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Distrust::not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Distrust::wrong_name;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return Distrust::self_signed;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return Distrust::unknown_root;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return Distrust::unknown_issuer;
    case X509_V_ERR_INVALID_PURPOSE:
      return Distrust::wrong_use;
    default:
      return Distrust::other;
  }
}

}  // namespace

CertificateInfo describe_certificate(X509* certificate) {
  CertificateInfo info;
  info.subject = name_text(X509_get_subject_name(certificate));
  info.issuer = name_text(X509_get_issuer_name(certificate));
  info.names = alternative_names(certificate);
  info.not_before = time_of(X509_get0_notBefore(certificate));
  info.not_after = time_of(X509_get0_notAfter(certificate));
  info.pin = pin_of(certificate);
  return info;
}

std::vector<CertificateInfo> describe_chain(const STACK_OF(X509) * chain) {
  std::vector<CertificateInfo> infos;
  for (int i = 0; i < sk_X509_num(chain); ++i) infos.push_back(describe_certificate(sk_X509_value(chain, i)));
  return infos;
}

BadCertificate judged(int error, int depth, X509* certificate) {
  BadCertificate bad;
  bad.why = distrust_of(error);
  bad.depth = depth > 0 ? static_cast<std::size_t>(depth) : 0;
  if (certificate != nullptr) bad.certificate = describe_certificate(certificate);
  bad.words = X509_verify_cert_error_string(error);
  return bad;
}

std::string latest_openssl_error() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* words = code == 0 ? nullptr : ERR_reason_error_string(code);
  return words != nullptr ? words : "";
}

}  // namespace procedura::detail
