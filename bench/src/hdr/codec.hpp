#pragma once

#include "measure/histogram.hpp"
#include "measure/sparse_histogram.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace procedura::bench {

/// Why bytes are no histogram: one line.
struct HdrError {
  std::string message;
};

/// HdrHistogram's V2 encoding, compressed with zlib, in base64: what a line of an `.hlog` holds, and what other tools read and
/// write. The same counts give the same text, whatever they were merged from. It holds the counts alone: how many samples were
/// clamped, and min and max closer than their buckets, are to be kept beside it.
std::string encode_hdr(const Histogram& histogram);
std::string encode_hdr(const SparseHistogram& histogram);

/// Reads what `encode_hdr` or another tool wrote: V2, compressed or not, of the same layout (lowest 1, three digits), with no
/// value over our highest. The text is hostile: its size is bounded, what it unpacks to as well, and nothing is thrown.
std::variant<Histogram, HdrError> decode_hdr(std::string_view text);
std::variant<SparseHistogram, HdrError> decode_sparse_hdr(std::string_view text);

}  // namespace procedura::bench
