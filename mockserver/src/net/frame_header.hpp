#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace procedura::mock::net {

/// Appends the header of a whole, unmasked text message (RFC 6455 section 5.2), as a server sends it. Beast can only write one
/// message at a time, each in a write of its own; the answers of one step, and of all that came in one segment, leave together.
inline void append_text_header(std::string& out, std::size_t payload) {
  constexpr unsigned char fin_text = 0x81;
  out += static_cast<char>(fin_text);
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

}  // namespace procedura::mock::net
