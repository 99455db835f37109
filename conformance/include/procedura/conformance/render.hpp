#pragma once

#include <procedura/conformance/report.hpp>

#include <functional>
#include <map>
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

/// What an earlier run came to, to compare with.
struct Earlier {
  std::string name;                                          ///< of its file
  std::map<std::string, std::string, std::less<>> outcomes;  ///< "PASS", by the full id of the check; untrusted
};

/// One HTML page that needs no other file and no network: what was judged, what went wrong with its evidence, the matrix of
/// clauses and checks, all cases with what was said. Readable without JavaScript; with it, there is a filter. `before`: null
/// where there is nothing to compare with.
std::string render_html(const RunReport& report, const Earlier* before = nullptr);

/// A small SVG: of how many applicable clauses were judged and kept, and whether the run fails.
std::string render_badge(const RunReport& report);

/// The registry, for people and for programs.
std::string list_text(const Registry& registry);
std::string list_json(const Registry& registry);

}  // namespace procedura::conformance
