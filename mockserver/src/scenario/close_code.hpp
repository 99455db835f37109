#pragma once

#include <cstdint>
#include <string_view>

namespace procedura::mock {

/// RFC 6455 section 7.4: whether it stands in a Close frame of an endpoint that keeps the rules.
constexpr bool may_be_sent(std::uint64_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/// Those, in words.
inline constexpr std::string_view close_codes = "1000 to 1003, 1007 to 1014, 3000 to 4999";

}  // namespace procedura::mock
