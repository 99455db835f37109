#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <optional>
#include <utility>

namespace procedura::mock::net {

/// TCP, or TLS over it: one type for all connections of the record proxy, since a WebSocket stream takes long to compile.
class RecordWire {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Tls = boost::asio::ssl::stream<Socket&>;
  using next_layer_type = Socket;
  using executor_type = Socket::executor_type;

  explicit RecordWire(Socket socket) : socket_{std::move(socket)} {}

  executor_type get_executor() noexcept { return socket_.get_executor(); }
  Socket& next_layer() noexcept { return socket_; }
  const Socket& next_layer() const noexcept { return socket_; }

  /// From now on what is written goes through TLS.
  Tls& start_tls(boost::asio::ssl::context& context) { return tls_.emplace(socket_, context); }
  Tls* tls() noexcept { return tls_ ? &*tls_ : nullptr; }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Handler>(handler));
    socket_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Handler>(handler));
    socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  Socket socket_;
  std::optional<Tls> tls_;
};

/// What Beast calls to end the connection after the Close frames.
template <typename Handler>
void async_teardown(boost::beast::role_type role, RecordWire& wire, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  if (wire.tls() != nullptr) return async_teardown(role, *wire.tls(), std::forward<Handler>(handler));
  async_teardown(role, wire.next_layer(), std::forward<Handler>(handler));
}

}  // namespace procedura::mock::net
