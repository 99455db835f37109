#include "scripted_peer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/option.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <list>
#include <mutex>
#include <poll.h>
#include <thread>
#include <utility>

namespace procedura::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;

class WsLink final : public ScriptedPeer::Link {
 public:
  explicit WsLink(tcp::socket socket) : ws_{std::move(socket)} {}

  int handle() { return ws_.next_layer().native_handle(); }

  std::string read_head() override {
    std::string head;
    for (char c = 0; !head.ends_with("\r\n\r\n"); head.push_back(c)) asio::read(ws_.next_layer(), asio::buffer(&c, 1));
    return head;
  }
  void write(std::string_view bytes) override { asio::write(ws_.next_layer(), asio::buffer(bytes)); }
  std::string read(std::size_t bytes) override {
    std::string text(bytes, '\0');
    asio::read(ws_.next_layer(), asio::buffer(text));
    return text;
  }
  bool readable() override {
    pollfd one{handle(), POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
  }
  void finish() override {
    ws_.next_layer().shutdown(tcp::socket::shutdown_send);
    wait_for_hang_up();
  }
  void reset() override {
    ws_.next_layer().set_option(asio::socket_base::linger{true, 0});
    ws_.next_layer().close();
  }
  void wait_for_hang_up() override {
    char rest[1024];
    boost::system::error_code ec;
    while (!ec) ws_.next_layer().read_some(asio::buffer(rest), ec);
  }

  Upgrade upgrade(std::optional<std::string> subprotocol) override {
    beast::http::request<beast::http::string_body> request;
    beast::http::read(ws_.next_layer(), buffer_, request);
    Upgrade upgrade;
    upgrade.target = std::string{request.target()};
    upgrade.host = std::string{request[beast::http::field::host]};
    upgrade.authorization = std::string{request[beast::http::field::authorization]};
    upgrade.extensions = std::string{request[beast::http::field::sec_websocket_extensions]};
    const beast::http::token_list offered{request[beast::http::field::sec_websocket_protocol]};
    for (const auto& name : offered) upgrade.offered.emplace_back(name);
    if (!subprotocol && !upgrade.offered.empty()) subprotocol = upgrade.offered.front();
    ws_.set_option(beast::websocket::stream_base::decorator{[&](beast::websocket::response_type& response) {
      if (subprotocol) response.set(beast::http::field::sec_websocket_protocol, *subprotocol);
    }});
    ws_.accept(request);
    buffer_.clear();
    return upgrade;
  }
  void compress(int window_bits, bool context_takeover) override {
    beast::websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    deflate.server_max_window_bits = window_bits;
    deflate.client_max_window_bits = window_bits;
    deflate.server_no_context_takeover = !context_takeover;
    deflate.client_no_context_takeover = !context_takeover;
    ws_.set_option(deflate);
  }
  std::optional<std::string> receive() override {
    boost::system::error_code ec;
    ws_.read(buffer_, ec);
    if (ec) return std::nullopt;
    std::string message = beast::buffers_to_string(buffer_.cdata());
    buffer_.clear();
    return message;
  }
  void send(std::string_view text) override {
    ws_.text(true);
    ws_.write(asio::buffer(text));
  }
  void send_binary(std::string_view bytes) override {
    ws_.binary(true);
    ws_.write(asio::buffer(bytes));
  }
  void close(std::uint16_t code, std::string_view reason) override {
    ws_.close({static_cast<beast::websocket::close_code>(code), {reason.data(), reason.size()}});
  }
  std::uint16_t close_code() const override { return ws_.reason().code; }

 private:
  beast::websocket::stream<tcp::socket> ws_;
  beast::flat_buffer buffer_;
};

}  // namespace

class ScriptedPeer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(Script script) : script_{std::move(script)} {}

  void start() {
    accepting_ = std::thread{[this] { accept(); }};
  }

  void stop() {
    stopping_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // wakes the accept
    accepting_.join();
    {
      const std::lock_guard lock{mutex_};
      for (const int handle : handles_) ::shutdown(handle, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int connections() const { return connections_; }

 private:
  void accept() {
    while (!stopping_) {
      boost::system::error_code ec;
      tcp::socket socket = acceptor_.accept(ec);
      if (ec) return;
      socket.set_option(tcp::no_delay{true}, ec);
      ++connections_;
      threads_.emplace_back([this, socket = std::move(socket)]() mutable { serve(std::move(socket)); });
    }
  }

  void serve(tcp::socket socket) {
    WsLink link{std::move(socket)};
    const int handle = link.handle();
    {
      const std::lock_guard lock{mutex_};
      if (stopping_) return;
      handles_.push_back(handle);
    }
    try {
      script_(link);
    } catch (const std::exception&) {
      // The peer is gone, or the test is over.
    }
    const std::lock_guard lock{mutex_};
    handles_.remove(handle);
  }

  Script script_;
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread accepting_;
  std::list<std::thread> threads_;  // touched by `accepting_`, and by `stop` when that has ended
  std::mutex mutex_;
  std::list<int> handles_;
};

ScriptedPeer::ScriptedPeer(Script script) : impl_{std::make_shared<Impl>(std::move(script))} {
  impl_->start();
}

ScriptedPeer::~ScriptedPeer() {
  impl_->stop();
}

std::string ScriptedPeer::url() const {
  return "ws://127.0.0.1:" + std::to_string(impl_->port());
}

std::uint16_t ScriptedPeer::port() const {
  return impl_->port();
}

int ScriptedPeer::connections() const {
  return impl_->connections();
}

std::string accepted(std::string_view head) {
  constexpr std::string_view name = "Sec-WebSocket-Key: ";
  const auto at = head.find(name);
  const auto end = head.find("\r\n", at);
  const std::string_view key = at == std::string_view::npos ? "" : head.substr(at + name.size(), end - at - name.size());
  beast::websocket::detail::sec_ws_accept_type accept;
  beast::websocket::detail::make_sec_ws_accept(accept, beast::string_view{key.data(), std::min<std::size_t>(key.size(), 24)});
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         std::string{accept.data(), accept.size()} + "\r\n\r\n";
}

std::string server_frame(unsigned char first, std::string_view payload) {
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(payload.size()));
  } else {
    frame.append({126, static_cast<char>(payload.size() >> 8U), static_cast<char>(payload.size() & 0xFFU)});
  }
  return frame.append(payload);
}

std::string read_client_frame(ScriptedPeer::Link& link) {
  const std::string head = link.read(2);
  std::size_t size = static_cast<unsigned char>(head[1]) & 0x7FU;
  if (size >= 126) {
    const std::string length = link.read(size == 126 ? 2 : 8);
    size = 0;
    for (const char byte : length) size = size << 8U | static_cast<unsigned char>(byte);
  }
  const std::string mask = link.read(4);
  std::string payload = link.read(size);
  for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
  return payload;
}

std::string member(std::string_view frame, std::string_view name) {
  const std::string key = "\"" + std::string{name} + "\":";
  auto at = frame.find(key);
  if (at == std::string_view::npos) return {};
  at = frame.find('"', at + key.size());
  if (at == std::string_view::npos) return {};
  return std::string{frame.substr(at + 1, frame.find('"', at + 1) - at - 1)};
}

}  // namespace procedura::testing
