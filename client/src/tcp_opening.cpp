#include "tcp_opening.hpp"

#include "peer_answer.hpp"

#include <boost/asio/connect.hpp>

#include <utility>

namespace procedura::detail {

TcpOpening::TcpOpening(const boost::asio::any_io_executor& executor, const TransportOptions& options, Then then)
    : executor_{executor},
      endpoint_{options.endpoint},
      connect_timeout_{options.connect_timeout},
      then_{std::move(then)},
      socket_{executor} {}

void TcpOpening::start() {
  began_ = Clock::now();
  resolution_.emplace(executor_, endpoint_, [weak = weak_from_this()](error_code ec, TcpEndpoints found) {
    if (const auto self = weak.lock()) self->resolved(ec, std::move(found));
  });
}

void TcpOpening::abandon() {
  finish();
  error_code ignored;
  socket_.close(ignored);
}

void TcpOpening::resolved(error_code ec, TcpEndpoints found) {
  if (phase_ != Phase::resolving) return;
  info_.resolve_time = lap();
  if (ec) return fail("cannot resolve '" + endpoint_.host + "': " + ec.message());
  phase_ = Phase::connecting;
  addresses_ = std::move(found);
  for (const auto& address : addresses_) info_.addresses.push_back(text_of(address));
  boost::asio::async_connect(socket_, addresses_, [self = shared_from_this()](error_code result, const Tcp::endpoint& to) {
    self->connected(result, to);
  });
}

void TcpOpening::connected(error_code ec, const Tcp::endpoint& to) {
  if (phase_ != Phase::connecting) return;
  if (ec) {
    return fail("cannot connect to " + endpoint_.origin() + ": " + ec.message() + "; is the agent running there?");
  }
  info_.connect_time = lap();
  info_.remote = text_of(to);
  error_code ignored;
  socket_.set_option(Tcp::no_delay{true}, ignored);
  finish().connected(std::move(socket_), std::move(info_));
}

TransportEnd TcpOpening::too_slow() const {
  const std::string in_time = " within " + seconds(connect_timeout_);
  if (phase_ == Phase::resolving) {
    return end(errc::connect_timeout, "the name '" + endpoint_.host + "' was not resolved" + in_time);
  }
  return end(errc::connect_timeout, endpoint_.origin() + " did not take the connection" + in_time);
}

void TcpOpening::fail(std::string detail) {
  TransportEnd how = end(errc::connect_failed, std::move(detail));
  const auto self = shared_from_this();
  finish().failed(std::move(how));
}

TcpOpening::Then TcpOpening::finish() {
  phase_ = Phase::over;
  resolution_.reset();
  return std::exchange(then_, {});
}

TransportEnd TcpOpening::end(errc cause, std::string detail) const {
  TransportEnd end;
  end.cause = cause;
  end.detail = std::move(detail);
  end.reached = info_;
  return end;
}

protocol::Duration TcpOpening::lap() {
  const auto now = Clock::now();
  return now - std::exchange(began_, now);
}

std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]:" : address + ":") + std::to_string(endpoint.port());
}

}  // namespace procedura::detail
