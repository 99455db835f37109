#include <procedura/conformance/case.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace procedura::conformance {
namespace {

using std::chrono::milliseconds;

// Only after a fence: what was on its way has arrived by then, and this is for what an agent would say a moment later.
constexpr milliseconds quiet_time{50};

std::string in_seconds(Duration time) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(time).count());
}

std::string describe(const Offer& offer) {
  std::string out;
  for (const auto& subprotocol : offer.subprotocols) {
    out += (out.empty() ? "Sec-WebSocket-Protocol: " : ", ") + subprotocol;
  }
  if (!offer.query.empty()) {
    out += (out.empty() ? "?" : "; ?") + offer.query;
  }
  for (const auto& [name, value] : offer.headers) {
    out += (out.empty() ? "" : "; ") + name + ": " + value;
  }
  return out.empty() ? "handshake without a token" : "handshake with " + out;
}

std::string describe_end(const Arrival& end) {
  std::string out = end.close_code != 0 ? "the agent closed with " + std::to_string(end.close_code) : "the connection ended";
  return end.bytes.empty() ? out : out + " (" + end.bytes + ")";
}

}  // namespace

Connection::Connection(Case& owner, unsigned ordinal, const Offer& offer) : owner_{owner}, ordinal_{ordinal} {
  owner_.note(Entry::Kind::dialed, ordinal_, describe(offer));
  const TimePoint until = owner_.setting_.dialer.now() + owner_.profile().answer_within;
  Dialed dialed = owner_.setting_.dialer.dial(offer, owner_.patience_ends());
  wire_ = std::move(dialed.wire);
  status_ = dialed.status;
  subprotocol_ = std::move(dialed.subprotocol);
  if (open()) {
    owner_.note(Entry::Kind::opened, ordinal_,
                subprotocol_.empty() ? "open, no subprotocol" : "open, subprotocol " + subprotocol_);
    return;
  }
  owner_.wait_until(TimePoint::max());  // what the end of the run cut short says nothing of the agent
  why_ = dialed.detail;
  owner_.note(Entry::Kind::refused, ordinal_, why_);
  if (status_ == 0 && owner_.ends_ < until && owner_.setting_.dialer.now() >= owner_.ends_) {
    throw CannotGoOn{"the case was over before a connection was made"};  // nor does this
  }
}

Exchange& Connection::send(const Request& request) {
  return send_as(request, text_of(request));
}

Exchange& Connection::expect(const Request& request) {
  return correlation_.sent(request.id, request.cmd, request.mode, owner_.elapsed());
}

Exchange& Connection::send_as(const Request& request, std::string text) {
  Exchange& exchange = expect(request);
  owner_.note(Entry::Kind::sent, ordinal_, text);
  if (open()) {
    wire_->send_text(std::move(text));
  }
  return exchange;
}

Exchange& Connection::send_padded(const Request& request, std::size_t bytes) {
  Exchange& exchange = expect(request);
  std::string text = text_of(request);
  owner_.note(Entry::Kind::sent_raw, ordinal_, "the next message is padded to " + std::to_string(bytes) + " bytes");
  owner_.note(Entry::Kind::sent, ordinal_, text);
  const std::string padding = "\"padding\":\"\",";
  const std::size_t missing = bytes - std::min(bytes, text.size() + padding.size());
  text.insert(1, padding);
  text.insert(1 + padding.size() - 2, missing, '.');
  if (open()) {
    wire_->send_text(std::move(text));
  }
  return exchange;
}

Exchange& Connection::send_fragments(const Request& request, std::size_t parts) {
  Exchange& exchange = expect(request);
  const std::string text = text_of(request);
  owner_.note(Entry::Kind::sent_raw, ordinal_, "the next message in " + std::to_string(parts) + " fragments");
  owner_.note(Entry::Kind::sent, ordinal_, text);
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < parts; ++i) {
    const std::size_t from = text.size() * i / parts;
    pieces.push_back(text.substr(from, text.size() * (i + 1) / parts - from));
  }
  if (open()) {
    wire_->send_fragments(std::move(pieces));
  }
  return exchange;
}

void Connection::send_raw(std::string text) {
  owner_.note(Entry::Kind::sent_raw, ordinal_, "text message: " + text);
  if (open()) {
    wire_->send_text(std::move(text));
  }
}

void Connection::send_binary(std::string bytes) {
  owner_.note(Entry::Kind::sent_raw, ordinal_, "binary message: " + bytes);
  if (open()) {
    wire_->send_binary(std::move(bytes));
  }
}

bool Connection::until_over(Exchange& exchange, Duration extra) {
  const bool done = until([&exchange] { return exchange.over(); }, owner_.profile().answer_within + extra, exchange.gave_up);
  exchange.cut_short = !done && cut_short_;
  return done;
}

bool Connection::until_closed() {
  std::string gave_up;
  until([] { return false; }, owner_.profile().answer_within, gave_up);
  return !open();
}

Exchange& Connection::call(const Request& request, Duration extra) {
  Exchange& exchange = send(request);
  until_over(exchange, extra);
  return exchange;
}

bool Connection::fence() {
  const Request request = owner_.request(owner_.profile().has(Need::echo) ? Need::echo : Need::quick);
  if (call(request).terminal() == nullptr) {
    return false;
  }
  const TimePoint quiet_until = std::min(owner_.setting_.dialer.now() + quiet_time, owner_.ends_);
  while (open() && owner_.setting_.dialer.now() < quiet_until) {
    const Arrival arrival = wire_->receive(quiet_until);
    if (arrival.kind == Arrival::Kind::nothing) {
      break;
    }
    take(arrival);
  }
  return true;
}

void Connection::send_ping(const std::string& payload) {
  owner_.note(Entry::Kind::sent_raw, ordinal_, "ping " + protocol::printable(payload));
  if (open()) {
    wire_->ping(payload);
  }
}

bool Connection::ping(const std::string& payload) {
  const auto before = static_cast<std::ptrdiff_t>(pongs_.size());
  send_ping(payload);
  std::string gave_up;
  return until([&] { return std::find(pongs_.begin() + before, pongs_.end(), payload) != pongs_.end(); },
               owner_.profile().answer_within, gave_up);
}

Connection::Ended Connection::close(std::uint16_t code, std::string reason) {
  owner_.note(Entry::Kind::sent_raw, ordinal_, "Close " + std::to_string(code) + (reason.empty() ? "" : " (" + reason + ")"));
  if (!open()) {
    return {false, 0, why_};
  }
  wire_->close(code, std::move(reason));
  std::string gave_up;
  until([] { return false; }, owner_.profile().answer_within, gave_up);
  return {clean_end_, close_code_, gave_up};
}

bool Connection::stay(Duration time) {
  const TimePoint end = owner_.setting_.dialer.now() + time;
  std::string gave_up;
  return until([&] { return owner_.setting_.dialer.now() >= end; }, time + owner_.profile().answer_within, gave_up, end);
}

bool Connection::until(const std::function<bool()>& done, Duration patience, std::string& gave_up, TimePoint wake) {
  const TimePoint began = owner_.setting_.dialer.now();
  TimePoint last = began;
  cut_short_ = false;
  while (!done()) {
    const TimePoint now = owner_.setting_.dialer.now();
    const TimePoint listen_until = owner_.wait_until(std::min({last + patience, owner_.ends_, wake}));
    if (!open()) {
      gave_up = why_;
      return false;
    }
    if (now >= owner_.ends_ || now >= last + patience) {
      cut_short_ = now >= owner_.ends_ && now < began + patience;
      gave_up = now >= owner_.ends_ ? "no end within the " + in_seconds(owner_.ends_ - owner_.began_) + " of this case"
                                    : "nothing for " + in_seconds(patience);
      owner_.note(Entry::Kind::gave_up, ordinal_, gave_up);
      return false;
    }
    const Arrival arrival = wire_->receive(listen_until);
    if (arrival.kind != Arrival::Kind::nothing) {
      take(arrival);
      last = owner_.setting_.dialer.now();
    }
  }
  return true;
}

void Connection::take(const Arrival& arrival) {
  if (arrival.kind == Arrival::Kind::text) {
    owner_.note(Entry::Kind::received, ordinal_, arrival.bytes);
    if (const auto token = issued_token(arrival.bytes)) {
      owner_.keep_secret(*token);
    }
    correlation_.text(arrival.bytes, owner_.elapsed());
  } else if (arrival.kind == Arrival::Kind::binary) {
    owner_.note(Entry::Kind::noticed, ordinal_, "binary message of " + std::to_string(arrival.bytes.size()) + " bytes");
    correlation_.binary(arrival.bytes.size());
  } else if (arrival.kind == Arrival::Kind::pong) {
    owner_.note(Entry::Kind::noticed, ordinal_, "pong " + protocol::printable(arrival.bytes));
    pongs_.push_back(arrival.bytes);
  } else if (arrival.kind == Arrival::Kind::closed) {
    clean_end_ = arrival.clean;
    close_code_ = arrival.close_code;
    why_ = describe_end(arrival);
    owner_.note(Entry::Kind::noticed, ordinal_, why_);
    wire_.reset();
  }
  if (open() && owner_.flooded(arrival.bytes.size())) {
    why_ = "more came than this case reads, and the connection was dropped";
    owner_.note(Entry::Kind::gave_up, ordinal_, why_);
    wire_.reset();
  }
}

}  // namespace procedura::conformance
