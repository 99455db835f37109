#pragma once

#include "scenario/model.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock {

/// The text of a scenario file, and what to call it in messages.
struct ScenarioText {
  std::string name;
  std::string text;
  std::string unreadable = {};  ///< why there is no text: a problem like any other
};

struct LoadOptions {
  /// Where `${env:NAME}` looks, at load. Default: nowhere.
  std::function<std::optional<std::string>(std::string_view name)> environment = {};
  /// Reads the file that a `$file` names, relative to the folder of the scenario file that names it (`scenario`, as in
  /// `ScenarioText::name`). Default: there are none.
  std::function<ScenarioText(std::string_view scenario, std::string_view path, std::size_t max_bytes)> read_file = {};
  std::size_t max_bytes = std::size_t{16} * 1024 * 1024;  ///< of one file
  std::size_t max_depth = 256;                            ///< CON-9: no frame may be deeper
  std::size_t max_problems = 1000;                        ///< more are counted, not listed
};

struct LoadedScenario {
  std::shared_ptr<const Scenario> scenario;  ///< null if there is an error among the problems
  Problems problems;                         ///< all of them, errors and warnings, in the order of files and lines
};

/// Loads one scenario from one or several texts: JSON with `//` comments (and `/* */`). Merging: a stub or expectation of the
/// same name is replaced in its place, others of a later text match before those of an earlier one, settings are overridden
/// one by one (a list or map of users or tokens as a whole). Hostile text is refused with a problem, never worse. Pure.
LoadedScenario load_scenario(std::span<const ScenarioText> texts, const LoadOptions& options = {});

/// What the files have in them; of those that cannot be read, why (load_files.cpp, the only place here that touches a disk).
std::vector<ScenarioText> read_scenario_files(std::span<const std::string> paths, const LoadOptions& options = {});

/// Reads a regular file that a scenario file names, found from the folder of that: a `LoadOptions::read_file`.
ScenarioText read_beside(std::string_view scenario, std::string_view path, std::size_t max_bytes);

/// The same for files: what cannot be read is a problem too. Where
/// `read_file` is not given, `$file` reads regular files.
LoadedScenario load_scenario_files(std::span<const std::string> paths, const LoadOptions& options = {});

}  // namespace procedura::mock
