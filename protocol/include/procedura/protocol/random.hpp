#pragma once

#include <cstdint>

namespace procedura::protocol {

/// SplitMix64's finalizer: a good hash of 64 bits. The base of all counter-based draws: value = mix(seed, what it is for).
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

/// A hash of both: what is drawn of a seed and a counter.
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  return mix(mix(a) ^ b);
}

/// In [0, 1), from the upper 53 bits.
constexpr double unit(std::uint64_t draw) noexcept {
  return static_cast<double>(draw >> 11U) * 0x1.0p-53;
}

}  // namespace procedura::protocol
