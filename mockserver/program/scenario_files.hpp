#pragma once

#include "program.hpp"
#include "scenario/load.hpp"
#include "watch.hpp"

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace procedura::mock {

/// A scenario as its files had it.
struct LoadedFiles {
  std::shared_ptr<const Scenario> scenario;  ///< null: it cannot be used
  std::string problems;                      ///< lines for people, perhaps none
  FileLooks looks;                           ///< of all files that it is made of, `$file`s too, from before they were read
};

LoadedFiles load_files(const std::vector<std::string>& scripts, const Environment& env);

/// `1 stub`, `2 stubs`
std::string counted(std::size_t count, std::string_view what);

}  // namespace procedura::mock
