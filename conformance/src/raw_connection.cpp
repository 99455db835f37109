#include <procedura/conformance/case.hpp>
#include <procedura/conformance/raw_connection.hpp>

#include <cctype>

namespace procedura::conformance {
namespace {

constexpr unsigned char opcode_bits = 0x0f;
constexpr unsigned char close_opcode = 0x08;
constexpr std::size_t most_head = std::size_t{64} * 1024;
// A key of zeros masks nothing, and is a key like any other (RFC 6455, 5.3, asks for an unpredictable one for the sake of
// proxies, of which there are none here).
constexpr std::string_view zero_key{"\0\0\0\0", 4};

std::string_view depth_in_words(Depth depth) {
  return depth == Depth::old_tls     ? "a connection with TLS 1.1"
         : depth == Depth::below_tls ? "a TCP connection"
                                     : "a raw connection";
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) {
    value = (value << 8U) | static_cast<unsigned char>(byte);
  }
  return value;
}

}  // namespace

std::uint16_t RawFrame::close_code() const {
  return (first & opcode_bits) == close_opcode && payload.size() >= 2
             ? static_cast<std::uint16_t>(big_endian(std::string_view{payload}.substr(0, 2)))
             : std::uint16_t{0};
}

RawConnection::RawConnection(Case& owner, unsigned ordinal, Depth depth) : owner_{owner}, ordinal_{ordinal} {
  owner_.note(Entry::Kind::dialed, ordinal_, std::string{depth_in_words(depth)});
  RawDialed dialed = owner_.setting_.dialer.dial_raw(depth, owner_.patience_ends());
  wire_ = std::move(dialed.wire);
  why_ = std::move(dialed.detail);
  tls_ = std::move(dialed.tls);
  owner_.note(wire_ ? Entry::Kind::opened : Entry::Kind::refused, ordinal_,
              !wire_ ? why_
              : tls_ ? "connected, " + tls_->version
                     : "connected");
  if (!wire_) {
    owner_.wait_until(TimePoint::max());  // what the end of the run cut short says nothing of the agent
  }
}

void RawConnection::write(std::string bytes, std::string_view what) {
  owner_.note(Entry::Kind::sent_raw, ordinal_, std::string{what});
  if (open()) {
    wire_->write(std::move(bytes));
  }
}

std::vector<std::pair<std::string, std::string>> RawConnection::headers() const {
  return {{"Host", owner_.address().authority},
          {"Connection", "Upgrade"},
          {"Upgrade", "websocket"},
          {"Sec-WebSocket-Version", "13"},
          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
}

unsigned RawConnection::ask(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string request = "GET " + owner_.address().target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers) {
    request.append(name).append(": ").append(value).append("\r\n");
  }
  request += "\r\n";
  write(request, request);
  const TimePoint until = owner_.patience_ends();
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos && buffer_.size() < most_head && fill(until)) {
  }
  const std::string head = buffer_.substr(0, end);
  answer_ = head;
  owner_.note(Entry::Kind::noticed, ordinal_, head.empty() ? "no answer" : head);
  if (end == std::string::npos || head.rfind("HTTP/1.", 0) != 0 || head.size() < 12) {
    return 0;
  }
  buffer_.erase(0, end + 4);
  unsigned status = 0;
  for (const char digit : head.substr(9, 3)) {
    if (std::isdigit(static_cast<unsigned char>(digit)) == 0) {
      return 0;
    }
    status = status * 10 + static_cast<unsigned>(digit - '0');
  }
  return status;
}

bool RawConnection::upgrade() {
  return ask(headers()) == 101;
}

void RawConnection::send_frame(unsigned char first, std::string_view payload, bool masked) {
  std::string bytes(1, static_cast<char>(first));
  const unsigned char mask = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    bytes += static_cast<char>(mask | static_cast<unsigned char>(payload.size()));
  } else {
    bytes += static_cast<char>(mask | 126U);
    bytes += static_cast<char>((payload.size() >> 8U) & 0xffU);
    bytes += static_cast<char>(payload.size() & 0xffU);
  }
  bytes.append(masked ? zero_key : std::string_view{}).append(payload);
  write(std::move(bytes),
        (masked ? "frame " : "unmasked frame ") + std::to_string(first) + " with " + std::to_string(payload.size()) + " bytes");
}

std::optional<RawFrame> RawConnection::next_frame() {
  const TimePoint until = owner_.patience_ends();
  for (;;) {
    if (auto frame = take_frame()) {
      return frame;
    }
    if (!fill(until)) {
      return std::nullopt;
    }
  }
}

bool RawConnection::until_ended() {
  const TimePoint until = owner_.patience_ends();
  do {
    while (take_frame()) {
    }
  } while (fill(until));
  return !open();
}

void RawConnection::reset() {
  owner_.note(Entry::Kind::sent_raw, ordinal_, "RST");
  if (wire_) {
    wire_->reset();
  }
}

bool RawConnection::fill(TimePoint until) {
  if (!open()) {
    return false;
  }
  std::string bytes;
  do {
    bytes = wire_->read(owner_.wait_until(until));
  } while (bytes.empty() && open() && owner_.setting_.dialer.now() < until);
  if (!open()) {
    owner_.note(Entry::Kind::noticed, ordinal_, "the connection ended");
  }
  buffer_ += bytes;
  if (owner_.flooded(bytes.size())) {
    owner_.note(Entry::Kind::gave_up, ordinal_, "more came than this case reads, and the connection was dropped");
    wire_->reset();
    return false;
  }
  return !bytes.empty();
}

std::optional<RawFrame> RawConnection::take_frame() {
  const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(buffer_[at]); };
  if (buffer_.size() < 2) {
    return std::nullopt;
  }
  std::uint64_t length = byte(1) & 0x7fU;
  const std::size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
  if (buffer_.size() < 2 + extended) {
    return std::nullopt;
  }
  if (extended != 0) {
    length = big_endian(std::string_view{buffer_}.substr(2, extended));
  }
  if (buffer_.size() - 2 - extended < length) {
    return std::nullopt;
  }
  RawFrame frame{byte(0), buffer_.substr(2 + extended, static_cast<std::size_t>(length))};
  buffer_.erase(0, 2 + extended + static_cast<std::size_t>(length));
  if ((frame.first & opcode_bits) == close_opcode) {
    close_code_ = frame.close_code();
  }
  if (!owner_.flooded(0)) {  // each frame counts: a transcript of millions of empty ones would be our undoing
    owner_.note(Entry::Kind::noticed, ordinal_, "frame " + std::to_string(frame.first) + ": " + frame.payload);
  }
  return frame;
}

}  // namespace procedura::conformance
