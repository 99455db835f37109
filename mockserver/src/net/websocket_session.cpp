// What is accepted, as WebSocket. What it knows of the protocol is how to carry it.
#include "net/websocket_session.hpp"

#include "net/frame_header.hpp"
#include "net/wire_stream.hpp"

#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>

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
using engine::Output;

constexpr std::size_t kept_read_buffer = std::size_t{256} * 1024;
constexpr std::uint16_t no_close_frame = 1006;

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

class WebSocketSession final : public Session, public Wire::Owner, public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(std::shared_ptr<Wire> wire, SessionHost& host, engine::door::Accept accepted,
                   http::request<http::string_body> upgrade)
      : host_{host},
        wire_{std::move(wire)},
        ws_{wire_},
        door_{std::make_unique<Door>(std::move(accepted), std::move(upgrade))} {
    wire_->belongs_to(this);
  }
  ~WebSocketSession() override { wire_->belongs_to(nullptr); }
  WebSocketSession(const WebSocketSession&) = delete;
  WebSocketSession& operator=(const WebSocketSession&) = delete;

  void start() override {
    ws_.read_message_max(host_.options().max_message);
    // Limits are the wire's; and there is none on silence: agents wait for their clients.
    ws_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
    ws_.set_option(
        websocket::stream_base::decorator([subprotocol = door_->accepted.subprotocol](websocket::response_type& response) {
          response.set(http::field::server, "mock-agent");
          if (subprotocol && response.result() == http::status::switching_protocols) {
            response.set(http::field::sec_websocket_protocol, *subprotocol);
          }
        }));
    ws_.async_accept(door_->upgrade, beast::bind_front_handler(&WebSocketSession::on_accept, shared_from_this()));
  }

  void carry_out(const engine::Outputs& outputs, const Output& output) override {
    if (saying_goodbye_ && output.kind != Output::Kind::reset && output.kind != Output::Kind::drop) return;
    const std::string_view payload = output.kind == Output::Kind::wire ? std::string_view{} : outputs.payload(output);
    switch (output.kind) {
      case Output::Kind::text:
        return send(Opcode::text, payload, output.seq);
      case Output::Kind::binary:
        return send(Opcode::binary, payload, output.seq);
      case Output::Kind::bytes:
        if (!has_room()) return;
        wire_->queue() += payload;
        wire_->appended(output.seq);
        return wire_->flush();
      case Output::Kind::close:
        return say_goodbye(output.code, payload);
      case Output::Kind::close_frame:
        return say_goodbye(output.code, {});
      case Output::Kind::reset:
        return leave(Wire::Ending::reset);
      case Output::Kind::drop:
        return leave(Wire::Ending::drop);
      case Output::Kind::wire:
        return change(outputs.change(output));
    }
  }

  // A handshake under way is let finish: then the engine says goodbye.
  void going_down() override {}

  void failed() override { say_goodbye(1011, "the agent failed"); }

  void on_progress() override { read_on(); }

  void on_end() override {
    if (id_ != 0) {
      const std::uint16_t code = code_.value_or(no_close_frame);
      host_.input(*this, [&](const Moment& moment, engine::Outputs&) { host_.agent().closed(moment, id_, code); });
    }
    host_.over(*this, id_);
  }

 private:
  // What is needed until the handshake is done.
  struct Door {
    Door(engine::door::Accept how, http::request<http::string_body> what)
        : accepted{std::move(how)}, upgrade{std::move(what)} {}
    engine::door::Accept accepted;
    http::request<http::string_body> upgrade;
  };

  void on_accept(error_code ec) {
    if (ec) {
      // Beast has said why.
      wire_->abort_after(host_.options().close_limit);
      return wire_->end(Wire::Ending::goodbye);
    }
    wire_->no_limit();
    const auto door = std::move(door_);
    host_.input(*this, [&](const Moment& moment, engine::Outputs& out) {
      id_ = host_.agent().opened(moment, door->accepted, out);
      host_.opened(*this, id_);
    });
    read_on();
  }

  // --- what comes

  // One read at a time, and none while the peer does not take what it was sent, unless it is to answer a Close.
  void read_on() {
    if (reading_ || id_ == 0 || wire_->ending() || wire_->half_open()) return;
    if (wire_->queued() > host_.options().pause_at && !saying_goodbye_) return;
    reading_ = true;
    ws_.async_read(buffer_, beast::bind_front_handler(&WebSocketSession::on_read, shared_from_this()));
  }

  void on_read(error_code ec, std::size_t) {
    reading_ = false;
    if (wire_->ending() || wire_->half_open()) return;
    if (ec) return on_read_failed(ec);
    if (!saying_goodbye_) {
      host_.input(*this, [this](const Moment& moment, engine::Outputs& out) {
        const auto bytes = buffer_.cdata();
        if (ws_.got_text()) {
          host_.agent().text(moment, id_, {static_cast<const char*>(bytes.data()), bytes.size()}, out);
        } else {
          host_.agent().binary(moment, id_, bytes.size(), out);
        }
      });
    }
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > kept_read_buffer) buffer_.shrink_to_fit();
    read_on();
  }

  void on_read_failed(error_code ec) {
    const bool was_closed = ec == websocket::error::closed;
    const std::uint16_t fault = was_closed ? std::uint16_t{0} : code_for(ec);
    if (!was_closed && fault == 0) return wire_->abort();  // no Close frame: the peer is gone
    if (fault != 0 && !saying_goodbye_) {
      const auto what = fmt::format("{}: {}", fault, ec.message());
      host_.input(*this, [&](const Moment& moment, engine::Outputs&) { host_.agent().broke(moment, id_, what); });
    }
    const auto reason = ws_.reason();
    if (!code_) code_ = was_closed ? code_of(reason) : fault;
    wire_->abort_after(host_.options().close_limit);
    const bool answer = !saying_goodbye_ && (fault != 0 || !no_close_);
    if (answer) {
      saying_goodbye_ = true;
      const std::uint16_t echo = reason.code == websocket::close_code::none ? std::uint16_t{1000} : reason.code;
      append_close(wire_->queue(), fault != 0 ? fault : echo);
      wire_->appended();
    }
    const bool silent = no_close_ && was_closed && !saying_goodbye_;
    wire_->end(silent ? Wire::Ending::wait : Wire::Ending::goodbye);
  }

  // RFC 6455 section 7.4.1: what a peer that broke the rules is told; 0: it did not, it went.
  static std::uint16_t code_for(error_code ec) {
    if (ec == websocket::error::message_too_big) return 1009;
    if (ec == websocket::error::bad_frame_payload || ec == websocket::error::bad_close_payload) return 1007;
    return ec == websocket::condition::protocol_violation ? 1002 : 0;
  }

  // Section 7.1.5
  static std::uint16_t code_of(const websocket::close_reason& reason) {
    return reason.code == websocket::close_code::none ? std::uint16_t{1005} : reason.code;
  }

  // --- what leaves

  // What is queued is judged before it grows: a single message may be of any size.
  bool has_room() {
    if (wire_->ending() || wire_->half_open()) return false;
    if (wire_->queued() <= host_.options().give_up_at) return true;
    // What it does not read will not make it read the Close: only what is under way already goes before that.
    wire_->discard();
    say_goodbye(1008, "too much output is waiting to be read");
    return false;
  }

  void send(Opcode opcode, std::string_view payload, std::uint64_t seq) {
    if (!has_room()) return;
    const auto faults = std::exchange(next_message_, {});
    if (faults.fragment == 0) {
      append_message(wire_->queue(), opcode, payload);
    } else {
      append_fragments(wire_->queue(), opcode, payload, faults.fragment);
    }
    wire_->appended(seq, faults.pause);
    wire_->flush();
  }

  void say_goodbye(std::uint16_t code, std::string_view reason) {
    if (saying_goodbye_ || wire_->ending()) return;
    saying_goodbye_ = true;
    code_ = code == 0 ? std::uint16_t{1005} : code;
    if (wire_->half_open()) return wire_->abort();  // it could neither be told nor answer
    append_close(wire_->queue(), code, reason);
    wire_->appended();
    wire_->withhold_pongs();
    wire_->abort_after(host_.options().close_limit);
    wire_->flush();
    read_on();
  }

  void leave(Wire::Ending how) {
    if (wire_->ending()) return;
    wire_->abort_after(host_.options().close_limit);
    wire_->end(how);
  }

  void change(const engine::WireChange& change) {
    std::visit(
        Overloaded{[&](const fault::HalfOpen&) { wire_->go_half_open(); },
                   [&](const fault::NoPong&) { wire_->withhold_pongs(); }, [&](const fault::NoClose&) { no_close_ = true; },
                   [&](const fault::Bandwidth& fault) { wire_->bandwidth(fault.bytes_per_second); },
                   [&](const engine::WireChange::Latency& fault) { wire_->latency(fault.value); },
                   [&](const fault::Fragment& fault) { next_message_.fragment = fault.bytes; },
                   [&](const fault::Dribble& fault) { next_message_.pause = fault.pause; }},
        change.change);
  }

  SessionHost& host_;
  std::shared_ptr<Wire> wire_;
  websocket::stream<WireStream, false> ws_;  // false: no permessage-deflate (CON-8)
  beast::flat_buffer buffer_;
  std::unique_ptr<Door> door_;
  ConnectionId id_ = 0;
  std::optional<std::uint16_t> code_;  // that it was closed with, by whoever was first
  struct {
    std::size_t fragment = 0;  // 0: in one
    Duration pause{};
  } next_message_;
  bool reading_ = false;
  bool saying_goodbye_ = false;  // a Close frame is on its way: nothing follows it
  bool no_close_ = false;
};

}  // namespace

std::shared_ptr<Session> make_websocket_session(std::shared_ptr<Wire> wire, SessionHost& host, engine::door::Accept accepted,
                                                http::request<http::string_body> upgrade) {
  return std::make_shared<WebSocketSession>(std::move(wire), host, std::move(accepted), std::move(upgrade));
}

}  // namespace procedura::mock::net
