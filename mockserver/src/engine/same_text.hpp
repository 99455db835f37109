#pragma once

#include <string_view>

namespace procedura::mock::engine {

/// Compares a secret with what was offered for it. Looks at every byte of what was offered, whatever the outcome.
inline bool same_text(std::string_view offered, std::string_view expected) noexcept {
  unsigned difference = offered.size() == expected.size() ? 0U : 1U;
  for (std::size_t i = 0; i < offered.size(); ++i) {
    const char other = expected.empty() ? '\0' : expected[i % expected.size()];
    difference |= static_cast<unsigned>(static_cast<unsigned char>(offered[i]) ^ static_cast<unsigned char>(other));
  }
  return difference == 0;
}

}  // namespace procedura::mock::engine
