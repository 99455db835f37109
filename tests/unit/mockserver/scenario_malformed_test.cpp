#include "scenario/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using nlohmann::json;
using ::testing::ElementsAreArray;

const std::filesystem::path folder = PROCEDURA_TEST_SUPPORT "/malformed";

struct Malformed {
  std::string file;
  std::vector<std::string> problems;  ///< `line:column: pointer: message`, all of them
};

/// The index, which tests/interop reads too.
std::vector<Malformed> malformed() {
  std::ifstream index{folder / "index.json"};
  std::vector<Malformed> all;
  for (const json& entry : json::parse(index)) all.push_back({entry.at("file"), entry.at("problems")});
  return all;
}

class MalformedScenario : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedScenario, IsToldWithEveryPlaceAndMessage) {
  const std::vector<std::string> paths = {(folder / GetParam().file).string()};
  const LoadedScenario loaded = load_scenario_files(paths);
  EXPECT_EQ(loaded.scenario, nullptr);
  std::vector<std::string> problems;
  for (const Problem& problem : loaded.problems) problems.push_back(to_string(problem).substr(paths[0].size() + 1));
  // A message may name another place in the file.
  for (std::string& problem : problems) {
    const std::size_t path = problem.find(paths[0]);
    if (path != std::string::npos) problem.replace(path, paths[0].size(), GetParam().file);
  }
  EXPECT_THAT(problems, ElementsAreArray(GetParam().problems));
}

std::string name_of_case(const ::testing::TestParamInfo<Malformed>& info) {
  std::string name = info.param.file.substr(0, info.param.file.find('.'));
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Scenarios, MalformedScenario, ::testing::ValuesIn(malformed()), name_of_case);

TEST(MalformedScenarios, AreThirtyAndMore) {
  EXPECT_GE(malformed().size(), 30U);
}

}  // namespace
}  // namespace procedura::mock
