// The only file of the mock that includes Beast's streams. What it knows of the protocol is how to carry it.
#include "net/session.hpp"

#include "net/frame_header.hpp"
#include "net/queued_stream.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace procedura::mock::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using engine::ConnectionId;
using engine::Moment;

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr std::uint32_t max_http_header = 32 * 1024;
constexpr std::size_t kept_read_buffer = std::size_t{256} * 1024;
constexpr auto server_name = "mock-agent";

// Several headers of a name mean the same as one with their values between commas (RFC 9110 section 5.2).
template <typename Fields>
std::string joined(const Fields& fields, http::field name) {
  std::string all;
  const auto [first, last] = fields.equal_range(name);
  for (auto at = first; at != last; ++at) {
    if (!all.empty()) all += ',';
    all.append(at->value().data(), at->value().size());
  }
  return all;
}

class PlainSession final : public Session, public std::enable_shared_from_this<PlainSession> {
 public:
  PlainSession(Socket socket, SessionHost& host) : host_{host}, ws_{std::move(socket)}, deadline_{ws_.get_executor()}, id_{0} {}
  ~PlainSession() override { host_.gone(*this, id_); }
  PlainSession(const PlainSession&) = delete;
  PlainSession& operator=(const PlainSession&) = delete;

  void start() override {
    error_code ignored;
    stream().next_layer().set_option(asio::ip::tcp::no_delay{true}, ignored);
    stream().keep_alive = [weak = weak_from_this()] { return weak.lock(); };
    stream().on_progress = [this] { read_on(); };
    stream().on_close_frame = [this](std::uint16_t code) {
      said_goodbye_ = code;
      abort_after(host_.options().close_limit);
    };
    abort_after(host_.options().upgrade_limit);
    parser_.emplace();
    parser_->header_limit(max_http_header);
    http::async_read_header(stream(), buffer_, *parser_,
                            beast::bind_front_handler(&PlainSession::on_request, shared_from_this()));
  }

  void send(std::string_view payload) override {
    if (closing_ || !ws_.is_open()) return;
    append_text_header(stream().queue(), payload.size());
    stream().queue() += payload;
    if (stream().queued() > host_.options().give_up_at) {
      // What it does not read will not make it read the Close: only what is under way already goes before that.
      stream().discard();
      return close(1008, "too much output is waiting to be read");
    }
    stream().flush();
  }

  void close(std::uint16_t code, std::string_view reason) override {
    if (closing_ || !ws_.is_open()) return;
    closing_ = true;
    // Not only once the Close is written: it waits for a pong under way, which a peer that never reads does not let out.
    abort_after(host_.options().close_limit);
    websocket::close_reason why{code};
    why.reason.assign(reason.data(), std::min(reason.size(), why.reason.max_size()));
    ws_.async_close(why, [self = shared_from_this(), code](error_code) { self->finish(code); });
  }

  void abort_unless_open() override {
    if (id_ == 0 && !accepting_) abort();
  }

 private:
  QueuedStream& stream() { return ws_.next_layer(); }

  // Ends the TCP connection, whatever state it is in.
  void abort() {
    error_code ignored;
    deadline_.cancel();
    stream().next_layer().close(ignored);
  }

  void abort_after(std::chrono::milliseconds limit) {
    deadline_.expires_after(limit);
    deadline_.async_wait([weak = weak_from_this()](error_code ec) {
      const auto self = weak.lock();
      if (!ec && self) self->abort();
    });
  }

  void on_request(error_code ec, std::size_t) {
    if (ec) return on_broken_request(ec);
    const auto& request = parser_->get();
    if (!websocket::is_upgrade(request)) return answer_plain_http();
    if (buffer_.size() > 0) return answer(http::status::bad_request, "Data came before the handshake was done.\n");

    const engine::Upgrade upgrade{std::string{request.target()}, joined(request, http::field::sec_websocket_protocol),
                                  std::string{request[http::field::authorization]}, std::string{request[http::field::origin]},
                                  std::string{request["X-Procedura-Partition"]}};
    auto decision = host_.agent().upgrade(this_moment(), upgrade);
    if (std::holds_alternative<engine::door::Drop>(decision)) return abort();
    if (const auto* refuse = std::get_if<engine::door::Refuse>(&decision)) {
      return answer(static_cast<http::status>(refuse->http_status), refuse->body);
    }
    if (std::holds_alternative<engine::door::Stall>(decision)) {
      deadline_.cancel();
      return drain();
    }
    accept(std::get<engine::door::Accept>(std::move(decision)));
  }

  // Who hangs up or says nothing gets no answer; who speaks something else is told.
  void on_broken_request(error_code ec) {
    static const auto& http_errors = make_error_code(http::error::bad_method).category();
    if (ec.category() != http_errors || ec == http::error::end_of_stream || ec == http::error::partial_message) return;
    if (ec == http::error::header_limit) {
      return answer(http::status::request_header_fields_too_large, "The request's headers are too large.\n");
    }
    answer(http::status::bad_request, "This is a WebSocket server, and that was no HTTP request.\n");
  }

  void accept(engine::door::Accept accepted) {
    accepting_ = true;
    const auto& options = host_.options();
    ws_.read_message_max(options.max_message);
    // Limits are ours, see `abort_after`; and none on silence: agents wait for their clients.
    ws_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
    ws_.set_option(websocket::stream_base::decorator([subprotocol = accepted.subprotocol](websocket::response_type& response) {
      response.set(http::field::server, server_name);
      if (subprotocol && response.result() == http::status::switching_protocols) {
        response.set(http::field::sec_websocket_protocol, *subprotocol);
      }
    }));
    ws_.async_accept(parser_->get(), [self = shared_from_this(), accepted = std::move(accepted)](error_code ec) {
      if (ec) return self->finish_http();
      self->on_accept(accepted);
    });
  }

  void on_accept(const engine::door::Accept& accepted) {
    deadline_.cancel();
    parser_.reset();
    host_.input(*this, [&](const Moment& moment, engine::Outputs& out) {
      id_ = host_.agent().opened(moment, accepted, out);
      host_.opened(*this, id_);
    });
    read_on();
  }

  // One read at a time, and none while the peer does not take what it was sent.
  void read_on() {
    if (reading_ || over_ || id_ == 0 || stream().queued() > host_.options().pause_at) return;
    reading_ = true;
    ws_.async_read(buffer_, beast::bind_front_handler(&PlainSession::on_read, shared_from_this()));
  }

  void on_read(error_code ec, std::size_t) {
    reading_ = false;
    if (ec) {
      if (!closing_) finish(ec == websocket::error::closed ? code_of(ws_.reason()) : said_goodbye_.value_or(1006));
      return;
    }
    host_.input(*this, [this](const Moment& moment, engine::Outputs& out) {
      const auto bytes = buffer_.cdata();
      if (ws_.got_text()) {
        host_.agent().text(moment, id_, {static_cast<const char*>(bytes.data()), bytes.size()}, out);
      } else {
        host_.agent().binary(moment, id_, bytes.size(), out);
      }
    });
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > kept_read_buffer) buffer_.shrink_to_fit();
    read_on();
  }

  // RFC 6455 section 7.1.5
  static std::uint16_t code_of(const websocket::close_reason& reason) {
    return reason.code == websocket::close_code::none ? std::uint16_t{1005} : reason.code;
  }

  void finish(std::uint16_t code) {
    if (std::exchange(over_, true)) return;
    host_.input(*this, [&](const Moment& moment, engine::Outputs&) { host_.agent().closed(moment, id_, code); });
    abort();
  }

  void answer_plain_http() {
    // Where the admin side will be, there is nothing yet. Anything else is the WebSocket, asked for in the wrong way.
    if (parser_->get().target().starts_with("/__")) return answer(http::status::not_found, "There is nothing here.\n");
    answer(http::status::upgrade_required, "This is a Procedura agent: connect to it with a WebSocket client.\n");
  }

  void answer(http::status status, std::string_view body) {
    response_ = {status, 11};
    response_.set(http::field::server, server_name);
    response_.set(http::field::content_type, "text/plain; charset=utf-8");
    if (status == http::status::upgrade_required) {
      response_.set(http::field::upgrade, "websocket");
      response_.set(http::field::connection, "upgrade");  // RFC 9110 section 7.8
    }
    if (status == http::status::unauthorized) response_.set(http::field::www_authenticate, "Bearer");  // section 15.5.2
    response_.keep_alive(false);
    response_.body() = body;
    response_.prepare_payload();
    if (parser_->get().method() == http::verb::head) response_.body().clear();
    http::async_write(stream(), response_, [self = shared_from_this()](error_code, std::size_t) { self->finish_http(); });
  }

  // To close a socket with unread bytes in it resets the connection, and the answer may be lost with it.
  void finish_http() {
    error_code ignored;
    stream().next_layer().shutdown(Socket::shutdown_send, ignored);
    abort_after(host_.options().close_limit);
    drain();
  }

  void drain() {
    buffer_.clear();
    stream().async_read_some(buffer_.prepare(4096), [self = shared_from_this()](error_code ec, std::size_t) {
      if (!ec) self->drain();
    });
  }

  SessionHost& host_;
  websocket::stream<QueuedStream, false> ws_;  // false: no permessage-deflate (CON-8)
  Timer deadline_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
  ConnectionId id_;
  bool accepting_ = false;
  bool reading_ = false;
  bool closing_ = false;
  bool over_ = false;
  std::optional<std::uint16_t> said_goodbye_;  // the code of the Close that was sent
};

}  // namespace

std::shared_ptr<Session> make_plain_session(Socket socket, SessionHost& host) {
  return std::make_shared<PlainSession>(std::move(socket), host);
}

}  // namespace procedura::mock::net
