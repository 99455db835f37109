#include "tls_client.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

namespace procedura::conformance {
namespace {

struct Free {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

std::string last_error() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "the TLS handshake failed" : reason;
}

bool is_address(const std::string& host) {
  boost::system::error_code not_one;
  boost::asio::ip::make_address(host, not_one);
  return !not_one;
}

std::string drained(BIO* bio) {
  std::string out;
  std::array<char, 4096> chunk{};
  int got = 0;
  while ((got = BIO_read(bio, chunk.data(), static_cast<int>(chunk.size()))) > 0) {
    out.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return out;
}

std::string names_of(X509* certificate) {
  const std::unique_ptr<BIO, Free> text{BIO_new(BIO_s_mem())};
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  const int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
  if (at >= 0) {
    BIO_puts(text.get(), "; ");
    X509V3_EXT_print(text.get(), X509_get_ext(certificate, at), 0, 0);
  }
  return drained(text.get());
}

}  // namespace

struct TlsClientSide::Parts {
  std::unique_ptr<SSL_CTX, Free> context;
  std::unique_ptr<SSL, Free> ssl;
  BIO* in = nullptr;   // the session's own
  BIO* out = nullptr;  // ditto
};

TlsClientSide::TlsClientSide(const std::string& host, const std::string& ca, bool only_old)
    : host_{host}, parts_{std::make_unique<Parts>()} {
  parts_->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = parts_->context.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);  // the result is there all the same
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else {
    SSL_CTX_load_verify_file(context, ca.c_str());
  }
  if (only_old) {
    // Its signatures are too weak for the usual level.
    SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context, TLS1_1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  } else {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  }
  parts_->ssl.reset(SSL_new(context));
  parts_->in = BIO_new(BIO_s_mem());
  parts_->out = BIO_new(BIO_s_mem());
  SSL_set_bio(parts_->ssl.get(), parts_->in, parts_->out);
  SSL_set_connect_state(parts_->ssl.get());
  if (!is_address(host_)) {
    // What the macro SSL_set_tlsext_host_name stands for, without its C cast.
    SSL_ctrl(parts_->ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host_.data());
  }
  ERR_clear_error();
}

TlsClientSide::~TlsClientSide() = default;

void TlsClientSide::received(std::string_view bytes) {
  if (!bytes.empty()) {
    BIO_write(parts_->in, bytes.data(), static_cast<int>(bytes.size()));
  }
  go_on();
}

void TlsClientSide::go_on() {
  SSL* ssl = parts_->ssl.get();
  std::array<char, 16 * 1024> chunk{};
  while (!over_) {
    const int got = secured_ ? SSL_read(ssl, chunk.data(), static_cast<int>(chunk.size())) : SSL_do_handshake(ssl);
    if (got > 0 && secured_) {
      plain_.append(chunk.data(), static_cast<std::size_t>(got));
    } else if (got > 0) {
      secured_ = true;
    } else if (const int why = SSL_get_error(ssl, got); why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
      return;
    } else {
      over_ = true;
      problem_ = why == SSL_ERROR_ZERO_RETURN ? "the agent ended TLS" : last_error();
    }
  }
}

void TlsClientSide::send(std::string_view plain) {
  if (secured_ && !plain.empty()) {
    SSL_write(parts_->ssl.get(), plain.data(), static_cast<int>(plain.size()));  // into memory: always whole
  }
}

std::string TlsClientSide::take_output() {
  return drained(parts_->out);
}

std::string TlsClientSide::take_plain() {
  return std::exchange(plain_, {});
}

TlsSight TlsClientSide::sight() const {
  TlsSight sight;
  const SSL* ssl = parts_->ssl.get();
  sight.version = SSL_get_version(ssl);
  const std::unique_ptr<X509, Free> certificate{SSL_get1_peer_certificate(ssl)};
  if (!certificate) {
    sight.distrust = "the agent showed no certificate";
    return sight;
  }
  if (const long result = SSL_get_verify_result(ssl); result != X509_V_OK) {
    sight.distrust = X509_verify_cert_error_string(result);
  }
  sight.name_fits = is_address(host_) ? X509_check_ip_asc(certificate.get(), host_.c_str(), 0) == 1
                                      : X509_check_host(certificate.get(), host_.data(), host_.size(), 0, nullptr) == 1;
  sight.names = names_of(certificate.get());
  return sight;
}

}  // namespace procedura::conformance
