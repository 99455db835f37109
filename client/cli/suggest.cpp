#include "suggest.hpp"

#include <procedura/protocol/nearest_word.hpp>

namespace procedura::cli {

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates, std::string_view prefix) {
  const std::string_view found = protocol::nearest_word(word, candidates);
  if (found.empty()) return {};
  return "; did you mean '" + std::string{prefix} + std::string{found} + "'?";
}

}  // namespace procedura::cli
