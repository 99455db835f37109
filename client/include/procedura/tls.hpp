#pragma once

#include <procedura/error.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura {

/// Older ones are not spoken at all.
enum class TlsVersion { tls12, tls13 };
std::string_view to_string(TlsVersion version) noexcept;                     ///< "TLS 1.2", "TLS 1.3"
std::optional<TlsVersion> tls_version_from(std::string_view name) noexcept;  ///< "1.2", "1.3"

/// The SHA-256 of a certificate's public key (its SubjectPublicKeyInfo, RFC 7469): it outlives the certificate as long as the
/// key is kept.
class Pin {
 public:
  /// "sha256/BASE64"; curl's "sha256//BASE64" is taken too. Fails with `tls_failed` and says what is wrong with it.
  static Result<Pin> parse(std::string_view text);
  /// `digest`: 32 bytes.
  explicit Pin(std::string digest) : digest_{std::move(digest)} {}

  const std::string& digest() const noexcept { return digest_; }  ///< 32 bytes
  std::string text() const;                                       ///< "sha256/BASE64"
  friend bool operator==(const Pin&, const Pin&) = default;

 private:
  std::string digest_;
};

/// Whom to trust, and how to show who we are. A plain value.
struct TlsOptions {
  /// A PEM file, or a folder of them (*.pem, *.crt, *.cer): these authorities are trusted, and the system's are not. Nothing:
  /// the system's (SSL_CERT_FILE and SSL_CERT_DIR count, as everywhere).
  std::optional<std::string> ca = {};
  /// At least one of these keys has to be in the verified chain, beside all that is checked anyway. Several: for rotation.
  std::vector<Pin> pins = {};
  std::optional<std::string> certificate = {};   ///< our own, for mutual TLS: a PEM file with its chain
  std::optional<std::string> key = {};           ///< PEM; nothing: in `certificate`
  std::optional<std::string> key_password = {};  ///< of an encrypted key; nobody is asked for it
  /// The name that the certificate has to bear, and that is asked for (SNI); nothing: the host of the URL.
  std::optional<std::string> server_name = {};
  TlsVersion minimum = TlsVersion::tls12;  ///< a server that only speaks an older one is refused
  bool resume = true;                      ///< sessions, within one `TlsContext`
  /// Checks neither chain nor name nor dates: whoever is in between can read everything, the token included. Pins still hold,
  /// of the server's own certificate. A warning is logged at each connection.
  bool insecure = false;
};

/// What a certificate says of itself.
struct CertificateInfo {
  std::string subject;                               ///< RFC 2253, untrusted text
  std::string issuer;                                ///< RFC 2253, untrusted text
  std::vector<std::string> names;                    ///< DNS names and addresses it is for
  std::chrono::system_clock::time_point not_before;  ///< valid from
  std::chrono::system_clock::time_point not_after;   ///< valid until
  Pin pin{std::string(32, '\0')};                    ///< of its public key
};

/// What was agreed on, or what was seen until it failed.
struct TlsInfo {
  std::string version;                 ///< "TLSv1.3"
  std::string cipher;                  ///< "TLS_AES_256_GCM_SHA384"
  bool resumed = false;                ///< then the chain is the one of the first connection
  bool verified = false;               ///< chain, name and dates hold
  std::vector<CertificateInfo> chain;  ///< the server's own first
};

namespace detail {
class TlsContextImpl;
}

/// `TlsOptions`, read and checked once, for any number of connections, and the sessions that these may resume. Thread-safe.
class TlsContext {
 public:
  /// Fails with `tls_failed`, naming the file and what to do: missing, no PEM, key that does not belong to the certificate, ...
  static Result<std::shared_ptr<TlsContext>> make(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// For the library itself.
  const detail::TlsContextImpl& impl() const noexcept { return *impl_; }
  /// For the library itself.
  detail::TlsContextImpl& impl() noexcept { return *impl_; }

 private:
  explicit TlsContext(std::unique_ptr<detail::TlsContextImpl> impl);
  std::unique_ptr<detail::TlsContextImpl> impl_;
};

}  // namespace procedura
