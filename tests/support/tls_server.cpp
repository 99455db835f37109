#include "tls_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <utility>

namespace procedura::testing {
namespace {

void check(bool good, const char* what) {
  if (good) return;
  const char* why = ERR_reason_error_string(ERR_peek_last_error());
  throw std::runtime_error{std::string{what} + ": " + (why != nullptr ? why : "?")};
}

std::string accept_key(std::string_view head) {
  constexpr std::string_view header = "Sec-WebSocket-Key: ";
  const auto at = head.find(header);
  if (at == std::string_view::npos) return {};
  const auto key = head.substr(at + header.size(), 24);
  const std::string text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<unsigned char, 32> base64{};
  EVP_EncodeBlock(base64.data(), digest.data(), digest.size());
  return reinterpret_cast<const char*>(base64.data());
}

}  // namespace

TlsServerSide::Context TlsServerSide::make_context(const Options& options) {
  Context made{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  SSL_CTX* context = made.get();
  SSL_CTX_set_security_level(context, 0);  // or it would not speak the old versions
  static constexpr std::array<unsigned char, 4> id{'t', 'e', 's', 't'};
  SSL_CTX_set_session_id_context(context, id.data(), id.size());
  check(SSL_CTX_set_min_proto_version(context, options.oldest_version) == 1, "oldest");
  check(SSL_CTX_set_max_proto_version(context, options.newest_version) == 1, "newest");
  check(SSL_CTX_use_certificate_chain_file(context, options.own.certificate_file.c_str()) == 1, "certificate");
  check(SSL_CTX_use_PrivateKey_file(context, options.own.key_file.c_str(), SSL_FILETYPE_PEM) == 1, "key");
  if (!options.chain_file.empty()) {
    const std::unique_ptr<BIO, int (*)(BIO*)> file{BIO_new_file(options.chain_file.c_str(), "rb"), BIO_free};
    while (X509* next = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)) SSL_CTX_add0_chain_cert(context, next);
    ERR_clear_error();
  }
  if (!options.client_ca_file.empty()) {
    check(SSL_CTX_load_verify_locations(context, options.client_ca_file.c_str(), nullptr) == 1, "client CA");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return made;
}

TlsServerSide::TlsServerSide(Context context) : context_{std::move(context)}, ssl_{SSL_new(context_.get())} {
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl_);
}

TlsServerSide::~TlsServerSide() {
  SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // the session can be resumed
  SSL_free(ssl_);
}

void TlsServerSide::received(std::string_view bytes) {
  BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
  ERR_clear_error();
  std::array<char, 16384> into;
  std::size_t size = 0;
  while (SSL_read_ex(ssl_, into.data(), into.size(), &size) == 1) plain.append(into.data(), size);
  failed_ = failed_ || SSL_get_error(ssl_, 0) != SSL_ERROR_WANT_READ;
}

std::string TlsServerSide::take_output() {
  std::string out(BIO_ctrl_pending(SSL_get_wbio(ssl_)), '\0');
  if (!out.empty()) BIO_read(SSL_get_wbio(ssl_), out.data(), static_cast<int>(out.size()));
  return out;
}

void TlsServerSide::send(std::string_view text) {
  std::size_t written = 0;
  check(SSL_write_ex(ssl_, text.data(), text.size(), &written) == 1, "send");
}

void TlsServerSide::close_notify() {
  SSL_shutdown(ssl_);
}

void TlsServerSide::ask_for_handshake() {
  check(SSL_renegotiate(ssl_) == 1 && SSL_do_handshake(ssl_) == 1, "HelloRequest");
}

bool TlsServerSide::secured() const {
  return SSL_is_init_finished(ssl_) == 1;
}

bool TlsServerSide::resumed() const {
  return SSL_session_reused(ssl_) == 1;
}

std::string TlsServerSide::asked_for() const {
  const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

class RecordingTlsServer::Impl {
 public:
  explicit Impl(Options options)
      : options_{std::move(options)},
        cut_after_{options_.cut_after},
        context_{options_.own.certificate_file.empty() ? nullptr : TlsServerSide::make_context(options_)},
        listening_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listening_, 64) != 0) {
      throw std::runtime_error{"cannot listen"};
    }
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { accept(); }};
  }

  ~Impl() {
    over_ = true;
    thread_.join();
    ::close(listening_);
  }

  Record record() const {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return open_ == 0; });
    return record_;
  }

  std::uint16_t port() const { return port_; }
  void cut_after(std::size_t bytes) { cut_after_ = bytes; }

 private:
  // True: there is something to be read, or to be accepted.
  bool ready(int socket) const {
    pollfd waits{socket, POLLIN, 0};
    while (!over_) {
      if (::poll(&waits, 1, 20) > 0) return true;
    }
    return false;
  }

  void accept() {
    while (ready(listening_)) {
      const int socket = ::accept(listening_, nullptr, nullptr);
      if (socket < 0) continue;
      {
        const std::lock_guard lock{mutex_};
        ++open_;
        ++record_.connections;
      }
      serve(socket);
      ::close(socket);
      const std::lock_guard lock{mutex_};
      --open_;
      changed_.notify_all();
    }
  }

  void serve(int socket) {
    std::size_t left = cut_after_;
    const auto send = [&](std::string_view bytes) {
      const auto size = std::min(left, bytes.size());
      left -= size;
      return ::send(socket, bytes.data(), size, MSG_NOSIGNAL) == static_cast<ssize_t>(size) && size == bytes.size();
    };
    std::string raw;
    std::optional<TlsServerSide> tls;
    if (context_) tls.emplace(context_);
    bool answered = false;
    std::array<char, 16384> into;
    while (ready(socket)) {
      const auto size = ::recv(socket, into.data(), into.size(), 0);
      if (size <= 0) break;
      const std::string_view bytes{into.data(), static_cast<std::size_t>(size)};
      raw += bytes;
      if (options_.silent) continue;
      if (!options_.instead.empty()) {
        send(options_.instead);
        break;
      }
      tls->received(bytes);
      if (!send(tls->take_output()) || (tls->failed() && !tls->secured())) break;
      if (!answered && tls->plain.ends_with("\r\n\r\n")) {
        answered = true;
        tls->send(options_.answer ? *options_.answer
                                  : "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                    "Sec-WebSocket-Accept: " +
                                        accept_key(tls->plain) + "\r\n\r\n");
        if (!send(tls->take_output()) || options_.cut_after_answer) break;
      }
    }
    ::shutdown(socket, SHUT_WR);
    const std::lock_guard lock{mutex_};
    record_.raw += raw;
    if (!tls) return;
    record_.plain += tls->plain;
    record_.secured += tls->secured();
    record_.resumed += tls->resumed();
    record_.asked_for = tls->asked_for();
  }

  Options options_;
  std::atomic<std::size_t> cut_after_;
  TlsServerSide::Context context_;
  int listening_;
  std::uint16_t port_ = 0;
  std::atomic<bool> over_ = false;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Record record_;
  int open_ = 0;
  std::thread thread_;
};

RecordingTlsServer::RecordingTlsServer(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
RecordingTlsServer::~RecordingTlsServer() = default;

void RecordingTlsServer::cut_after(std::size_t bytes) {
  impl_->cut_after(bytes);
}

std::uint16_t RecordingTlsServer::port() const {
  return impl_->port();
}

std::string RecordingTlsServer::url(std::string_view host) const {
  return "wss://" + std::string{host} + ":" + std::to_string(port());
}

RecordingTlsServer::Record RecordingTlsServer::record() const {
  return impl_->record();
}

}  // namespace procedura::testing
