#include "scenario_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace procedura::mock {

LoadedFiles load_files(const std::vector<std::string>& scripts, const Environment& env) {
  LoadedFiles files;
  files.looks = look_at(scripts);
  LoadOptions options;
  options.environment = env;
  options.read_file = [&files](std::string_view scenario, std::string_view path, std::size_t max_bytes) {
    const auto named = std::filesystem::path{scenario}.parent_path() / std::filesystem::path{path};
    files.looks.merge(look_at({named.string()}));
    return read_beside(scenario, path, max_bytes);
  };
  auto loaded = load_scenario_files(scripts, options);
  for (const auto& problem : loaded.problems) files.problems += to_string(problem) + '\n';
  if (!loaded.scenario) {
    const auto errors = std::count_if(loaded.problems.begin(), loaded.problems.end(),
                                      [](const auto& one) { return one.severity == Problem::Severity::error; });
    files.problems += fmt::format("mock-agent: the scenario cannot be used: {}; mend what is listed above\n",
                                  counted(static_cast<std::size_t>(errors), "error"));
  }
  files.scenario = std::move(loaded.scenario);
  return files;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace procedura::mock
