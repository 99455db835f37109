#pragma once

#include <chrono>
#include <string>

/// Certificates for cases that ask whom a client trusts. Made anew for each case; nobody else's store knows them.
namespace procedura::conformance {

/// A certificate with its private key, both PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

/// Signs itself, and may sign others.
Certificate make_authority(const std::string& name);

struct CertificateWish {
  std::string names = "DNS:localhost,IP:127.0.0.1";    ///< subjectAltName
  std::chrono::seconds from = std::chrono::hours{-2};  ///< of its validity, from now
  std::chrono::seconds to = std::chrono::hours{24};
};
/// A server's, signed by `authority`. Throws std::runtime_error, as all of these do where OpenSSL fails.
Certificate issue(const Certificate& authority, const CertificateWish& wish = {});

}  // namespace procedura::conformance
