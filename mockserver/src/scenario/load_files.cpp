#include "scenario/load.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace procedura::mock {
namespace {

/// Reads a file to a little beyond the limit, by which the loader sees that it is too large.
ScenarioText read_file(const std::string& path, std::size_t max_bytes) {
  ScenarioText source{path, {}};
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    source.unreadable = "this is a folder: name a scenario file";
    return source;
  }
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    source.unreadable = "cannot be read: " + std::generic_category().message(errno);
    return source;
  }
  std::array<char, std::size_t{64} * 1024> block{};
  while (source.text.size() <= max_bytes && file.read(block.data(), block.size()).gcount() > 0) {
    source.text.append(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) source.unreadable = "cannot be read: " + std::generic_category().message(errno);
  return source;
}

}  // namespace

// A pipe or a device may never come to an end.
ScenarioText read_beside(std::string_view scenario, std::string_view path, std::size_t max_bytes) {
  const auto beside = std::filesystem::path{scenario}.parent_path() / std::filesystem::path{path};
  std::error_code problem;
  const bool regular = std::filesystem::is_regular_file(beside, problem);
  if (regular) return read_file(beside.string(), max_bytes);
  ScenarioText none{beside.string(), {}};
  none.unreadable = problem ? "cannot be read: " + problem.message() : "is no regular file";
  return none;
}

std::vector<ScenarioText> read_scenario_files(std::span<const std::string> paths, const LoadOptions& options) {
  std::vector<ScenarioText> texts;
  for (const std::string& path : paths) texts.push_back(read_file(path, options.max_bytes));
  return texts;
}

LoadedScenario load_scenario_files(std::span<const std::string> paths, const LoadOptions& options) {
  LoadOptions with_files = options;
  if (!with_files.read_file) with_files.read_file = read_beside;
  return load_scenario(read_scenario_files(paths, options), with_files);
}

}  // namespace procedura::mock
