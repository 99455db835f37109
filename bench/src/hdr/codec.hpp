#pragma once

#include "measure/histogram.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace procedura::bench {

/// Why bytes are no histogram: one line.
struct HdrError {
  std::string message;
};

/// HdrHistogram's V2 encoding, compressed with zlib, in base64: what a line of an `.hlog` holds, and what other tools read and
/// write. The same counts give the same text, whatever they were merged from.
std::string encode_hdr(const Histogram& histogram);

/// Reads what `encode_hdr` or another tool wrote: V2, compressed or not, of the same layout (lowest 1, three digits) and any
/// range up to ours. The text is hostile: its size is bounded, what it unpacks to as well, and it never throws.
std::variant<Histogram, HdrError> decode_hdr(std::string_view text);

}  // namespace procedura::bench
