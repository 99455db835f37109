#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace procedura::mock {

/// How late the mock's own scheduled frames left: from when the scenario wanted a frame sent to when it was handed to the
/// system. Frames of connections that are slow by a fault are not in it. What a client measures has this much of the mock in
/// it.
struct LatenessSummary {
  std::uint64_t count = 0;       ///< frames
  std::int64_t p50_ns = 0;       ///< to 1.6 %, like the others
  std::int64_t p90_ns = 0;       ///< nine of ten were no later
  std::int64_t p99_ns = 0;       ///< 99 of 100
  std::int64_t p999_ns = 0;      ///< 999 of 1,000
  std::int64_t max_ns = 0;       ///< exact
  std::uint64_t unmeasured = 0;  ///< frames that the journal had dropped before they left
};

/// How a run is judged: the scenario's expectations, and what must not happen in any run.
struct Verdict {
  /// One expectation.
  struct Judged {
    std::string name;    ///< of the expectation, as it was given
    bool met = false;    ///< it is
    std::string where;   ///< `file:line:col` in the scenario
    std::string detail;  ///< when unmet: what was expected, what came, and the nearest miss; may have several lines
    std::string partition = "default";              ///< that it was judged in
    std::optional<std::int64_t> met_after_ns = {};  ///< since the partition's first connection, if a request met it
  };

  std::vector<Judged> expectations;  ///< in the scenario's order, partition by partition
  /// What fails a run whatever was expected: requests that nothing matched under `"unmatched": "fail"`, and replies that could
  /// not be rendered (`SCENARIO_ERROR`). At most 100, see `more_failures`.
  std::vector<std::string> failures;
  std::uint64_t more_failures = 0;  ///< how many were not kept
  /// Where clients broke the protocol: messages that were refused (`BAD_FRAME`, `BAD_REQUEST`, `DUPLICATE_ID`), and breaches of
  /// RFC 6455. They fail a run that is `strict`. At most 100.
  std::vector<std::string> broken;
  std::uint64_t more_broken = 0;  ///< how many were not kept
  /// Worth knowing, but no failure: frames that the script sent against the order of the protocol. At most 100.
  std::vector<std::string> notes;
  std::uint64_t more_notes = 0;   ///< how many were not kept
  std::uint64_t requests = 0;     ///< that came
  std::uint64_t connections = 0;  ///< that were let in
  bool strict = false;            ///< clients must keep the protocol
  bool deadline_passed = false;   ///< the run was ended by its deadline

  // Of the whole mock, also in the verdict on one partition.
  LatenessSummary lateness = {};       ///< of the frames that it sent
  std::uint64_t journal_recorded = 0;  ///< entries so far
  std::uint64_t journal_dropped = 0;   ///< of these, to keep its memory bounded

  /// Every expectation is met. (That says nothing of failures.)
  bool all_expectations_met() const noexcept;
  /// Nothing failed, every expectation is met, and clients kept the protocol if they had to.
  bool met() const noexcept;
  /// For people: a line per expectation, then the failures and notes. Secrets are redacted, control characters escaped.
  std::string report() const;
};

/// Adds what was judged in one partition to what was in others.
void add(Verdict& all, Verdict one);

}  // namespace procedura::mock
