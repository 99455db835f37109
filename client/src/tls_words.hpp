#pragma once

#include <procedura/tls.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// What people are told about a server that cannot be spoken to over TLS: what was seen, why it will not do, and what to do.
/// Pure; all that the server said comes out escaped and cut short.
namespace procedura::detail {

/// Whom a connection is for, and what was asked of it.
struct TlsAsked {
  std::string authority;  ///< `host:port`
  std::string name;       ///< that the certificate has to bear
  TlsOptions options;
  bool system_trusts_nobody = false;  ///< no authority is installed here
};

enum class Distrust {
  expired,
  not_yet_valid,
  wrong_name,
  self_signed,
  unknown_root,    ///< the chain is whole, but its root is not trusted
  unknown_issuer,  ///< the chain ends with a certificate whose issuer is not known here
  wrong_use,       ///< a certificate for something else: clients, mail, ...
  other,
};

struct BadCertificate {
  Distrust why = Distrust::other;
  std::size_t depth = 0;  ///< 0: the server's own
  CertificateInfo certificate;
  std::string words;  ///< of the library
};
std::string explain(const BadCertificate& bad, const TlsAsked& asked, std::chrono::system_clock::time_point now);

/// None of the keys in `chain` is pinned. An insecure connection is held to its first only.
std::string explain_pins(const std::vector<CertificateInfo>& chain, const TlsAsked& asked);

/// A handshake that failed, or a connection that the server gave up after it, and not because of the server's certificate.
struct BrokenHandshake {
  std::string heard = {};               ///< the first bytes that came
  std::size_t bytes = 0;                ///< how many came in all
  std::optional<unsigned> alert = {};   ///< that the server sent (RFC 8446, 6.2)
  bool hung_up = false;                 ///< the server did
  bool too_old = false;                 ///< it agreed to an old version only
  bool wanted_our_certificate = false;  ///< it asked for one
  std::string words = {};               ///< of the library
};
std::string explain(const BrokenHandshake& broken, const TlsAsked& asked);

/// The deadline passed in the handshake, after `bytes` had come.
std::string unanswered_hello(const std::string& authority, std::size_t bytes);

/// Whether these may be the first bytes of a TLS record, if they are enough to tell.
bool may_be_tls(std::string_view heard) noexcept;

/// "2026-01-31 12:00:00 UTC".
std::string utc(std::chrono::system_clock::time_point at);

}  // namespace procedura::detail
