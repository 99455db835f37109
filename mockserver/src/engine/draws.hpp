#pragma once

#include <procedura/protocol/random.hpp>

#include <cstdint>
#include <string_view>

/// Everything random is drawn by what it is for, never by when: a value is a hash of the seed, the partition, the connection's
/// ordinal, the stub, the how-manieth run of it this is on its connection, the step and its iterations. So concurrency changes
/// none of them.
namespace procedura::mock::engine {

/// FNV-1a: a name as a number, the same on every machine.
constexpr std::uint64_t hash_name(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// The base of the draws of one run of a stub, or of whatever else has a name.
constexpr std::uint64_t instance_draw(std::uint64_t seed, std::string_view partition, std::uint64_t connection,
                                      std::string_view stub, std::uint64_t ordinal_on_connection) noexcept {
  std::uint64_t draw = protocol::mix(seed, hash_name(partition));
  draw = protocol::mix(draw, connection);
  draw = protocol::mix(draw, hash_name(stub));
  return protocol::mix(draw, ordinal_on_connection);
}

/// A further draw beside `draw`, for another purpose.
constexpr std::uint64_t draw_for(std::uint64_t draw, std::string_view purpose) noexcept {
  return protocol::mix(draw, hash_name(purpose));
}

}  // namespace procedura::mock::engine
