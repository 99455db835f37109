#include "tls_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace procedura::testing {
namespace {

[[noreturn]] void fail(const std::string& what) {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* why = ERR_reason_error_string(code);
  throw std::runtime_error{what + ": " + (why ? why : "the connection ended")};
}

template <typename Write>
void to_file(const std::string& path, Write write) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "wb"), std::fclose};
  if (!file || !write(file.get())) fail("write " + path);
}

void extend(X509* certificate, int which, const char* value) {
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension{
      X509V3_EXT_conf_nid(nullptr, nullptr, which, value), X509_EXTENSION_free};
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) fail("extension");
}

}  // namespace

namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Key read_key(const PemPair& pair) {
  const File file{std::fopen(pair.key_file.c_str(), "rb"), std::fclose};
  return {PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
}

Certificate read_certificate(const std::string& path) {
  const File file{std::fopen(path.c_str(), "rb"), std::fclose};
  return {PEM_read_X509(file.get(), nullptr, nullptr, nullptr), X509_free};
}

}  // namespace

PemPair make_pem_pair(const std::string& folder, const std::string& name, const PemPair* authority) {
  Wish wish;
  wish.name = name;
  wish.authority = authority;
  wish.may_sign = authority == nullptr;
  return make_certificate(folder, wish);
}

PemPair make_certificate(const std::string& folder, const Wish& wish) {
  const Key key = wish.key_of != nullptr ? read_key(*wish.key_of) : Key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  const Certificate made{X509_new(), X509_free};
  X509* certificate = made.get();
  X509_set_version(certificate, 2);
  static long serial = 100;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wish.from.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.to.count());
  const auto* text = reinterpret_cast<const unsigned char*>(wish.name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, text, -1, -1, 0);
  X509_set_pubkey(certificate, key.get());
  extend(certificate, NID_basic_constraints, wish.may_sign ? "critical,CA:TRUE" : "CA:FALSE");
  if (!wish.names.empty()) extend(certificate, NID_subject_alt_name, wish.names.c_str());
  if (!wish.use.empty()) extend(certificate, NID_ext_key_usage, wish.use.c_str());
  if (wish.authority != nullptr) {
    const Key signing = read_key(*wish.authority);
    const Certificate issuer = read_certificate(wish.authority->certificate_file);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer.get()));
    if (X509_sign(certificate, signing.get(), EVP_sha256()) == 0) fail("sign");
  } else {
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    if (X509_sign(certificate, key.get(), EVP_sha256()) == 0) fail("sign");
  }
  PemPair files{folder + "/" + wish.name + ".pem", folder + "/" + wish.name + ".key"};
  to_file(files.certificate_file, [&](std::FILE* file) { return PEM_write_X509(file, certificate) == 1; });
  const EVP_CIPHER* cipher = wish.key_password.empty() ? nullptr : EVP_aes_128_cbc();
  const auto* password = reinterpret_cast<const unsigned char*>(wish.key_password.data());
  to_file(files.key_file, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), cipher, password, static_cast<int>(wish.key_password.size()), nullptr,
                                nullptr) == 1;
  });
  return files;
}

std::string pin_of(const std::string& certificate_file) {
  const Certificate certificate = read_certificate(certificate_file);
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  std::array<unsigned char, 32> digest{};
  EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  std::array<unsigned char, 64> base64{};
  EVP_EncodeBlock(base64.data(), digest.data(), digest.size());
  return std::string{"sha256/"} + reinterpret_cast<const char*>(base64.data());
}

void TlsClient::Free::operator()(ssl_st* ssl) const noexcept {
  SSL_free(ssl);
}
void TlsClient::Free::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}

TlsClient::TlsClient(std::uint16_t port, const Options& options)
    : socket_{::socket(AF_INET, SOCK_STREAM, 0)}, context_{SSL_CTX_new(TLS_client_method())} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{options.limit.count(), 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::system_error{errno, std::generic_category(), "connect"};
  }
  SSL_CTX* context = context_.get();
  // Old versions are to be refused by the server, not by us.
  SSL_CTX_set_security_level(context, 0);
  if (options.newest_version != 0) {
    SSL_CTX_set_min_proto_version(context, options.newest_version);
    SSL_CTX_set_max_proto_version(context, options.newest_version);
  }
  if (!options.trusted_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, options.trusted_file.c_str(), nullptr) != 1) fail("trust");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  if (options.own) {
    if (SSL_CTX_use_certificate_file(context, options.own->certificate_file.c_str(), SSL_FILETYPE_PEM) != 1) fail("own");
    if (SSL_CTX_use_PrivateKey_file(context, options.own->key_file.c_str(), SSL_FILETYPE_PEM) != 1) fail("own");
  }
  ssl_.reset(SSL_new(context));
  SSL_set1_host(ssl_.get(), options.host.c_str());
  SSL_set_fd(ssl_.get(), socket_);
  if (SSL_connect(ssl_.get()) != 1) {
    ::close(socket_);
    fail("handshake");
  }
}

TlsClient::~TlsClient() {
  ::close(socket_);
}

void TlsClient::write(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t written = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) != 1) fail("write");
    bytes.remove_prefix(written);
  }
}

// Empty: the peer said goodbye.
std::string TlsClient::read_some() {
  std::array<char, 16384> bytes;
  std::size_t got = 0;
  if (SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &got) == 1) return {bytes.data(), got};
  if (SSL_get_error(ssl_.get(), 0) == SSL_ERROR_ZERO_RETURN) return {};
  fail("read");
}

std::string TlsClient::read(std::size_t bytes) {
  while (buffer_.size() < bytes) {
    const std::string more = read_some();
    if (more.empty()) throw std::runtime_error{"the peer said goodbye"};
    buffer_ += more;
  }
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return taken;
}

std::string TlsClient::read_until(std::string_view end) {
  std::size_t at = 0;
  while ((at = buffer_.find(end)) == std::string::npos) {
    const std::string more = read_some();
    if (more.empty()) throw std::runtime_error{"the peer said goodbye"};
    buffer_ += more;
  }
  return read(at + end.size());
}

std::optional<std::string> TlsClient::read_to_end() {
  try {
    while (true) {
      const std::string more = read_some();
      if (more.empty()) return std::exchange(buffer_, {});
      buffer_ += more;
    }
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

std::string TlsClient::upgrade() {
  write(
      "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  return read_until("\r\n\r\n");
}

std::string TlsClient::fingerprint() const {
  const std::unique_ptr<X509, void (*)(X509*)> certificate{SSL_get1_peer_certificate(ssl_.get()), X509_free};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size);
  std::string text;
  constexpr auto hex = "0123456789ABCDEF";
  for (unsigned i = 0; i < size; ++i) {
    if (i > 0) text += ':';
    text += hex[digest[i] >> 4U];
    text += hex[digest[i] & 0xFU];
  }
  return text;
}

std::string TlsClient::version() const {
  return SSL_get_version(ssl_.get());
}

}  // namespace procedura::testing
