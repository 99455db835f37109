#include "tcp_opening.hpp"

#include "peer_answer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace procedura::detail {
namespace {

std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]:" : address + ":") + std::to_string(endpoint.port());
}

}  // namespace

TcpOpening::TcpOpening(const boost::asio::any_io_executor& executor, const TransportOptions& options, Then then,
                       AddressSettings settings)
    : executor_{executor},
      endpoint_{options.endpoint},
      proxy_{options.proxy},
      connect_timeout_{options.connect_timeout},
      then_{std::move(then)},
      settings_{std::move(settings)},
      next_attempt_{executor} {
  if (proxy_) info_.proxy = proxy_->origin();
}

void TcpOpening::start() {
  began_ = Clock::now();
  resolution_.emplace(
      executor_, proxy_ ? proxy_->host : endpoint_.host, proxy_ ? proxy_->port : endpoint_.port,
      [weak = weak_from_this()](error_code ec, TcpEndpoints found) {
        if (const auto self = weak.lock()) self->resolved(ec, std::move(found));
      },
      settings_.look_up);
}

void TcpOpening::abandon() {
  finish();
}

// --- an address that takes the connection -----------------------------------------------------------------------------------

void TcpOpening::resolved(error_code ec, TcpEndpoints found) {
  if (phase_ != Phase::resolving) return;
  info_.resolve_time = lap();
  if (!ec && found.empty()) ec = boost::asio::error::host_not_found;
  if (ec) {
    const std::string name = proxy_ ? "the name of the proxy, '" + proxy_->host + "'" : "'" + endpoint_.host + "'";
    return fail("cannot resolve " + name + ": " + ec.message());
  }
  phase_ = Phase::connecting;
  const TcpEndpoints ordered = in_order_of_attempts(found);
  attempts_.reserve(ordered.size());
  for (const auto& address : ordered) {
    info_.addresses.push_back(text_of(address));
    attempts_.push_back({address, Tcp::socket{executor_}, {}});
  }
  order_.emplace(attempts_.size(), settings_.attempt_delay);
  attempt(order_->start(Clock::now()));
}

void TcpOpening::attempt(std::optional<std::size_t> address) {
  if (address) {
    Attempt& next = attempts_[*address];
    next.socket.async_connect(next.address,
                              [self = shared_from_this(), index = *address](error_code ec) { self->attempted(index, ec); });
  }
  if (const auto at = order_->next()) {
    next_attempt_.expires_at(*at);
    next_attempt_.async_wait([weak = weak_from_this()](error_code ec) {
      const auto self = weak.lock();
      if (!ec && self && self->phase_ == Phase::connecting) self->attempt(self->order_->timer(Clock::now()));
    });
  }
}

void TcpOpening::attempted(std::size_t address, error_code ec) {
  if (phase_ != Phase::connecting) return;
  if (!ec) return connected(address);
  Attempt& over = attempts_[address];
  over.result = ec;
  error_code ignored;
  over.socket.close(ignored);
  const auto next = order_->failed(address, Clock::now());
  if (order_->exhausted()) return fail(all_failed());
  attempt(next);
}

void TcpOpening::connected(std::size_t address) {
  order_->succeeded(address);
  next_attempt_.cancel();
  info_.connect_time = lap();
  info_.remote = info_.addresses[address];
  socket_.emplace(std::move(attempts_[address].socket));
  for (Attempt& other : attempts_) {
    error_code ignored;
    other.socket.close(ignored);
  }
  error_code ignored;
  socket_->set_option(Tcp::no_delay{true}, ignored);
  proxy_ ? ask_for_tunnel() : hand_over();
}

// --- through the proxy ------------------------------------------------------------------------------------------------------

void TcpOpening::ask_for_tunnel() {
  phase_ = Phase::tunnelling;
  tunnel_.emplace(*proxy_, endpoint_);
  request_ = tunnel_->request();
  boost::asio::async_write(*socket_, boost::asio::buffer(request_), [self = shared_from_this()](error_code, std::size_t) {
    // If that did not work, reading says why.
    if (self->phase_ == Phase::tunnelling) self->read_answer();
  });
}

// What is there is looked at first, and only the proxy's own bytes are taken: those behind them are for whoever comes next.
void TcpOpening::read_answer() {
  socket_->async_receive(boost::asio::buffer(answer_), Tcp::socket::message_peek,
                         [self = shared_from_this()](error_code ec, std::size_t size) { self->have_read(ec, size); });
}

void TcpOpening::have_read(error_code ec, std::size_t size) {
  if (phase_ != Phase::tunnelling) return;
  if (ec) {
    tunnel_->hung_up();
  } else {
    const std::size_t taken = tunnel_->feed({answer_.data(), size});
    boost::asio::read(*socket_, boost::asio::buffer(answer_, taken), ec);  // they are there
  }
  if (tunnel_->state() == ProxyTunnel::State::refused) return fail(tunnel_->why());
  if (tunnel_->state() == ProxyTunnel::State::reading) return read_answer();
  info_.proxy_time = lap();
  hand_over();
}

void TcpOpening::hand_over() {
  Tcp::socket socket = *std::exchange(socket_, std::nullopt);
  finish().connected(std::move(socket), std::move(info_));
}

// --- and what can go wrong on it --------------------------------------------------------------------------------------------

std::string TcpOpening::whom() const {
  return proxy_ ? "the proxy " + proxy_->origin() : endpoint_.origin();
}

std::string TcpOpening::all_failed() const {
  std::string why = attempts_.front().result.message();
  if (attempts_.size() > 1) {
    constexpr std::size_t show_at_most = 4;
    why.clear();
    for (std::size_t i = 0; i < std::min(attempts_.size(), show_at_most); ++i) {
      why += (i == 0 ? "" : ", ") + attempts_[i].address.address().to_string() + " (" + attempts_[i].result.message() + ")";
    }
    if (attempts_.size() > show_at_most) why += " and " + std::to_string(attempts_.size() - show_at_most) + " more addresses";
  }
  return "cannot connect to " + whom() + ": " + why + (proxy_ ? "; is it the right one?" : "; is the agent running there?");
}

TransportEnd TcpOpening::too_slow() const {
  const std::string in_time = " within " + seconds(connect_timeout_);
  switch (phase_) {
    case Phase::resolving: {
      const std::string name = proxy_ ? "the name of the proxy, '" + proxy_->host + "'," : "the name '" + endpoint_.host + "'";
      return end(errc::connect_timeout, name + " was not resolved" + in_time);
    }
    case Phase::connecting:
      return end(errc::connect_timeout, whom() + " did not take the connection" + in_time);
    case Phase::tunnelling:
    case Phase::over:
      break;
  }
  return end(errc::connect_timeout,
             whom() + " took the connection, but did not open the tunnel to " + endpoint_.origin() + in_time);
}

void TcpOpening::fail(std::string detail) {
  TransportEnd how = end(errc::connect_failed, std::move(detail));
  const auto self = shared_from_this();
  finish().failed(std::move(how));
}

TcpOpening::Then TcpOpening::finish() {
  phase_ = Phase::over;
  resolution_.reset();
  next_attempt_.cancel();
  error_code ignored;
  for (Attempt& attempt : attempts_) attempt.socket.close(ignored);
  if (socket_) socket_->close(ignored);
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

}  // namespace procedura::detail
