#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace procedura::conformance {

/// Something a case needs from the profile. Without it the case is N/A.
enum class Need : std::uint8_t { quick, slow, streaming, failing, echo, protected_module, credential };

std::string_view to_string(Need need) noexcept;  ///< the profile's own words: "modules.quick", "credentials"

/// What decides which checks apply to a subject: what it has, and which of our own clauses it claims to keep.
struct Offering {
  std::set<Need> needs;
  std::set<std::string, std::less<>> declares;

  bool has(Need need) const { return needs.contains(need); }
  bool declared(std::string_view clause) const { return declares.contains(clause); }
};

}  // namespace procedura::conformance
