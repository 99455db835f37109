#include "tls_engine.hpp"

#include <procedura/protocol/redaction.hpp>

#include <boost/asio/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace procedura::detail {
namespace {

constexpr std::size_t hear_at_most = 256;
constexpr std::size_t show_at_most = 80;
// What may wait to be sent that nobody asked us to write: answers to a server that begins one handshake after the other.
constexpr std::size_t unsent_at_most = std::size_t{64} * 1024;

class TlsCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "procedura.tls"; }
  std::string message(int value) const override {
    if (value == tls_truncated) return "the TLS connection was cut off without a goodbye (close_notify)";
    if (value == tls_flooded) return "the TLS connection broke: the server asked for one handshake after the other";
    const char* words = ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, static_cast<unsigned long>(value)));
    return std::string{"the TLS connection broke: "} + (words != nullptr ? words : "protocol error");
  }
};

bool says_too_old(int reason) {
  return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_WRONG_SSL_VERSION || reason == SSL_R_VERSION_TOO_LOW;
}

}  // namespace

const boost::system::error_category& tls_category() noexcept {
  static const TlsCategory category;
  return category;
}

struct TlsEngine::Callbacks {
  static TlsEngine& of(const SSL* ssl) { return *static_cast<TlsEngine*>(SSL_get_app_data(ssl)); }

  static int verify(X509_STORE_CTX* store, void* /*nothing*/) {
    const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (of(ssl).verify(store)) return 1;
    // For the alert; a pin that is missing has no error of its own.
    if (X509_STORE_CTX_get_error(store) == X509_V_OK) X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
  }

  static int keep_session(SSL* ssl, SSL_SESSION* session) {
    TlsEngine& self = of(ssl);
    self.context_->impl().keep(self.whom_, {std::shared_ptr<SSL_SESSION>{session, SSL_SESSION_free}, self.known()});
    return 1;  // it is ours now
  }

  static int certificate_wanted(SSL* ssl, void* /*nothing*/) {
    of(ssl).broken_.wanted_our_certificate = true;
    return 1;
  }

  static void happened(const SSL* ssl, int what, int value) {
    const unsigned alert = static_cast<unsigned>(value) & 0xFFU;
    if (what == SSL_CB_READ_ALERT && alert != SSL3_AD_CLOSE_NOTIFY) of(ssl).broken_.alert = alert;
  }
};

void TlsEngine::set_up(SSL_CTX* context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &Callbacks::verify, nullptr);
  SSL_CTX_set_cert_cb(context, &Callbacks::certificate_wanted, nullptr);
  SSL_CTX_set_info_callback(context, &Callbacks::happened);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &Callbacks::keep_session);
}

TlsEngine::TlsEngine(std::shared_ptr<TlsContext> context, const Endpoint& endpoint) : context_{std::move(context)} {
  const TlsContextImpl& impl = context_->impl();
  asked_.authority = endpoint.origin().substr(std::string_view{"wss://"}.size());
  const std::string whom = impl.options().server_name.value_or(endpoint.host);
  asked_.name = certified_name(whom).value_or("");
  asked_.options = impl.options();
  asked_.system_trusts_nobody = impl.system_trusts_nobody();
  whom_ = asked_.authority + " " + asked_.name;
  if (asked_.name.empty()) {
    problem_ = "'" + protocol::printable(protocol::excerpt(whom, show_at_most)) + "' is no name that a certificate can bear";
    return;
  }
  ERR_clear_error();
  ssl_.reset(SSL_new(impl.native()));
  if (!ssl_) {
    problem_ = "cannot set TLS up: " + latest_openssl_error();
    return;
  }
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in_, out_);
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_connect_state(ssl_.get());
  prepare();
}

void TlsEngine::prepare() {
  SSL* ssl = ssl_.get();
  bool done = true;
  if (is_address(asked_.name)) {
    done = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), asked_.name.c_str()) == 1;
  } else {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    done = SSL_set1_host(ssl, asked_.name.c_str()) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, asked_.name.data()) == 1;
  }
  if (!done) problem_ = "'" + asked_.name + "' cannot be asked for over TLS: " + latest_openssl_error();
  if (!asked_.options.resume) return;
  if (auto kept = context_->impl().take(whom_); kept && SSL_set_session(ssl, kept->session.get()) == 1) {
    begun_with_ = std::move(kept->info);
  }
}

TlsEngine::~TlsEngine() {
  if (!ssl_) return;
  // A connection that ends without a goodbye would take its session with it.
  if (secured_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_set_app_data(ssl_.get(), nullptr);
}

// --- bytes ----------------------------------------------------------------------------------------------------------------

void TlsEngine::received(std::string_view bytes) {
  broken_.bytes += bytes.size();
  if (broken_.heard.size() < hear_at_most) broken_.heard += bytes.substr(0, hear_at_most - broken_.heard.size());
  if (in_ != nullptr) BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
}

void TlsEngine::take_output(std::string& into) {
  if (out_ == nullptr) return;
  const std::size_t before = into.size();
  into.resize(before + BIO_ctrl_pending(out_));
  if (into.size() > before) BIO_read(out_, into.data() + before, static_cast<int>(into.size() - before));
}

TlsEngine::Step TlsEngine::handshake() {
  if (!problem_.empty()) return Step::failed;
  // What is no TLS at all is told from what it says; OpenSSL would call it a wrong version.
  if (!may_be_tls(broken_.heard)) {
    fail(explain(broken_, asked_));
    return Step::failed;
  }
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    secured_ = true;
    return Step::done;
  }
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ && !ended_) return Step::needs_input;
  broken_.hung_up = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_ZERO_RETURN;
  if (!broken_.hung_up) note_failure();
  if (problem_.empty()) fail(explain(broken_, asked_));
  return Step::failed;
}

TlsEngine::Taken TlsEngine::read(void* into, std::size_t size) {
  ERR_clear_error();
  Taken taken;
  if (BIO_ctrl_pending(out_) > unsent_at_most) {
    taken.ec = {tls_flooded, tls_category()};
    return taken;
  }
  if (SSL_read_ex(ssl_.get(), into, size, &taken.size) == 1) {
    read_something_ = true;
    return taken;
  }
  switch (SSL_get_error(ssl_.get(), 0)) {
    case SSL_ERROR_ZERO_RETURN:
      taken.ec = boost::asio::error::eof;
      break;
    case SSL_ERROR_WANT_READ:
      if (ended_) taken.ec = {tls_truncated, tls_category()};
      break;
    default: {
      // One that broke before gives no reason again.
      const int reason = ERR_GET_REASON(ERR_peek_last_error());
      taken.ec = {reason != 0 ? reason : tls_broken, tls_category()};
      note_failure();
    }
  }
  return taken;
}

bool TlsEngine::write(std::string_view bytes) {
  if (!secured_) return false;
  ERR_clear_error();
  std::size_t written = 0;
  return bytes.empty() || SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) == 1;
}

void TlsEngine::close_notify() {
  if (!secured_) return;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();  // this thread's: whoever else uses OpenSSL on it shall not find it
}

// --- what is known --------------------------------------------------------------------------------------------------------

bool TlsEngine::verify(X509_STORE_CTX* store) {
  const TlsOptions& options = asked_.options;
  if (!options.insecure) {
    if (X509_verify_cert(store) != 1) {
      info_.chain = describe_chain(X509_STORE_CTX_get0_untrusted(store));
      const auto bad = judged(X509_STORE_CTX_get_error(store), X509_STORE_CTX_get_error_depth(store),
                              X509_STORE_CTX_get_current_cert(store));
      return fail(explain(bad, asked_, std::chrono::system_clock::now()));
    }
    info_.verified = true;
  }
  info_.chain = describe_chain(options.insecure ? X509_STORE_CTX_get0_untrusted(store) : X509_STORE_CTX_get0_chain(store));
  // Without a verification anybody can put any certificate behind his own, so only his own counts.
  const std::size_t counts = options.insecure ? std::min<std::size_t>(info_.chain.size(), 1) : info_.chain.size();
  const bool pinned = options.pins.empty() ||
                      std::any_of(info_.chain.begin(), info_.chain.begin() + static_cast<std::ptrdiff_t>(counts),
                                  [&](const CertificateInfo& it) {
                                    return std::find(options.pins.begin(), options.pins.end(), it.pin) != options.pins.end();
                                  });
  return pinned || fail(explain_pins(info_.chain, asked_));
}

bool TlsEngine::fail(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

void TlsEngine::note_failure() {
  broken_.too_old = says_too_old(ERR_GET_REASON(ERR_peek_last_error()));
  broken_.words = latest_openssl_error();
}

const TlsInfo& TlsEngine::known() const {
  return SSL_session_reused(ssl_.get()) == 1 ? begun_with_ : info_;
}

TlsInfo TlsEngine::info() const {
  if (!ssl_) return info_;
  TlsInfo info = known();
  info.version = SSL_get_version(ssl_.get());
  const char* cipher = SSL_get_cipher_name(ssl_.get());
  info.cipher = cipher != nullptr ? cipher : "";
  info.resumed = SSL_session_reused(ssl_.get()) == 1;
  return info;
}

std::string TlsEngine::problem() const {
  return problem_;
}

std::optional<std::string> TlsEngine::rejection() const {
  if (!secured_ || read_something_) return std::nullopt;
  if (broken_.alert) return explain(broken_, asked_);
  if (!ended_ || !broken_.wanted_our_certificate || asked_.options.certificate) return std::nullopt;
  BrokenHandshake given_up = broken_;
  given_up.hung_up = true;
  return explain(given_up, asked_);
}

}  // namespace procedura::detail
