#include "forwarding_proxy.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace procedura::testing {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

/// A connection and its continuation.
struct Pair : std::enable_shared_from_this<Pair> {
  Pair(tcp::socket from, const asio::any_io_executor& executor) : client{std::move(from)}, server{executor} {}

  void start(std::uint16_t to) {
    server.async_connect({asio::ip::address_v4::loopback(), to}, [self = shared_from_this()](error_code ec) {
      if (ec) return self->hang_up();
      error_code ignored;
      self->client.set_option(tcp::no_delay{true}, ignored);
      self->server.set_option(tcp::no_delay{true}, ignored);
      self->pump(self->client, self->server, self->there);
      self->pump(self->server, self->client, self->back);
    });
  }

  using Buffer = std::array<char, 65536>;

  void pump(tcp::socket& from, tcp::socket& to, Buffer& buffer) {
    from.async_read_some(
        asio::buffer(buffer), [self = shared_from_this(), &from, &to, &buffer](error_code ec, std::size_t size) {
          if (self->stopped) return;
          if (ec) return self->hang_up();
          asio::async_write(to, asio::buffer(buffer, size), [self, &from, &to, &buffer](error_code failed, std::size_t) {
            if (self->stopped) return;
            if (failed) return self->hang_up();
            self->pump(from, to, buffer);
          });
        });
  }

  void hang_up() {
    error_code ignored;
    client.close(ignored);
    server.close(ignored);
  }

  tcp::socket client;
  tcp::socket server;
  Buffer there;
  Buffer back;
  bool stopped = false;
};

}  // namespace

class ForwardingProxy::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(std::uint16_t to) : to_{to} {}

  void start() {
    accept();
    thread_ = std::thread{[this] { context_.run(); }};
  }
  void stop() {
    context_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void stop_forwarding() {
    std::promise<void> done;
    asio::post(context_, [&] {
      for (const auto& pair : pairs_) pair->stopped = true;
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code ec, tcp::socket socket) {
      if (ec) return;
      pairs_.push_back(std::make_shared<Pair>(std::move(socket), context_.get_executor()));
      pairs_.back()->start(to_);
      accept();
    });
  }

  std::uint16_t to_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  std::vector<std::shared_ptr<Pair>> pairs_;  // all there ever were: a test makes few
  std::thread thread_;
};

ForwardingProxy::ForwardingProxy(std::uint16_t to) : impl_{std::make_shared<Impl>(to)} {
  impl_->start();
}

ForwardingProxy::~ForwardingProxy() {
  impl_->stop();
}

std::uint16_t ForwardingProxy::port() const {
  return impl_->port();
}

void ForwardingProxy::stop_forwarding() {
  impl_->stop_forwarding();
}

}  // namespace procedura::testing
