#include <procedura/protocol/nearest_word.hpp>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace procedura::protocol {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Optimal string alignment, three rows of the table at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view written, std::span<const std::string_view> possible) {
  constexpr std::size_t longest = 64;
  if (written.empty() || written.size() > longest) return {};
  std::string_view best;
  std::size_t fewest = std::max<std::size_t>(1, (written.size() + 1) / 3) + 1;
  for (const std::string_view word : possible) {
    if (const std::size_t edits = distance(written, word); edits < fewest) {
      best = word;
      fewest = edits;
    }
  }
  return best;
}

}  // namespace procedura::protocol
