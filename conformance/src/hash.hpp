#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace procedura::conformance {

/// Tells two things apart, the same way in every build (std::hash differs between libraries). FNV-1a: it protects nothing.
class Hash {
 public:
  /// Its length is hashed too: ("ab", "c") is not ("a", "bc").
  Hash& add(std::string_view text);
  std::uint64_t value() const { return value_; }
  std::string hex() const;  ///< 16 digits

 private:
  void byte(unsigned char value) { value_ = (value_ ^ value) * 0x100000001b3U; }
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

/// Of what a JSON document means: neither the order of its members nor white space matters, nor `$schema`, nor the order of
/// the ids in `declares`.
std::string hash_of_document(const nlohmann::json& document);

}  // namespace procedura::conformance
