#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/json_text.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace procedura::protocol {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto make_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr auto values = make_values();

std::optional<Credential> split(std::string_view plain) {
  const std::size_t colon = plain.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_utf8(plain)) return std::nullopt;
  return Credential{std::string{plain.substr(0, colon)}, std::string{plain.substr(colon + 1)}};
}

}  // namespace

std::optional<Credential> parse_credential(std::string_view text) {
  constexpr std::string_view prefix = "b64:";
  const bool prefixed = text.substr(0, prefix.size()) == prefix;
  if (!prefixed && text.find(':') != std::string_view::npos) return split(text);
  const auto plain = decode_base64(prefixed ? text.substr(prefix.size()) : text);
  return plain ? split(*plain) : std::nullopt;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 == 0) {
    // Padding belongs to a full group only, and at its end.
    if (text.substr(text.size() - std::min<std::size_t>(text.size(), 2)) == "==") {
      text.remove_suffix(2);
    } else if (!text.empty() && text.back() == '=') {
      text.remove_suffix(1);
    }
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::int8_t value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(static_cast<unsigned char>(bits >> held));
    }
  }
  // What is left over must be zero, or two texts would mean the same bytes.
  if ((bits & ((1U << held) - 1U)) != 0) return std::nullopt;
  return out;
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
      return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U;
    };
    const std::uint32_t group = (byte(0) << 16U) | (byte(1) << 8U) | byte(2);
    out += alphabet[group >> 18U];
    out += alphabet[(group >> 12U) & 0x3FU];
    out += at + 1 < bytes.size() ? alphabet[(group >> 6U) & 0x3FU] : '=';
    out += at + 2 < bytes.size() ? alphabet[group & 0x3FU] : '=';
  }
  return out;
}

}  // namespace procedura::protocol
