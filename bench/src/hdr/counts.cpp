#include "hdr/counts.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace procedura::bench::hdr {
namespace {

void append_number(std::string& out, std::int64_t number) {
  auto left = (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63);
  for (std::size_t i = 1; i < longest_number && left >= 0x80; ++i) {
    out += static_cast<char>(static_cast<unsigned char>(left | 0x80U));
    left >>= 7U;
  }
  out += static_cast<char>(static_cast<unsigned char>(left));
}

std::optional<std::int64_t> take_number(std::string_view& bytes) {
  std::uint64_t zigzag = 0;
  for (std::size_t i = 0; i < longest_number; ++i) {
    if (bytes.empty()) return std::nullopt;
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    const bool last = i + 1 == longest_number;
    zigzag |= std::uint64_t{last ? byte : byte & 0x7fU} << (7 * i);
    if (last || byte < 0x80) break;
  }
  return static_cast<std::int64_t>(zigzag >> 1U) ^ -static_cast<std::int64_t>(zigzag & 1U);
}

void append_empty(std::string& out, std::size_t run) {
  if (run > 0) append_number(out, run == 1 ? 0 : -static_cast<std::int64_t>(run));
}

}  // namespace

std::string encode_counts(std::span<const SparseHistogram::Bucket> buckets) {
  std::string out;
  if (buckets.empty()) append_empty(out, 1);  // the bucket of 0 is always written
  std::size_t at = 0;
  for (const auto& bucket : buckets) {
    append_empty(out, bucket.index - at);
    append_number(out, static_cast<std::int64_t>(bucket.count));
    at = bucket.index + 1;
  }
  return out;
}

const char* decode_counts(std::string_view bytes, std::vector<SparseHistogram::Bucket>& buckets) {
  constexpr auto most_samples = std::numeric_limits<std::int64_t>::max();
  std::uint64_t index = 0;
  std::int64_t samples = 0;
  while (!bytes.empty()) {
    const auto number = take_number(bytes);
    if (!number) return "ends within a count";
    if (*number <= 0) {
      // A run may be as long as it likes: past the last bucket, only counts are wrong.
      const std::uint64_t run = *number == 0 ? 1 : std::uint64_t{0} - static_cast<std::uint64_t>(*number);
      index = std::min<std::uint64_t>(most_counts, index + run);
      continue;
    }
    if (index >= most_counts) return "holds values of more than an hour";
    if (*number > most_samples - samples) return "counts more samples than can be";
    samples += *number;
    buckets.push_back({static_cast<std::uint32_t>(index), static_cast<std::uint64_t>(*number)});
    ++index;
  }
  return nullptr;
}

}  // namespace procedura::bench::hdr
