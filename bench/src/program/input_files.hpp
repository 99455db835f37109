#pragma once

#include "report/report.hpp"

#include <string>

namespace procedura::bench {

/// Reads a report that `run` or `merge` wrote. Throws `Refused` with the file's name and what is wrong with it.
RunRecord read_run_file(const std::string& path);

}  // namespace procedura::bench
