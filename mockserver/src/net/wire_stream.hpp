#pragma once

#include "net/wire.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>

#include <memory>
#include <string>
#include <utility>

namespace procedura::mock::net {

/// A wire as Beast wants to see it.
class WireStream {
 public:
  using executor_type = Executor;

  explicit WireStream(std::shared_ptr<Wire> wire) : wire_{std::move(wire)} {}

  executor_type get_executor() const noexcept { return wire_->executor(); }
  Wire& wire() const noexcept { return *wire_; }

  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [wire = wire_.get()](auto&& completion, const Buffers& into) {
          if (TlsStream* tls = wire->tls()) {
            tls->async_read_some(first_of(into), std::forward<decltype(completion)>(completion));
          } else {
            wire->socket().async_read_some(into, std::forward<decltype(completion)>(completion));
          }
        },
        handler, buffers);
  }

  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [wire = wire_.get()](auto&& completion, const Buffers& from) {
          std::string bytes(asio::buffer_size(from), '\0');
          asio::buffer_copy(asio::buffer(bytes), from);
          wire->take(bytes, std::forward<decltype(completion)>(completion));
        },
        handler, buffers);
  }

 private:
  template <typename Buffers>
  static asio::mutable_buffer first_of(const Buffers& buffers) {
    for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers); ++at) {
      if (asio::mutable_buffer{*at}.size() > 0) return *at;
    }
    return {};
  }

  std::shared_ptr<Wire> wire_;
};

/// What Beast calls to end the TCP connection after the Close frames. The wire's owner does that.
template <typename Handler>
void async_teardown(boost::beast::role_type /*role*/, WireStream& stream, Handler&& handler) {
  asio::post(stream.get_executor(), boost::beast::bind_front_handler(std::forward<Handler>(handler), error_code{}));
}

/// Beast's own time limits, which are off.
inline void beast_close_socket(WireStream& stream) {
  stream.wire().abort();
}

}  // namespace procedura::mock::net
