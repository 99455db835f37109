#include "hdr/codec.hpp"

#include "hdr/counts.hpp"

#include <procedura/protocol/credential.hpp>

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <vector>
#include <zlib.h>

namespace procedura::bench {
namespace {

using Bucket = SparseHistogram::Bucket;

// The second nibble is the width of a count, which V2 no longer has: written as 1, and not looked at.
constexpr std::uint32_t plain_cookie = 0x1c84'9303;
constexpr std::uint32_t packed_cookie = 0x1c84'9304;
constexpr std::uint32_t cookie_width = 0xf0;
constexpr std::uint32_t width_of_v2 = 0x10;

constexpr std::size_t header_size = 40;
constexpr std::size_t most_unpacked = header_size + hdr::most_counts * hdr::longest_number;
// Base64 of it, and room for a packing that made it longer.
constexpr std::size_t longest_text = most_unpacked * 2;

// --- writing ----------------------------------------------------------------------------------------------------------------

template <class Unsigned>
void append(std::string& out, Unsigned value) {
  for (int shift = std::numeric_limits<Unsigned>::digits - 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(static_cast<unsigned char>(value >> shift));
  }
}

std::string plain(std::span<const Bucket> buckets) {
  const std::string counts = hdr::encode_counts(buckets);
  std::string out;
  append(out, plain_cookie | width_of_v2);
  append(out, static_cast<std::uint32_t>(counts.size()));
  append(out, std::uint32_t{0});  // offset of the first bucket, which only a histogram that was shifted has
  append(out, static_cast<std::uint32_t>(Histogram::significant_digits));
  append(out, std::uint64_t{1});  // the lowest value that is told from 0
  append(out, static_cast<std::uint64_t>(Histogram::highest_trackable));
  append(out, std::bit_cast<std::uint64_t>(1.0));  // of counts to values
  return out + counts;
}

std::string packed(std::span<const Bucket> buckets) {
  const std::string unpacked = plain(buckets);
  uLongf size = compressBound(unpacked.size());
  std::string stream(size, '\0');
  const int outcome = compress(reinterpret_cast<Bytef*>(stream.data()), &size, reinterpret_cast<const Bytef*>(unpacked.data()),
                               unpacked.size());
  if (outcome != Z_OK) throw std::bad_alloc{};  // there is room for the worst case: nothing else can be wrong
  stream.resize(size);
  std::string out;
  append(out, packed_cookie | width_of_v2);
  append(out, static_cast<std::uint32_t>(size));
  return out + stream;
}

// --- reading ----------------------------------------------------------------------------------------------------------------

/// Takes numbers from the front of bytes. What is not there reads as 0; `size` is asked first.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_{bytes} {}

  template <class Unsigned>
  Unsigned take() {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned) && !bytes_.empty(); ++i) {
      value = static_cast<Unsigned>((value << 8U) | static_cast<unsigned char>(bytes_.front()));
      bytes_.remove_prefix(1);
    }
    return value;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

using Buckets = std::variant<std::vector<Bucket>, HdrError>;

Buckets read_plain(std::string_view bytes) {
  if (bytes.size() < header_size) return HdrError{"is shorter than the header of a histogram"};
  Bytes in{bytes};
  if ((in.take<std::uint32_t>() & ~cookie_width) != plain_cookie)
    return HdrError{"is no histogram in HdrHistogram's V2 encoding"};
  const auto length = in.take<std::uint32_t>();
  const auto offset = in.take<std::uint32_t>();
  const auto digits = in.take<std::uint32_t>();
  const auto lowest = in.take<std::uint64_t>();
  in.take<std::uint64_t>();  // the highest: what matters is whether a count lies beyond ours
  const auto ratio = in.take<std::uint64_t>();
  if (digits != Histogram::significant_digits || lowest != 1) {
    return HdrError{
        fmt::format("has {} significant digits and a lowest value of {}; only 3 and 1 can be read", digits, lowest)};
  }
  // hdr-histogram-js writes the integer 1 for both, and means an offset of 0 and a ratio of 1.0.
  if (offset > 1) return HdrError{"has been shifted, and cannot be read"};
  if (ratio != 1 && ratio != std::bit_cast<std::uint64_t>(1.0))
    return HdrError{"is one of floating-point values, and cannot be read"};
  if (length != in.rest().size()) {
    return HdrError{fmt::format("has {} bytes of counts where its header says {}", in.rest().size(), length)};
  }
  std::vector<Bucket> buckets;
  if (const char* fault = hdr::decode_counts(in.rest(), buckets)) return HdrError{fault};
  return buckets;
}

Buckets read_packed(std::string_view bytes) {
  Bytes in{bytes};
  in.take<std::uint32_t>();
  const auto length = in.take<std::uint32_t>();
  if (length != in.rest().size()) {
    return HdrError{fmt::format("has {} packed bytes where its header says {}", in.rest().size(), length)};
  }
  // A report has thousands of histograms that are a page, and none may be more than the most: two sizes are enough.
  for (const std::size_t room : {std::size_t{4096}, most_unpacked}) {
    std::string unpacked(room, '\0');
    uLongf size = room;
    uLong used = length;
    const int outcome =
        uncompress2(reinterpret_cast<Bytef*>(unpacked.data()), &size, reinterpret_cast<const Bytef*>(in.rest().data()), &used);
    if (outcome == Z_BUF_ERROR) continue;
    if (outcome != Z_OK || used != length) break;
    unpacked.resize(size);
    return read_plain(unpacked);
  }
  return HdrError{"does not unpack to a histogram: damaged, cut short or far too long"};
}

Buckets read(std::string_view text) {
  if (text.size() > longest_text) return HdrError{"is longer than any histogram"};
  const auto bytes = protocol::decode_base64(text);
  if (!bytes) return HdrError{"is no base64"};
  const bool is_packed = (Bytes{*bytes}.take<std::uint32_t>() & ~cookie_width) == packed_cookie;
  return is_packed ? read_packed(*bytes) : read_plain(*bytes);
}

}  // namespace

std::string encode_hdr(const SparseHistogram& histogram) {
  return protocol::encode_base64(packed(histogram.buckets()));
}

std::string encode_hdr(const Histogram& histogram) {
  std::vector<Bucket> buckets;
  const auto counts = histogram.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) buckets.push_back({static_cast<std::uint32_t>(i), counts[i]});
  }
  return protocol::encode_base64(packed(buckets));
}

std::variant<Histogram, HdrError> decode_hdr(std::string_view text) {
  auto buckets = read(text);
  if (auto* error = std::get_if<HdrError>(&buckets)) return std::move(*error);
  Histogram histogram;
  for (const Bucket& bucket : std::get<std::vector<Bucket>>(buckets)) histogram.add(bucket.index, bucket.count);
  return histogram;
}

std::variant<SparseHistogram, HdrError> decode_sparse_hdr(std::string_view text) {
  auto buckets = read(text);
  if (auto* error = std::get_if<HdrError>(&buckets)) return std::move(*error);
  return SparseHistogram{std::get<std::vector<Bucket>>(std::move(buckets))};
}

}  // namespace procedura::bench
