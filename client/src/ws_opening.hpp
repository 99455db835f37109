#pragma once

#include "connector.hpp"
#include "peer_answer.hpp"
#include "wire.hpp"

#include <procedura/transport.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace procedura::detail {

/// From an endpoint to an open WebSocket: look the name up, connect, upgrade; all within one deadline. Its pending operations
/// keep it alive.
template <class Lower>
class WsOpening : public std::enable_shared_from_this<WsOpening<Lower>> {
  using error_code = boost::system::error_code;
  using Clock = std::chrono::steady_clock;
  using Tcp = boost::asio::ip::tcp;

 public:
  using WebSocket = boost::beast::websocket::stream<Wire<Lower>>;

  /// One of the two is called, once and later, unless the opening is abandoned first.
  struct Then {
    std::function<void(WebSocket, HandshakeInfo)> opened;
    std::function<void(TransportEnd)> failed;
  };

  WsOpening(const boost::asio::any_io_executor& executor, TransportOptions options, Then then)
      : executor_{executor}, options_{std::move(options)}, then_{std::move(then)}, socket_{executor}, deadline_{executor} {}

  void start() {
    began_ = Clock::now();
    deadline_.expires_after(std::chrono::duration_cast<Clock::duration>(options_.connect_timeout));
    deadline_.async_wait([weak = this->weak_from_this()](error_code ec) {
      const auto self = weak.lock();
      if (!ec && self && self->phase_ != Phase::over) self->too_slow();
    });
    resolution_.emplace(executor_, options_.endpoint, [weak = this->weak_from_this()](error_code ec, TcpEndpoints found) {
      if (const auto self = weak.lock()) self->resolved(ec, std::move(found));
    });
  }

  void abandon() {
    finish();
    hang_up();
  }

 private:
  enum class Phase { resolving, connecting, upgrading, over };

  // --- the way there ------------------------------------------------------------------------------------------------------

  void resolved(error_code ec, TcpEndpoints found) {
    if (phase_ != Phase::resolving) return;
    info_.resolve_time = lap();
    if (ec) return fail(errc::connect_failed, "cannot resolve '" + options_.endpoint.host + "': " + ec.message());
    phase_ = Phase::connecting;
    addresses_ = std::move(found);
    boost::asio::async_connect(
        socket_, addresses_,
        [self = this->shared_from_this()](error_code result, const Tcp::endpoint& to) { self->connected(result, to); });
  }

  void connected(error_code ec, const Tcp::endpoint& to) {
    if (phase_ != Phase::connecting) return;
    info_.connect_time = lap();
    if (ec) {
      return fail(errc::connect_failed,
                  "cannot connect to " + options_.endpoint.origin() + ": " + ec.message() + "; is the agent running there?");
    }
    info_.remote = to.address().is_v6() ? "[" + to.address().to_string() + "]:" : to.address().to_string() + ":";
    info_.remote += std::to_string(to.port());
    error_code ignored;
    socket_.set_option(Tcp::no_delay{true}, ignored);
    phase_ = Phase::upgrading;
    upgrade();
  }

  void upgrade() {
    namespace websocket = boost::beast::websocket;
    ws_.emplace(Wire<Lower>{std::move(socket_)});
    ws_->read_message_max(options_.max_message);
    ws_->write_buffer_bytes(16 * 1024);  // where Beast masks what it sends
    ws_->auto_fragment(false);
    ws_->set_option(websocket::stream_base::decorator{[this](websocket::request_type& request) { decorate(request); }});
    ws_->async_handshake(response_, options_.endpoint.host_header(), options_.endpoint.target,
                         [self = this->shared_from_this()](error_code ec) { self->upgraded(ec); });
    ws_->set_option(websocket::stream_base::decorator{[](websocket::request_type&) {}});  // the request is made by now
  }

  void decorate(boost::beast::websocket::request_type& request) const {
    std::string offered;
    for (const auto& subprotocol : options_.subprotocols) offered += (offered.empty() ? "" : ", ") + subprotocol;
    if (!offered.empty()) request.set(boost::beast::http::field::sec_websocket_protocol, offered);
    for (const auto& [name, value] : options_.headers) request.set(name, value);
  }

  void upgraded(error_code ec) {
    if (phase_ != Phase::upgrading) return;
    info_.upgrade_time = lap();
    if (ec) return not_upgraded(ec);
    const auto selected = response_[boost::beast::http::field::sec_websocket_protocol];
    info_.subprotocol.assign(selected.data(), selected.size());
    const auto& offered = options_.subprotocols;
    const bool was_offered = std::find(offered.begin(), offered.end(), info_.subprotocol) != offered.end();
    if (options_.check_subprotocol && !info_.subprotocol.empty() && !was_offered) {
      return fail(errc::handshake_refused, "the server selected a subprotocol that was not offered (RFC 6455, 4.1)");
    }
    info_.status = response_.result_int();
    info_.headers = headers_of(response_);
    ws_->next_layer().stop_listening_in();
    finish().opened(*std::move(ws_), std::move(info_));
  }

  // --- and what can go wrong on it ----------------------------------------------------------------------------------------

  void not_upgraded(error_code ec) {
    if (ec != boost::beast::websocket::error::upgrade_declined) {
      return fail(errc::handshake_refused, no_websocket(options_.endpoint, ws_->next_layer().heard(), ec.message()));
    }
    TransportEnd refused;
    refused.cause = errc::handshake_refused;
    refused.http_status = response_.result_int();
    refused.http_headers = headers_of(response_);
    refused.detail = refusal(refused.http_status, std::string{response_.reason()}, response_.body());
    fail(std::move(refused));
  }

  void too_slow() {
    const std::string origin = options_.endpoint.origin();
    const std::string in_time = " within " + seconds(options_.connect_timeout);
    if (phase_ == Phase::resolving) {
      return fail(errc::connect_timeout, "the name '" + options_.endpoint.host + "' was not resolved" + in_time);
    }
    if (phase_ == Phase::connecting) return fail(errc::connect_timeout, origin + " did not take the connection" + in_time);
    const unsigned status = http_status(ws_->next_layer().heard());
    if (status == 0 || status == 101) {
      return fail(errc::connect_timeout, origin + " took the connection, but did not answer the WebSocket upgrade" + in_time);
    }
    TransportEnd refused;
    refused.cause = errc::handshake_refused;
    refused.http_status = status;
    refused.detail = refusal(status, {}, {}) + ", and the response did not end" + in_time;
    fail(std::move(refused));
  }

  void fail(errc cause, std::string detail) {
    TransportEnd end;
    end.cause = cause;
    end.detail = std::move(detail);
    fail(std::move(end));
  }

  void fail(TransportEnd end) {
    const auto self = this->shared_from_this();
    const Then then = finish();
    hang_up();
    then.failed(std::move(end));
  }

  Then finish() {
    phase_ = Phase::over;
    resolution_.reset();
    deadline_.cancel();
    return std::exchange(then_, {});
  }

  void hang_up() {
    error_code ignored;
    socket_.close(ignored);
    if (ws_) beast_close_socket(ws_->next_layer());
  }

  static Headers headers_of(const boost::beast::websocket::response_type& response) {
    Headers headers;
    for (const auto& field : response) headers.emplace_back(std::string{field.name_string()}, std::string{field.value()});
    return headers;
  }

  protocol::Duration lap() {
    const auto now = Clock::now();
    return now - std::exchange(began_, now);
  }

  boost::asio::any_io_executor executor_;
  TransportOptions options_;
  Then then_;
  Tcp::socket socket_;  // until the upgrade; then it is in `ws_`
  boost::asio::steady_timer deadline_;
  std::optional<Resolution> resolution_;
  TcpEndpoints addresses_;
  std::optional<WebSocket> ws_;
  boost::beast::websocket::response_type response_;
  HandshakeInfo info_;
  Clock::time_point began_;
  Phase phase_ = Phase::resolving;
};

}  // namespace procedura::detail
