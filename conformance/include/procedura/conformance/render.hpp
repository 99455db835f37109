#pragma once

#include <procedura/conformance/report.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

/// A report in each of its forms. All of them show the agent's words through `protocol::printable`.
namespace procedura::conformance {

struct TextStyle {
  bool colour = false;      ///< ANSI colours
  bool verbose = false;     ///< every check, not only those that weigh
  std::size_t columns = 0;  ///< prose is wrapped to so many; what is to be pasted never is. 0: not at all
};

/// For people: what was judged, each case, what failed by its cause with all that it takes to understand and to repeat it, and
/// what the baseline makes of it.
std::string render_text(const RunReport& report, const TextStyle& style = {});

/// JUnit XML: a suite per area, a test case per check. What makes the run fail is a `failure`, a fault of our own an `error`,
/// what was not judged `skipped`.
std::string render_junit(const RunReport& report);

/// JSON, of schema/results.schema.json: `checks[].{id,clause,level,source,outcome,came}`, cases with their transcripts,
/// coverage, causes, identity, baseline, and the mapping of clauses to checks.
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

/// The names of the broken agents or clients that turn a check red, by the check's full id.
using Proofs = std::map<std::string, std::vector<std::string>>;

/// A registry for people. `verbose`: with each clause's sentence, the deadline, and what proves the check.
std::string list_text(const Registry& registry, const Proofs& proofs = {}, bool verbose = false);
/// Both registries for programs, with all clauses.
std::string list_json(const Registry& server, const Registry& client, const Proofs& proofs = {});
/// Clause → checks, or the reason why there are none, for `agent` and `client`.
std::string mapping_json(const Registry& server, const Registry& client);

}  // namespace procedura::conformance
