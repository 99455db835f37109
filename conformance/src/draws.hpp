#pragma once

#include <procedura/protocol/random.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace procedura::conformance {

inline std::string hex8(std::uint64_t value) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out(8, '0');
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = digits[(value >> (4 * i)) & 0xfU];
  }
  return out;
}

/// The same case with the same seed says the same things, whatever ran before it. FNV-1a: std::hash differs between libraries.
inline std::uint64_t seed_of(std::uint64_t run, std::string_view id) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : id) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return protocol::mix(run, hash);
}

}  // namespace procedura::conformance
