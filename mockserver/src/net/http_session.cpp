// What every connection is at first: HTTP. It becomes a WebSocket if the engine lets it in.
#include "net/http_text.hpp"
#include "net/session.hpp"
#include "net/websocket_session.hpp"
#include "net/wire_stream.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace procedura::mock::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

constexpr std::uint32_t max_http_header = 32 * 1024;
constexpr std::uint64_t max_http_body = std::uint64_t{16} * 1024 * 1024;
constexpr std::size_t max_pipelined = 64 * 1024;
// Beast limits the header and the body. What stands between the chunks of a body, and behind it, is limited by what may wait to
// be parsed.
constexpr std::size_t max_unparsed = 128 * 1024;
// How long a connection may be idle between two requests, or take nothing of an answer.
constexpr Duration keep_alive_limit = std::chrono::seconds{60};
constexpr unsigned http_1_1 = 11;

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

HttpResponse plain_text(unsigned status, std::string_view body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = body;
  if (status == 426) response.headers = {{"Upgrade", "websocket"}, {"Connection", "upgrade"}};  // RFC 9110 section 7.8
  if (status == 401) response.headers = {{"WWW-Authenticate", "Bearer"}};                       // section 15.5.2
  return response;
}

class HttpSession final : public Session,
                          public Wire::Owner,
                          public Follower,
                          public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(Socket socket, SessionHost& host, TlsIdentity* tls, bool crowded)
      : host_{host}, wire_{std::make_shared<Wire>(std::move(socket), host, tls)}, stream_{wire_}, crowded_{crowded} {
    wire_->belongs_to(this);
  }
  ~HttpSession() override {
    stop_following();
    if (wire_) wire_->belongs_to(nullptr);
  }
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void start() override {
    wire_->abort_after(host_.options().upgrade_limit);
    if (!wire_->tls()) return read_request();
    wire_->tls()->async_handshake([self = shared_from_this()](error_code ec) { self->on_handshake(ec); });
  }

  void carry_out(const engine::Outputs&, const engine::Output&) override {}
  void going_down() override { wire_->abort(); }
  void failed() override { wire_->abort(); }

  void on_progress() override {
    if (following_) return on_news();
    if (answer_limit_ > Duration{}) wire_->abort_after(answer_limit_);  // it is being taken
    if (wire_->queued() == 0 && std::exchange(answered_, false)) read_next();
  }

  void on_end() override { host_.over(*this, 0); }

  // There may be more of a body that is made while it is sent.
  void on_news() override {
    if (!following_ || wire_->queued() > 0) return;
    std::string piece;
    try {
      piece = following_->more();
    } catch (const std::exception& bug) {
      host_.report(bug, "an answer broke off");
      return wire_->abort();
    }
    if (framing_.chunks) {
      append_chunk(wire_->queue(), piece);
    } else {
      wire_->queue() += piece;
    }
    if (following_->over()) {
      stop_following();
      if (framing_.chunks) wire_->queue() += last_chunk;
      wire_->appended();
      return answered();
    }
    wire_->appended();
    wire_->flush();
  }

 private:
  // --- TLS

  void on_handshake(error_code ec) {
    if (!ec) return read_request();
    if (wire_->ending()) return;
    if (!was_plain_http(ec)) {
      host_.say(fmt::format("a TLS handshake failed: {}", handshake_failure(ec)));
      return wire_->abort();
    }
    host_.say("a client spoke plain HTTP where TLS is spoken: it has to connect with wss:// or https://");
    auto response = plain_text(400, "This is a TLS port: connect to it with wss:// or https://.\n");
    auto text = std::make_shared<std::string>();
    append_response(*text, response, {});
    asio::async_write(wire_->socket(), asio::buffer(*text),
                      [self = shared_from_this(), text](error_code, std::size_t) { self->wire_->end(Wire::Ending::drop); });
  }

  // --- requests

  void read_request() {
    framing_ = {};
    parser_.emplace();
    parser_->header_limit(max_http_header);
    parser_->body_limit(max_http_body);
    http::async_read_header(stream_, buffer_, *parser_, beast::bind_front_handler(&HttpSession::on_header, shared_from_this()));
  }

  // The next one on the same connection, once the answer to the last one has left: who does not read is not read from.
  void read_next() {
    answer_limit_ = {};
    wire_->abort_after(keep_alive_limit);
    // A read that watched over the answer may still be pending: it has what comes first.
    if (watching_) {
      next_waits_ = true;
    } else {
      read_request();
    }
  }

  void on_header(error_code ec, std::size_t) {
    if (wire_->ending()) return;
    if (ec) return on_broken_request(ec);
    const auto& request = parser_->get();
    framing_ = {request.version() == http_1_1 && request.keep_alive(), request.method() == http::verb::head,
                request.version() == http_1_1};
    if (crowded_) return refuse(503, "There are too many connections.\n");
    if (websocket::is_upgrade(request)) return upgrade();
    const auto target = request.target();
    if (host_.options().http && target.starts_with("/__admin")) return read_body();
    if (target.starts_with("/__")) return refuse(404, "There is nothing here.\n");
    refuse(426, "This is a Procedura agent: connect to it with a WebSocket client.\n");
  }

  // Who hangs up or says nothing gets no answer; who speaks something else is told.
  void on_broken_request(error_code ec) {
    static const auto& http_errors = make_error_code(http::error::bad_method).category();
    if (ec.category() != http_errors || ec == http::error::end_of_stream || ec == http::error::partial_message) {
      return wire_->abort();
    }
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
      return refuse(431, "The request's headers are too large.\n");
    if (ec == http::error::body_limit) return refuse(413, "The request's body is too large: 16 MiB at most.\n");
    refuse(400, "This is a WebSocket server, and that was no HTTP request.\n");
  }

  // An answer, and the end.
  void refuse(unsigned status, std::string_view body) {
    framing_.keep_alive = false;
    answer(plain_text(status, body));
  }

  // --- WebSocket

  void upgrade() {
    if (buffer_.size() > 0) return refuse(400, "Data came before the handshake was done.\n");
    const auto& request = parser_->get();
    const engine::Upgrade upgrade{std::string{request.target()}, joined(request, http::field::sec_websocket_protocol),
                                  std::string{request[http::field::authorization]}, std::string{request[http::field::origin]},
                                  std::string{request["X-Procedura-Partition"]}};
    auto decision = host_.agent().upgrade(host_.clock().moment(), upgrade);
    if (std::holds_alternative<engine::door::Drop>(decision)) return wire_->end(Wire::Ending::drop);
    if (const auto* refusal = std::get_if<engine::door::Refuse>(&decision)) return refuse(refusal->http_status, refusal->body);
    if (std::holds_alternative<engine::door::Stall>(decision)) {
      wire_->no_limit();
      return wire_->end(Wire::Ending::wait);
    }
    host_.replace(*this, make_websocket_session(std::exchange(wire_, nullptr), host_,
                                                std::get<engine::door::Accept>(std::move(decision)), parser_->release()));
  }

  // --- the admin side

  void read_body() {
    wire_->abort_after(host_.options().upgrade_limit);
    const auto expectation = parser_->get()[http::field::expect];
    if (beast::iequals(expectation, "100-continue")) {
      wire_->queue() += "HTTP/1.1 100 Continue\r\n\r\n";
      wire_->appended();
      wire_->flush();
    }
    http::async_read(stream_, buffer_, *parser_, beast::bind_front_handler(&HttpSession::on_body, shared_from_this()));
  }

  void on_body(error_code ec, std::size_t) {
    if (wire_->ending()) return;
    if (ec) return on_broken_request(ec);
    wire_->no_limit();
    auto request = parser_->release();
    // Joined: whoever sends two of a header, one of them to be believed, is believed neither.
    const auto text = [&](http::field name) { return joined(request, name); };
    HttpResponse response;
    const HttpRequest asked{std::string{request.method_string()},
                            std::string{request.target()},
                            text(http::field::host),
                            text(http::field::origin),
                            text(http::field::authorization),
                            text(http::field::content_type),
                            std::move(request.body())};
    host_.input(*this, [&](const engine::Moment& moment, engine::Outputs& out) {
      response = host_.options().http->answer(asked, moment, out);
    });
    if (!wire_->ending()) answer(std::move(response));
  }

  void answer(HttpResponse response) {
    if (response.source && !framing_.chunks) framing_.keep_alive = false;
    append_response(wire_->queue(), response, framing_);
    wire_->appended();
    if (!response.source || framing_.head) return answered();
    following_ = std::move(response.source);
    host_.follow(*this);
    wire_->flush();
    watch();
  }

  void answered() {
    answer_limit_ = framing_.keep_alive ? keep_alive_limit : Duration{host_.options().close_limit};
    wire_->abort_after(answer_limit_);
    wire_->flush();
    if (framing_.keep_alive) {
      answered_ = true;
    } else {
      wire_->end(Wire::Ending::goodbye);
    }
  }

  // A follower that hangs up shows only when it is read from. What else comes is kept for later.
  void watch() {
    if (watching_ || buffer_.size() >= max_pipelined) return;
    watching_ = true;
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](error_code ec, std::size_t size) { self->on_watched(ec, size); });
  }

  void on_watched(error_code ec, std::size_t size) {
    watching_ = false;
    if (wire_->ending()) return;
    if (ec) return wire_->abort();
    buffer_.commit(size);
    if (following_) return watch();
    if (std::exchange(next_waits_, false)) read_request();
  }

  void stop_following() {
    if (!following_) return;
    host_.unfollow(*this);
    following_.reset();
  }

  SessionHost& host_;
  std::shared_ptr<Wire> wire_;
  WireStream stream_;
  beast::flat_buffer buffer_{max_unparsed};
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpFraming framing_;
  std::shared_ptr<BodySource> following_;
  bool crowded_;
  Duration answer_limit_{};  // for the next bytes of an answer to be taken
  bool answered_ = false;    // the next request is read when the answer has left
  bool watching_ = false;    // a read is pending beside an answer
  bool next_waits_ = false;  // for that read
};

}  // namespace

std::shared_ptr<Session> make_http_session(Socket socket, SessionHost& host, TlsIdentity* tls, bool crowded) {
  return std::make_shared<HttpSession>(std::move(socket), host, tls, crowded);
}

}  // namespace procedura::mock::net
