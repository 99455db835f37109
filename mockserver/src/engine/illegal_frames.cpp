#include "engine/illegal_frames.hpp"

#include <initializer_list>

namespace procedura::mock::engine {
namespace {

// RFC 6455, section 5.2: FIN, RSV1 to RSV3 and the opcode in the first byte; MASK and the length in the second.
constexpr unsigned fin = 0x80;
constexpr unsigned rsv1 = 0x40;
constexpr unsigned mask = 0x80;
constexpr unsigned continuation = 0x0;
constexpr unsigned text = 0x1;
constexpr unsigned reserved = 0x3;
constexpr unsigned close = 0x8;
constexpr unsigned ping = 0x9;
constexpr unsigned length_of_16_bits = 126;
constexpr unsigned length_of_64_bits = 127;

std::string bytes(std::initializer_list<unsigned> values) {
  std::string out;
  for (const unsigned value : values) out += static_cast<char>(static_cast<unsigned char>(value));
  return out;
}

}  // namespace

std::string illegal_frame(fault::Illegal::Kind kind) {
  using Kind = fault::Illegal::Kind;
  switch (kind) {
    case Kind::reserved_opcode:
      return bytes({fin | reserved, 2}) + "{}";
    case Kind::reserved_bits:
      return bytes({fin | rsv1 | text, 2}) + "{}";
    case Kind::masked:
      // Masked with zeros: what is behind the mask can be read, so that only the bit is wrong.
      return bytes({fin | text, mask | 2, 0, 0, 0, 0}) + "{}";
    case Kind::oversize_length:
      return bytes({fin | text, length_of_64_bits, 0x80, 0, 0, 0, 0, 0, 0, 0});
    case Kind::bad_utf8:
      return bytes({fin | text, 4, '"', 0xC3, 0x28, '"'});
    case Kind::fragmented_control:
      return bytes({ping, 0});
    case Kind::long_control:
      return bytes({fin | ping, length_of_16_bits, 0, 126}) + std::string(126, 'x');
    case Kind::lone_continuation:
      return bytes({fin | continuation, 2}) + "{}";
  }
  return {};
}

std::string close_frame(std::uint16_t code) {
  return bytes({fin | close, 2, static_cast<unsigned>(code) >> 8U, code & 0xFFU});
}

}  // namespace procedura::mock::engine
