#pragma once

#include "connector.hpp"

#include <procedura/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace procedura::detail {

/// From an endpoint to a connected byte stream: look the name up and connect. Has no deadline of its own: whoever has one asks
/// `too_slow` what to say. Its pending operations keep it alive.
class TcpOpening : public std::enable_shared_from_this<TcpOpening> {
  using error_code = boost::system::error_code;
  using Clock = std::chrono::steady_clock;
  using Tcp = boost::asio::ip::tcp;

 public:
  /// One of the two is called, once and later, unless the opening is abandoned first.
  struct Then {
    std::function<void(Tcp::socket, HandshakeInfo)> connected;
    std::function<void(TransportEnd)> failed;
  };

  TcpOpening(const boost::asio::any_io_executor& executor, const TransportOptions& options, Then then);

  void start();
  void abandon();
  /// How it ends if the time is over now.
  TransportEnd too_slow() const;

 private:
  enum class Phase { resolving, connecting, over };

  void resolved(error_code ec, TcpEndpoints found);
  void connected(error_code ec, const Tcp::endpoint& to);
  void fail(std::string detail);
  Then finish();
  TransportEnd end(errc cause, std::string detail) const;
  protocol::Duration lap();

  boost::asio::any_io_executor executor_;
  Endpoint endpoint_;
  protocol::Duration connect_timeout_;
  Then then_;
  Tcp::socket socket_;
  std::optional<Resolution> resolution_;
  TcpEndpoints addresses_;
  HandshakeInfo info_;
  Clock::time_point began_;
  Phase phase_ = Phase::resolving;
};

/// "127.0.0.1:8765", "[::1]:8765".
std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace procedura::detail
