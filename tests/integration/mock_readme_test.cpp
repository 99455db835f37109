// Compiles the C++ examples of mockserver/docs/cpp.md and mockserver/README.md. Those with a TEST in them run by themselves;
// this runs the others.

#include "mock_readme_examples.inc"

#include <gtest/gtest.h>

#include <string>

std::string agent_url;  // no example here speaks of a documented address
std::string tls_agent_url;

class MockReadme : public ::testing::TestWithParam<Example> {};

TEST_P(MockReadme, ExampleRuns) {
  EXPECT_NO_THROW(GetParam().run());
}

INSTANTIATE_TEST_SUITE_P(Page, MockReadme, ::testing::ValuesIn(examples),
                         [](const auto& example) { return std::string{example.param.name}; });
