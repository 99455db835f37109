#pragma once

#include <procedura/conformance/report.hpp>

#include <optional>
#include <string>
#include <vector>

namespace procedura::conformance {

/// How a subject stands to one clause. Pointers are into the report.
struct Standing {
  struct Check {
    const CaseResult* result;
    const CheckResult* check;
  };
  const Clause* clause;
  std::vector<Check> checks;       ///< in the registry's order
  std::optional<std::string> gap;  ///< why it was not judged, though it applies
  bool judged = false;             ///< a check of it came to a verdict
  bool broken = false;             ///< a check of it makes the run fail
};

/// Each clause that binds the subject, in the order of the protocol's page.
std::vector<Standing> standings_of(const RunReport& report);

}  // namespace procedura::conformance
