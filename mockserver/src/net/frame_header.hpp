#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace procedura::mock::net {

/// What a frame is (RFC 6455 section 5.2).
enum class Opcode : std::uint8_t { continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

constexpr unsigned char final_frame = 0x80;

/// Appends the header of an unmasked frame, as a server sends it. Beast can only write one message at a time, each in a write
/// of its own; the answers of one step, and of all that came in one segment, leave together.
inline void append_header(std::string& out, Opcode opcode, bool final, std::size_t payload) {
  out += static_cast<char>(static_cast<unsigned char>(opcode) | (final ? final_frame : 0U));
  int length_bytes = 0;
  if (payload < 126) {
    out += static_cast<char>(payload);
  } else if (payload <= 0xFFFF) {
    out += static_cast<char>(126);
    length_bytes = 2;
  } else {
    out += static_cast<char>(127);
    length_bytes = 8;
  }
  for (int shift = 8 * (length_bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>((static_cast<std::uint64_t>(payload) >> static_cast<unsigned>(shift)) & 0xFFU);
  }
}

/// A whole message in one frame.
inline void append_message(std::string& out, Opcode opcode, std::string_view payload) {
  append_header(out, opcode, true, payload.size());
  out += payload;
}

/// A message in fragments of at most `most` bytes (at least 1).
inline void append_fragments(std::string& out, Opcode opcode, std::string_view payload, std::size_t most) {
  do {
    const auto part = payload.substr(0, most);
    payload.remove_prefix(part.size());
    append_header(out, opcode, payload.empty(), part.size());
    out += part;
    opcode = Opcode::continuation;
  } while (!payload.empty());
}

/// The longest reason that fits into a Close frame.
constexpr std::size_t max_close_reason = 123;

/// A Close frame; `code` 0: an empty one. What a reason is too long by is cut off, between two characters.
inline void append_close(std::string& out, std::uint16_t code, std::string_view reason = {}) {
  if (code == 0) return append_header(out, Opcode::close, true, 0);
  if (reason.size() > max_close_reason) {
    std::size_t end = max_close_reason;
    while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0U) == 0x80U) --end;
    reason = reason.substr(0, end);
  }
  append_header(out, Opcode::close, true, 2 + reason.size());
  out += static_cast<char>(code >> 8U);
  out += static_cast<char>(code & 0xFFU);
  out += reason;
}

}  // namespace procedura::mock::net
