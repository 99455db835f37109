// Compiles the C++ examples of mockserver/docs/cpp.md and mockserver/README.md. Those with a TEST in them run by themselves;
// this runs the others.

#include "mock_readme_examples.inc"

#include <gtest/gtest.h>

#include <iterator>
#include <string>

std::string agent_url;  // no example here speaks of the documented address

TEST(MockReadme, EachExampleRuns) {
  for (const auto example : examples) EXPECT_NO_THROW(example());
  EXPECT_EQ(std::size(examples), 1U);
}
