#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::conformance::tap {

/// RFC 6455, 5.2. Values that the RFC reserves occur, too.
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

using MaskKey = std::array<unsigned char, 4>;

/// One WebSocket frame, unmasked.
struct Frame {
  Opcode opcode = Opcode::text;
  bool fin = true;
  std::uint8_t rsv = 0;           ///< the three reserved bits, as a number from 0 to 7
  std::optional<MaskKey> mask{};  ///< that it was masked with: a client's always is, an agent's never (RFC 6455, 5.1)
  std::string payload;
  std::uint64_t length = 0;  ///< as announced. More than `payload` has, where it was too long to be kept

  static Frame text(std::string message);
  static Frame binary(std::string message);
  static Frame ping(std::string payload);
  static Frame pong(std::string payload);
  static Frame close(std::uint16_t code, std::string_view reason = {});

  bool is_control() const { return (static_cast<unsigned>(opcode) & 8U) != 0; }
  bool is_whole_text() const { return opcode == Opcode::text && fin; }  ///< a message in one piece
  std::uint16_t close_code() const;                                     ///< of a Close; 0: it has none

  friend bool operator==(const Frame&, const Frame&) = default;
};

/// As it goes over the wire: `mask` decides whether it is masked, `payload` how long it is.
std::string render(const Frame& frame);

std::string_view to_string(Opcode opcode) noexcept;  ///< "text", "ping"; "reserved" for what the RFC does not name

}  // namespace procedura::conformance::tap
