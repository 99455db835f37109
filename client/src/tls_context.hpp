#pragma once

#include "tls_certificate.hpp"

#include <procedura/tls.hpp>

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::detail {

/// An IPv4 or IPv6 address, without brackets and without an interface.
bool is_address(const std::string& name);

/// What a certificate has to bear for this host: without the interface of an address (fe80::1%eth0) and the dot of a whole
/// name, which none bears. Nothing for what no certificate can bear. OpenSSL is never asked for that: an empty name would mean
/// anybody's certificate to it, and ".example.org" that of everybody below example.org.
std::optional<std::string> certified_name(std::string_view host);

/// What stands behind a `TlsContext`. Thread-safe.
class TlsContextImpl {
 public:
  static Result<std::unique_ptr<TlsContextImpl>> make(const TlsOptions& options);

  SSL_CTX* native() const noexcept { return context_.get(); }
  const TlsOptions& options() const noexcept { return options_; }
  bool system_trusts_nobody() const noexcept { return system_trusts_nobody_; }

  /// A session that can be resumed, and what was found out about the server when it began.
  struct Session {
    std::shared_ptr<SSL_SESSION> session;
    TlsInfo info;
  };
  /// `whom`: host, port and the name that was asked for.
  void keep(const std::string& whom, Session session);
  /// The latest one that still holds. Those of TLS 1.3 are taken out: each is for one connection (RFC 8446, C.4).
  std::optional<Session> take(const std::string& whom);

 private:
  TlsContextImpl() = default;

  OpenSslPtr<SSL_CTX> context_;
  TlsOptions options_;
  bool system_trusts_nobody_ = false;
  std::mutex mutex_;  // of the sessions
  std::map<std::string, std::deque<Session>> sessions_;
};

}  // namespace procedura::detail
