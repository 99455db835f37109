#include "scenario/stub_index.hpp"
#include "scenario_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using protocol::Mode;
using ::testing::IsEmpty;

const std::string folder = PROCEDURA_SCENARIOS "/";

TEST(ShippedScenarios, AllLoadWithoutAWarning) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (entry.path().extension() != ".json") continue;
    const std::vector<std::string> paths = {entry.path().string()};
    const LoadedScenario loaded = load_scenario_files(paths);
    EXPECT_THAT(testing::messages(loaded), IsEmpty()) << entry.path();
    EXPECT_NE(loaded.scenario, nullptr);
    ++files;
  }
  EXPECT_GE(files, 5U);
}

/// The name of the stub that a request gets in one of our scenarios.
std::string stub_for(const Scenario& scenario, const std::string& cmd, Mode mode, std::vector<std::string> args) {
  const StubIndex index{scenario.stubs};
  const Stub* stub = index.find(receive("i", cmd, mode, std::move(args)));
  return stub == nullptr ? "" : stub->name;
}

TEST(ShippedScenarios, DemoWorldAnswersTheExamplesOfTheDocumentation) {
  const std::vector<std::string> paths = {folder + "demo-world.json", folder + "demo-world.expect.json"};
  const LoadedScenario loaded = load_scenario_files(paths);
  ASSERT_NE(loaded.scenario, nullptr);
  const Scenario& scenario = *loaded.scenario;
  EXPECT_EQ(scenario.settings.name, "demo-world");
  EXPECT_TRUE(scenario.settings.auth.required);
  EXPECT_EQ(scenario.settings.auth.users.front().password, "secret123");
  EXPECT_EQ(scenario.expectations.size(), 5U);
  EXPECT_EQ(stub_for(scenario, "worldstate_snapshot", Mode::sync, {"--terse"}), "snapshot, terse");
  EXPECT_EQ(stub_for(scenario, "worldstate_snapshot", Mode::sync, {}), "snapshot");
  EXPECT_EQ(stub_for(scenario, "place_ooi_sprites", Mode::async, {"--dry-run", "--n", "4", "--radius", "400"}),
            "sprites, rehearsed");
  EXPECT_EQ(stub_for(scenario, "place_ooi_sprites", Mode::async, {"--n=6"}), "sprites");
  EXPECT_EQ(stub_for(scenario, "init_character", Mode::sync, {"--gen-occ=smith"}), "character");
  EXPECT_EQ(stub_for(scenario, "reset_world", Mode::sync, {}), "");
}

TEST(ShippedScenarios, BusyAgentTellsItsTargetsApart) {
  const std::vector<std::string> paths = {folder + "busy-agent.json"};
  const LoadedScenario loaded = load_scenario_files(paths);
  ASSERT_NE(loaded.scenario, nullptr);
  EXPECT_EQ(stub_for(*loaded.scenario, "job", Mode::async, {"17", "--target", "job_id"}), "job by job_id alone");
  EXPECT_EQ(stub_for(*loaded.scenario, "job", Mode::async, {"17", "--target=id"}), "job by id alone");
  EXPECT_EQ(stub_for(*loaded.scenario, "job", Mode::async, {"17"}), "streaming job");
  EXPECT_EQ(stub_for(*loaded.scenario, "job", Mode::sync, {"17"}), "job");
}

}  // namespace
}  // namespace procedura::mock
