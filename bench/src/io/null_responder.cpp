// A WebSocket server of the benchmark's own: it may not see the mock, and the mock does far more than nothing.
#include "io/null_responder.hpp"

#include <procedura/protocol/reply.hpp>
#include <procedura/protocol/request.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <string_view>
#include <thread>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
using tcp = asio::ip::tcp;

/// A text message in one frame, as a server sends it (RFC 6455 section 5.2). Beast writes each message by itself; an agent that
/// answers at once writes both together.
void append_message(std::string& out, std::string_view text) {
  out += '\x81';
  if (text.size() < 126) {
    out += static_cast<char>(text.size());
  } else {
    out += '\x7e';  // ids of at most 256 bytes make no longer ones
    out += static_cast<char>(text.size() >> 8U);
    out += static_cast<char>(text.size() & 0xFFU);
  }
  out += text;
}

class Peer : public std::enable_shared_from_this<Peer> {
 public:
  explicit Peer(tcp::socket socket) : ws_{std::move(socket)} {}

  void start() {
    error_code ignored;
    ws_.next_layer().set_option(tcp::no_delay{true}, ignored);
    ws_.async_accept([self = shared_from_this()](error_code ec) {
      if (!ec) self->read();
    });
  }

 private:
  void read() { ws_.async_read(buffer_, beast::bind_front_handler(&Peer::on_read, shared_from_this())); }

  void on_read(error_code ec, std::size_t) {
    if (ec) return;  // it has gone
    const auto bytes = buffer_.cdata();
    const auto request = protocol::decode_request({static_cast<const char*>(bytes.data()), bytes.size()});
    buffer_.consume(buffer_.size());
    if (const auto* known = std::get_if<protocol::Request>(&request)) {
      answer(*known);
      // Beside Beast's own writes this would be wrong; who asks for the floor sends no ping, and closes when all is answered.
      asio::write(ws_.next_layer(), asio::buffer(out_), ec);
    }
    if (!ec) read();
  }

  void answer(const protocol::Request& request) {
    const bool sync = request.mode == protocol::Mode::sync;
    const protocol::Address address{request.id, sync ? std::string_view{} : std::string_view{request.id}};
    out_.clear();
    text_.clear();
    sync ? protocol::append_ack(text_, address) : protocol::append_started(text_, address);
    append_message(out_, text_);
    text_.clear();
    protocol::append_finished(text_, address, {}, "null");
    append_message(out_, text_);
  }

  websocket::stream<tcp::socket, false> ws_;  // false: no permessage-deflate
  beast::flat_buffer buffer_;
  std::string text_;
  std::string out_;
};

}  // namespace

class NullResponder::Impl {
 public:
  Impl() {
    accept();
    thread_ = std::thread{[this] { context_.run(); }};
  }
  ~Impl() {
    context_.stop();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string url() const { return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code ec, tcp::socket socket) {
      if (!ec) std::make_shared<Peer>(std::move(socket))->start();
      accept();
    });
  }

  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

NullResponder::NullResponder() : impl_{std::make_unique<Impl>()} {}
NullResponder::~NullResponder() = default;

std::string NullResponder::url() const {
  return impl_->url();
}

}  // namespace procedura::bench
