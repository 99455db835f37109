#include "tls_listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <utility>

namespace procedura::conformance {
namespace {

// A client that says nothing keeps the next one waiting, and no longer than this.
constexpr timeval patience{2, 0};
constexpr std::chrono::seconds longest_hearing{5};
constexpr std::size_t most_said = std::size_t{64} * 1024;
constexpr char answer[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

struct Free {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};

void must(bool done, const char* what) {
  if (!done) {
    throw std::runtime_error(std::string{"no TLS server for a case: cannot "} + what);
  }
}

std::unique_ptr<BIO, Free> reading(const std::string& pem) {
  return std::unique_ptr<BIO, Free>{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

}  // namespace

class TlsListener::Impl {
 public:
  Impl(const Certificate& certificate, std::optional<std::uint16_t> agent_port)
      : context_{SSL_CTX_new(TLS_server_method())}, agent_port_{agent_port} {
    must(context_ != nullptr, "make a TLS context");
    const std::unique_ptr<X509, Free> own{PEM_read_bio_X509(reading(certificate.certificate).get(), nullptr, nullptr, nullptr)};
    const std::unique_ptr<EVP_PKEY, Free> key{
        PEM_read_bio_PrivateKey(reading(certificate.key).get(), nullptr, nullptr, nullptr)};
    must(SSL_CTX_use_certificate(context_.get(), own.get()) == 1 && SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1,
         "use a certificate");
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    must(socket_ >= 0 && ::bind(socket_, generic, size) == 0 && ::listen(socket_, 64) == 0 &&
             ::getsockname(socket_, generic, &size) == 0,
         "listen");
    port_ = ntohs(address.sin_port);
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    thread_ = std::thread{[this] { serve(); }};
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
      ::shutdown(socket_, SHUT_RDWR);  // ends the wait for clients
      if (client_ >= 0) {
        ::shutdown(client_, SHUT_RDWR);  // one that drips must not keep us
      }
    }
    thread_.join();
    ::close(socket_);
  }

  std::uint16_t port() const { return port_; }
  std::size_t connections() const {
    const auto lock = once_all_are_heard();
    return connections_;
  }
  std::vector<std::string> said() const {
    const auto lock = once_all_are_heard();
    return said_;
  }

 private:
  /// A client may be gone before this thread has come to hear it, on a busy machine. Who connected is waited for.
  std::unique_lock<std::mutex> once_all_are_heard() const {
    const auto until = std::chrono::steady_clock::now() + longest_hearing;
    std::unique_lock lock{mutex_};
    while (std::chrono::steady_clock::now() < until) {
      pollfd next{socket_, POLLIN, 0};
      if (client_ < 0 && ::poll(&next, 1, 0) <= 0) {
        break;
      }
      heard_.wait_for(lock, std::chrono::milliseconds{10});
    }
    return lock;
  }

  /// The next client; -1: there will be none. It is taken and counted in one step, for `once_all_are_heard`.
  int next_client() {
    for (;;) {
      pollfd next{socket_, POLLIN, 0};
      ::poll(&next, 1, -1);
      std::unique_lock lock{mutex_};
      if (stopping_) {
        return -1;
      }
      client_ = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client_ >= 0) {
        connections_ += 1;
        return client_;
      }
      lock.unlock();
      ::poll(nullptr, 0, 10);  // no descriptor is free, maybe: not at full speed
    }
  }

  void serve() {
    // OpenSSL writes with write(): a client that is gone must not end the suite.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    for (int client = next_client(); client >= 0; client = next_client()) {
      ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      ::setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      listen_to(client);
      const std::lock_guard lock{mutex_};
      ::close(std::exchange(client_, -1));
      heard_.notify_all();
    }
  }

  void listen_to(int client) {
    const std::unique_ptr<SSL, Free> ssl{SSL_new(context_.get())};
    if (!ssl || SSL_set_fd(ssl.get(), client) != 1 || SSL_accept(ssl.get()) != 1) {
      return;
    }
    if (agent_port_) {
      stand_before_agent(ssl.get(), client);
      return;
    }
    std::string heard;
    char part[4096];
    while (heard.find("\r\n\r\n") == std::string::npos && heard.size() < most_said) {
      const int size = SSL_read(ssl.get(), part, sizeof part);
      if (size <= 0) {
        break;
      }
      heard.append(part, static_cast<std::size_t>(size));
    }
    const bool spoke = !heard.empty();
    {
      const std::lock_guard lock{mutex_};
      said_.push_back(std::move(heard));
    }
    if (spoke) {
      SSL_write(ssl.get(), answer, sizeof answer - 1);
      SSL_shutdown(ssl.get());
    }
  }

  void stand_before_agent(SSL* ssl, int client) {
    const int agent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(*agent_port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (agent >= 0 && ::connect(agent, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      while (!stopping_ && pass_on(ssl, client, agent)) {
      }
      SSL_shutdown(ssl);
    }
    ::close(agent);
  }

  /// What has come from either side, to the other one. False: one of them has ended.
  static bool pass_on(SSL* ssl, int client, int agent) {
    std::array<pollfd, 2> both{pollfd{client, POLLIN, 0}, pollfd{agent, POLLIN, 0}};
    if (SSL_pending(ssl) == 0 && ::poll(both.data(), both.size(), 50) < 0) {
      return false;
    }
    char part[16 * 1024];
    if (SSL_pending(ssl) > 0 || both[0].revents != 0) {
      const int size = SSL_read(ssl, part, sizeof part);
      if (size <= 0 || ::send(agent, part, static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) {
        return false;
      }
    }
    if (both[1].revents != 0) {
      const auto size = ::recv(agent, part, sizeof part, 0);
      return size > 0 && SSL_write(ssl, part, static_cast<int>(size)) == size;
    }
    return true;
  }

  std::unique_ptr<SSL_CTX, Free> context_;
  std::optional<std::uint16_t> agent_port_;
  std::atomic<bool> stopping_ = false;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable heard_;
  int client_ = -1;  // that is listened to
  std::size_t connections_ = 0;
  std::vector<std::string> said_;
  std::thread thread_;
};

TlsListener::TlsListener(const Certificate& certificate, std::optional<std::uint16_t> agent_port)
    : impl_{std::make_unique<Impl>(certificate, agent_port)} {}
TlsListener::~TlsListener() = default;

std::string TlsListener::url() const {
  return "wss://127.0.0.1:" + std::to_string(impl_->port());
}

std::size_t TlsListener::connections() const {
  return impl_->connections();
}

std::vector<std::string> TlsListener::said() const {
  return impl_->said();
}

}  // namespace procedura::conformance
