#include <procedura/conformance/tap/frame.hpp>

namespace procedura::conformance::tap {
namespace {

Frame made(Opcode opcode, std::string payload) {
  Frame frame;
  frame.opcode = opcode;
  frame.payload = std::move(payload);
  frame.length = frame.payload.size();
  return frame;
}

void append_number(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned shift = bytes * 8; shift > 0; shift -= 8) {
    out += static_cast<char>((value >> (shift - 8)) & 0xffU);
  }
}

}  // namespace

Frame Frame::text(std::string message) {
  return made(Opcode::text, std::move(message));
}

Frame Frame::binary(std::string message) {
  return made(Opcode::binary, std::move(message));
}

Frame Frame::ping(std::string payload) {
  return made(Opcode::ping, std::move(payload));
}

Frame Frame::pong(std::string payload) {
  return made(Opcode::pong, std::move(payload));
}

Frame Frame::close(std::uint16_t code, std::string_view reason) {
  std::string payload;
  append_number(payload, code, 2);
  payload += reason;
  return made(Opcode::close, std::move(payload));
}

std::uint16_t Frame::close_code() const {
  if (opcode != Opcode::close || payload.size() < 2) {
    return 0;
  }
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8U | static_cast<unsigned char>(payload[1]));
}

std::string render(const Frame& frame) {
  constexpr unsigned short_most = 125;
  constexpr unsigned medium_most = 0xffff;
  const std::size_t size = frame.payload.size();
  const unsigned masked = frame.mask ? 0x80U : 0U;
  std::string out;
  out.reserve(size + 14);
  out += static_cast<char>((frame.fin ? 0x80U : 0U) | (frame.rsv & 7U) << 4U | (static_cast<unsigned>(frame.opcode) & 0xfU));
  if (size <= short_most) {
    out += static_cast<char>(masked | size);
  } else if (size <= medium_most) {
    out += static_cast<char>(masked | 126U);
    append_number(out, size, 2);
  } else {
    out += static_cast<char>(masked | 127U);
    append_number(out, size, 8);
  }
  if (!frame.mask) {
    return out + frame.payload;
  }
  for (const unsigned char byte : *frame.mask) {
    out += static_cast<char>(byte);
  }
  for (std::size_t i = 0; i < size; ++i) {
    out += static_cast<char>(static_cast<unsigned char>(frame.payload[i]) ^ (*frame.mask)[i % 4]);
  }
  return out;
}

std::string_view to_string(Opcode opcode) noexcept {
  switch (opcode) {
    case Opcode::continuation:
      return "continuation";
    case Opcode::text:
      return "text";
    case Opcode::binary:
      return "binary";
    case Opcode::close:
      return "close";
    case Opcode::ping:
      return "ping";
    case Opcode::pong:
      return "pong";
  }
  return "reserved";
}

}  // namespace procedura::conformance::tap
