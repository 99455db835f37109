#include "engine/cursor.hpp"

#include <gtest/gtest.h>

namespace procedura::mock::engine {
namespace {

Step numbered(std::uint32_t ordinal) {
  Step made;
  made.action = step::Ack{};
  made.ordinal = ordinal;
  return made;
}

Step repeat(Steps steps) {
  Step made;
  step::Repeat loop;
  loop.steps = std::move(steps);
  made.action = std::move(loop);
  return made;
}

// Ordinals of the steps as they are done, and the iterations around each.
std::string walk(const Steps& steps, std::vector<std::uint64_t> counts) {
  std::string path;
  std::size_t repeats = 0;
  for (Cursor cursor{steps}; const Step* at = cursor.step();) {
    if (const auto* loop = std::get_if<step::Repeat>(&at->action)) {
      cursor.enter(loop->steps, counts[repeats++ % counts.size()]);
      continue;
    }
    path += std::to_string(at->ordinal);
    for (const auto iteration : cursor.iterations()) path += "." + std::to_string(iteration);
    path += ' ';
    cursor.next();
  }
  return path;
}

TEST(Cursor, WalksListsAndRepeats) {
  EXPECT_EQ(walk({}, {1}), "");
  EXPECT_EQ(walk({numbered(0), numbered(1)}, {1}), "0 1 ");
  EXPECT_EQ(walk({numbered(0), repeat({numbered(1), numbered(2)}), numbered(3)}, {2}), "0 1.0 2.0 1.1 2.1 3 ");
  EXPECT_EQ(walk({repeat({numbered(1)})}, {3}), "1.0 1.1 1.2 ");
  EXPECT_EQ(walk({repeat({numbered(1)}), numbered(2)}, {0}), "2 ");
  EXPECT_EQ(walk({repeat({})}, {5}), "");
  EXPECT_EQ(walk({repeat({numbered(1)})}, {0}), "");
  EXPECT_EQ(walk({repeat({numbered(1), repeat({numbered(2)})}), numbered(3)}, {2, 2, 2}), "1.0 2.0.0 2.0.1 1.1 2.1.0 2.1.1 3 ");
  EXPECT_EQ(walk({repeat({repeat({numbered(1)})}), numbered(2)}, {3, 0, 1, 0}), "1.1.0 2 ") << "a repeat of nothing within one";
}

}  // namespace
}  // namespace procedura::mock::engine
