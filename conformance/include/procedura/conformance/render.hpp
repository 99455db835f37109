#pragma once

#include <procedura/conformance/report.hpp>

#include <string>

/// A report in each of its forms. All of them show the agent's words through `protocol::printable`.
namespace procedura::conformance {

/// For people. `colour` adds ANSI colours; `verbose` shows what came for every check, not only for those that weigh.
std::string render_text(const RunReport& report, bool colour, bool verbose);

/// JUnit XML: a suite per area, a test case per check. What makes the run fail is a `failure`, a fault of our own an `error`,
/// what was not judged `skipped`.
std::string render_junit(const RunReport& report);

/// JSON: `checks[].{id,clause,level,source,outcome,came}` and the coverage.
std::string render_json(const RunReport& report);

/// The registry, for people and for programs.
std::string list_text(const Registry& registry);
std::string list_json(const Registry& registry);

}  // namespace procedura::conformance
