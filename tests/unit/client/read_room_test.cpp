#include "read_room.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <gtest/gtest.h>

namespace procedura {
namespace {

struct Reading {
  std::size_t growths = 0;
  std::size_t reads = 0;
  std::size_t capacity = 0;
};

/// Reads a message of `size` bytes whose pieces come with at most `piece` bytes each, as over TLS.
Reading read(std::size_t size, std::size_t piece) {
  boost::beast::flat_buffer buffer;
  Reading done;
  while (buffer.size() < size) {
    const std::size_t before = buffer.capacity();
    const auto room = buffer.prepare(read_room(buffer.size(), buffer.capacity()));
    buffer.commit(std::min({room.size(), piece, size - buffer.size()}));
    done.growths += buffer.capacity() != before ? 1U : 0U;
    done.reads += 1;
  }
  done.capacity = buffer.capacity();
  return done;
}

TEST(ReadRoom, grows_seldom_however_small_the_pieces_are) {
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{1} << 14U, std::size_t{1} << 16U}) {
    const Reading done = read(std::size_t{8} << 20U, piece);
    EXPECT_LE(done.growths, 16U) << piece;
    EXPECT_LE(done.capacity, std::size_t{32} << 20U) << piece;
  }
}

TEST(ReadRoom, is_small_for_small_messages) {
  EXPECT_EQ(read(180, 180).capacity, 1536U);
}

TEST(ReadRoom, lets_big_pieces_be_read_as_they_come) {
  EXPECT_LE(read(std::size_t{8} << 20U, std::size_t{8} << 20U).reads, 12U);
}

TEST(ReadRoom, uses_what_a_buffer_has_from_an_earlier_message) {
  EXPECT_EQ(read_room(0, 5000), 5000U);
}

}  // namespace
}  // namespace procedura
