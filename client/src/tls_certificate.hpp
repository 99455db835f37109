#pragma once

#include "tls_words.hpp"

#include <procedura/tls.hpp>

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

/// OpenSSL's certificates as values, and what it thinks of them.
namespace procedura::detail {

struct OpenSslFree {
  void operator()(X509* certificate) const noexcept;
  void operator()(EVP_PKEY* key) const noexcept;
  void operator()(BIO* bytes) const noexcept;
  void operator()(SSL* connection) const noexcept;
  void operator()(SSL_CTX* context) const noexcept;
  void operator()(SSL_SESSION* session) const noexcept;
};
template <class T>
using OpenSslPtr = std::unique_ptr<T, OpenSslFree>;

CertificateInfo describe_certificate(X509* certificate);

/// The server's own first.
std::vector<CertificateInfo> describe_chain(const STACK_OF(X509) * chain);

/// What a verification that failed came to. `error` is one of X509_V_ERR_*.
BadCertificate judged(int error, int depth, X509* certificate);

/// The latest of OpenSSL's errors on this thread, in its words; the others are forgotten.
std::string latest_openssl_error();

}  // namespace procedura::detail
