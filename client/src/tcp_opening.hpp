#pragma once

#include "address_attempts.hpp"
#include "connector.hpp"
#include "proxy_tunnel.hpp"

#include <procedura/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace procedura::detail {

/// How addresses are found and tried. What a test may have otherwise.
struct AddressSettings {
  LookUp look_up = system_look_up;
  protocol::Duration attempt_delay = std::chrono::milliseconds{250};  ///< RFC 8305, 8
};

/// From an endpoint to a connected byte stream: look the name up (the proxy's, if there is one), connect, go through the
/// proxy. Has no deadline of its own: whoever has one asks `too_slow` what to say. Its pending operations keep it alive.
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

  TcpOpening(const boost::asio::any_io_executor& executor, const TransportOptions& options, Then then,
             AddressSettings settings = {});

  void start();
  void abandon();
  /// How it ends if the time is over now.
  TransportEnd too_slow() const;

 private:
  enum class Phase { resolving, connecting, tunnelling, over };

  void resolved(error_code ec, TcpEndpoints found);
  void attempt(std::optional<std::size_t> address);
  void attempted(std::size_t address, error_code ec);
  void connected(std::size_t address);
  void ask_for_tunnel();
  void read_answer();
  void have_read(error_code ec, std::size_t size);
  void hand_over();

  std::string whom() const;
  std::string all_failed() const;
  void fail(std::string detail);
  Then finish();
  TransportEnd end(errc cause, std::string detail) const;
  protocol::Duration lap();

  boost::asio::any_io_executor executor_;
  Endpoint endpoint_;
  std::optional<Proxy> proxy_;
  protocol::Duration connect_timeout_;
  Then then_;
  AddressSettings settings_;
  Phase phase_ = Phase::resolving;
  Clock::time_point began_;
  HandshakeInfo info_;

  std::optional<Resolution> resolution_;

  struct Attempt {
    Tcp::endpoint address;
    Tcp::socket socket;
    error_code result;
  };
  std::vector<Attempt> attempts_;  // all of them from the beginning: none ever moves
  std::optional<AddressAttempts> order_;
  boost::asio::steady_timer next_attempt_;

  std::optional<Tcp::socket> socket_;  // of the attempt that won
  std::optional<ProxyTunnel> tunnel_;
  std::string request_;
  std::array<char, 1024> answer_{};
};

}  // namespace procedura::detail
