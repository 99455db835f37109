#include "hdr/codec.hpp"
#include "hdr/counts.hpp"

#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>
#include <zlib.h>

namespace procedura::bench {
namespace {

using std::chrono::hours;
using ::testing::ElementsAreArray;

Histogram of(std::initializer_list<std::int64_t> values) {
  Histogram histogram;
  for (const std::int64_t value : values) histogram.record(Nanos{value});
  return histogram;
}

Histogram decoded(std::string_view text) {
  auto result = decode_hdr(text);
  if (const auto* error = std::get_if<HdrError>(&result)) ADD_FAILURE() << error->message;
  return std::holds_alternative<Histogram>(result) ? std::get<Histogram>(result) : Histogram{};
}

std::string fault(std::string_view text) {
  const auto result = decode_hdr(text);
  const auto sparse = decode_sparse_hdr(text);
  EXPECT_EQ(std::holds_alternative<HdrError>(result), std::holds_alternative<HdrError>(sparse));
  const auto* error = std::get_if<HdrError>(&result);
  return error == nullptr ? "" : error->message;
}

// Written by Java's HdrHistogram 2.1.11 (Debian's libhdrhistogram-java), made with (1, 3600000000000, 3).
constexpr std::string_view java_empty = "HISTFAAAACF4nJNpmSzMwMDAyAABzFAayGd2M9ixgMH+A1QEAFKmBEw=";
constexpr std::string_view java_few = "HISTFAAAADF4nJNpmSzMwMDAzwABzFCaEch0M9ixgMH+A0SAk42BaeM6RqaPeUz33zAyAQCwWgj8";
constexpr std::string_view java_big = "HISTFAAAAC14nJNpmSzMwMAgyQABzFCaEch0M9ixgMH+A1SiobOqroGxAQqYYIwGAEdYD2s=";
constexpr std::string_view java_plain = "HISTEwAAAAsAAAAAAAAAAwAAAAAAAAABAAADRjC4oAA/8AAAAAAAAAkGAAKxrgEC8W4C";
constexpr std::string_view java_shorter_range = "HISTFAAAACN4nJNpmSzMwMDAxAABzFCaEYh5f7hHMNh/gAgEMwEAVgkEdQ==";
constexpr std::string_view java_two_digits = "HISTFAAAACJ4nJNpmSzMwMDAxAABMJoRiHl/uEcw2H+ACAQzAQBV7gR0";
// By hdr-histogram-js 3.0.1, from the values of java_few.
constexpr std::string_view js_few = "HISTFAAAADV4nJNpmSzMwMDAz8DAwMjAwMDMAAGMDAzMbgY7FjDA+JxsDEwb1zEyfcxjuv+GkQkAlk0Hzw==";

const Histogram few = of({5, 5, 5, 7, 1'000'000, 123'456'789, 3'600'000'000'000});

Histogram big() {
  Histogram histogram;
  histogram.add(2, 1'000'000);
  histogram.add(3, 63);
  histogram.add(4, 64);
  histogram.add(5, std::uint64_t{1} << 56U);
  histogram.add(6, std::uint64_t{1} << 62U);  // its zigzagged form has all nine bytes
  return histogram;
}

TEST(HdrCodec, WritesWhatJavaWrites) {
  EXPECT_EQ(encode_hdr(Histogram{}), java_empty);
  EXPECT_EQ(encode_hdr(few), java_few);
  EXPECT_EQ(encode_hdr(big()), java_big);
}

TEST(HdrCodec, ReadsWhatOthersWrite) {
  for (const std::string_view text : {java_few, js_few}) {
    const Histogram histogram = decoded(text);
    EXPECT_THAT(histogram.counts(), ElementsAreArray(few.counts()));
    EXPECT_EQ(histogram.count(), 7U);
    EXPECT_EQ(histogram.min(), Nanos{5});
    EXPECT_EQ(histogram.max(), hours{1});  // its bucket reaches further, ours does not
  }
  EXPECT_EQ(decoded(java_empty).count(), 0U);
  EXPECT_THAT(decoded(java_big).counts(), ElementsAreArray(big().counts()));
  EXPECT_THAT(decoded(java_plain).counts(), ElementsAreArray(of({5, 5, 5, 7, 1'000'000, 123'456'789}).counts()));
  EXPECT_THAT(decoded(java_shorter_range).counts(), ElementsAreArray(of({42}).counts()));
}

TEST(HdrCodec, IsTheSameForASparseHistogram) {
  const auto sparse = std::get<SparseHistogram>(decode_sparse_hdr(java_few));
  EXPECT_EQ(sparse.count(), 7U);
  EXPECT_THAT(sparse.buckets(),
              ElementsAreArray(std::vector<SparseHistogram::Bucket>{{5, 3}, {7, 1}, {11169, 1}, {18267, 1}, {33420, 1}}));
  EXPECT_EQ(encode_hdr(sparse), java_few);
  EXPECT_EQ(encode_hdr(SparseHistogram{}), java_empty);
}

TEST(HdrCodec, GivesBackEveryBucket) {
  Histogram full;
  for (std::size_t i = 0; i < hdr::most_counts; ++i) full.add(i, protocol::mix(i) >> (20 + i % 40));
  EXPECT_THAT(decoded(encode_hdr(full)).counts(), ElementsAreArray(full.counts()));

  // One bucket after another, alone: what stands before it is a run of every length.
  for (std::size_t i = 0; i < hdr::most_counts; i += i < 3000 ? 1 : 997) {
    Histogram one;
    one.add(i, i + 1);
    const Histogram again = decoded(encode_hdr(one));
    ASSERT_EQ(again.counts()[i], i + 1);
    ASSERT_EQ(again.count(), i + 1);
  }
}

TEST(HdrCodec, ShardsOfASampleEncodeToTheSameTextAsTheWhole) {
  for (const std::size_t shards : {2U, 3U, 7U}) {
    Histogram whole;
    std::vector<Histogram> parts(shards);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const Nanos value{static_cast<std::int64_t>(protocol::mix(i) >> (24 + i % 30))};
      whole.record(value);
      parts[i % shards].record(value);
    }
    Histogram merged;
    for (const Histogram& part : parts) merged.merge(decoded(encode_hdr(part)));
    EXPECT_EQ(encode_hdr(merged), encode_hdr(whole)) << shards;
  }
}

// --- what is no histogram
// -----------------------------------------------------------------------------------------------------

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  return out;
}

struct Header {
  std::uint64_t cookie = 0x1c849313;
  std::int64_t length_off = 0;
  std::uint64_t offset = 0;
  std::uint64_t digits = 3;
  std::uint64_t lowest = 1;
  std::uint64_t ratio = 0x3ff0'0000'0000'0000;
};

std::string plain(const std::string& counts, const Header& header = {}) {
  return big_endian(header.cookie, 4) +
         big_endian(static_cast<std::uint64_t>(static_cast<std::int64_t>(counts.size()) + header.length_off), 4) +
         big_endian(header.offset, 4) + big_endian(header.digits, 4) + big_endian(header.lowest, 8) +
         big_endian(3'600'000'000'000, 8) + big_endian(header.ratio, 8) + counts;
}

std::string packed(const std::string& bytes, std::int64_t length_off = 0) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  out.resize(size);
  return big_endian(0x1c849314, 4) + big_endian(static_cast<std::uint64_t>(static_cast<std::int64_t>(size) + length_off), 4) +
         out;
}

std::string text_of(const std::string& bytes) {
  return protocol::encode_base64(bytes);
}

TEST(HdrCodec, SaysWhyATextIsNoHistogram) {
  const std::string one{"\x02"};
  ASSERT_EQ(fault(text_of(plain(one))), "");
  ASSERT_EQ(fault(text_of(packed(plain(one)))), "");

  EXPECT_EQ(fault("%%%%"), "is no base64");
  EXPECT_EQ(fault(std::string(1'000'000, 'A')), "is longer than any histogram");
  for (const std::string_view text : {"", "HIST", "AAAA"}) EXPECT_EQ(fault(text), "is shorter than the header of a histogram");
  EXPECT_EQ(fault(text_of(plain(one, {.cookie = 0x1c849301}))), "is no histogram in HdrHistogram's V2 encoding");
  EXPECT_EQ(fault(text_of(plain(one, {.length_off = 1}))), "has 1 bytes of counts where its header says 2");
  EXPECT_EQ(fault(text_of(plain(one, {.length_off = -2}))), "has 1 bytes of counts where its header says 4294967295");
  EXPECT_EQ(fault(java_two_digits), "has 2 significant digits and a lowest value of 1; only 3 and 1 can be read");
  EXPECT_EQ(fault(text_of(plain(one, {.lowest = 1000}))),
            "has 3 significant digits and a lowest value of 1000; only 3 and 1 can be read");
  EXPECT_EQ(fault(text_of(plain(one, {.offset = 2}))), "has been shifted, and cannot be read");
  EXPECT_EQ(fault(text_of(plain(one, {.ratio = 0}))), "is one of floating-point values, and cannot be read");

  EXPECT_EQ(fault(text_of(packed(plain(one), 1))), "has 34 packed bytes where its header says 35");
  EXPECT_EQ(fault(text_of(packed(plain(one)) + "more")), "has 38 packed bytes where its header says 34");
  EXPECT_EQ(fault(text_of(packed("short"))), "is shorter than the header of a histogram");
  EXPECT_EQ(fault(text_of(packed(packed(plain(one))))), "is no histogram in HdrHistogram's V2 encoding");
  const std::string damaged = "does not unpack to a histogram: damaged, cut short or far too long";
  EXPECT_EQ(fault(text_of(packed(plain(one), 4) + "more")), damaged);
  std::string broken = packed(plain(one));
  broken[20] = static_cast<char>(broken[20] ^ 0x55);
  EXPECT_EQ(fault(text_of(broken)), damaged);
  // A bomb: 100 MB of empty buckets in 100 KB.
  EXPECT_EQ(fault(text_of(packed(plain(std::string(100'000'000, '\0'))))), damaged);
}

TEST(HdrCodec, SaysWhyCountsAreNone) {
  EXPECT_EQ(fault(text_of(plain("\x80"))), "ends within a count");
  EXPECT_EQ(fault(text_of(plain(std::string(8, '\xff')))), "ends within a count");
  const auto run = [](std::size_t length) {
    std::string counts = hdr::encode_counts(std::vector<SparseHistogram::Bucket>{{static_cast<std::uint32_t>(length), 1}});
    counts.pop_back();
    return counts;
  };
  EXPECT_EQ(fault(text_of(plain(run(hdr::most_counts - 1) + "\x02"))), "");
  EXPECT_EQ(fault(text_of(plain(run(hdr::most_counts) + "\x02"))), "holds values of more than an hour");
  EXPECT_EQ(fault(text_of(plain(run(hdr::most_counts)))), "");
  // -2^63, the longest run there is, thrice; no count behind it.
  const std::string longest(9, '\xff');
  EXPECT_EQ(fault(text_of(plain(longest + longest + longest))), "");
  EXPECT_EQ(fault(text_of(plain(longest + longest + "\x02"))), "holds values of more than an hour");
  // 2^63 - 1 samples, and one more.
  const std::string most = "\xfe" + std::string(8, '\xff');
  EXPECT_EQ(decoded(text_of(plain(most))).count(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(fault(text_of(plain(most + "\x02"))), "counts more samples than can be");
}

// Whatever is changed in a text that was good: it is refused, or read as a histogram that encodes and decodes to itself.
void survives(const std::string& bytes) {
  const auto result = decode_hdr(text_of(bytes));
  const auto* histogram = std::get_if<Histogram>(&result);
  if (histogram == nullptr) return;
  const Histogram again = decoded(encode_hdr(*histogram));
  ASSERT_TRUE(std::equal(again.counts().begin(), again.counts().end(), histogram->counts().begin()));
}

TEST(HdrCodec, SurvivesEveryBitFlippedAndEveryCut) {
  for (const std::string_view text : {java_few, java_big, java_plain}) {
    const std::string good = protocol::decode_base64(text).value();
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::string bytes = good;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      survives(bytes);
    }
    for (std::size_t length = 0; length < good.size(); ++length) survives(good.substr(0, length));
  }
}

TEST(HdrCodec, SurvivesChance) {
  const std::string good = protocol::decode_base64(java_plain).value();
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    // Counts of any bytes behind a good header, packed and not; and a good text with a handful of bytes changed.
    std::string counts(protocol::mix(seed, 0) % 64, '\0');
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<char>(protocol::mix(seed, i + 1));
    survives(plain(counts));
    survives(packed(plain(counts)));
    std::string bytes = good;
    for (std::uint64_t i = 0; i <= seed % 5; ++i) {
      bytes[protocol::mix(seed, 100 + i) % bytes.size()] = static_cast<char>(protocol::mix(seed, 200 + i));
    }
    survives(bytes);
  }
}

}  // namespace
}  // namespace procedura::bench
