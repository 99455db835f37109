#pragma once

#include "extension_answer.hpp"
#include "peer_answer.hpp"
#include "tcp_opening.hpp"
#include "wire.hpp"

#include <procedura/transport.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/option.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace procedura::detail {

/// From an endpoint to an open WebSocket: a byte stream (`TcpOpening`), TLS on it if `Lower` is a `TlsStream`, then the
/// upgrade; all within one deadline. Its pending operations keep it alive.
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
      : executor_{executor}, options_{std::move(options)}, then_{std::move(then)}, deadline_{executor} {}

  void start() {
    deadline_.expires_after(std::chrono::duration_cast<Clock::duration>(options_.connect_timeout));
    deadline_.async_wait([weak = this->weak_from_this()](error_code ec) {
      const auto self = weak.lock();
      if (!ec && self && self->phase_ != Phase::over) self->too_slow();
    });
    const auto weak = this->weak_from_this();
    tcp_ = std::make_shared<TcpOpening>(executor_, options_,
                                        TcpOpening::Then{[weak](Tcp::socket socket, HandshakeInfo info) {
                                                           if (const auto self = weak.lock())
                                                             self->connected(std::move(socket), std::move(info));
                                                         },
                                                         [weak](TransportEnd how) {
                                                           if (const auto self = weak.lock())
                                                             self->not_connected(std::move(how));
                                                         }});
    tcp_->start();
  }

  void abandon() {
    finish();
    hang_up();
  }

 private:
  enum class Phase { connecting, securing, upgrading, over };
  static constexpr bool is_plain = std::is_same_v<Lower, Tcp::socket>;

  // --- the way there ------------------------------------------------------------------------------------------------------

  void connected(Tcp::socket socket, HandshakeInfo info) {
    if (phase_ != Phase::connecting) return;
    tcp_.reset();
    info_ = std::move(info);
    began_ = Clock::now();
    if constexpr (is_plain) {
      ws_.emplace(Wire<Lower>{std::move(socket)});
      upgrade();
    } else {
      phase_ = Phase::securing;
      ws_.emplace(Wire<Lower>{Lower{std::move(socket), options_.tls, options_.endpoint}});
      ws_->next_layer().lower().secure([self = this->shared_from_this()](bool done) { self->secured(done); });
    }
  }

  void secured(bool done) {
    if (phase_ != Phase::securing) return;
    const Lower& tls = ws_->next_layer().lower();
    info_.tls = tls.info();
    // Whoever hangs up without a word says nothing about trust, and had nothing of us but the hello: what stands before an
    // agent that starts anew does so. Another attempt may end otherwise.
    if (!done) return fail(tls.never_answered() ? errc::connect_failed : errc::tls_failed, tls.problem());
    info_.tls_time = lap();
    upgrade();
  }

  void not_connected(TransportEnd how) {
    if (phase_ != Phase::connecting) return;
    info_ = std::move(how.reached);
    fail(std::move(how));
  }

  void upgrade() {
    namespace websocket = boost::beast::websocket;
    phase_ = Phase::upgrading;
    ws_->read_message_max(options_.max_message);
    ws_->write_buffer_bytes(16 * 1024);  // where Beast masks what it sends
    ws_->auto_fragment(false);
    if (options_.compress) {
      websocket::permessage_deflate deflate;
      deflate.client_enable = true;
      ws_->set_option(deflate);
    }
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
    if (ec) return not_upgraded(ec);
    info_.upgrade_time = lap();
    const auto selected = response_[boost::beast::http::field::sec_websocket_protocol];
    info_.subprotocol.assign(selected.data(), selected.size());
    const auto& offered = options_.subprotocols;
    const bool was_offered = std::find(offered.begin(), offered.end(), info_.subprotocol) != offered.end();
    if (options_.check_subprotocol && !info_.subprotocol.empty() && !was_offered) {
      return fail(errc::handshake_refused, "the server selected a subprotocol that was not offered (RFC 6455, 4.1)");
    }
    auto extension = read_extension_answer(all_of(boost::beast::http::field::sec_websocket_extensions), options_.compress);
    if (extension.problem) return fail(errc::handshake_refused, *std::move(extension.problem));
    info_.compressed = extension.deflate;
    info_.status = response_.result_int();
    info_.headers = headers_of(response_);
    ws_->next_layer().stop_listening_in();
    finish().opened(*std::move(ws_), std::move(info_));
  }

  // --- and what can go wrong on it ----------------------------------------------------------------------------------------

  void not_upgraded(error_code ec) {
    if constexpr (!is_plain) {
      if (auto why = ws_->next_layer().lower().rejection()) return fail(errc::tls_failed, *std::move(why));
    }
    if (ec == boost::beast::websocket::error::upgrade_declined) {
      return fail(refusal({response_.result_int(), std::string{response_.reason()}, headers_of(response_)}, response_.body(),
                          secrets_of(options_)));
    }
    // Beast reads no body that is too big, or cut off.
    const std::string& heard = ws_->next_layer().heard();
    const auto secrets = secrets_of(options_);
    if (auto refused = refusal_heard(heard, secrets)) return fail(*std::move(refused));
    fail(errc::handshake_refused, no_websocket(options_.endpoint, heard, ec.message(), secrets));
  }

  void too_slow() {
    if (phase_ == Phase::connecting) return not_connected(tcp_->too_slow());
    const std::string origin = options_.endpoint.origin();
    const std::string in_time = " within " + seconds(options_.connect_timeout);
    if constexpr (!is_plain) {
      const Lower& tls = ws_->next_layer().lower();
      if (phase_ == Phase::securing) {
        info_.tls = tls.info();
        return fail(errc::connect_timeout, unanswered_hello(origin, tls.bytes_received()) + in_time);
      }
    }
    auto refused = refusal_heard(ws_->next_layer().heard(), secrets_of(options_));
    if (!refused) {
      return fail(errc::connect_timeout, origin + " took the connection, but did not answer the WebSocket upgrade" + in_time);
    }
    refused->detail += ", and the response did not end" + in_time;
    fail(*std::move(refused));
  }

  void fail(errc cause, std::string detail) {
    TransportEnd end;
    end.cause = cause;
    end.detail = std::move(detail);
    fail(std::move(end));
  }

  void fail(TransportEnd end) {
    const auto self = this->shared_from_this();
    end.reached = std::move(info_);
    const Then then = finish();
    hang_up();
    then.failed(std::move(end));
  }

  Then finish() {
    phase_ = Phase::over;
    deadline_.cancel();
    return std::exchange(then_, {});
  }

  void hang_up() {
    if (tcp_) std::exchange(tcp_, nullptr)->abandon();
    if (ws_) beast_close_socket(ws_->next_layer());
  }

  /// The values of a header that may come more than once.
  std::string all_of(boost::beast::http::field name) const {
    std::string values;
    const auto [begin, end] = response_.equal_range(name);
    for (auto field = begin; field != end; ++field) values += (field == begin ? "" : ", ") + std::string{field->value()};
    return values;
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
  boost::asio::steady_timer deadline_;
  std::shared_ptr<TcpOpening> tcp_;  // until it is connected
  std::optional<WebSocket> ws_;
  boost::beast::websocket::response_type response_;
  HandshakeInfo info_;
  Clock::time_point began_;
  Phase phase_ = Phase::connecting;
};

}  // namespace procedura::detail
