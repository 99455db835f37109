#pragma once

#include "measure/sparse_histogram.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The counts in HdrHistogram's V2 encoding: in the order of the buckets, up to the last that is not empty, zigzagged numbers
/// of 7 bits to the byte (the ninth byte has 8); a negative one is so many empty buckets.
namespace procedura::bench::hdr {

inline constexpr std::size_t most_counts = Histogram::index_of(Histogram::highest_trackable) + 1;
inline constexpr std::size_t longest_number = 9;

/// Byte for byte what Java's HdrHistogram writes of the same counts.
std::string encode_counts(std::span<const SparseHistogram::Bucket> buckets);

/// Appends what `bytes` count to `buckets`. Returns why they cannot be read, or nullptr; `buckets` is then good for nothing.
const char* decode_counts(std::string_view bytes, std::vector<SparseHistogram::Bucket>& buckets);

}  // namespace procedura::bench::hdr
