// The record proxy's listening socket and its signals; what a connection does is in record_tunnel.cpp.
#include "net/record_proxy.hpp"

#include "net/record_tunnel.hpp"

#include <procedura/protocol/redaction.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <openssl/err.h>

#include <csignal>
#include <exception>
#include <set>
#include <utility>

namespace procedura::mock::net {

namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

auto into(error_code& ec) {
  return asio::redirect_error(asio::use_awaitable, ec);
}

}  // namespace

class RecordProxy::Impl final : public RecordTunnelHome {
 public:
  Impl(record::Recorder& to, RecordProxyOptions how, Log say) : RecordTunnelHome{to, std::move(how), std::move(say)} {}

  std::string prepare_tls();
  boost::system::result<Listening> listen();
  void run();
  void stop() {
    asio::post(io_, [this] { go_down(); });
  }

 private:
  asio::awaitable<void> accept();
  void spawn(asio::awaitable<void> work, std::shared_ptr<RecordTunnel> of) override;
  void recorded() override;
  void gone(RecordTunnel* tunnel) override;
  void await_signal();
  void go_down();

  std::set<RecordTunnel*> tunnels_;
  bool down_ = false;
  bool over_ = false;  // `run` has returned: the tunnels that are left go with `io_`, after `signals_`
  bool told_full_ = false;
  asio::io_context io_{1};  // behind what tunnels use as they end: it destroys those that are left
  tcp::acceptor acceptor_{io_};
  asio::signal_set signals_{io_};
};

std::string RecordProxy::Impl::prepare_tls() {
  error_code ec;
  tls.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  tls.set_verify_mode(ssl::verify_peer);
  if (options.ca_file.empty()) {
    tls.set_default_verify_paths(ec);
    return {};
  }
  ERR_clear_error();
  tls.load_verify_file(options.ca_file, ec);
  if (!ec) return {};
  return fmt::format("cannot use the CA file {}: {}; it has to be a readable PEM file of certificates",
                     protocol::printable(options.ca_file), ec.message());
}

boost::system::result<Listening> RecordProxy::Impl::listen() {
  error_code ec;
  tcp::resolver resolver{io_};
  const auto found = resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, ec);
  if (ec) return ec;
  for (const auto& entry : found) {
    error_code ignored;
    acceptor_.close(ignored);
    acceptor_.open(entry.endpoint().protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address{true}, ec);
    if (!ec) acceptor_.bind(entry.endpoint(), ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) break;
  }
  if (ec) return ec;
  const auto at = acceptor_.local_endpoint(ec);
  if (ec) return ec;
  const auto address = at.address();
  asio::co_spawn(io_, accept(), asio::detached);
  await_signal();
  return Listening{address.is_v6() ? "[" + address.to_string() + "]" : address.to_string(), at.port()};
}

asio::awaitable<void> RecordProxy::Impl::accept() {
  asio::steady_timer pause{io_};
  while (!down_) {
    error_code ec;
    tcp::socket client = co_await acceptor_.async_accept(into(ec));
    if (down_) co_return;
    if (!ec) {
      const auto tunnel = RecordTunnel::make(*this, std::move(client));
      tunnels_.insert(tunnel.get());
      spawn(tunnel->serve(), tunnel);
      continue;
    }
    // Out of files or memory: what is open goes on, and may make room.
    log(fmt::format("cannot accept connections for now: {}", ec.message()));
    pause.expires_after(std::chrono::seconds{1});
    co_await pause.async_wait(into(ec));
  }
}

// A tunnel that throws costs itself and nobody else.
void RecordProxy::Impl::spawn(asio::awaitable<void> work, std::shared_ptr<RecordTunnel> of) {
  const auto ended = [this, of = std::move(of)](std::exception_ptr failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& bug) {
      log(fmt::format("a bug in mock-agent: a connection failed: {}", protocol::printable(bug.what())));
    }
    of->cut();
  };
  asio::co_spawn(io_, std::move(work), ended);
}

// Once the last is gone nothing is to be waited for.
void RecordProxy::Impl::gone(RecordTunnel* tunnel) {
  tunnels_.erase(tunnel);
  if (down_ && !over_ && tunnels_.empty()) signals_.cancel();
}

void RecordProxy::Impl::await_signal() {
  error_code ignored;
  signals_.add(SIGINT, ignored);
  signals_.add(SIGTERM, ignored);
  const auto on_signal = [this](error_code ec, int) {
    if (ec) return;
    if (down_) return io_.stop();  // the second one: what was recorded shall be written now
    await_signal();
    go_down();
  };
  signals_.async_wait(on_signal);
}

void RecordProxy::Impl::go_down() {
  if (std::exchange(down_, true)) return;
  error_code ignored;
  acceptor_.close(ignored);
  const std::set<RecordTunnel*> open = tunnels_;
  for (RecordTunnel* tunnel : open) tunnel->go_down();
  if (tunnels_.empty()) signals_.cancel();
}

void RecordProxy::Impl::recorded() {
  if (!recorder.full() || std::exchange(told_full_, true)) return;
  log("the memory for recording is full: messages are passed on, but NOT RECORDED from now on");
}

void RecordProxy::Impl::run() {
  io_.run();
  over_ = true;
}

RecordProxy::RecordProxy(record::Recorder& recorder, RecordProxyOptions options, Log log)
    : impl_{std::make_unique<Impl>(recorder, std::move(options), std::move(log))} {}
RecordProxy::~RecordProxy() = default;
std::string RecordProxy::prepare_tls() {
  return impl_->prepare_tls();
}
boost::system::result<Listening> RecordProxy::listen() {
  return impl_->listen();
}
void RecordProxy::run() {
  impl_->run();
}
void RecordProxy::stop() {
  impl_->stop();
}

}  // namespace procedura::mock::net
