#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace procedura::mock {

/// How a run is judged: the scenario's expectations, and what must not happen in any run.
struct Verdict {
  /// One expectation.
  struct Judged {
    std::string name;
    bool met = false;
    std::string where;   ///< `file:line:col` in the scenario
    std::string detail;  ///< when unmet: what was expected, what came, and the nearest miss; may have several lines
    std::string partition = "default";  ///< that it was judged in
  };

  std::vector<Judged> expectations;
  /// What fails a run whatever was expected: requests that nothing matched under `"unmatched": "fail"`, and replies that could
  /// not be rendered (`SCENARIO_ERROR`). At most 100, see `more_failures`.
  std::vector<std::string> failures;
  std::uint64_t more_failures = 0;  ///< how many were not kept
  /// Worth knowing, but no failure: frames that the script sent against the order of the protocol. At most 100.
  std::vector<std::string> notes;
  std::uint64_t more_notes = 0;
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;

  /// Nothing failed and every expectation is met.
  bool met() const noexcept;
  /// For people: a line per expectation, then the failures and notes. Secrets are redacted, control characters escaped.
  std::string report() const;
};

/// Adds what was judged in one partition to what was in others.
void add(Verdict& all, Verdict one);

}  // namespace procedura::mock
