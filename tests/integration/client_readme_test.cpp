// Runs every example of README.md and client/README.md against the mock with the scenario that the README speaks of.

#include "client_readme_examples.inc"
#include "temporary_folder.hpp"

#include <procedura/mock/mock_agent.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <string>

std::string agent_url;

namespace procedura {
namespace {

TEST(ClientReadme, EachExampleRuns) {
  testing::TemporaryFolder folder;
  ::setenv("PROCEDURA_TOKEN_FILE", (folder.path() / "token").c_str(), 1);
  auto mock = mock::MockAgent::from_files({DEMO_WORLD});
  agent_url = mock.url();
  for (const auto example : examples) EXPECT_NO_THROW(example());
  EXPECT_EQ(std::size(examples), 7U);
}

}  // namespace
}  // namespace procedura
