// The only file of the mock's server that sees OpenSSL.
#include "net/tls.hpp"

#include <procedura/protocol/redaction.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace procedura::mock::net {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;

class Stream final : public TlsStream {
 public:
  Stream(Socket& socket, ssl::context& context) : stream_{socket, context} {}
  // A connection that ends without a goodbye would take its session with it, and its client could not resume.
  ~Stream() override { SSL_set_shutdown(stream_.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void async_handshake(EndHandler done) override { stream_.async_handshake(ssl::stream_base::server, std::move(done)); }
  void async_read_some(asio::mutable_buffer into, Handler done) override { stream_.async_read_some(into, std::move(done)); }
  void async_write_some(asio::const_buffer from, Handler done) override { stream_.async_write_some(from, std::move(done)); }
  void async_shutdown(EndHandler done) override { stream_.async_shutdown(std::move(done)); }

 private:
  ssl::stream<Socket&> stream_;
};

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  return text;
}

class Identity final : public TlsIdentity {
 public:
  const std::string& fingerprint() const override { return fingerprint_; }
  std::unique_ptr<TlsStream> over(Socket& socket) override { return std::make_unique<Stream>(socket, context_); }

  ssl::context& context() noexcept { return context_; }
  SSL_CTX* native() noexcept { return context_.native_handle(); }
  void use_fingerprint(const X509* certificate) { fingerprint_ = fingerprint_of(certificate); }

 private:
  ssl::context context_{ssl::context::tls_server};
  std::string fingerprint_;
};

// What OpenSSL says of its latest failure, in a person's words where we know better ones.
std::string latest_failure() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* why = code == 0 ? nullptr : ERR_reason_error_string(code);
  return why ? why : "OpenSSL does not say why";
}

// OpenSSL's own words for a file that is not there are not for people.
std::string unreadable(const std::string& file) {
  errno = 0;
  const File opened{std::fopen(file.c_str(), "rb")};
  if (opened && std::fgetc(opened.get()) != EOF) return {};
  return errno == 0 ? "it is empty" : std::strerror(errno);
}

std::string problem(std::string_view what, const std::string& file, std::string_view why, std::string_view remedy) {
  return fmt::format("cannot use the {} {}: {}; {}", what, protocol::printable(file), why, remedy);
}

// Empty: all is well.
std::string load_files(Identity& identity, const TlsOptions& options) {
  const auto& certificate = options.certificate_file;
  const auto& key = options.key_file;
  if (const auto why = unreadable(certificate); !why.empty()) {
    return problem("certificate", certificate, why, "give a PEM file with --tls-cert");
  }
  if (SSL_CTX_use_certificate_chain_file(identity.native(), certificate.c_str()) != 1) {
    return problem("certificate", certificate, latest_failure(), "it has to be PEM, the server's own certificate first");
  }
  if (const auto why = unreadable(key); !why.empty()) return problem("key", key, why, "give a PEM file with --tls-key");
  // Without this OpenSSL would ask the terminal for a passphrase.
  SSL_CTX_set_default_passwd_cb(identity.native(), [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_PrivateKey_file(identity.native(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const auto code = ERR_peek_last_error();
    if (ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH) {
      ERR_clear_error();
      return problem("key", key, "it is not the key of " + protocol::printable(certificate),
                     "give the two that belong together");
    }
    return problem("key", key, latest_failure(), "it has to be PEM, and without a passphrase");
  }
  if (SSL_CTX_check_private_key(identity.native()) != 1) {
    return problem("key", key, "it is not the key of " + protocol::printable(certificate), "give the two that belong together");
  }
  identity.use_fingerprint(SSL_CTX_get0_certificate(identity.native()));
  return {};
}

bool add_extension(X509* certificate, int which, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str())};
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// A host that could break out of the list of names is left out of it; nobody could connect to it by that name anyway.
std::string alternative_names(const std::string& host) {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  if (!no_address) {
    if (!address.is_loopback() && !address.is_unspecified()) names += ",IP:" + address.to_string();
    return names;
  }
  constexpr auto of_names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  if (!host.empty() && host != "localhost" && host.find_first_not_of(of_names) == std::string::npos) names += ",DNS:" + host;
  return names;
}

// A positive serial number that no other certificate has: browsers object to two of one issuer with the same.
bool draw_serial(X509* certificate) {
  std::array<unsigned char, 8> serial{};
  if (RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1) return false;
  std::uint64_t number = 0;
  for (const unsigned char byte : serial) number = number << 8U | byte;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number >> 1U) == 1;
}

Certificate self_signed(EVP_PKEY* key, const std::string& host) {
  constexpr long hour = 60 * 60;
  constexpr long version_3 = 2;
  Certificate made{X509_new()};
  X509* certificate = made.get();
  if (!certificate || X509_set_version(certificate, version_3) != 1 || !draw_serial(certificate)) return {};
  if (!X509_gmtime_adj(X509_getm_notBefore(certificate), -hour)) return {};
  if (!X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 24 * hour)) return {};
  X509_NAME* name = X509_get_subject_name(certificate);
  static constexpr std::array<unsigned char, 10> common_name{'m', 'o', 'c', 'k', '-', 'a', 'g', 'e', 'n', 't'};
  const bool named = X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, common_name.data(),
                                                static_cast<int>(common_name.size()), -1, 0) == 1;
  if (!named || X509_set_issuer_name(certificate, name) != 1 || X509_set_pubkey(certificate, key) != 1) return {};
  const bool extended = add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
                        add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
                        add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
                        add_extension(certificate, NID_subject_key_identifier, "hash") &&
                        add_extension(certificate, NID_subject_alt_name, alternative_names(host));
  if (!extended || X509_sign(certificate, key, EVP_sha256()) == 0) return {};
  return made;
}

std::string make_self_signed(Identity& identity, const std::string& host) {
  const Key key{EVP_EC_gen("P-256")};
  const Certificate certificate = key ? self_signed(key.get(), host) : Certificate{};
  if (!certificate || SSL_CTX_use_certificate(identity.native(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(identity.native(), key.get()) != 1) {
    return "cannot make a self-signed certificate: " + latest_failure();
  }
  identity.use_fingerprint(certificate.get());
  return {};
}

std::string require_clients(Identity& identity, const std::string& file) {
  if (const auto why = unreadable(file); !why.empty()) {
    return problem("client CA", file, why, "give a PEM file with --tls-client-ca");
  }
  auto* names = SSL_load_client_CA_file(file.c_str());
  if (!names || SSL_CTX_load_verify_locations(identity.native(), file.c_str(), nullptr) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return problem("client CA", file, latest_failure(),
                   "it has to be PEM, with the certificates of those who sign for clients");
  }
  SSL_CTX_set_client_CA_list(identity.native(), names);
  SSL_CTX_set_verify(identity.native(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

bool set_up(Identity& identity) {
  static constexpr std::array<unsigned char, 10> session_context{'m', 'o', 'c', 'k', '-', 'a', 'g', 'e', 'n', 't'};
  SSL_CTX* context = identity.native();
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // idle connections keep no buffers
  // Without it a session that had a client certificate cannot be resumed.
  return SSL_CTX_set_session_id_context(context, session_context.data(), session_context.size()) == 1 &&
         SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

}  // namespace

std::variant<std::shared_ptr<TlsIdentity>, std::string> make_tls_identity(const TlsOptions& options, const std::string& host) {
  ERR_clear_error();
  auto identity = std::make_shared<Identity>();
  if (!set_up(*identity)) return "cannot set TLS up: " + latest_failure();
  auto wrong = options.certificate_file.empty() ? make_self_signed(*identity, host) : load_files(*identity, options);
  if (wrong.empty() && !options.client_ca_file.empty()) wrong = require_clients(*identity, options.client_ca_file);
  if (!wrong.empty()) return wrong;
  return std::shared_ptr<TlsIdentity>{std::move(identity)};
}

std::string handshake_failure(error_code ec) {
  if (ec == asio::error::eof || ec == ssl::error::stream_truncated) return "the client hung up";
  if (ec.category() != asio::error::get_ssl_category()) return ec.message();
  const char* why = ERR_reason_error_string(static_cast<unsigned long>(ec.value()));
  return why ? why : ec.message();
}

bool was_plain_http(error_code ec) noexcept {
  return ec.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace procedura::mock::net
