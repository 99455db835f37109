#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace procedura::testing {

/// PEM files of a certificate and its key, made for a test. `authority`: who signs it; nothing: itself, and it may sign others.
struct PemPair {
  std::string certificate_file;
  std::string key_file;
};
PemPair make_pem_pair(const std::string& folder, const std::string& name, const PemPair* authority = nullptr);

/// A certificate as a test wishes it.
struct Wish {
  std::string name;                                    ///< its CN, and that of its files
  std::string names = "DNS:localhost,IP:127.0.0.1";    ///< subjectAltName; empty: none
  const PemPair* authority = nullptr;                  ///< who signs it; nothing: itself
  bool may_sign = false;                               ///< others
  std::chrono::seconds from = std::chrono::hours{-1};  ///< of its validity, from now
  std::chrono::seconds to = std::chrono::hours{1};
  std::string use = {};             ///< extendedKeyUsage: "serverAuth", ...; empty: any
  const PemPair* key_of = nullptr;  ///< whose key it is for; nothing: a new one
  std::string key_password = {};    ///< with which its key file is encrypted; empty: not at all
};
PemPair make_certificate(const std::string& folder, const Wish& wish);

/// `sha256/BASE64` of the public key of the first certificate in a PEM file.
std::string pin_of(const std::string& certificate_file);

/// A TLS client on the loopback with no WebSocket library beneath it. Throws `std::runtime_error` with OpenSSL's reason.
class TlsClient {
 public:
  struct Options {
    std::string trusted_file = {};   ///< PEM; empty: whoever answers is taken
    std::string host = "localhost";  ///< whose certificate it has to be, if it is verified
    const PemPair* own = nullptr;    ///< to be shown
    int newest_version = 0;          ///< as OpenSSL numbers it; 0: any
    std::chrono::seconds limit{10};  ///< for each read and write
  };
  explicit TlsClient(std::uint16_t port) : TlsClient{port, Options{}} {}
  TlsClient(std::uint16_t port, const Options& options);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  void write(std::string_view bytes);
  std::string read(std::size_t bytes);
  std::string read_until(std::string_view end);
  /// Until the peer ends; nothing if it does so without a close_notify.
  std::optional<std::string> read_to_end();
  std::string upgrade();
  std::string fingerprint() const;
  std::string version() const;

 private:
  std::string read_some();
  struct Free {
    void operator()(ssl_st* ssl) const noexcept;
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  int socket_;
  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::unique_ptr<ssl_st, Free> ssl_;
  std::string buffer_;
};

}  // namespace procedura::testing
