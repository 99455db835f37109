#pragma once

#include "keep_alive.hpp"
#include "peer_answer.hpp"
#include "read_room.hpp"
#include "transport_impl.hpp"
#include "wire.hpp"
#include "ws_opening.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/zlib/error.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace procedura::detail {

/// A WebSocket client connection over `Lower`, with Beast. Decides nothing about the protocol above it. Each pending operation
/// keeps it alive; the owner's `Transport` does so too.
template <class Lower>
class WsConnection final : public TransportImpl, public std::enable_shared_from_this<WsConnection<Lower>> {
  using error_code = boost::system::error_code;
  using Clock = std::chrono::steady_clock;
  using Opening = WsOpening<Lower>;
  using WebSocket = typename Opening::WebSocket;

 public:
  WsConnection(boost::asio::any_io_executor executor, TransportOptions options, TransportHandler& handler)
      : executor_{std::move(executor)},
        options_{std::move(options)},
        handler_{&handler},
        deadline_{executor_},
        keep_alive_timer_{executor_},
        keep_alive_{options_.ping_interval, options_.pong_timeout} {}

  void open() override {
    const auto weak = this->weak_from_this();
    opening_ = std::make_shared<Opening>(executor_, options_,
                                         typename Opening::Then{[weak](WebSocket ws, HandshakeInfo info) {
                                                                  if (const auto self = weak.lock())
                                                                    self->opened(std::move(ws), std::move(info));
                                                                },
                                                                [weak](TransportEnd how) {
                                                                  if (const auto self = weak.lock()) self->end(std::move(how));
                                                                }});
    opening_->start();
  }

  void send_text(std::string message) override { enqueue({Kind::text, std::move(message)}); }
  void send_binary(std::string message) override { enqueue({Kind::binary, std::move(message)}); }

  void send_fragments(std::vector<std::string> parts) override {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      enqueue({i + 1 == parts.size() ? Kind::last_fragment : Kind::fragment, std::move(parts[i])});
    }
  }

  void ping(std::string payload) override {
    payload.resize(std::min<std::size_t>(payload.size(), 125));
    enqueue({Kind::ping, std::move(payload)});
  }

  void close(std::uint16_t code, std::string reason) override {
    if (phase_ == Phase::ended || close_queued_) return;
    if (phase_ != Phase::open) return abort();
    enqueue({Kind::close, std::move(reason), code});
    close_queued_ = true;
    keep_alive_timer_.cancel();
    expire_after(options_.close_timeout,
                 [](WsConnection& self) { self.drop(errc::connection_lost, "the peer did not answer the Close in time"); });
  }

  void abort() override {
    boost::asio::post(executor_, [self = this->shared_from_this()] { self->drop(errc::cancelled, "dropped by this side"); });
  }

  void release() override {
    handler_ = nullptr;
    if (!close_queued_) drop(errc::cancelled, {});
  }

  void pause_reading() override {
    paused_ = true;
    keep_alive_.paused();
  }

  void resume_reading() override {
    if (!std::exchange(paused_, false) || phase_ != Phase::open) return;
    keep_alive_.resumed(Clock::now());
    look_after_keep_alive();
    go_on_reading();
  }

  std::size_t queued() const noexcept override { return queued_bytes_; }

 private:
  enum class Phase { opening, open, ended };
  enum class Kind { text, binary, fragment, last_fragment, ping, close };
  struct Outgoing {
    Kind kind;
    std::string payload;
    std::uint16_t code = 0;
  };

  void opened(WebSocket ws, HandshakeInfo info) {
    if (phase_ != Phase::opening) return;
    phase_ = Phase::open;
    opening_.reset();
    ws_.emplace(std::move(ws));
    ws_->control_callback(
        [this](boost::beast::websocket::frame_type kind, boost::beast::string_view payload) { control(kind, payload); });
    keep_alive_.opened(Clock::now());
    look_after_keep_alive();
    handler_->on_open(std::move(info));
    go_on_reading();
  }

  // --- reading ------------------------------------------------------------------------------------------------------------

  // Piece by piece, and not with `async_read`: that asks Beast before each piece how much of the message is missing, and Beast
  // fails an assertion over it when our Close, under way beside it, has read the end of a fragmented message itself.
  void read() {
    reading_ = true;
    ws_->async_read_some(buffer_.prepare(read_room(buffer_.size(), buffer_.capacity())),
                         [self = this->shared_from_this()](error_code ec, std::size_t bytes) { self->have_read(ec, bytes); });
  }

  void have_read(error_code ec, std::size_t piece) {
    reading_ = false;
    if (phase_ != Phase::open) return operation_ended();
    if (ec) return lost(ec);
    buffer_.commit(piece);
    if (!ws_->is_message_done()) return read();
    const auto bytes = buffer_.cdata();
    std::string message{static_cast<const char*>(bytes.data()), bytes.size()};
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > keep_buffer_up_to) buffer_ = {};
    if (handler_ != nullptr) {
      ws_->got_text() ? handler_->on_text(std::move(message)) : handler_->on_binary(std::move(message));
    }
    go_on_reading();
  }

  // Who was called may have paused reading, and resumed it too: then a read is under way.
  void go_on_reading() {
    if (phase_ == Phase::open && !paused_ && !reading_) read();
  }

  void control(boost::beast::websocket::frame_type kind, boost::beast::string_view payload) {
    if (kind != boost::beast::websocket::frame_type::pong || phase_ != Phase::open) return;
    keep_alive_.pong();
    if (handler_ != nullptr) handler_->on_pong({payload.data(), payload.size()});
  }

  // The connection broke, or the peer broke RFC 6455, or it is over.
  void lost(error_code ec) {
    namespace websocket = boost::beast::websocket;
    TransportEnd over;
    if (ec == websocket::error::closed) {
      const auto& reason = ws_->reason();
      over.cause = close_queued_ ? errc::ok : errc::connection_lost;
      over.close_code = reason.code;
      over.detail.assign(reason.reason.data(), reason.reason.size());
    } else if (ec == websocket::error::message_too_big || ec == websocket::error::buffer_overflow) {
      over.cause = errc::message_too_big;
      over.detail = "the peer sent a message of more than " + std::to_string(options_.max_message) + " bytes";
    } else if (ec == websocket::condition::protocol_violation) {
      over.cause = errc::protocol_error;
      over.detail = "the peer broke the WebSocket protocol: " + ec.message();
    } else if (ec.category() == make_error_code(boost::beast::zlib::error::general).category()) {
      over.cause = errc::protocol_error;
      over.detail = "the peer sent a compressed message that cannot be inflated: " + ec.message();
    } else if (ec == boost::asio::error::eof) {
      over.detail = "the peer hung up without a Close";
    } else {
      over.detail = ec.message();
    }
    end(std::move(over));
  }

  // --- writing ------------------------------------------------------------------------------------------------------------

  void enqueue(Outgoing outgoing) {
    if (phase_ != Phase::open || close_queued_) return;
    queued_bytes_ += outgoing.payload.size();
    queue_.push_back(std::move(outgoing));
    if (!writing_) write();
  }

  void write() {
    writing_ = true;
    Outgoing& next = queue_.front();
    // What waits behind this message will be written without fail, so this one may wait for it.
    ws_->next_layer().more_follows(queue_.size() > 1);
    auto done = [self = this->shared_from_this()](error_code ec, std::size_t) { self->have_written(ec); };
    const auto bytes = boost::asio::buffer(next.payload);
    switch (next.kind) {
      case Kind::text:
      case Kind::binary:
        ws_->text(next.kind == Kind::text);
        return ws_->async_write(bytes, std::move(done));
      case Kind::fragment:
      case Kind::last_fragment:
        ws_->text(true);
        return ws_->async_write_some(next.kind == Kind::last_fragment, bytes, std::move(done));
      case Kind::ping:
        return ws_->async_ping(boost::beast::websocket::ping_data{next.payload},
                               [done](error_code ec) mutable { done(ec, 0); });
      case Kind::close:
        break;
    }
    const boost::beast::websocket::close_reason reason{static_cast<boost::beast::websocket::close_code>(next.code),
                                                       boost::beast::string_view{next.payload}.substr(0, 123)};
    ws_->async_close(reason, [self = this->shared_from_this()](error_code ec) { self->have_closed(ec); });
  }

  void have_written(error_code ec) {
    writing_ = false;
    if (phase_ != Phase::open) return operation_ended();
    queued_bytes_ -= queue_.front().payload.size();
    queue_.pop_front();
    // The reader learns the reason: a Close from the peer, say. While nobody reads, this is all there is to know.
    if (ec) return reading_ ? void() : lost(ec);
    if (!queue_.empty()) return write();
    if (handler_ != nullptr) handler_->on_written();
  }

  void have_closed(error_code ec) {
    writing_ = false;
    if (phase_ != Phase::open) return operation_ended();
    lost(ec ? ec : error_code{boost::beast::websocket::error::closed});
  }

  // --- deadlines and the end ----------------------------------------------------------------------------------------------

  template <class Then>
  void expire_after(protocol::Duration time, Then then) {
    deadline_.expires_after(std::chrono::duration_cast<Clock::duration>(time));
    deadline_.async_wait([weak = this->weak_from_this(), then](error_code ec) {
      const auto self = weak.lock();
      if (!ec && self && self->phase_ != Phase::ended) then(*self);
    });
  }

  void look_after_keep_alive() {
    const auto at = keep_alive_.next();
    if (!at || close_queued_) return;
    keep_alive_timer_.expires_at(*at);
    keep_alive_timer_.async_wait([weak = this->weak_from_this()](error_code ec) {
      const auto self = weak.lock();
      if (!ec && self && self->phase_ == Phase::open) self->keep_alive_due();
    });
  }

  void keep_alive_due() {
    switch (keep_alive_.timer(Clock::now())) {
      case KeepAlive::Action::give_up:
        return drop(errc::connection_lost,
                    "the peer has not answered a ping for " + seconds(options_.pong_timeout) + ": it or the network is gone");
      case KeepAlive::Action::ping:
        ping({});
        break;
      case KeepAlive::Action::none:
        break;
    }
    look_after_keep_alive();
  }

  void drop(errc cause, std::string detail) {
    if (phase_ == Phase::ended) return;
    TransportEnd over;
    over.cause = cause;
    over.detail = std::move(detail);
    end(std::move(over));
  }

  void end(TransportEnd over) {
    if (phase_ == Phase::ended) return;
    phase_ = Phase::ended;
    if (opening_) std::exchange(opening_, nullptr)->abandon();
    keep_alive_timer_.cancel();
    deadline_.cancel();
    const auto self = this->shared_from_this();
    const bool sent_close = over.close_code != 0 || over.cause == errc::protocol_error || over.cause == errc::message_too_big;
    sent_close ? linger() : hang_up();
    if (handler_ != nullptr) std::exchange(handler_, nullptr)->on_end(std::move(over));
  }

  // A Close that was sent is lost if the socket is closed with bytes unread: so read on for a while, until the peer hangs up.
  void linger() {
    deadline_.expires_after(std::chrono::duration_cast<Clock::duration>(options_.close_timeout));
    deadline_.async_wait([self = this->shared_from_this()](error_code) { self->hang_up(); });
    drain();
  }

  void drain() {
    last_bytes_.resize(4096);
    ws_->next_layer().lower().async_read_some(boost::asio::buffer(last_bytes_),
                                              [self = this->shared_from_this()](error_code ec, std::size_t size) {
                                                self->drained_ += size;
                                                if (ec || self->drained_ > drain_at_most) return self->hang_up();
                                                self->drain();
                                              });
  }

  void hang_up() {
    if (std::exchange(hung_up_, true)) return;
    deadline_.cancel();
    if (!ws_) return;
    beast_close_socket(ws_->next_layer());
    if (reading_ || writing_) let_go_of_what_never_ends();
  }

  // When a peer breaks the protocol just as we close, Beast's read waits for its close and its close for its read, for ever:
  // not even the end of the socket ends them, and they hold this object. What is under way otherwise has ended long before.
  void let_go_of_what_never_ends() {
    deadline_.expires_after(std::chrono::duration_cast<Clock::duration>(options_.close_timeout));
    deadline_.async_wait([self = this->shared_from_this()](error_code) {
      if (self->reading_ || self->writing_) self->ws_.reset();
    });
  }

  void operation_ended() {
    if (hung_up_ && !reading_ && !writing_) deadline_.cancel();
  }

  static constexpr std::size_t keep_buffer_up_to = std::size_t{1} << 20U;
  static constexpr std::size_t drain_at_most = std::size_t{1} << 20U;

  boost::asio::any_io_executor executor_;
  TransportOptions options_;
  TransportHandler* handler_;
  boost::asio::steady_timer deadline_;  // of the close handshake, and of what comes after it
  boost::asio::steady_timer keep_alive_timer_;
  KeepAlive keep_alive_;
  std::shared_ptr<Opening> opening_;
  std::optional<WebSocket> ws_;
  Phase phase_ = Phase::opening;
  bool paused_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool close_queued_ = false;
  bool hung_up_ = false;
  boost::beast::flat_buffer buffer_;
  std::deque<Outgoing> queue_;
  std::size_t queued_bytes_ = 0;
  std::string last_bytes_;
  std::size_t drained_ = 0;
};

}  // namespace procedura::detail
